//! The id of the request at hand, known to everything that runs on its behalf.
//! It is set once, by the gateway, and never changed within a request.

use std::future::Future;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tracing::Instrument;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// Runs `future` on behalf of the request `id`.
pub async fn scope<F: Future>(id: Arc<str>, future: F) -> F::Output {
    CURRENT.scope(id, future).await
}

/// The id of the request at hand; `None` in background work.
#[must_use]
pub fn current() -> Option<Arc<str>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Starts work that comes to its end also where the client hangs up. It runs, and logs, on behalf
/// of the same request.
pub fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let work = work.in_current_span();
    match current() {
        Some(id) => tokio::spawn(scope(id, work)),
        None => tokio::spawn(work),
    }
}
