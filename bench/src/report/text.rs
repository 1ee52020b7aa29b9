//! A report as people read it: lists that fit a terminal, and tables.

use serde_json::Value;

use super::{Case, Read, Report, Setting};

impl Report {
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
    use super::super::tests::report;
    use super::*;

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
}
