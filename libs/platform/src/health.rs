//! Health: what a part of the program says when it is asked whether it can do its work.
//! It never decides what follows from the answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A part that something else depends on: a store, a queue, an outside system.
#[async_trait::async_trait]
pub trait HealthCheck: Send + Sync + 'static {
    /// Whether the part can do its work now.
    ///
    /// # Errors
    /// A short text for the operator: what does not work, without secrets or addresses.
    async fn check(&self) -> Result<(), String>;

    /// What an operator should look at although the part can do its work; as short.
    async fn warning(&self) -> Option<String> {
        None
    }
}

/// A part by name.
pub type NamedCheck = (String, Arc<dyn HealthCheck>);

/// How a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartState {
    /// It can do its work.
    Ok,
    /// It can, but an operator should look at this.
    Warning(String),
    /// It cannot, for this.
    Failing(String),
}

/// How long a check may take before it counts as failing.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks parts, all at the same time.
pub async fn ask(checks: &[NamedCheck]) -> BTreeMap<String, PartState> {
    let asked: Vec<_> = checks
        .iter()
        .map(|(name, check)| {
            let check = Arc::clone(check);
            let asked = async move {
                match check.check().await {
                    Ok(()) => Ok(check.warning().await),
                    Err(detail) => Err(detail),
                }
            };
            let answer = tokio::time::timeout(CHECK_TIMEOUT, asked);
            (name.clone(), tokio::spawn(answer))
        })
        .collect();
    let mut states = BTreeMap::new();
    for (name, answer) in asked {
        let state = match answer.await {
            Ok(Ok(Ok(None))) => PartState::Ok,
            Ok(Ok(Ok(Some(warning)))) => PartState::Warning(warning),
            Ok(Ok(Err(detail))) => PartState::Failing(detail),
            Ok(Err(_)) => PartState::Failing("did not answer in time".to_owned()),
            Err(_) => PartState::Failing("the check itself failed".to_owned()),
        };
        states.insert(name, state);
    }
    states
}
