//! Health: what a part of the program says when it is asked whether it can do its work.
//! It never decides what follows from the answer.

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
