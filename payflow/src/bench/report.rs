//! What a benchmark says: figures with the machine and the settings they belong to, as a table for people or as JSON
//! for machines. It computes percentiles and rates; it measures nothing.

use std::io::Write;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::machine::Machine;

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
    /// `per_second` / the same of a row-locking procedure with the same hot share on the same server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_locking_ratio: Option<f64>,
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

/// The times at these percentiles, by the nearest-rank method, so that each is one that occurred.
pub fn percentiles<const N: usize>(times: &mut [Duration], percents: [usize; N]) -> [Duration; N] {
    times.sort_unstable();
    percents.map(|percent| {
        let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(rank).copied().unwrap_or_default()
    })
}

/// What one side of a case did so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Transfers done.
    pub count: u64,
    /// The time that they took.
    pub busy: Duration,
    /// From each command to its answer.
    pub latencies: Vec<Duration>,
}

impl Tally {
    /// Transfers per second.
    pub fn per_second(&self) -> u64 {
        let micros = self.busy.as_micros().max(1);
        u64::try_from(u128::from(self.count) * 1_000_000 / micros).unwrap_or(u64::MAX)
    }

    /// The latencies at these percentiles, in µs.
    pub fn percentiles<const N: usize>(&mut self, percents: [usize; N]) -> [u64; N] {
        percentiles(&mut self.latencies, percents)
            .map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }
}

/// A share with three decimals; none where there is nothing to compare with.
pub fn ratio(measured: u64, yardstick: u64) -> Option<f64> {
    (yardstick > 0).then(|| (measured as f64 / yardstick as f64 * 1_000.0).round() / 1_000.0)
}

impl Report {
    /// Writes itself to standard output; a reader that went away is no failure.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn print(&self, json: bool) -> anyhow::Result<()> {
        let text = if json {
            format!("{}\n", self.to_json()?)
        } else {
            self.to_text()
        };
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// As JSON.
    ///
    /// # Errors
    /// Where a value has no JSON form.
    pub fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// As tables, the machine and the settings above them.
    pub fn to_text(&self) -> String {
        let spoken = |settings: &[Setting]| settings.iter().map(spoken).collect::<Vec<_>>();
        let mut text = String::new();
        for (title, parts) in [
            ("machine", self.machine.parts()),
            ("settings", spoken(&self.settings)),
            ("figures", spoken(&self.figures)),
        ] {
            text.push_str(&wrapped(title, &parts));
        }
        for rows in [cases(&self.results), reads(&self.reads)] {
            if rows.len() > 1 {
                text.push('\n');
                text.push_str(&table(&rows));
            }
        }
        text
    }
}

fn spoken(setting: &Setting) -> String {
    match &setting.value {
        Value::String(value) => format!("{} {value}", setting.name),
        Value::Number(value) => match value.as_u64() {
            Some(value) => format!("{} {}", setting.name, grouped(value)),
            None => format!("{} {value}", setting.name),
        },
        Value::Null => format!("{} unknown", setting.name),
        value => format!("{} {value}", setting.name),
    }
}

/// The width of a terminal that the text fits into.
const WIDTH: usize = 120;

/// A title and a list behind it, broken between its parts.
fn wrapped(title: &str, parts: &[String]) -> String {
    let Some((first, rest)) = parts.split_first() else {
        return String::new();
    };
    let mut text = format!("{title:<10}{first}");
    let mut width = 10 + first.chars().count();
    for part in rest {
        width += 2 + part.chars().count();
        // Room for the comma that may follow.
        if width < WIDTH {
            text.push_str(", ");
        } else {
            text.push_str(",\n          ");
            width = 10 + part.chars().count();
        }
        text.push_str(part);
    }
    text.push('\n');
    text
}

/// Names to the left, numbers to the right; a column in which nothing stands is left out.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let wide = rows.iter().map(|row| row[column].chars().count());
            let is_empty = column > 0 && rows[1..].iter().all(|row| row[column].is_empty());
            wide.max().filter(|_| !is_empty).unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            if *width > 0 {
                line.push_str(&format!("  {cell:>width$}"));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn cases(cases: &[Case]) -> Vec<Vec<String>> {
    let headings = [
        "",
        "batch",
        "in flight",
        "hot %",
        "per second",
        "p50 µs",
        "p99 µs",
        "yardstick",
        "ratio",
        "× locking",
    ];
    let ratio = |ratio: Option<f64>| ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(cases.iter().map(|case| {
        vec![
            case.name.clone(),
            grouped(case.batch as u64),
            grouped(case.in_flight as u64),
            case.hot.to_string(),
            grouped(case.per_second),
            grouped(case.p50_us),
            grouped(case.p99_us),
            case.yardstick_per_second.map_or(String::new(), grouped),
            ratio(case.ratio),
            ratio(case.row_locking_ratio),
        ]
    }));
    rows
}

fn reads(reads: &[Read]) -> Vec<Vec<String>> {
    let headings = ["", "requests", "p50 µs", "p99 µs"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(reads.iter().map(|read| {
        vec![
            read.name.clone(),
            grouped(read.requests as u64),
            grouped(read.p50_us),
            grouped(read.p99_us),
        ]
    }));
    rows
}

/// 1234567 as 1,234,567.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let machine = Machine {
            cpu: "Sample CPU".to_owned(),
            cores: 2,
            memory_mib: 4_096,
            kernel: "6.1".to_owned(),
            os: "Sample OS".to_owned(),
            payflow: "0.1.0".to_owned(),
            engine: "SQLite 3".to_owned(),
        };
        let case = |name: &str, batch, yardstick| Case {
            name: name.to_owned(),
            engine: "SQLite".to_owned(),
            batch,
            in_flight: 1,
            hot: 0,
            per_second: 345_678,
            p50_us: 21_000,
            p99_us: 1_234_567,
            yardstick_per_second: yardstick,
            ratio: yardstick.and_then(|yardstick| ratio(345_678, yardstick)),
            row_locking_ratio: None,
        };
        Report {
            machine,
            settings: vec![
                Setting::new("accounts", 10_000),
                Setting::new("fsync", "on"),
            ],
            results: vec![
                case("uniform", 8_192, Some(500_000)),
                case("single", 1, None),
            ],
            reads: vec![],
            samples: vec![],
            figures: vec![],
        }
    }

    #[test]
    fn the_table_is_aligned_below_machine_and_settings() {
        let expected = "\
machine   Sample CPU, 2 cores, 4096 MiB, Linux 6.1, Sample OS, PayFlow 0.1.0, SQLite 3
settings  accounts 10,000, fsync on

         batch  in flight  hot %  per second  p50 µs     p99 µs  yardstick  ratio
uniform  8,192          1      0     345,678  21,000  1,234,567    500,000   0.69
single       1          1      0     345,678  21,000  1,234,567
";
        assert_eq!(report().to_text(), expected);
    }

    #[test]
    fn reads_and_the_comparison_with_locks_appear_where_there_are_any() {
        let mut report = report();
        report.results.truncate(1);
        report.results[0].row_locking_ratio = Some(12.5);
        report.reads.push(Read {
            name: "a page".to_owned(),
            requests: 200,
            p50_us: 900,
            p99_us: 1_500,
        });
        let text = report.to_text();
        let (_, tables) = text.split_once("\n\n").unwrap();
        let expected = [
            "         batch  in flight  hot %  per second  p50 µs     p99 µs  yardstick  ratio  × locking",
            "uniform  8,192          1      0     345,678  21,000  1,234,567    500,000   0.69      12.50",
            "",
            "        requests  p50 µs  p99 µs",
            "a page       200     900   1,500",
            "",
        ];
        assert_eq!(tables, expected.join("\n"));
    }

    #[test]
    fn long_lists_are_broken_between_their_parts() {
        let parts: Vec<_> = (0..60).map(|part| format!("setting {part}")).collect();
        let text = wrapped("settings", &parts);
        assert!(text.lines().count() > 4 && text.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(
            text.split_whitespace().collect::<Vec<_>>().join(" "),
            format!("settings {}", parts.join(", "))
        );
    }

    #[test]
    fn json_has_the_documented_shape() {
        let json: Value = serde_json::from_str(&report().to_json().unwrap()).unwrap();
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

    #[test]
    fn percentiles_are_latencies_that_occurred() {
        let mut tally = Tally {
            latencies: (1..=200).rev().map(Duration::from_micros).collect(),
            ..Tally::default()
        };
        assert_eq!(tally.percentiles([0, 50, 99, 100]), [1, 100, 198, 200]);
        assert_eq!(Tally::default().percentiles([50]), [0]);
    }

    #[test]
    fn a_rate_is_exact_and_survives_no_time_at_all() {
        let tally = Tally {
            count: 3,
            busy: Duration::from_millis(2),
            latencies: vec![],
        };
        assert_eq!(tally.per_second(), 1_500);
        assert_eq!(Tally::default().per_second(), 0);
    }

    #[test]
    fn nothing_is_compared_with_nothing() {
        assert_eq!(ratio(1, 0), None);
        assert_eq!(ratio(2, 3), Some(0.667));
    }
}
