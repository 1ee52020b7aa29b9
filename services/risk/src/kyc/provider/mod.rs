//! The border to who checks an identity, whichever it is. It never decides what an answer does to a
//! submission.

pub(crate) mod http;
pub(crate) mod simulated;

use std::sync::Arc;

use contracts::kyc::KycLevel;
use secrecy::ExposeSecret;
use values::Timestamp;
use web::signature::NotificationKey;

use crate::kyc::config::{KycConfig, Provider};
use crate::kyc::details::Details;
use crate::kyc::document::Document;
use crate::kyc::submission::Report;
use crate::kyc::{CheckId, SubmissionId};

/// What is to be checked. Its id was stored before it is sent, and stays the same however often it
/// is sent: it is checked once.
#[derive(Debug, Clone)]
pub(crate) struct CheckRequest {
    pub(crate) id: CheckId,
    pub(crate) submission: SubmissionId,
    pub(crate) level: KycLevel,
    pub(crate) details: Details,
    /// Each with what is in it.
    pub(crate) documents: Vec<(Document, Vec<u8>)>,
    /// Since when it is to be checked, and now.
    pub(crate) since: Timestamp,
    pub(crate) now: Timestamp,
}

/// What a provider says of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// It has an outcome.
    Outcome(Report),
    /// It is at work.
    Pending,
    /// It has no such check: it never arrived.
    Unknown,
}

/// The provider gave no answer that could be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unanswered {
    /// No answer in time.
    #[error("it did not answer in time")]
    TimedOut,
    /// The connection could not be made or broke.
    #[error("it could not be reached: {0}")]
    Unreachable(String),
    /// The answer made no sense.
    #[error("its answer could not be understood: {0}")]
    Garbled(String),
}

/// Who checks an identity.
#[async_trait::async_trait]
pub(crate) trait IdentityProvider: Send + Sync + 'static {
    /// Begins a check; sent again with the same id, it is checked once, and answered as it stands
    /// by then.
    async fn check(&self, request: &CheckRequest) -> Result<Said, Unanswered>;

    /// Asks what became of a check that may have been sent.
    async fn enquire(&self, id: CheckId) -> Result<Said, Unanswered>;
}

/// A provider, and the key of what it tells on its own accord; without one nothing is taken.
pub(crate) struct Connected {
    pub(crate) provider: Arc<dyn IdentityProvider>,
    pub(crate) notification_key: Option<NotificationKey>,
}

/// Builds the provider that the settings name.
///
/// # Errors
/// What stands against it.
pub(crate) fn build(config: &KycConfig) -> Result<Connected, String> {
    let (provider, notification_key): (Arc<dyn IdentityProvider>, _) = match config.provider {
        Provider::Simulated => (Arc::new(simulated::Simulated::new(config)), None),
        Provider::Http => {
            let key = NotificationKey::new(config.notification_key.expose_secret());
            (Arc::new(http::HttpProvider::new(config)?), Some(key))
        }
    };
    Ok(Connected {
        provider,
        notification_key,
    })
}
