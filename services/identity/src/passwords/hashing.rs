//! Passwords: judged, hashed and verified with Argon2id (RFC 9106), off the async threads, and only
//! so many at once. Hashes of bcrypt, which users bring from elsewhere, are verified too and
//! replaced.
//!
//! A hash is expensive by design, so a thousand logins at once would take the machine down. A few
//! are computed at a time, a bounded number waits (`workers.rs`), and anyone who comes then is
//! refused at once. A new password is judged on a thread of its own, before it waits for a hash:
//! anyone who registers takes no turn from those who log in.

use std::sync::Arc;

use argon2::password_hash::Error as HashError;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use platform::ids::Ids;
use secrecy::{ExposeSecret, SecretString};
use web::client::Client;

use crate::config::PasswordConfig;
use crate::fault::Fault;
use crate::passwords::error::PasswordError;
use crate::passwords::policy::{PasswordOwner, Policy, normalised};
use crate::passwords::workers::Workers;
use crate::start_error::StartError;

/// The most bytes of a password as it is typed, before it has the form in which it is hashed: more
/// than any that may be chosen has in any form. What is longer belongs to nobody, and is not even
/// brought into that form.
const TYPED_MAX_BYTES: usize = 16 * 1024;
/// New passwords that are judged at the same time.
const JUDGED_AT_ONCE: u32 = 1;
/// What bcrypt sees of a password.
const BCRYPT_MAX_BYTES: usize = 72;

/// The kinds of bcrypt that are imported. `$2x$` is what a faulty library made, and would fit no
/// password.
const BCRYPT_VERSIONS: [&str; 3] = ["$2a$", "$2b$", "$2y$"];
/// The highest cost of an imported hash: 8,192 rounds, some half a second of work.
const BCRYPT_MAX_COST: u32 = 13;
/// The most memory, passes over it and lanes of an imported hash: those that PHP makes and that RFC
/// 9106 recommends where memory is short. Anyone who tries to log in with one makes the work of
/// seven logins of ours, and no more.
const ARGON2_MAX_KIB: u32 = 64 * 1024;
const ARGON2_MAX_PASSES: u32 = 4;
const ARGON2_MAX_LANES: u32 = 4;

/// Hashes and verifies passwords.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// What hashes with these parameters begin with.
    prefix: String,
    policy: Arc<Policy>,
    ids: Ids,
    /// A hash that no password has: what is verified where there is no user, so that time tells
    /// nothing.
    nobody: Arc<str>,
    /// Where hashes are computed, and where new passwords are judged.
    hashing: Workers,
    judging: Workers,
}

/// Whether a password belongs to a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordMatch {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// It does, but it would be hashed in another way today.
    Outdated,
    /// It does as far as bcrypt saw it; of the rest nobody knows. Any other rest would do as well,
    /// so this proves nothing that the part alone would not.
    Partial,
}

impl PasswordMatch {
    /// Whether the password proves who its owner is.
    ///
    /// # Errors
    /// [`PasswordError::ResetNeeded`] where nobody can say.
    pub(crate) fn proves(self) -> Result<bool, PasswordError> {
        match self {
            Self::No => Ok(false),
            Self::Yes | Self::Outdated => Ok(true),
            Self::Partial => Err(PasswordError::ResetNeeded),
        }
    }
}

impl Passwords {
    /// Passwords hashed with these parameters.
    pub(crate) fn new(config: &PasswordConfig, ids: Ids) -> Result<Self, StartError> {
        let params = Params::new(
            config.memory_kib,
            config.iterations,
            config.parallelism,
            None,
        )
        .map_err(|error| Fault::Hash(error.into()))?;
        let (salt, output) = (
            ids.secret::<16>(),
            ids.secret::<{ Params::DEFAULT_OUTPUT_LEN }>(),
        );
        let prefix = format!(
            "$argon2id$v=19$m={},t={},p={}$",
            config.memory_kib, config.iterations, config.parallelism,
        );
        let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
        let nobody = format!("{prefix}{salt}${output}");
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            prefix,
            policy: Arc::new(Policy::new(config)?),
            ids,
            nobody: nobody.into(),
            hashing: Workers::start("passwords", config.concurrent_hashes, config.waiting_hashes)?,
            judging: Workers::start("judgements", JUDGED_AT_ONCE, config.waiting_hashes)?,
        })
    }

    /// The hash of a password that a client (none: a tool) chooses, unless the policy refuses it.
    pub(crate) async fn choose(
        &self,
        password: &SecretString,
        owner: PasswordOwner,
        client: Option<&Client>,
    ) -> Result<String, PasswordError> {
        if password.expose_secret().len() > TYPED_MAX_BYTES {
            return Err(self.policy.too_long().into());
        }
        let (policy, chosen) = (Arc::clone(&self.policy), normal(password));
        let judge = move || policy.judge(chosen.expose_secret(), &owner);
        self.judging.compute(client, judge).await?;
        self.hash(password, client).await
    }

    /// The hash of a password, as a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
    pub(crate) async fn hash(
        &self,
        password: &SecretString,
        client: Option<&Client>,
    ) -> Result<String, PasswordError> {
        let (argon2, password) = (self.argon2.clone(), normal(password));
        let salt = self.ids.secret::<16>();
        let hash = move || {
            let hash = argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            Ok(hash.map(|hash| hash.to_string()).map_err(Fault::Hash)?)
        };
        self.hashing.compute(client, hash).await
    }

    /// Whether a password belongs to a hash. Without a hash it takes as long and does not.
    pub(crate) async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&str>,
        client: Option<&Client>,
    ) -> Result<PasswordMatch, PasswordError> {
        self.verify_login(password, hash, None, client).await
    }

    /// The same for somebody who may be anybody. As long as there are hashes of bcrypt, up to this
    /// cost, whatever does not fit takes one hash of Argon2 and as many rounds of bcrypt as the
    /// costliest of them, whether the hash is of the one kind, the other, or none at all.
    pub(crate) async fn verify_login(
        &self,
        password: &SecretString,
        hash: Option<&str>,
        bcrypt_cost: Option<u32>,
        client: Option<&Client>,
    ) -> Result<PasswordMatch, PasswordError> {
        let nothing = SecretString::default();
        let (typed, hash) = match password.expose_secret().len() {
            0..=TYPED_MAX_BYTES => (password, hash),
            _ => (&nothing, None),
        };
        let mut work = Work {
            argon2: self.argon2.clone(),
            prefix: self.prefix.clone(),
            typed: typed.clone(),
            normal: normal(typed),
            hashes: 0,
            rounds: 0,
        };
        let nobody = Arc::clone(&self.nobody);
        let hash = hash.map_or_else(|| Arc::clone(&nobody), Arc::from);
        let verify = move || {
            let matched = work.verify(&hash)?;
            if let (PasswordMatch::No, Some(cost)) = (matched, bcrypt_cost) {
                work.make_up(&nobody, cost)?;
            }
            Ok((matched, work.hashes, work.rounds))
        };
        let (matched, hashes, rounds) = self.hashing.compute(client, verify).await?;
        tracing::trace!(hashes, rounds, "a password was compared");
        Ok(matched)
    }
}

/// A password that is compared, and what that has taken.
struct Work {
    argon2: Argon2<'static>,
    prefix: String,
    /// As it was typed: anyone who made a hash of bcrypt knew nothing of our forms.
    typed: SecretString,
    normal: SecretString,
    /// Hashes of Argon2.
    hashes: u32,
    /// Rounds of bcrypt: a hash of a cost takes two to the power of it.
    rounds: u64,
}

impl Work {
    fn verify(&mut self, hash: &str) -> Result<PasswordMatch, Fault> {
        if hash.starts_with("$2") {
            let cost = hash.parse::<bcrypt::HashParts>()?.get_cost();
            let matched = verify_bcrypt(&self.typed, hash, cost)?;
            self.rounds += 1 << cost;
            return Ok(matched);
        }
        self.hashes += 1;
        let normal = self.normal.expose_secret().as_bytes();
        match PasswordVerifier::<str>::verify_password(&self.argon2, normal, hash) {
            Ok(()) if hash.starts_with(&self.prefix) => Ok(PasswordMatch::Yes),
            Ok(()) => Ok(PasswordMatch::Outdated),
            Err(HashError::PasswordInvalid) => Ok(PasswordMatch::No),
            Err(error) => Err(Fault::Hash(error)),
        }
    }

    /// Does what is missing from one hash of Argon2 and the rounds of this cost of bcrypt.
    fn make_up(&mut self, nobody: &str, cost: u32) -> Result<(), Fault> {
        if self.hashes == 0 {
            self.verify(nobody)?;
        }
        let cost = cost.min(BCRYPT_MAX_COST);
        while self.rounds < 1 << cost {
            // Once more as many as there were doubles them: each cost takes twice the rounds of the
            // one below.
            let next = match self.rounds {
                0 => cost,
                rounds => rounds.ilog2(),
            };
            let typed = self.typed.expose_secret().as_bytes();
            bcrypt::hash_with_salt(seen_by_bcrypt(typed), next, [0; 16])?;
            self.rounds += 1 << next;
        }
        Ok(())
    }
}

/// A hash from elsewhere, where it is one that [`Passwords::verify`] can bear.
pub(crate) fn check_foreign(hash: &SecretString) -> Result<String, PasswordError> {
    let text = hash.expose_secret();
    let is_bcrypt = BCRYPT_VERSIONS.iter().any(|it| text.starts_with(it));
    let fits = if is_bcrypt {
        text.parse::<bcrypt::HashParts>()
            .is_ok_and(|parts| parts.get_cost() <= BCRYPT_MAX_COST)
    } else {
        text.starts_with("$argon2") && PasswordHash::new(text).is_ok_and(|hash| is_bearable(&hash))
    };
    fits.then(|| text.to_owned())
        .ok_or(PasswordError::ForeignHash)
}

fn is_bearable(hash: &PasswordHash) -> bool {
    Params::try_from(hash).is_ok_and(|params| {
        params.m_cost() <= ARGON2_MAX_KIB
            && params.t_cost() <= ARGON2_MAX_PASSES
            && params.p_cost() <= ARGON2_MAX_LANES
    })
}

fn normal(password: &SecretString) -> SecretString {
    SecretString::from(normalised(password.expose_secret()))
}

fn verify_bcrypt(password: &SecretString, hash: &str, cost: u32) -> Result<PasswordMatch, Fault> {
    if cost > BCRYPT_MAX_COST {
        return Err(bcrypt::BcryptError::CostNotAllowed(cost).into());
    }
    let typed = password.expose_secret().as_bytes();
    let seen = seen_by_bcrypt(typed);
    Ok(match bcrypt::verify(seen, hash)? {
        false => PasswordMatch::No,
        true if seen.len() == typed.len() => PasswordMatch::Outdated,
        true => PasswordMatch::Partial,
    })
}

/// The part of a password that a hash of bcrypt says something about: nothing after the first NUL,
/// where the libraries in C stop, and nothing after 72 bytes, where all of them do.
fn seen_by_bcrypt(typed: &[u8]) -> &[u8] {
    let seen = typed.split(|byte| *byte == 0).next().unwrap_or_default();
    &seen[..seen.len().min(BCRYPT_MAX_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(concurrent_hashes: u32, waiting_hashes: u32) -> Passwords {
        let config = PasswordConfig {
            memory_kib: 16,
            iterations: 3,
            parallelism: 2,
            concurrent_hashes,
            waiting_hashes,
            ..PasswordConfig::default()
        };
        Passwords::new(&config, testkit::ids(testkit::FakeClock::new())).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    /// Lets somebody begin to wait.
    fn begin<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::Pin::new(future).poll(&mut context)
    }

    async fn matched(passwords: &Passwords, text: &str, hash: &str) -> PasswordMatch {
        passwords
            .verify(&secret(text), Some(hash), None)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_hash_carries_its_parameters_and_fits_its_password_only() {
        let passwords = passwords(2, 4);
        let hash = passwords
            .hash(&secret("correct horse"), None)
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=16,t=3,p=2$"), "{hash}");
        assert_eq!(
            matched(&passwords, "correct horse", &hash).await,
            PasswordMatch::Yes
        );
        assert_eq!(
            matched(&passwords, "correct horsf", &hash).await,
            PasswordMatch::No
        );
        assert_ne!(
            passwords
                .hash(&secret("correct horse"), None)
                .await
                .unwrap(),
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
        let hash = old.hash(&secret("correct horse"), None).await.unwrap();
        let passwords = passwords(1, 0);
        assert_eq!(
            matched(&passwords, "correct horse", &hash).await,
            PasswordMatch::Outdated
        );
        assert_eq!(
            matched(&passwords, "correct horsf", &hash).await,
            PasswordMatch::No
        );
    }

    #[tokio::test]
    async fn hashes_of_bcrypt_verify_and_are_outdated() {
        let passwords = passwords(1, 0);
        // The test vector of the crypt_blowfish library.
        let rest = "$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for version in ["$2a", "$2b", "$2y"] {
            let hash = format!("{version}{rest}");
            assert_eq!(
                matched(&passwords, "U*U", &hash).await,
                PasswordMatch::Outdated
            );
            assert_eq!(matched(&passwords, "U*V", &hash).await, PasswordMatch::No);
            assert_eq!(matched(&passwords, "", &hash).await, PasswordMatch::No);
        }
    }

    #[tokio::test]
    async fn of_a_hash_of_bcrypt_no_more_is_believed_than_bcrypt_saw() {
        let passwords = passwords(1, 0);
        let whole = "x".repeat(72);
        let hash = bcrypt::hash(&whole, 4).unwrap();
        for (typed, expected) in [
            (whole.clone(), PasswordMatch::Outdated),
            (format!("{whole}y"), PasswordMatch::Partial),
            (
                format!("{whole}{}", "y".repeat(200)),
                PasswordMatch::Partial,
            ),
            (format!("{whole}\0"), PasswordMatch::Partial),
            ("x".repeat(71), PasswordMatch::No),
            (format!("{}yy", "x".repeat(71)), PasswordMatch::No),
        ] {
            assert_eq!(
                matched(&passwords, &typed, &hash).await,
                expected,
                "{typed:?}"
            );
        }
        let short = bcrypt::hash("abc", 4).unwrap();
        for (typed, expected) in [
            ("abc\0", PasswordMatch::Partial),
            ("abc\0abc", PasswordMatch::Partial),
            ("abd\0", PasswordMatch::No),
            ("\0abc", PasswordMatch::No),
        ] {
            assert_eq!(
                matched(&passwords, typed, &short).await,
                expected,
                "{typed:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_password_that_is_too_long_for_anybody_is_nobodys_and_is_not_chosen() {
        let passwords = passwords(1, 0);
        let long = "x".repeat(TYPED_MAX_BYTES + 1);
        // Nobody can have it; whatever made this hash.
        let hash = passwords.hash(&secret(&long), None).await.unwrap();
        assert_eq!(matched(&passwords, &long, &hash).await, PasswordMatch::No);
        let owner = PasswordOwner::new("ann@example.com", "Ann");
        let chosen = passwords.choose(&secret(&long), owner, None).await;
        let Err(PasswordError::Invalid(refused)) = chosen else {
            panic!("{chosen:?}");
        };
        assert_eq!(refused.code(), "password_too_long");
    }

    #[tokio::test]
    async fn whoever_logs_in_waits_for_no_password_that_is_judged() {
        let passwords = passwords(1, 1);
        let hash = passwords.hash(&secret("correct horse"), None).await;
        let hash = hash.unwrap();
        // Somebody's new password is being judged, and the next one waits.
        let judged = passwords.judging.queue.take(None).await.unwrap();
        let new = secret("purple velocipede uphill");
        let owner = PasswordOwner::new("ann@example.com", "Ann");
        let mut choosing = Box::pin(passwords.choose(&new, owner, None));
        assert!(begin(&mut choosing).is_pending());
        assert_eq!(
            matched(&passwords, "correct horse", &hash).await,
            PasswordMatch::Yes
        );
        drop(judged);
        assert!(choosing.await.is_ok());
    }

    #[tokio::test]
    async fn a_password_fits_from_every_keyboard() {
        let passwords = passwords(1, 0);
        let hash = passwords
            .hash(&secret("caf\u{e9} au lait"), None)
            .await
            .unwrap();
        assert_eq!(
            matched(&passwords, "cafe\u{301} au\u{a0}lait", &hash).await,
            PasswordMatch::Yes
        );
    }

    #[tokio::test]
    async fn a_password_that_the_policy_refuses_is_not_hashed() {
        let owner = PasswordOwner::new("ann@example.com", "Ann");
        let passwords = passwords(1, 0);
        let choose = async |text| passwords.choose(&secret(text), owner.clone(), None).await;
        let refused = choose("too short").await;
        assert!(
            matches!(refused, Err(PasswordError::Invalid(_))),
            "{refused:?}"
        );
        let hash = choose("correct horse battery staple").await.unwrap();
        let fits = matched(&passwords, "correct horse battery staple", &hash).await;
        assert_eq!(fits, PasswordMatch::Yes);
    }

    #[tokio::test]
    async fn without_a_hash_the_same_work_is_done_and_nothing_fits() {
        let passwords = passwords(1, 0);
        assert!(passwords.nobody.starts_with("$argon2id$v=19$m=16,t=3,p=2$"));
        for text in ["correct horse", ""] {
            let fits = passwords.verify(&secret(text), None, None).await.unwrap();
            assert_eq!(fits, PasswordMatch::No);
        }
    }

    #[tokio::test]
    async fn a_stored_hash_that_cannot_be_read_is_a_fault() {
        let verified = passwords(1, 0)
            .verify(&secret("correct horse"), Some("plain"), None)
            .await;
        assert!(matches!(
            verified,
            Err(PasswordError::Fault(Fault::Hash(_)))
        ));
        let costly = "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for bcrypt in ["$2b$", "$2b$05$short", costly] {
            let verified = passwords(1, 0)
                .verify(&secret("U*U"), Some(bcrypt), None)
                .await;
            assert!(
                matches!(verified, Err(PasswordError::Fault(Fault::ImportedHash(_)))),
                "{verified:?}"
            );
        }
    }

    #[test]
    fn a_foreign_hash_is_taken_only_where_a_login_with_it_can_be_borne() {
        let salt_and_output = "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let argon2 = |params: &str| format!("$argon2id$v=19${params}${salt_and_output}");
        let bcrypt =
            |start: &str| format!("{start}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
        for (hash, taken) in [
            (argon2("m=19456,t=2,p=1"), true),
            (argon2("m=65536,t=4,p=1"), true),
            (argon2("m=65536,t=3,p=4"), true),
            (argon2("m=65537,t=1,p=1"), false),
            (argon2("m=64,t=5,p=1"), false),
            (argon2("m=64,t=1,p=5"), false),
            (bcrypt("$2a$13"), true),
            (bcrypt("$2b$12"), true),
            (bcrypt("$2y$10"), true),
            (bcrypt("$2b$14"), false),
            (bcrypt("$2x$10"), false),
            (bcrypt("$2$10"), false),
        ] {
            let checked = check_foreign(&secret(&hash));
            assert_eq!(checked.is_ok(), taken, "{hash}");
        }
        let rule = PasswordError::ForeignHash.to_string();
        for bound in [
            format!("cost of {BCRYPT_MAX_COST}"),
            format!("{} MiB", ARGON2_MAX_KIB / 1024),
            format!("{ARGON2_MAX_PASSES} passes"),
            format!("{ARGON2_MAX_LANES} lanes"),
        ] {
            assert!(rule.contains(&bound), "{bound}: {rule}");
        }
    }

    #[tokio::test]
    async fn beyond_the_queue_callers_are_refused() {
        let passwords = passwords(1, 0);
        let at_work = passwords.hashing.queue.take(None).await.unwrap();
        let hash = passwords.hash(&secret("correct horse"), None).await;
        assert!(matches!(hash, Err(PasswordError::Busy)));
        drop(at_work);
        assert!(passwords.hash(&secret("correct horse"), None).await.is_ok());
    }
}
