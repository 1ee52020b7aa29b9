//! The yardstick of HTTP: a server with the same runtime, the same connections and the same parser
//! of JSON, whose handlers answer with what they were sent. It knows nobody, keeps nothing, and
//! runs only beside a benchmark.

use axum::Json;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use web::extract::{parse_json, read_body, require_json};
use web::problem::Problem;

use super::batches::batch::PATH as BATCHES;
use super::transfers::payer::PATH as TRANSFERS;
use crate::interrupt::signal;

/// The body of `POST /api/v1/transactions`, as the load sends it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    #[serde(rename = "type")]
    kind: String,
    from_wallet: String,
    to_wallet: String,
    amount: String,
    currency: String,
}

/// The body of `POST /api/v1/ledger/transfers`, as the load sends it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    transfers: Vec<LedgerTransfer>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LedgerTransfer {
    id: String,
    debit_account: String,
    credit_account: String,
    amount_minor: i64,
    currency: String,
}

/// The largest body: that of the ledger.
const MOST: usize = 16 * 1024 * 1024;

/// Serves until it is told to stop.
///
/// # Errors
/// Where nobody can listen.
pub fn run() -> anyhow::Result<()> {
    // As `payflow serve` makes its own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        payflow::say(&format!("echo on http://{}", listener.local_addr()?))?;
        let router = Router::new()
            .route("/ready", get(async || Json(serde_json::json!({}))))
            .route(TRANSFERS, post(echo::<Transfer>))
            .route(BATCHES, post(echo::<Batch>));
        let told = async {
            signal().await;
        };
        gateway::serve(listener, router, &gateway::Config::default(), told).await;
        Ok(())
    })
}

/// Reads strictly, and writes what was read.
async fn echo<T: DeserializeOwned + Serialize>(
    request: Request,
) -> Result<(StatusCode, Json<T>), Problem> {
    require_json(request.headers())?;
    let raw = read_body(request.into_body(), MOST).await?;
    Ok((StatusCode::CREATED, Json(parse_json(&raw)?)))
}
