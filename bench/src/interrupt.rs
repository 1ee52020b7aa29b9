//! Whether the user has had enough. Nothing is stopped here: anyone who works asks now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;

use crate::runtime;

/// Whether the user has had enough: a benchmark that is interrupted still removes its data.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Waits for Ctrl-C and SIGTERM on a thread of its own; the second one ends the process on the
    /// spot.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn watch() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let told = interrupt.clone();
        let runtime = runtime()?;
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    while signal().await {
                        if told.0.swap(true, Ordering::Relaxed) {
                            std::process::exit(130);
                        }
                    }
                });
            })?;
        Ok(interrupt)
    }

    /// # Errors
    /// Where the user has had enough.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.0.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        Ok(())
    }
}

/// Waits for one signal; false where there is nothing to wait for.
#[cfg(unix)]
pub async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return tokio::signal::ctrl_c().await.is_ok();
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
        terminated = terminate.recv() => terminated.is_some(),
    }
}

/// Waits for one signal; false where there is nothing to wait for.
#[cfg(not(unix))]
pub async fn signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_benchmark_says_so() {
        let interrupt = Interrupt::default();
        assert!(interrupt.check().is_ok());
        interrupt.0.store(true, Ordering::Relaxed);
        assert!(interrupt.check().is_err());
    }
}
