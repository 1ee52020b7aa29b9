//! Passwords: hashed and verified with Argon2id (RFC 9106), off the async threads, and only so many at once.
//!
//! A hash is expensive by design, so a thousand logins at once would take the machine down. A few are computed at a
//! time, a bounded number waits in order of arrival, and whoever comes then is refused at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use argon2::password_hash::Error as HashError;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use platform::ids::Ids;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::config::PasswordConfig;
use crate::error::Error;

/// Hashes and verifies passwords.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    ids: Ids,
    /// A hash that no password has: what is verified where there is no user, so that time tells nothing.
    nobody: Arc<str>,
    /// A place in the queue or at work.
    places: Arc<Semaphore>,
    /// At work.
    turns: Arc<Semaphore>,
    /// The threads that compute; they end with this sender.
    workers: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Threads that compute hashes and nothing else, as many as may run at once. The C library keeps for each thread some
/// of the memory that it freed, and a hash takes 19 MiB: on the runtime's many threads that came to 700 MB.
fn start_workers(count: u32) -> Result<mpsc::Sender<Job>, Error> {
    let (workers, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..count {
        let jobs = Arc::clone(&jobs);
        let work = move || {
            // One waits for the next job, the others for their turn to wait.
            while let Ok(job) = { jobs.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
                // Whoever asked learns of a panic by getting no answer; the thread goes on.
                drop(catch_unwind(AssertUnwindSafe(job)));
            }
        };
        let name = "passwords".to_owned();
        std::thread::Builder::new()
            .name(name)
            .spawn(work)
            .map_err(Error::NoThread)?;
    }
    Ok(workers)
}

impl Passwords {
    /// Passwords hashed with these parameters.
    pub(crate) fn new(config: &PasswordConfig, ids: Ids) -> Result<Self, Error> {
        let params = Params::new(
            config.memory_kib,
            config.iterations,
            config.parallelism,
            None,
        )
        .map_err(|error| Error::Hash(error.into()))?;
        let (salt, output) = (
            ids.secret::<16>(),
            ids.secret::<{ Params::DEFAULT_OUTPUT_LEN }>(),
        );
        let nobody = format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            config.memory_kib,
            config.iterations,
            config.parallelism,
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(output),
        );
        let at_work = config.concurrent_hashes as usize;
        let places = at_work.saturating_add(config.waiting_hashes as usize);
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            ids,
            nobody: nobody.into(),
            places: Arc::new(Semaphore::new(places)),
            turns: Arc::new(Semaphore::new(at_work)),
            workers: start_workers(config.concurrent_hashes)?,
        })
    }

    /// The hash of a new password, as a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String, Error> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let salt = self.ids.secret::<16>();
        self.compute(move || {
            let hash = argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(Error::Hash)
        })
        .await
    }

    /// Whether a password belongs to a hash. Without a hash it takes as long and is false.
    pub(crate) async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&str>,
    ) -> Result<bool, Error> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let hash = hash.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        self.compute(move || {
            let verified = PasswordVerifier::<str>::verify_password(
                &argon2,
                password.expose_secret().as_bytes(),
                &hash,
            );
            match verified {
                Ok(()) => Ok(true),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(Error::Hash(error)),
            }
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turn().await?;
        let (answer, answered) = oneshot::channel();
        // The turn goes with the work: a caller who leaves cannot make room for more work than there may be.
        let job = Box::new(move || {
            let done = work();
            drop(turn);
            // Nobody may be waiting any more.
            drop(answer.send(done));
        });
        self.workers.send(job).map_err(|_| Error::HashAborted)?;
        answered.await.map_err(|_| Error::HashAborted)?
    }

    async fn turn(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), Error> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Error::TooManyLogins)?;
        // Never closed, so this only waits.
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| Error::TooManyLogins)?;
        Ok((place, turn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn passwords(concurrent_hashes: u32, waiting_hashes: u32) -> Passwords {
        let config = PasswordConfig {
            memory_kib: 16,
            iterations: 3,
            parallelism: 2,
            concurrent_hashes,
            waiting_hashes,
        };
        Passwords::new(&config, testkit::ids(testkit::FakeClock::new())).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_hash_carries_its_parameters_and_fits_its_password_only() {
        let passwords = passwords(2, 4);
        let hash = passwords.hash(&secret("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=16,t=3,p=2$"), "{hash}");
        assert!(
            passwords
                .verify(&secret("correct horse"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(&secret("correct horsf"), Some(&hash))
                .await
                .unwrap()
        );
        assert_ne!(
            passwords.hash(&secret("correct horse")).await.unwrap(),
            hash,
            "salted"
        );
    }

    #[tokio::test]
    async fn hashes_made_with_other_parameters_still_verify() {
        let old = PasswordConfig {
            memory_kib: 32,
            iterations: 1,
            parallelism: 1,
            ..PasswordConfig::default()
        };
        let old = Passwords::new(&old, testkit::ids(testkit::FakeClock::new())).unwrap();
        let hash = old.hash(&secret("correct horse")).await.unwrap();
        assert!(
            passwords(1, 0)
                .verify(&secret("correct horse"), Some(&hash))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn without_a_hash_the_same_work_is_done_and_nothing_fits() {
        let passwords = passwords(1, 0);
        assert!(passwords.nobody.starts_with("$argon2id$v=19$m=16,t=3,p=2$"));
        assert!(
            !passwords
                .verify(&secret("correct horse"), None)
                .await
                .unwrap()
        );
        assert!(!passwords.verify(&secret(""), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_stored_hash_that_cannot_be_read_is_a_fault() {
        let verified = passwords(1, 0)
            .verify(&secret("correct horse"), Some("plain"))
            .await;
        assert!(matches!(verified, Err(Error::Hash(_))));
    }

    #[tokio::test]
    async fn beyond_the_queue_callers_are_refused_and_within_it_they_wait() {
        let passwords = passwords(1, 1);
        let at_work = passwords.turn().await.unwrap();
        let mut waiting = pin!(passwords.turn());
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(waiting.as_mut().poll(&mut context), Poll::Pending));
        assert!(matches!(passwords.turn().await, Err(Error::TooManyLogins)));
        assert!(matches!(
            passwords.hash(&secret("correct horse")).await,
            Err(Error::TooManyLogins)
        ));

        drop(at_work);
        assert!(matches!(
            waiting.as_mut().poll(&mut context),
            Poll::Ready(Ok(_))
        ));
    }

    #[tokio::test]
    async fn a_caller_who_leaves_the_queue_makes_room() {
        let passwords = passwords(1, 1);
        let at_work = passwords.turn().await.unwrap();
        {
            let mut waiting = pin!(passwords.turn());
            let mut context = Context::from_waker(Waker::noop());
            assert!(matches!(waiting.as_mut().poll(&mut context), Poll::Pending));
        }
        drop(at_work);
        assert!(passwords.hash(&secret("correct horse")).await.is_ok());
        assert_eq!(passwords.places.available_permits(), 2);
    }
}
