//! What a benchmark says: figures with the machine and the settings they belong to, as a table for
//! people or as JSON for machines. It measures nothing.

mod text;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::machine::Machine;
use crate::screen::note;
use crate::tally::{Tally, ratio};

pub use text::grouped;

/// The durability of a store where a commit costs nothing.
const NOT_DURABLE: &str = "none: not comparable";

/// A benchmark's result.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What it ran on.
    pub machine: Machine,
    /// What it was told, and what the store was set to.
    #[serde(serialize_with = "as_object")]
    pub settings: Vec<Setting>,
    /// One line per case.
    pub results: Vec<Case>,
    /// One line per kind of read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Read>,
    /// How a store grew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// Figures that are no rates.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    pub figures: Vec<Setting>,
}

/// A name and a value.
#[derive(Debug, Serialize)]
pub struct Setting {
    /// The name; units last.
    pub name: &'static str,
    /// The value.
    pub value: Value,
}

impl Setting {
    /// A name and a value.
    pub fn new(name: &'static str, value: impl Into<Value>) -> Self {
        Self {
            name,
            value: value.into(),
        }
    }

    /// What an answer is worth.
    pub fn durability(is_durable: bool) -> Self {
        let value = match is_durable {
            true => "fsync before each answer",
            false => NOT_DURABLE,
        };
        Self::new("durability", value)
    }
}

fn as_object<S: Serializer>(settings: &[Setting], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        settings
            .iter()
            .map(|setting| (setting.name, &setting.value)),
    )
}

/// One measured case.
#[derive(Debug, Serialize)]
pub struct Case {
    /// What was done.
    pub name: String,
    /// On which engine.
    pub engine: String,
    /// Transfers per command.
    pub batch: usize,
    /// Commands or requests on their way at once.
    pub in_flight: usize,
    /// The share of transfers that touch the one hot account, in percent.
    pub hot: u8,
    /// Transfers per second.
    pub per_second: u64,
    /// The median time from a command to its answer, µs.
    pub p50_us: u64,
    /// The time within which 99 of 100 commands were answered, µs.
    pub p99_us: u64,
    /// What the yardstick, which the settings name, does per second in the same minutes.
    pub yardstick_per_second: Option<u64>,
    /// `per_second` / `yardstick_per_second`.
    pub ratio: Option<f64>,
    /// `per_second` / the same of a row-locking procedure with the same hot share on the same
    /// server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_locking_ratio: Option<f64>,
}

impl Case {
    /// The line of what was done one by one, and what is beside nothing.
    pub fn new(name: String, engine: &str, in_flight: usize, tally: &mut Tally) -> Self {
        let [p50_us, p99_us] = tally.percentiles([50, 99]);
        Self {
            name,
            engine: engine.to_owned(),
            batch: 1,
            in_flight,
            hot: 0,
            per_second: tally.per_second(),
            p50_us,
            p99_us,
            yardstick_per_second: None,
            ratio: None,
            row_locking_ratio: None,
        }
    }

    /// The same beside a yardstick.
    pub fn beside(self, yardstick_per_second: u64) -> Self {
        Self {
            yardstick_per_second: Some(yardstick_per_second),
            ratio: ratio(self.per_second, yardstick_per_second),
            ..self
        }
    }
}

/// A measured kind of read.
#[derive(Debug, Serialize)]
pub struct Read {
    /// What was read.
    pub name: String,
    /// How often.
    pub requests: usize,
    /// The median time from a request to its answer, µs.
    pub p50_us: u64,
    /// The time within which 99 of 100 requests were answered, µs.
    pub p99_us: u64,
}

impl Read {
    /// The line of reads that took so long.
    pub fn new(name: String, tally: &mut Tally) -> Self {
        let [p50_us, p99_us] = tally.percentiles([50, 99]);
        Self {
            name,
            requests: tally.latencies.len(),
            p50_us,
            p99_us,
        }
    }
}

/// How a store stands when so many transfers are in it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Sample {
    /// Transfers so far.
    pub transfers: u64,
    /// Transfers per second since the sample before.
    pub per_second: u64,
    /// The memory of the process that writes, in KiB.
    pub resident_kib: Option<u64>,
    /// The store with its write-ahead log, in bytes.
    pub bytes: u64,
}

impl Report {
    /// An empty one of this machine, and of an engine with its settings. Where a commit costs
    /// nothing, figures mean nothing, and the user is told.
    pub fn of((engine, settings): (String, Vec<Setting>)) -> Self {
        if settings.iter().any(|setting| setting.value == NOT_DURABLE) {
            note(
                "a commit is not durable here (files in memory, or fsync off): the figures are not comparable",
            );
        }
        Self {
            machine: Machine::here(engine),
            settings,
            results: vec![],
            reads: vec![],
            samples: vec![],
            figures: vec![],
        }
    }

    /// Adds what the benchmark was told.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.settings.push(Setting::new(name, value));
    }

    /// Adds a figure that is no rate.
    pub fn figure(&mut self, name: &'static str, value: impl Into<Value>) {
        self.figures.push(Setting::new(name, value));
    }

    /// Writes itself to standard output.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn print(&self, as_json: bool) -> anyhow::Result<()> {
        payflow::say(&match as_json {
            true => serde_json::to_string_pretty(self)?,
            false => self.to_text(),
        })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Two cases of a machine that is not this one.
    pub fn report() -> Report {
        let machine = Machine {
            cpu: "Sample CPU".to_owned(),
            cores: 2,
            memory_mib: 4_096,
            kernel: "6.1".to_owned(),
            os: "Sample OS".to_owned(),
            payflow: "0.1.0".to_owned(),
            engine: "SQLite 3".to_owned(),
        };
        let case = |name: &str, batch| Case {
            batch,
            per_second: 345_678,
            p50_us: 21_000,
            p99_us: 1_234_567,
            ..Case::new(name.to_owned(), "SQLite", 1, &mut Tally::default())
        };
        Report {
            machine,
            settings: vec![
                Setting::new("accounts", 10_000),
                Setting::new("fsync", "on"),
            ],
            results: vec![case("uniform", 8_192).beside(500_000), case("single", 1)],
            reads: vec![],
            samples: vec![],
            figures: vec![],
        }
    }

    #[test]
    fn json_has_the_documented_shape() {
        let json: Value = serde_json::from_str(&serde_json::to_string(&report()).unwrap()).unwrap();
        assert_eq!(
            json["settings"],
            serde_json::json!({"accounts": 10_000, "fsync": "on"})
        );
        assert_eq!(json["machine"]["cores"], 2);
        assert_eq!(
            json["results"][0],
            serde_json::json!({
                "name": "uniform", "engine": "SQLite", "batch": 8_192, "in_flight": 1, "hot": 0,
                "per_second": 345_678, "p50_us": 21_000, "p99_us": 1_234_567,
                "yardstick_per_second": 500_000, "ratio": 0.691,
            })
        );
        assert_eq!(json["results"][1]["ratio"], Value::Null);
        for field in ["figures", "reads", "samples"] {
            assert!(json.get(field).is_none(), "{field}");
        }
    }
}
