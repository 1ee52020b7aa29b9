//! How alike two names are, and why.
//!
//! A name that lacks a word of the other is often the same name; two names that each have a word
//! that the other lacks are rarely the same. So what is left over on one side only costs little,
//! and what is left over on both sides costs much, however long the names are.

pub mod align;
pub mod distance;
pub mod pairs;
pub mod whole;

use serde::Serialize;

use crate::text::{Class, Kind, Name, Script};
use align::{Met, align};
use pairs::{How, Part, compare};

/// A name with what it is compared by.
#[derive(Debug, Clone)]
pub struct Parts {
    /// What bears it.
    pub kind: Kind,
    /// Its tokens.
    pub parts: Vec<Part>,
}

impl Parts {
    /// Of a name.
    #[must_use]
    pub fn of(name: &Name) -> Self {
        let part = |token: &crate::text::Token| Part::of(&token.text, token.class, token.script);
        Self {
            kind: name.kind,
            parts: name.tokens.iter().map(part).collect(),
        }
    }
}

/// Which words met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordsMet {
    /// Of the name that was asked about.
    pub asked: String,
    /// Of the name in the list.
    pub listed: String,
    /// How alike, in thousandths.
    pub score: i32,
    /// By what.
    pub how: How,
}

/// What lowers or raises a score, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Both names have words that the other lacks.
    Contradiction(i32),
    /// One name has words that the other lacks.
    Omission(i32),
    /// One word of several was all that met.
    OneWordOnly(i32),
    /// The words are in another order.
    Order(i32),
    /// Written without spaces they are nearly the same.
    RunTogether(i32),
    /// What met are words that many names in the lists have, and others are missing.
    Frequent(i32),
}

/// How alike two names are, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// 0 to 1000.
    pub score: i32,
    /// How alike the words that met are, by their weights.
    pub words: i32,
    /// Which words met.
    pub met: Vec<WordsMet>,
    /// Words of the name asked about that met nothing.
    pub asked_only: Vec<String>,
    /// Words of the name in the list that met nothing.
    pub listed_only: Vec<String>,
    /// What lowered it.
    pub effects: Vec<Effect>,
}

/// What the scorer reckons with, in thousandths.
#[derive(Debug, Clone)]
pub struct Weights {
    /// What a full contradicting word takes.
    pub contradiction: i32,
    /// What it takes where all is left over on one side.
    pub omission: i32,
    /// What it takes where one word of several was all that met.
    pub one_word: i32,
    /// What another order takes.
    pub order: i32,
    /// What a swap of a name and the father's takes.
    pub patronymic: i32,
    /// What words that many have take where others are missing.
    pub frequent: i32,
    /// How sharply a difference of letters counts: likeness to the power of this.
    pub power: i32,
}

/// The weights in use.
pub const WEIGHTS: Weights = Weights {
    contradiction: 600,
    omission: 400,
    one_word: 300,
    order: 60,
    patronymic: 350,
    frequent: 130,
    power: 2,
};

/// Compares two names.
#[must_use]
pub fn score(asked: &Parts, listed: &Parts, weights: &Weights) -> Comparison {
    let (one, other): (Vec<&Part>, Vec<&Part>) =
        (asked.parts.iter().collect(), listed.parts.iter().collect());
    let met = align(&one, &other, |i, j| compare(one[i], other[j]));
    judged(&one, &other, &met, weights, |_| false)
}

/// The score of an alignment.
pub(crate) fn judged(
    one: &[&Part],
    other: &[&Part],
    met: &[Met],
    weights: &Weights,
    frequent: impl Fn(usize) -> bool,
) -> Comparison {
    let outcome = outcome(one, other, met, weights, frequent);
    let text = |parts: &[&Part], (from, count): (usize, usize)| {
        let words: Vec<&str> = parts[from..from + count]
            .iter()
            .map(|part| &*part.text)
            .collect();
        words.join(" ")
    };
    let left = |parts: &[&Part], side: fn(&Met) -> (usize, usize)| -> Vec<String> {
        left_over(parts, met, side)
            .map(|part| String::from(&*part.text))
            .collect()
    };
    Comparison {
        score: outcome.score,
        words: outcome.words,
        met: met
            .iter()
            .map(|met| WordsMet {
                asked: text(one, met.one),
                listed: text(other, met.other),
                score: met.likeness.score,
                how: met.likeness.how,
            })
            .collect(),
        asked_only: left(one, |met| met.one),
        listed_only: left(other, |met| met.other),
        effects: outcome.effects,
    }
}

fn left_over<'a>(
    parts: &'a [&'a Part],
    met: &'a [Met],
    side: fn(&Met) -> (usize, usize),
) -> impl Iterator<Item = &'a Part> {
    parts.iter().enumerate().filter_map(move |(at, part)| {
        let covered = |met: &Met| (side(met).0..side(met).0 + side(met).1).contains(&at);
        (!met.iter().any(covered)).then_some(*part)
    })
}

pub(crate) struct Outcome {
    pub score: i32,
    words: i32,
    effects: Vec<Effect>,
}

/// The score of an alignment, without the texts that explain it. `frequent` tells of a word of the
/// other name whether many have it.
pub(crate) fn outcome(
    one: &[&Part],
    other: &[&Part],
    met: &[Met],
    weights: &Weights,
    frequent: impl Fn(usize) -> bool,
) -> Outcome {
    let same = one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.text == b.text);
    if same && !one.is_empty() {
        return Outcome {
            score: 1000,
            words: 1000,
            effects: Vec::new(),
        };
    }
    let by_words = by_words(one, other, met, weights, frequent);
    let whole = match by_words.words {
        // All words met well: the letters of the whole say no more.
        901.. if by_words.effects.is_empty() => None,
        _ => whole::run_together(one, other),
    };
    let whole = whole.map_or(0, |whole| power(whole, weights.power));
    if whole <= by_words.score {
        return by_words;
    }
    let effects = vec![Effect::RunTogether(whole - by_words.score)];
    Outcome {
        score: whole,
        words: whole,
        effects,
    }
}

/// The score of words that met, lowered by what is left over.
fn by_words(
    one: &[&Part],
    other: &[&Part],
    met: &[Met],
    weights: &Weights,
    frequent: impl Fn(usize) -> bool,
) -> Outcome {
    let telling = || {
        met.iter()
            .filter(|met| tells(one, met.one) && tells(other, met.other))
    };
    let told: usize = telling().map(|met| met.one.1.max(met.other.1)).sum();
    let total: i32 = met.iter().map(|met| met.weight).sum();
    if told == 0 || total == 0 {
        return Outcome {
            score: 0,
            words: 0,
            effects: Vec::new(),
        };
    }
    let likeness = |met: &Met| met.weight * power(met.likeness.score, weights.power);
    let words = met.iter().map(likeness).sum::<i32>() / total;
    let left = Left::of(one, other, met);
    let mut lowered = Lowered {
        score: words,
        effects: Vec::new(),
    };
    lowered.by_share(
        Effect::Contradiction,
        left.contradicting * weights.contradiction / 1000,
    );
    let omitted_share = left.omitted * 1000 / (left.omitted + total);
    lowered.by_share(Effect::Omission, omitted_share * weights.omission / 1000);
    if told == 1 && left.most >= A_WORD {
        lowered.by(Effect::OneWordOnly, weights.one_word);
    }
    let mut by_many = telling().map(|met| met.other.1 == 1 && frequent(met.other.0));
    // One that many have is enough where two are missing.
    if told < 3
        && left.omitted >= A_WORD
        && if left.omitted >= TWO_WORDS {
            by_many.any(|many| many)
        } else {
            by_many.all(|many| many)
        }
    {
        lowered.by(Effect::Frequent, weights.frequent);
    }
    lowered.by(Effect::Order, disorder(one, other, met, weights));
    // Only what is the same in everything is 1000.
    Outcome {
        score: lowered.score.clamp(0, 999),
        words,
        effects: lowered.effects,
    }
}

/// What a word weighs at least that tells somebody.
const A_WORD: i32 = 600;
const TWO_WORDS: i32 = 1400;

/// What is left over, by weight.
struct Left {
    /// On both sides, a full word at most.
    contradicting: i32,
    /// On one side only.
    omitted: i32,
    /// On the side that has more.
    most: i32,
}

impl Left {
    fn of(one: &[&Part], other: &[&Part], met: &[Met]) -> Self {
        let weight = |left: &mut dyn Iterator<Item = &Part>| -> i32 {
            left.map(|part| part.class.weight()).sum()
        };
        let left_one = weight(&mut left_over(one, met, |met| met.one));
        let left_other = weight(&mut left_over(other, met, |met| met.other));
        let syllables = |parts: &[&Part]| parts.iter().any(|part| part.script == Script::Syllables);
        let most = left_one.max(left_other);
        // Of a name in syllables none can be left out.
        let both = if syllables(one) || syllables(other) {
            most
        } else {
            left_one.min(left_other)
        };
        Self {
            contradicting: both.min(1000),
            omitted: (left_one - left_other).abs(),
            most,
        }
    }
}

struct Lowered {
    score: i32,
    effects: Vec<Effect>,
}

impl Lowered {
    fn by_share(&mut self, effect: fn(i32) -> Effect, share: i32) {
        self.by(effect, self.score * share / 1000);
    }

    fn by(&mut self, effect: fn(i32) -> Effect, amount: i32) {
        if amount > 0 {
            self.score -= amount;
            self.effects.push(effect(-amount));
        }
    }
}

fn power(score: i32, power: i32) -> i32 {
    (1..power).fold(score, |raised, _| raised * score / 1000)
}

fn tells(parts: &[&Part], (from, count): (usize, usize)) -> bool {
    parts[from..from + count]
        .iter()
        .any(|part| part.class.tells())
}

/// What another order of the words takes. Last name first is no other order.
fn disorder(one: &[&Part], other: &[&Part], met: &[Met], weights: &Weights) -> i32 {
    let order: Vec<usize> = met
        .iter()
        .filter(|met| tells(one, met.one) && tells(other, met.other))
        .map(|met| met.other.0)
        .collect();
    let falls = (0..order.len())
        .filter(|at| order[*at] > order[(*at + 1) % order.len()])
        .count();
    if falls <= 1 {
        return 0;
    }
    let fathers = |parts: &[&Part]| {
        parts
            .iter()
            .any(|part| part.class == Class::Particle && &*part.text == "bin")
    };
    if fathers(one) && fathers(other) && order.len() >= 2 {
        weights.patronymic
    } else {
        weights.order
    }
}
