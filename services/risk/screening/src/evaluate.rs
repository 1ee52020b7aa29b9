//! How well names are found: precision and recall on labelled pairs, the share of misspelled names
//! that are found and of harmless ones that alert, and how long a search takes, beside exact match
//! and Jaro-Winkler.

use serde::Serialize;

use crate::THRESHOLD;
use crate::index::{Index, parts_of};
use crate::lists::Source;
use crate::qualifiers::Known;
use crate::scorer::{WEIGHTS, score};
use crate::search::Query;
use crate::text::Kind;

/// Two names, and whether they are one.
#[derive(Debug, Clone)]
pub struct Pair {
    /// What bears them.
    pub kind: Kind,
    /// One.
    pub one: String,
    /// The other.
    pub other: String,
    /// Whether they are to match.
    pub is_match: bool,
}

/// Somebody to search for.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name.
    pub name: String,
    /// What else is known.
    pub known: Known,
}

/// What to evaluate on.
#[derive(Debug, Clone, Default)]
pub struct Labelled {
    /// Pairs of names.
    pub pairs: Vec<Pair>,
    /// People on the list of the United Nations, misspelled.
    pub misspelled: Vec<Person>,
    /// People who are on no list.
    pub benign: Vec<Person>,
}

/// How good the answers on pairs are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Quality {
    /// Of what matched, how much was to match.
    pub precision: f64,
    /// Of what was to match, how much matched.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// How many were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FoundOf {
    /// Found.
    pub found: usize,
    /// Of how many.
    pub of: usize,
}

/// How many alerted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AlertsOf {
    /// Alerts.
    pub alerts: usize,
    /// Of how many.
    pub of: usize,
}

/// What an evaluation came to.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// The threshold, 0 to 1.
    pub threshold: f64,
    /// On pairs of names.
    pub name_pairs: Quality,
    /// Misspelled names against the list of the United Nations.
    pub misspelled: FoundOf,
    /// Harmless names against all lists.
    pub benign: AlertsOf,
    /// Half of the searches took no longer, in µs.
    pub p50_us: u64,
    /// 99 of 100 searches took no longer, in µs.
    pub p99_us: u64,
    /// Each fifth of the pairs, judged by the threshold that is best for the others.
    pub cross_validated: Quality,
    /// The same questions, answered by comparing texts.
    pub baselines: Vec<Baseline>,
}

/// A way to compare texts.
#[derive(Debug, Clone, Serialize)]
pub struct Baseline {
    /// `exact` or `jaro_winkler`.
    pub name: &'static str,
    /// Its threshold.
    pub threshold: f64,
    /// On pairs of names.
    pub name_pairs: Quality,
    /// Misspelled names, a sample: each is compared with every name.
    pub misspelled: FoundOf,
    /// Harmless names, a sample.
    pub benign: AlertsOf,
}

/// So many hits are looked through: the lists name the same people.
const MOST_HITS: usize = 50;

/// The threshold at which Jaro-Winkler is used by others.
const CUSTOMARY: i32 = 850;

/// How many of the people are put to a baseline.
const SAMPLE: usize = 200;

/// Evaluates. `nanos` is a clock that only goes forward.
#[must_use]
pub fn evaluate(index: &Index, labelled: &Labelled, mut nanos: impl FnMut() -> u64) -> Evaluation {
    let scored: Vec<(i32, bool)> = labelled
        .pairs
        .iter()
        .map(|pair| (compared(pair), pair.is_match))
        .collect();
    let mut times = Vec::new();
    let mut alerts = |person: &Person, source: Option<Source>| {
        let query = Query {
            name: &person.name,
            kind: Kind::Person,
            known: person.known.clone(),
        };
        let from = nanos();
        let found = index.search(&query, THRESHOLD, MOST_HITS);
        times.push(nanos().saturating_sub(from));
        found
            .hits
            .iter()
            .any(|hit| source.is_none_or(|source| hit.source == source))
    };
    let misspelled = labelled
        .misspelled
        .iter()
        .filter(|one| alerts(one, Some(Source::Un)))
        .count();
    let benign = labelled
        .benign
        .iter()
        .filter(|one| alerts(one, None))
        .count();
    times.sort_unstable();
    Evaluation {
        threshold: f64::from(THRESHOLD) / 1000.0,
        name_pairs: quality(&scored, THRESHOLD),
        misspelled: FoundOf {
            found: misspelled,
            of: labelled.misspelled.len(),
        },
        benign: AlertsOf {
            alerts: benign,
            of: labelled.benign.len(),
        },
        p50_us: quantile(&times, 50) / 1000,
        p99_us: quantile(&times, 99) / 1000,
        cross_validated: cross_validated(&scored),
        baselines: vec![
            baseline(("exact", 1000), index, labelled, exact),
            baseline(
                ("jaro_winkler", CUSTOMARY),
                index,
                labelled,
                strsim::jaro_winkler,
            ),
        ],
    }
}

fn compared(pair: &Pair) -> i32 {
    let (one, _) = parts_of(&pair.one, pair.kind);
    let (other, _) = parts_of(&pair.other, pair.kind);
    score(&one, &other, &WEIGHTS).score
}

fn exact(one: &str, other: &str) -> f64 {
    if one == other { 1.0 } else { 0.0 }
}

fn thousandths(share: f64) -> i32 {
    let below = |least: &i32| share * 1000.0 >= f64::from(*least);
    (0..=1000).rev().find(below).unwrap_or(0)
}

/// What a comparison of the texts, in small letters, comes to.
fn baseline(
    (name, threshold): (&'static str, i32),
    index: &Index,
    labelled: &Labelled,
    compare: fn(&str, &str) -> f64,
) -> Baseline {
    let small = |text: &str| text.to_lowercase();
    let scored: Vec<(i32, bool)> = labelled
        .pairs
        .iter()
        .map(|pair| {
            (
                thousandths(compare(&small(&pair.one), &small(&pair.other))),
                pair.is_match,
            )
        })
        .collect();
    let listed = |source: Option<Source>| -> Vec<String> {
        let lists = index
            .lists()
            .iter()
            .filter(|list| source.is_none_or(|one| list.source == one));
        let entries = lists.flat_map(|list| &list.entries);
        entries
            .flat_map(|entry| &entry.names)
            .map(|name| small(&name.text))
            .collect()
    };
    let sample = |people: &[Person], listed: &[String]| {
        let step = people.len().div_ceil(SAMPLE).max(1);
        let names = people
            .iter()
            .step_by(step)
            .map(|person| small(&person.name));
        let alerts = names.map(|name| {
            listed
                .iter()
                .any(|one| compare(&name, one) * 1000.0 >= f64::from(threshold))
        });
        let alerts: Vec<bool> = alerts.collect();
        (alerts.iter().filter(|alert| **alert).count(), alerts.len())
    };
    let (found, of_misspelled) = sample(&labelled.misspelled, &listed(Some(Source::Un)));
    let (alerts, of_benign) = sample(&labelled.benign, &listed(None));
    Baseline {
        name,
        threshold: f64::from(threshold) / 1000.0,
        name_pairs: quality(&scored, threshold),
        misspelled: FoundOf {
            found,
            of: of_misspelled,
        },
        benign: AlertsOf {
            alerts,
            of: of_benign,
        },
    }
}

/// The threshold with the best F1.
fn best(scored: &[(i32, bool)]) -> i32 {
    let thresholds = (300..=1000).step_by(10);
    let by = |threshold: &i32| quality(scored, *threshold).f1;
    thresholds
        .max_by(|one, other| by(one).total_cmp(&by(other)))
        .unwrap_or(THRESHOLD)
}

/// Each fifth is judged by the threshold that is best for the other four. A pair belongs to a fifth
/// by its place.
fn cross_validated(scored: &[(i32, bool)]) -> Quality {
    let mut judged = Vec::with_capacity(scored.len());
    for fifth in 0..5 {
        let (own, others): (Vec<_>, Vec<_>) = scored
            .iter()
            .enumerate()
            .partition(|(at, _)| at % 5 == fifth);
        let others: Vec<(i32, bool)> = others.into_iter().map(|(_, pair)| *pair).collect();
        let threshold = best(&others);
        judged.extend(
            own.into_iter()
                .map(|(_, (score, is_match))| (score - threshold, *is_match)),
        );
    }
    quality(&judged, 0)
}

fn quantile(sorted: &[u64], percent: usize) -> u64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(0)
}

/// How good scores are at a threshold.
fn quality(scored: &[(i32, bool)], threshold: i32) -> Quality {
    let (mut hits, mut false_hits, mut missed) = (0u32, 0u32, 0u32);
    for (score, is_match) in scored {
        match (*score >= threshold, *is_match) {
            (true, true) => hits += 1,
            (true, false) => false_hits += 1,
            (false, true) => missed += 1,
            (false, false) => {}
        }
    }
    let share = |part: u32, of: u32| {
        if of == 0 {
            0.0
        } else {
            f64::from(part) / f64::from(of)
        }
    };
    Quality {
        precision: share(hits, hits + false_hits),
        recall: share(hits, hits + missed),
        f1: share(2 * hits, 2 * hits + false_hits + missed),
    }
}
