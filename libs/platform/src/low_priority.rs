//! Threads of a low priority, for work that nobody waits for: as long as the machine has time to
//! spare they run at full speed, and where it has none, the others go first.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};
use tokio::task::JoinError;

/// How much lower the priority is ("nice"): a thread at 0 gets nine times the processor time of one
/// at 10, so a busy machine gives it little, but never nothing.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// A runtime of its own. Threads that are started on its threads have their priority, too.
#[derive(Debug)]
pub struct LowPriority(Option<Runtime>);

impl LowPriority {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system has none to give.
    pub fn start() -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.enable_all().thread_name("low-priority");
        Ok(Self(Some(builder.on_thread_start(lower).build()?)))
    }

    /// What is spawned as long as this is held runs on these threads.
    #[must_use]
    pub fn enter(&self) -> Option<EnterGuard<'_>> {
        self.0.as_ref().map(Runtime::enter)
    }

    /// Runs a task on one of these threads to its end.
    ///
    /// # Errors
    /// Where it panicked.
    pub async fn run<T: Send + 'static, F: Future<Output = T>>(
        &self,
        task: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, JoinError> {
        let run = move || Handle::current().block_on(task());
        let running = {
            let _entered = self.enter();
            tokio::task::spawn_blocking(run)
        };
        running.await
    }
}

impl Drop for LowPriority {
    /// Ends what runs at its next pause, and waits for nothing: it may be dropped by a task.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// On Linux a thread has a priority of its own; elsewhere it would be that of the whole process.
fn lower() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(None).unwrap()
    }

    #[tokio::test]
    async fn its_threads_and_those_that_they_start_have_a_low_priority_and_the_others_keep_theirs()
    {
        let before = nice();
        let low = LowPriority::start().unwrap();
        let theirs = low.run(async || nice()).await.unwrap();
        let started = low
            .run(async || std::thread::spawn(nice).join().unwrap())
            .await
            .unwrap();
        let lowest = (before + NICE).clamp(-20, 19).max(NICE);
        assert_eq!((theirs, started), (lowest, lowest));
        assert_eq!(nice(), before);
        let entered = low.enter();
        let spawned = tokio::spawn(async { nice() });
        drop(entered);
        assert_eq!(spawned.await.unwrap(), lowest);
        assert_eq!(tokio::spawn(async { nice() }).await.unwrap(), before);
    }
}
