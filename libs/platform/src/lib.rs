//! What every service stands on: configuration, clock, ids, files, metrics, logs.
//! It holds no word about money and knows no service.

pub mod backoff;
pub mod clock;
pub mod config;
pub mod data_dir;
pub mod health;
pub mod ids;
pub mod low_priority;
pub mod metrics;
pub mod opened_file;
pub mod private;
pub mod recent;
pub mod request_id;
pub mod secret;
pub mod spare_time;
pub mod telemetry;
pub mod text;
