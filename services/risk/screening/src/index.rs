//! The names of lists in memory, found by their words.
//!
//! A word is found by itself, by its consonants, and by what is left of its sound without one or
//! two of its letters. A name with a word like one that is asked for is a candidate; the scorer
//! judges the likeliest ones.

use hashbrown::HashMap;

use crate::lists::List;
use crate::scorer::Parts;
use crate::scorer::pairs::Part;
use crate::text::fold::{consonants, sound};
use crate::text::{Class, Kind, Name, Script};

/// A name in the index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Indexed {
    /// Which list, entry and name it is.
    pub list: u16,
    pub entry: u32,
    pub name: u16,
    pub kind: Kind,
    from: u32,
    count: u16,
    /// What its telling words weigh.
    pub weight: i32,
}

/// Lists, and the index over their names.
#[derive(Debug)]
pub struct Index {
    pub(crate) lists: Vec<List>,
    pub(crate) names: Vec<Indexed>,
    /// Words of all names, one after another.
    words: Vec<u32>,
    pub(crate) parts: Vec<Part>,
    /// Names of a part: those between its offset and the next.
    offsets: Vec<u32>,
    postings: Vec<u32>,
    /// By what a part is found.
    keys: Keys,
    /// By what several words of a name are found that are written as one.
    joined: Keys,
}

/// Values by keys, several of one key.
#[derive(Debug)]
struct Keys {
    /// (key, value), in order.
    pairs: Vec<(u32, u32)>,
    /// Where the keys begin that share their upper half.
    buckets: Vec<u32>,
}

impl Keys {
    fn new(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        pairs.shrink_to_fit();
        let mut buckets = vec![0u32; (1 << 16) + 1];
        for (key, _) in &pairs {
            buckets[(key >> 16) as usize + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        Self { pairs, buckets }
    }

    fn of(&self, key: u32) -> impl Iterator<Item = u32> {
        let bucket = (key >> 16) as usize;
        let own = &self.pairs[self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize];
        let own = own.iter().skip_while(move |(known, _)| *known < key);
        own.take_while(move |(known, _)| *known == key)
            .map(|(_, value)| *value)
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.pairs) + size_of_val(&*self.buckets)
    }
}

impl Index {
    /// An index over lists.
    #[must_use]
    pub fn new(lists: Vec<List>) -> Self {
        let mut making = Making::default();
        for (at, list) in lists.iter().enumerate() {
            making.list(narrow(at), list);
        }
        making.finish(lists)
    }

    /// The lists.
    #[must_use]
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// How many names are found through it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// About how many bytes it takes, with the lists.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let parts: usize = self
            .parts
            .iter()
            .map(|part| part.text.len() + part.sound.len())
            .sum();
        let entries = self.lists.iter().flat_map(|list| &list.entries);
        let texts: usize = entries
            .map(|entry| {
                let names: usize = entry
                    .names
                    .iter()
                    .map(|name| name.text.len() + size_of_val(name))
                    .sum();
                let others = entry.programs.iter().chain(&entry.papers);
                let others: usize = others.map(|text| text.len() + size_of_val(text)).sum();
                names
                    + others
                    + size_of_val(entry)
                    + size_of_val(&*entry.births)
                    + size_of_val(&*entry.countries)
                    + entry.id.len()
            })
            .sum();
        parts
            + texts
            + size_of_val(&*self.names)
            + size_of_val(&*self.words)
            + size_of_val(&*self.parts)
            + size_of_val(&*self.offsets)
            + size_of_val(&*self.postings)
            + self.keys.bytes()
            + self.joined.bytes()
    }

    /// The words of a name, as parts.
    pub(crate) fn words_of(&self, name: &Indexed) -> &[u32] {
        let from = name.from as usize;
        &self.words[from..from + usize::from(name.count)]
    }

    /// The names that have a part.
    pub(crate) fn names_with(&self, part: u32) -> &[u32] {
        let part = part as usize;
        &self.postings[self.offsets[part] as usize..self.offsets[part + 1] as usize]
    }

    /// Whether so many names have a part that it tells little.
    pub(crate) fn is_frequent(&self, part: u32) -> bool {
        self.names_with(part).len() > FREQUENT
    }

    /// Parts that may be like a word, each once, in order.
    pub(crate) fn parts_like(&self, word: &Part, left_out: LeftOut) -> Vec<u32> {
        let mut keys = Vec::new();
        keys_of(word, left_out, &mut keys);
        let mut parts: Vec<u32> = keys.into_iter().flat_map(|key| self.keys.of(key)).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// Names of which some words, written as one, may be like a word.
    pub(crate) fn names_with_joined(&self, word: &Part) -> impl Iterator<Item = u32> {
        self.joined.of(joined_key(&word.text))
    }
}

#[derive(Default)]
struct Making {
    names: Vec<Indexed>,
    words: Vec<u32>,
    parts: Vec<Part>,
    known: HashMap<(Box<str>, Class, Script), u32>,
    joined: Vec<(u32, u32)>,
}

impl Making {
    fn list(&mut self, list: u16, content: &List) {
        for (entry, content) in content.entries.iter().enumerate() {
            for (name, listed) in content.names.iter().enumerate() {
                let read = Name::read(&listed.text, content.kind);
                if read.tokens.is_empty() {
                    continue;
                }
                self.name(&read, list, narrow(entry), narrow(name));
            }
        }
    }

    fn name(&mut self, name: &Name, list: u16, entry: u32, at: u16) {
        let from = narrow(self.words.len());
        for token in &name.tokens {
            let key = (token.text.clone(), token.class, token.script);
            let next = narrow(self.parts.len());
            let part = *self.known.entry(key).or_insert(next);
            if part == next {
                self.parts
                    .push(Part::of(&token.text, token.class, token.script));
            }
            self.words.push(part);
        }
        let own = narrow(self.names.len());
        joins(
            &name
                .tokens
                .iter()
                .map(|token| &*token.text)
                .collect::<Vec<_>>(),
            |text| {
                self.joined.push((joined_key(text), own));
            },
        );
        let telling = name.tokens.iter().filter(|token| token.class.tells());
        self.names.push(Indexed {
            list,
            entry,
            name: at,
            kind: name.kind,
            from,
            count: narrow(name.tokens.len()),
            weight: telling.map(|token| token.class.weight()).sum(),
        });
    }

    fn finish(self, lists: Vec<List>) -> Index {
        let mut counts = vec![0u32; self.parts.len() + 1];
        let own = |name: &Indexed| name.from as usize..name.from as usize + usize::from(name.count);
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(self.words.len());
        for (at, name) in self.names.iter().enumerate() {
            pairs.extend(
                self.words[own(name)]
                    .iter()
                    .map(|part| (*part, narrow::<u32>(at))),
            );
        }
        pairs.sort_unstable();
        pairs.dedup();
        for (part, _) in &pairs {
            counts[*part as usize + 1] += 1;
        }
        for at in 1..counts.len() {
            counts[at] += counts[at - 1];
        }
        let mut keys = Vec::new();
        let mut of_part = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            if part.class.tells() {
                keys_of(part, LeftOut::Two, &mut of_part);
                keys.extend(of_part.drain(..).map(|key| (key, narrow::<u32>(at))));
            }
        }
        Index {
            lists,
            names: self.names,
            words: self.words,
            parts: self.parts,
            offsets: counts,
            postings: pairs.into_iter().map(|(_, name)| name).collect(),
            keys: Keys::new(keys),
            joined: Keys::new(self.joined),
        }
    }
}

/// A word that more names than this have tells little by itself.
const FREQUENT: usize = 25;

/// How many letters of a sound are looked at when letters are left out.
const FOUND_BY: usize = 8;

/// From how many letters on two are left out.
const TWO_LEFT_OUT: usize = 6;

/// How many letters of a sound may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    One,
    Two,
}

/// What a part is found by.
fn keys_of(part: &Part, left_out: LeftOut, keys: &mut Vec<u32>) {
    keys.clear();
    let sound = part.sound.as_bytes();
    let sound = &sound[..sound.len().min(FOUND_BY)];
    keys.push(hash(b's', [sound]));
    keys.push(hash(b't', [part.text.as_bytes()]));
    let consonants = consonants(&part.sound);
    if consonants.len() >= 2 {
        keys.push(hash(b'c', [consonants.as_bytes()]));
    }
    if let Some(served) = part.text.strip_prefix("abd") {
        keys.push(hash(b't', [served.as_bytes()]));
    }
    if sound.len() < 3 || part.script != Script::Letters {
        return;
    }
    for i in 0..sound.len() {
        keys.push(hash(b's', [&sound[..i], &sound[i + 1..]]));
        if left_out == LeftOut::Two && sound.len() >= TWO_LEFT_OUT {
            for j in i + 1..sound.len() {
                keys.push(hash(b's', [&sound[..i], &sound[i + 1..j], &sound[j + 1..]]));
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
}

fn joined_key(text: &str) -> u32 {
    hash(b'j', [consonants(&sound(text, Script::Letters)).as_bytes()])
}

/// Words that follow one another, written as one: two, three, all.
pub(crate) fn joins(words: &[&str], mut take: impl FnMut(&str)) {
    for from in 0..words.len() {
        for count in [2, 3] {
            if let Some(words) = words.get(from..from + count) {
                take(&words.concat());
            }
        }
    }
}

/// FNV-1a: the same everywhere.
fn hash<const N: usize>(tag: u8, parts: [&[u8]; N]) -> u32 {
    let bytes = std::iter::once(tag).chain(parts.into_iter().flatten().copied());
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// A position as a smaller number. Lists have a few ten thousand names.
pub(crate) fn narrow<T: TryFrom<usize> + Default>(at: usize) -> T {
    T::try_from(at).unwrap_or_default()
}

/// A name as the scorer takes it.
pub(crate) fn parts_of(text: &str, kind: Kind) -> (Parts, bool) {
    let name = Name::read(text, kind);
    (Parts::of(&name), name.cut)
}
