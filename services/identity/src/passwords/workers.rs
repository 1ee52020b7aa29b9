//! Threads for work that anybody may ask for and that takes long: password hashes, and the
//! judgement of new passwords. So many run at once, a bounded number waits (`queue.rs`), and anyone
//! who comes then is refused at once. It knows nothing of passwords.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;
use web::client::Client;

use crate::fault::Fault;
use crate::passwords::error::PasswordError;
use crate::passwords::queue::FairQueue;
use crate::start_error::StartError;

type Job = Box<dyn FnOnce() + Send>;

/// Some threads that do one kind of work; they end with this.
pub(crate) struct Workers {
    /// Who computes next.
    pub(crate) queue: FairQueue,
    jobs: mpsc::Sender<Job>,
}

impl Workers {
    /// As many threads as may compute at once, and so many places for those who wait.
    ///
    /// The threads do nothing else: the C library keeps for each thread some of the memory that it
    /// freed, and a hash takes 19 MiB. On the runtime's many threads that came to 700 MB.
    pub(crate) fn start(name: &str, at_once: u32, waiting: u32) -> Result<Self, StartError> {
        let (sender, jobs) = mpsc::channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..at_once {
            let jobs = Arc::clone(&jobs);
            let work = move || {
                // One waits for the next job, the others for their turn to wait.
                while let Ok(job) = { jobs.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
                    // Anyone who asked learns of a panic by getting no answer; the thread goes on.
                    drop(catch_unwind(AssertUnwindSafe(job)));
                }
            };
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(work)
                .map_err(StartError::NoThread)?;
        }
        Ok(Self {
            queue: FairQueue::new(at_once, waiting),
            jobs: sender,
        })
    }

    /// Does what a client (none: a tool) asks for, when it is their turn.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] where as many wait as may, [`Fault::HashAborted`] where the work
    /// panics, or its own.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        client: Option<&Client>,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        tracing::trace!("a password is worked on");
        let permit = self.queue.take(client.map(Client::network)).await?;
        let (answer, answered) = oneshot::channel();
        // The permit goes with the work: a caller who leaves cannot make room for more work than
        // there may be.
        let job = Box::new(move || {
            let done = work();
            drop(permit);
            // Nobody may be waiting any more.
            drop(answer.send(done));
        });
        self.jobs.send(job).map_err(|_| Fault::HashAborted)?;
        answered.await.map_err(|_| Fault::HashAborted)?
    }
}
