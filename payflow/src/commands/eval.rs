//! `payflow eval`: how well something does what it is for, on labelled data in files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use screening::evaluate::{Evaluation, Labelled, Pair, Person, evaluate};
use screening::index::Index;
use screening::lists::{FORMATS, File, Format, List, Source};
use screening::qualifiers::Known;
use screening::text::Kind;

use super::say;
use crate::cli::EvalScreening;

/// Evaluates screening and prints the table, or one JSON object.
///
/// # Errors
/// [`crate::Usage`] where a file is missing; where one cannot be read.
pub fn screening(args: &EvalScreening) -> anyhow::Result<()> {
    let labelled = labelled(&args.labelled)?;
    let clock = Instant::now();
    let index = Index::new(lists(&args.lists)?);
    let loaded = clock.elapsed();
    let nanos = || u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let evaluation = evaluate(&index, &labelled, nanos);
    if args.json {
        return say(&serde_json::to_string(&evaluation)?);
    }
    say(&format!(
        "{} names of {} entries, loaded in {} ms, {} MB in memory\n\n{}",
        index.len(),
        index
            .lists()
            .iter()
            .map(|list| list.entries.len())
            .sum::<usize>(),
        loaded.as_millis(),
        index.bytes().div_ceil(1_000_000),
        table(&evaluation)
    ))
}

/// The lists that are in a folder: each in one of the name of its publisher.
fn lists(folder: &Path) -> anyhow::Result<Vec<List>> {
    let mut lists = Vec::new();
    for format in FORMATS {
        let own = folder.join(format.source().as_str());
        if own.is_dir() {
            lists.push(list(format, &own)?);
        }
    }
    for source in [Source::Ofac, Source::Un] {
        if !lists.iter().any(|list| list.source == source) {
            return Err(missing(&folder.join(source.as_str())));
        }
    }
    Ok(lists)
}

fn list(format: &dyn Format, folder: &Path) -> anyhow::Result<List> {
    let mut contents = Vec::new();
    for (name, needed) in format.files() {
        let path = folder.join(name);
        if path.is_file() {
            contents.push((*name, read(&path)?));
        } else if *needed {
            return Err(missing(&path));
        }
    }
    let files: Vec<File<'_>> = contents
        .iter()
        .map(|(name, bytes)| File { name, bytes })
        .collect();
    format
        .read(&files)
        .with_context(|| folder.display().to_string())
}

fn labelled(folder: &Path) -> anyhow::Result<Labelled> {
    let pairs = rows(&folder.join("name-pairs.csv"))?;
    let mut benign: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("benign-") && name.ends_with(".csv")
        })
        .collect();
    benign.sort();
    if benign.is_empty() {
        return Err(missing(&folder.join("benign-….csv")));
    }
    let mut labelled = Labelled {
        pairs: pairs.iter().map(pair).collect(),
        misspelled: rows(&folder.join("un-misspelled.csv"))?
            .iter()
            .map(person)
            .collect(),
        benign: Vec::new(),
    };
    for path in benign {
        labelled.benign.extend(rows(&path)?.iter().map(person));
    }
    Ok(labelled)
}

type Row = HashMap<String, String>;

/// The rows of a file, by the names of its columns.
fn rows(path: &Path) -> anyhow::Result<Vec<Row>> {
    if !path.is_file() {
        return Err(missing(path));
    }
    let bytes = read(path)?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows = reader.deserialize().collect::<Result<Vec<Row>, _>>();
    rows.with_context(|| path.display().to_string())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}

fn missing(path: &Path) -> anyhow::Error {
    let text = format!(
        "{} is missing: --lists needs ofac/ and un/, --labelled needs name-pairs.csv, un-misspelled.csv and \
         benign-….csv (docs/screening.md)",
        path.display()
    );
    crate::Usage(text).into()
}

fn said<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map_or("", String::as_str)
}

fn pair(row: &Row) -> Pair {
    Pair {
        kind: match said(row, "schema") {
            "Person" => Kind::Person,
            "Company" | "Organization" => Kind::Entity,
            "Vessel" => Kind::Vessel,
            "Airplane" => Kind::Aircraft,
            _ => Kind::Unknown,
        },
        one: said(row, "name1").to_owned(),
        other: said(row, "name2").to_owned(),
        is_match: said(row, "is_match").eq_ignore_ascii_case("true"),
    }
}

/// By name alone: births and countries of invented people would only make it easier.
fn person(row: &Row) -> Person {
    Person {
        name: said(row, "full_name").to_owned(),
        known: Known::default(),
    }
}

fn table(evaluation: &Evaluation) -> String {
    let row = |name: &str, threshold: f64, [p, r, f1]: [f64; 3], found: [usize; 4]| {
        let [found, of, alerts, benign] = found;
        format!(
            "{name:<14} {threshold:>9.2} {p:>9.3} {r:>7.3} {f1:>7.3} {:>16} {:>16}\n",
            format!("{found} of {of}"),
            format!("{alerts} of {benign}")
        )
    };
    let mut table = format!(
        "{:<14} {:>9} {:>9} {:>7} {:>7} {:>16} {:>16}\n",
        "", "threshold", "precision", "recall", "F1", "misspelled found", "benign alerts"
    );
    let (pairs, misspelled, benign) = (
        evaluation.name_pairs,
        evaluation.misspelled,
        evaluation.benign,
    );
    let found = [misspelled.found, misspelled.of, benign.alerts, benign.of];
    let quality = [pairs.precision, pairs.recall, pairs.f1];
    table.push_str(&row("payflow", evaluation.threshold, quality, found));
    for one in &evaluation.baselines {
        let found = [
            one.misspelled.found,
            one.misspelled.of,
            one.benign.alerts,
            one.benign.of,
        ];
        let quality = [
            one.name_pairs.precision,
            one.name_pairs.recall,
            one.name_pairs.f1,
        ];
        table.push_str(&row(one.name, one.threshold, quality, found));
    }
    table.push_str(&format!(
        "\nA search: p50 {} µs, p99 {} µs. F1 with thresholds chosen on other pairs: {:.3}.\n",
        evaluation.p50_us, evaluation.p99_us, evaluation.cross_validated.f1
    ));
    table
}
