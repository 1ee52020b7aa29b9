//! Metrics: a registry that services put their counters into, written in the `OpenMetrics` text
//! format. Named `payflow_<service>_<thing>_<unit>`, with few label values.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::{Metric, Registry};

/// The registry of this process; cheap to clone, no global.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Mutex<Registry>>);

impl Default for Metrics {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Registry::with_prefix("payflow"))))
    }
}

impl Metrics {
    /// Registers a metric under `payflow_<name>` and hands it back.
    #[must_use]
    pub fn register<M: Metric + Clone>(&self, name: &str, help: &str, metric: M) -> M {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(name, help, metric.clone());
        metric
    }

    /// All metrics as text.
    #[must_use]
    pub fn render(&self) -> String {
        let registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        // Writing to a String cannot fail; an empty text is still well-formed where an encoder
        // does.
        if encode(&mut text, &registry).is_err() {
            text.clear();
        }
        text
    }
}
