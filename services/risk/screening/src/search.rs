//! Who in the lists may be meant by a name, the likeliest first, and why.

use hashbrown::HashMap;
use serde::Serialize;

use crate::index::{Index, Indexed, LeftOut, narrow, parts_of};
use crate::lists::{Entry, ListedName, Source};
use crate::qualifiers::{Known, Qualifier, apply};
use crate::scorer::align::align;
use crate::scorer::pairs::{Likeness, Part, compare, has_short_form};
use crate::scorer::{Comparison, WEIGHTS, judged, outcome};
use crate::text::{Class, Kind, Script};

/// Who is asked about.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The name.
    pub name: &'a str,
    /// What bears it.
    pub kind: Kind,
    /// What else is known.
    pub known: Known,
}

/// Somebody in a list who may be meant.
#[derive(Debug, Clone, Serialize)]
pub struct Hit<'a> {
    /// Whose list.
    pub source: Source,
    /// Who.
    pub entry: &'a Entry,
    /// By which of their names.
    pub name: &'a ListedName,
    /// 0 to 1000.
    pub score: i32,
    /// How the names compare.
    pub comparison: Comparison,
    /// What else was weighed.
    pub qualifiers: Vec<Qualifier>,
}

/// What a search found.
#[derive(Debug, Clone, Serialize)]
pub struct Found<'a> {
    /// The likeliest first; equal ones by list and id.
    pub hits: Vec<Hit<'a>>,
    /// The name was longer than what is read of one.
    pub cut: bool,
}

/// The most names that are compared in full.
const MOST_COMPARED: usize = 150;

/// A name is not compared where more than this is left over on both sides.
const TOO_MUCH_LEFT: i32 = 650;

/// A word that more names than this have is not enough to compare them in full.
const RARE: usize = 100;

impl Index {
    /// Who is meant with a score of at least `least`, no more than `most` of them.
    #[must_use]
    pub fn search(&self, query: &Query<'_>, least: i32, most: usize) -> Found<'_> {
        let (asked, cut) = parts_of(query.name, query.kind);
        let one: Vec<&Part> = asked.parts.iter().collect();
        let mut searching = Searching::new(self, &one, query.kind);
        // Entry -> its best name.
        let mut best: HashMap<(u16, u32), (i32, u32)> = HashMap::new();
        for at in searching.candidates() {
            let name = &self.names[at as usize];
            let score = searching.score(name);
            let listed = self.listed(name);
            let (score, _) = apply(score, listed.1.weak, &query.known, listed.0);
            if score < least {
                continue;
            }
            let known = best.entry((name.list, name.entry)).or_insert((score, at));
            if score > known.0 || score == known.0 && at < known.1 {
                *known = (score, at);
            }
        }
        let mut best: Vec<(i32, u32)> = best.into_values().collect();
        best.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        best.truncate(most);
        let hits = best
            .into_iter()
            .map(|(_, at)| searching.hit(at, query))
            .collect();
        Found { hits, cut }
    }

    pub(crate) fn listed(&self, name: &Indexed) -> (&Entry, &ListedName) {
        let entry = &self.lists[usize::from(name.list)].entries[name.entry as usize];
        (entry, &entry.names[usize::from(name.name)])
    }
}

/// A name has a word that few have: the highest bit of what it met.
const HAS_RARE: u32 = 1 << 31;

struct Searching<'i, 'q> {
    index: &'i Index,
    asked: &'q [&'q Part],
    kind: Kind,
    /// How alike a part is to a word that is asked for, once they were compared.
    compared: HashMap<(u32, u32), Option<Likeness>>,
    /// Which words of the query a name seems to have, one bit each.
    met: Vec<u32>,
    /// Names that have any.
    touched: Vec<u32>,
}

impl<'i, 'q> Searching<'i, 'q> {
    fn new(index: &'i Index, asked: &'q [&'q Part], kind: Kind) -> Self {
        Self {
            index,
            asked,
            kind,
            compared: HashMap::new(),
            met: vec![0; index.len()],
            touched: Vec::new(),
        }
    }

    /// The names worth comparing, the likeliest first.
    fn candidates(&mut self) -> Vec<u32> {
        let asked = self.asked;
        for (at, word) in asked
            .iter()
            .enumerate()
            .filter(|(_, word)| word.class.tells())
        {
            self.meet(word, narrow(at));
        }
        for count in [2, 3] {
            for from in 0..(asked.len() + 1).saturating_sub(count) {
                let words = &asked[from..from + count];
                if words.iter().any(|word| word.class.tells()) {
                    self.meet_joined(words, ((1u32 << count) - 1) << from);
                }
            }
        }
        let mut ranked = self.ranked();
        if ranked.len() > MOST_COMPARED {
            ranked.select_nth_unstable(MOST_COMPARED);
            ranked.truncate(MOST_COMPARED);
        }
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, at)| at).collect()
    }

    /// The names that have words of the query, with a rank: the less is left over on both sides,
    /// the lower.
    fn ranked(&mut self) -> Vec<(i32, u32)> {
        let asked_weight = self.weight(u32::MAX);
        let unfound = self.unfound();
        let mut ranked = Vec::new();
        // Most names that are touched have the same words.
        let (mut last_met, mut met_weight) = (0, 0);
        for at in std::mem::take(&mut self.touched) {
            let name = &self.index.names[at as usize];
            let met = self.met[at as usize];
            if !name.kind.may_be(self.kind) {
                continue;
            }
            if met != last_met {
                (last_met, met_weight) = (met, self.weight(met));
            }
            let left = (asked_weight - met_weight)
                .min(name.weight - met_weight)
                .max(0);
            let over = (asked_weight - met_weight)
                .max(name.weight - met_weight)
                .max(0);
            // Both have words that did not meet: too much contradicts, unless one of them may meet
            // in a way by which it is not found.
            let hope = met & HAS_RARE != 0 && unfound & !met != 0;
            if left < TOO_MUCH_LEFT || hope {
                ranked.push((left * 4 + over - met_weight, at));
            }
        }
        ranked
    }

    /// Words that may be like others by which they are not found: very short ones, and those with
    /// short forms.
    fn unfound(&self) -> u32 {
        let words = self.asked.iter().enumerate();
        let unfound = words.filter(|(_, word)| {
            word.class.tells() && (word.sound.len() <= 5 || has_short_form(&word.text))
        });
        unfound.fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// What the words of a set of bits weigh.
    fn weight(&self, bits: u32) -> i32 {
        let words = self.asked.iter().enumerate();
        let met = words.filter(|(at, word)| bits >> at & 1 == 1 && word.class.tells());
        met.map(|(_, word)| word.class.weight()).sum()
    }

    fn meet(&mut self, word: &Part, at: u32) {
        let index = self.index;
        for part in index.parts_like(word, LeftOut::Two) {
            let likeness = compare(word, &index.parts[part as usize]);
            if likeness.is_some() {
                self.compared.insert((part, at), likeness);
                self.note(index.names_with(part), 1 << at);
            }
        }
        for name in index.names_with_joined(word) {
            self.note(&[name], 1 << at);
        }
    }

    /// Words of the query that are one word in the list.
    fn meet_joined(&mut self, words: &[&Part], bits: u32) {
        let index = self.index;
        let text: String = words.iter().map(|word| &*word.text).collect();
        let word = Part::of(&text, Class::Content, Script::Letters);
        let near = |one: &str, other: &str| one.len().abs_diff(other.len()) <= 1;
        for part in index.parts_like(&word, LeftOut::One) {
            let listed = &index.parts[part as usize];
            if near(&listed.text, &word.text) && near(&listed.sound, &word.sound) {
                self.note(index.names_with(part), bits);
            }
        }
    }

    fn note(&mut self, names: &[u32], bits: u32) {
        let rare = if names.len() <= RARE { HAS_RARE } else { 0 };
        for name in names {
            let met = &mut self.met[*name as usize];
            if *met == 0 {
                self.touched.push(*name);
            }
            *met |= bits | rare;
        }
    }

    fn score(&mut self, name: &Indexed) -> i32 {
        let words = self.index.words_of(name);
        let other: Vec<&Part> = words
            .iter()
            .map(|part| &self.index.parts[*part as usize])
            .collect();
        let met = align(self.asked, &other, |i, j| {
            let known = self.compared.entry((words[j], narrow(i)));
            *known.or_insert_with(|| compare(self.asked[i], other[j]))
        });
        outcome(self.asked, &other, &met, &WEIGHTS, |at| {
            self.index.is_frequent(words[at])
        })
        .score
    }

    fn hit(&self, at: u32, query: &Query<'_>) -> Hit<'i> {
        let index = self.index;
        let name = &index.names[at as usize];
        let words = index.words_of(name);
        let other: Vec<&Part> = words
            .iter()
            .map(|part| &index.parts[*part as usize])
            .collect();
        let met = align(self.asked, &other, |i, j| compare(self.asked[i], other[j]));
        let comparison = judged(self.asked, &other, &met, &WEIGHTS, |at| {
            index.is_frequent(words[at])
        });
        let (entry, listed) = index.listed(name);
        let (score, qualifiers) = apply(comparison.score, listed.weak, &query.known, entry);
        Hit {
            source: index.lists[usize::from(name.list)].source,
            entry,
            name: listed,
            score,
            comparison,
            qualifiers,
        }
    }
}
