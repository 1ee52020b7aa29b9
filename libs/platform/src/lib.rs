//! What every service stands on: configuration, database, HTTP, clock, ids, telemetry.
//! It holds no word about money and knows no service.

pub mod accept;
pub mod canonical;
pub mod client;
pub mod clock;
pub mod config;
pub mod data_dir;
pub mod db;
pub mod extract;
pub mod form;
pub mod health;
pub mod idempotency;
pub mod ids;
pub mod metrics;
pub mod opened_file;
pub mod page;
pub mod private;
pub mod problem;
pub mod rate_limit;
pub mod request_id;
pub mod telemetry;
pub mod text;
