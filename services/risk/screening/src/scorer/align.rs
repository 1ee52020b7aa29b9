//! Which token of one name meets which of the other.
//!
//! The best pairs are taken first, each token once; words that are one word on the other side are
//! joined. Ties are broken by position, so the answer is always the same.

use super::distance::{distance, likeness};
use super::pairs::{How, Likeness, Part};
use crate::text::Script;

/// Tokens that met: a range of each side, of which one has one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// From where, and how many, of the first name.
    pub one: (usize, usize),
    /// The same of the second.
    pub other: (usize, usize),
    /// How alike.
    pub likeness: Likeness,
    /// What it counts, in thousandths.
    pub weight: i32,
}

/// The most words that are taken for one.
const MOST_JOINED: usize = 3;

/// The tokens of two names that meet. `likeness` knows how alike two tokens are.
#[must_use]
pub fn align(
    one: &[&Part],
    other: &[&Part],
    mut likeness: impl FnMut(usize, usize) -> Option<Likeness>,
) -> Vec<Met> {
    let mut found = Vec::new();
    for (i, a) in one.iter().enumerate() {
        for (j, b) in other.iter().enumerate() {
            if let Some(likeness) = likeness(i, j) {
                let weight = (a.class.weight() + b.class.weight()) / 2;
                found.push(Met {
                    one: (i, 1),
                    other: (j, 1),
                    likeness,
                    weight,
                });
            }
        }
    }
    joined(one, other, |many, few, likeness, weight| {
        found.push(Met {
            one: many,
            other: (few, 1),
            likeness,
            weight,
        });
    });
    joined(other, one, |many, few, likeness, weight| {
        found.push(Met {
            one: (few, 1),
            other: many,
            likeness,
            weight,
        });
    });
    found.sort_by(|a, b| {
        let by = |met: &Met| met.likeness.score * met.weight;
        by(b)
            .cmp(&by(a))
            .then_with(|| (a.one.0.abs_diff(a.other.0)).cmp(&b.one.0.abs_diff(b.other.0)))
            .then_with(|| (a.one.0 + a.other.0).cmp(&(b.one.0 + b.other.0)))
            .then_with(|| (a.one.1 + a.other.1).cmp(&(b.one.1 + b.other.1)))
            .then_with(|| (a.one, a.other).cmp(&(b.one, b.other)))
    });
    let mut taken_one = vec![false; one.len()];
    let mut taken_other = vec![false; other.len()];
    found.retain(|met| {
        let ones = &mut taken_one[met.one.0..met.one.0 + met.one.1];
        let others = &mut taken_other[met.other.0..met.other.0 + met.other.1];
        if ones.contains(&true) || others.contains(&true) {
            return false;
        }
        ones.fill(true);
        others.fill(true);
        true
    });
    found.sort_by_key(|met| met.one.0);
    found
}

/// Shorter words are not taken for joined ones.
const SHORTEST_JOINED: usize = 5;

/// Several words of `many` that are one word of `few`.
fn joined(
    many: &[&Part],
    few: &[&Part],
    mut take: impl FnMut((usize, usize), usize, Likeness, i32),
) {
    for from in 0..many.len() {
        for count in 2..=MOST_JOINED.min(many.len() - from) {
            let words = &many[from..from + count];
            let length: usize = words.iter().map(|part| part.text.len()).sum();
            if length < SHORTEST_JOINED || words.iter().all(|part| !part.class.tells()) {
                continue;
            }
            let near = |part: &Part| part.class.tells() && part.text.len().abs_diff(length) <= 1;
            for (at, part) in few.iter().enumerate().filter(|(_, part)| near(part)) {
                if let Some(score) = likeness_joined(words, part) {
                    let weight: i32 = words.iter().map(|part| part.class.weight()).sum();
                    let weight = (weight + part.class.weight()) / 2;
                    let likeness = Likeness {
                        score,
                        how: How::Joined,
                    };
                    take((from, count), at, likeness, weight);
                }
            }
        }
    }
}

/// How alike words that are written as one are to a word. Short ones have to be the same.
fn likeness_joined(words: &[&Part], part: &Part) -> Option<i32> {
    let text: String = words.iter().map(|part| &*part.text).collect();
    let length = text.len().max(part.text.len());
    let exact = |part: &Part| part.text.len() == 1 || part.script == Script::Syllables;
    let exact = length < 7 || exact(part) || words.iter().any(|part| exact(part));
    let most = if exact { 0 } else { 1000 };
    let cost = distance(text.as_bytes(), part.text.as_bytes(), most)?;
    Some(likeness(cost, length) * 98 / 100)
}
