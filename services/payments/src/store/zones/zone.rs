//! What is known of a zone, some thousand transactions in a row, in a few kilobytes: enough to say
//! that none of its rows passes a filter, never that one does. It is made of what never changes of
//! a transaction, so it never grows old. It reads nothing.

use std::collections::BTreeMap;

/// What never changes of a transaction and can be asked for.
#[derive(Debug)]
pub(super) struct IndexedFields {
    /// The number of its type.
    pub kind: i64,
    /// The number of its currency.
    pub currency: i64,
    /// Minor units.
    pub amount: i64,
    /// Its description and its maker's own id.
    pub texts: [Option<String>; 2],
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct ZoneFilter {
    types: i64,
    currency: Option<i64>,
    amounts: [u32; 2],
    grams: Vec<u32>,
}

impl ZoneFilter {
    /// A set of types' numbers; a currency; the least and the most of an amount; a text that is in
    /// one of the texts, whatever the case.
    pub fn new(types: i64, currency: Option<i64>, amounts: [i64; 2], text: Option<&str>) -> Self {
        let text = text.map(folded).unwrap_or_default();
        // The longest pieces say the most, and where they are the shorter ones are, too.
        let length = text.len().min(LONGEST_GRAM);
        let grams = match length {
            0 => Vec::new(),
            _ => text.windows(length).map(gram).collect(),
        };
        Self {
            types,
            currency,
            amounts: amounts.map(rounded),
            grams,
        }
    }
}

/// What is known of a zone.
#[derive(Debug)]
pub(crate) struct Zone(Vec<Group>);

/// The transactions of one type in one currency.
#[derive(Debug)]
struct Group {
    kind: i64,
    currency: i64,
    /// In order, each once.
    amounts: Box<[u32]>,
    grams: Bloom,
}

impl Zone {
    /// Of these transactions.
    pub(super) fn of(rows: impl IntoIterator<Item = IndexedFields>) -> Self {
        let mut groups: BTreeMap<(i64, i64), (Vec<u32>, Vec<u32>)> = BTreeMap::new();
        for row in rows {
            let (amounts, grams) = groups.entry((row.kind, row.currency)).or_default();
            amounts.push(rounded(row.amount));
            for text in row.texts.iter().flatten() {
                let text = folded(text);
                for length in 1..=LONGEST_GRAM {
                    grams.extend(text.windows(length).map(gram));
                }
            }
        }
        let groups = groups.into_iter().map(|((kind, currency), of)| Group {
            kind,
            currency,
            amounts: distinct(of.0).into(),
            grams: Bloom::of(&distinct(of.1)),
        });
        Self(groups.collect())
    }

    /// Whether a row of it may pass. `false` is certain.
    pub(crate) fn may_have(&self, sought: &ZoneFilter) -> bool {
        self.0.iter().any(|group| {
            sought.types >> group.kind & 1 == 1
                && sought
                    .currency
                    .is_none_or(|currency| currency == group.currency)
                && group.has_amount(sought.amounts)
                && sought.grams.iter().all(|gram| group.grams.has(*gram))
        })
    }

    /// The memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let group = |group: &Group| 4 * group.amounts.len() + 8 * group.grams.0.len();
        size_of::<Self>()
            + self.0.len() * size_of::<Group>()
            + self.0.iter().map(group).sum::<usize>()
    }
}

impl Group {
    fn has_amount(&self, [least, most]: [u32; 2]) -> bool {
        let first = self.amounts.partition_point(|amount| *amount < least);
        self.amounts
            .get(first)
            .is_some_and(|amount| *amount <= most)
    }
}

fn distinct(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Bits of an amount that are kept.
const DIGITS: u32 = 26;

/// An amount with its first 26 binary digits, as a number that rises with it. Nothing and less
/// is 0.
fn rounded(amount: i64) -> u32 {
    let amount = amount.max(0).cast_unsigned();
    let shift = (u64::BITS - amount.leading_zeros()).saturating_sub(DIGITS);
    // 26 digits, and the shift is at most 37: no more than 31 bits.
    let digits = u32::try_from(amount >> shift).unwrap_or(u32::MAX);
    (shift << (DIGITS - 1)).saturating_add(digits)
}

/// The longest piece of a text that is remembered, in bytes.
const LONGEST_GRAM: usize = 3;

/// A text without the case of its letters, letter by letter, so that what is part of a text stays
/// part of it. The engines fold the case of fewer letters, never of more.
fn folded(text: &str) -> Vec<u8> {
    let folded: String = text.chars().flat_map(char::to_lowercase).collect();
    folded.into_bytes()
}

/// A piece of up to three bytes as a number; the length tells a short one from a longer one.
fn gram(piece: &[u8]) -> u32 {
    piece
        .iter()
        .fold(1, |gram, byte| gram << 8 | u32::from(*byte))
}

/// A set of numbers that may have some more (Bloom, 1970): with 12 bits for each and 5 of them set,
/// one in 250.
#[derive(Debug)]
struct Bloom(Box<[u64]>);

const BITS_EACH: usize = 12;
const PROBES: u32 = 5;

impl Bloom {
    fn of(numbers: &[u32]) -> Self {
        let words = (numbers.len() * BITS_EACH).div_ceil(64);
        let mut bloom = Self(vec![0; words].into());
        for number in numbers {
            for place in bloom.places(*number) {
                if let Some(word) = bloom.0.get_mut(place / 64) {
                    *word |= 1 << (place % 64);
                }
            }
        }
        bloom
    }

    fn has(&self, number: u32) -> bool {
        !self.0.is_empty()
            && self.places(number).all(|place| {
                let word = self.0.get(place / 64).copied().unwrap_or_default();
                word >> (place % 64) & 1 == 1
            })
    }

    /// The bits of a number: two hashes make all of them (Kirsch and Mitzenmacher, 2006).
    fn places(&self, number: u32) -> impl Iterator<Item = usize> + use<> {
        let bits = self.0.len() as u64 * 64;
        let mixed = mixed(u64::from(number));
        let (first, step) = (mixed >> 32, mixed & 0xffff_ffff | 1);
        (0..u64::from(PROBES)).map(move |probe| {
            let hash = (first + probe * step) & 0xffff_ffff;
            // Below the number of bits, which fits.
            usize::try_from((hash * bits) >> 32).unwrap_or_default()
        })
    }
}

/// The end of `SplitMix64` (Steele, Lea and Flood, 2014): each bit of the number changes half of
/// those that come out.
const fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(kind: i64, currency: i64, amount: i64, text: &str) -> IndexedFields {
        IndexedFields {
            kind,
            currency,
            amount,
            texts: [Some(text.to_owned()), None],
        }
    }

    const EVERY: i64 = i64::MAX;
    const ANY: [i64; 2] = [i64::MIN, i64::MAX];

    #[test]
    fn a_zone_rules_out_what_no_single_row_of_it_passes() {
        let zone = Zone::of([row(0, 840, 500, "Rent of May"), row(3, 978, 9_000, "lunch")]);
        let may = |types, currency, amounts, text| {
            zone.may_have(&ZoneFilter::new(types, currency, amounts, text))
        };
        assert!(may(EVERY, None, ANY, None));
        assert!(may(1, Some(840), [500, 500], Some("rENT")));
        assert!(may(1 << 3, Some(978), [0, 9_000], Some("ch")));
        for (types, currency, amounts, text) in [
            (1 << 1, None, ANY, None),
            (EVERY, Some(392), ANY, None),
            // Each of the two is there, but not in one row.
            (1, Some(978), ANY, None),
            (1, None, [9_000, 9_000], None),
            (1, None, ANY, Some("lunch")),
            (EVERY, None, [501, 8_999], None),
            (EVERY, None, [9_001, i64::MAX], None),
            (EVERY, None, ANY, Some("rent of June")),
            (EVERY, None, ANY, Some("zz")),
            (EVERY, None, ANY, Some("%")),
        ] {
            assert!(
                !may(types, currency, amounts, text),
                "{types} {currency:?} {amounts:?} {text:?}"
            );
        }
    }

    #[test]
    fn a_zone_without_texts_has_none_and_takes_little_room() {
        let bare = |amount| IndexedFields {
            texts: [None, None],
            ..row(0, 840, amount, "")
        };
        let zone = Zone::of((0..1_024).map(|no| bare(no % 10)));
        assert!(!zone.may_have(&ZoneFilter::new(EVERY, None, ANY, Some("a"))));
        assert!(zone.bytes() < 200, "{}", zone.bytes());
        assert!(!Zone::of([]).may_have(&ZoneFilter::new(EVERY, None, ANY, None)));
    }

    #[test]
    fn few_texts_are_found_where_they_are_not() {
        let text = |no: u64| format!("Order {:016x}", mixed(no));
        let zone = Zone::of((0..1_024).map(|no| row(0, 840, 1, &text(no))));
        let absent = |from: u32, to: u32| {
            let grams = (from..to).filter(|number| !zone.0[0].grams.has(*number));
            f64::from(u32::try_from(grams.count()).unwrap()) / f64::from(to - from)
        };
        assert!(absent(0x0200_0000, 0x0201_0000) > 0.99);
        assert!(zone.bytes() < 16_384, "{}", zone.bytes());
    }

    proptest! {
        #[test]
        fn amounts_keep_their_order_when_they_are_rounded(one: i64, other: i64) {
            prop_assert!(rounded(one.min(other)) <= rounded(one.max(other)));
            prop_assert_eq!(rounded(one & 0x3ff_ffff), u32::try_from(one & 0x3ff_ffff).unwrap());
        }

        #[test]
        fn a_row_that_passes_is_never_ruled_out(
            rows in prop::collection::vec((0..5_i64, 0..3_i64, 1..i64::MAX, "[a-cA-CéÉΣςİß%_ ]{0,12}"), 1..40),
            chosen: prop::sample::Index, start: prop::sample::Index, length in 1..13_usize, slack in 0..1_000_i64,
        ) {
            let zone = Zone::of(rows.iter().map(|(kind, currency, amount, text)| row(*kind, *currency, *amount, text)));
            let (kind, currency, amount, text) = chosen.get(&rows);
            let letters: Vec<char> = text.chars().collect();
            let part: String = letters.iter().skip(start.index(13)).take(length).collect();
            let other_case: String = part.chars().map(|letter| letter.to_ascii_uppercase()).collect();
            for text in [None, Some(part.as_str()), Some(other_case.as_str())] {
                let amounts = [amount.saturating_sub(slack), amount.saturating_add(slack)];
                prop_assert!(zone.may_have(&ZoneFilter::new(1 << kind, Some(*currency), amounts, text)));
                prop_assert!(zone.may_have(&ZoneFilter::new(EVERY, None, [*amount; 2], text)));
            }
        }
    }
}
