//! What stops the start: a setting or a key that cannot work. Commands print it; no request ever
//! meets it.

use vault::MasterKeyError;

use crate::fault::{Fault, from_database};

/// Why identity was not opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A provider of the settings that cannot work.
    #[error("identity.oidc.{provider}: {problem}")]
    Provider {
        /// Its name.
        provider: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// An origin of the settings that is none.
    #[error(
        "identity.return_origins: `{0}` is no origin, it must be http:// or https:// and a host, with nothing after, such as https://app.example"
    )]
    ReturnOrigin(String),
    /// A setting that cannot work.
    #[error("identity.{setting} is {value}, but must be {least} to {most}")]
    Setting {
        /// The setting's path below `identity`.
        setting: &'static str,
        /// What it is.
        value: u32,
        /// The least it may be.
        least: u32,
        /// The most it may be.
        most: u32,
    },
    /// The address of the Redis server is none. It is not shown, since it may hold a password.
    #[error(
        "redis_url is no address of a Redis server: write for instance redis://127.0.0.1:6379 or rediss://:password@host:6380"
    )]
    RedisUrl,
    /// The address of the installation is none.
    #[error(
        "identity.public_url is `{0}`, but must be http:// or https:// and a host, with nothing after, such as https://pay.example"
    )]
    PublicUrl(String),
    /// There is no master key, or it cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// What is sealed cannot be opened to see whether it is right.
    #[error(
        "the master key is not at hand, without which no server starts on this store: put identity.key back into its folder, from a \
         backup, or set PAYFLOW__IDENTITY__MASTER_KEY"
    )]
    NoMasterKey,
    /// Settings by which no browser would make a passkey.
    #[error(
        "identity.webauthn: each of `origins` must be https:// and a name that is `rp_id` or ends with a dot and `rp_id`, \
         such as https://pay.example and pay.example"
    )]
    PasskeySetting,
    /// The system gives no thread to compute password hashes on.
    #[error("no thread for password hashes: {0}")]
    NoThread(#[source] std::io::Error),
}

from_database!(StartError);
