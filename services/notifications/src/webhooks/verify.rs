//! Whether what is stored of webhooks can be read.

use db::Db;
use uuid::Uuid;

use super::endpoint::Endpoint;
use super::error::WebhookError;
use super::store::endpoints;

/// Reads every endpoint; how many there are.
///
/// # Errors
/// The first that cannot be read, or a fault.
pub(crate) async fn verify(db: &Db) -> Result<u64, WebhookError> {
    const AT_ONCE: i64 = 1_000;
    let (mut count, mut last) = (0, Uuid::nil());
    loop {
        let rows = endpoints::after(db, last, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(count);
        }
        for row in rows {
            last = Endpoint::try_from(row)?.id.uuid();
            count += 1;
        }
    }
}
