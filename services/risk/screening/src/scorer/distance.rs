//! How far two tokens are from each other: an edit distance that knows which letters are taken for
//! one another, with a cliff beyond which two tokens are just two tokens.

use crate::text::fold::is_vowel;

/// A distance of one letter that has nothing to do with the other.
pub const LETTER: i32 = 1000;

const ALIKE: i32 = 500;
const LOOKS_ALIKE: i32 = 300;
const DOUBLED: i32 = 250;
const SILENT: i32 = 600;
const SWAPPED: i32 = 600;
/// More than elsewhere: few mistype the letter that a longer name begins with.
const FIRST: i32 = 300;
/// An `a` at the end makes another name of it: Martin, Martina; Antonio, Antonia.
const LAST: i32 = 1000;

/// The longest token that is compared letter by letter. What is longer is compared by what it
/// begins with.
pub const LONGEST: usize = 48;

/// The distance of two tokens, in thousandths of a letter, or none where it is above `most`.
#[must_use]
pub fn distance(one: &[u8], other: &[u8], most: i32) -> Option<i32> {
    let one = &one[..one.len().min(LONGEST)];
    let other = &other[..other.len().min(LONGEST)];
    if one == other {
        return Some(0);
    }
    // Each letter that one has more of costs something.
    if letters(one.len().abs_diff(other.len())) * DOUBLED > most {
        return None;
    }
    let first = if one.len().max(other.len()) < 5 {
        0
    } else {
        FIRST
    };
    let absence = |word: &[u8], at: usize, byte: u8| {
        absence(word, at, byte) + if at == 0 && byte != b'h' { first } else { 0 }
    };
    let mut rows = [[0i32; LONGEST + 1]; 3];
    let mut absent = [0i32; LONGEST];
    for (at, byte) in other.iter().enumerate() {
        absent[at] = absence(other, at, *byte);
        rows[1][at + 1] = rows[1][at] + absent[at];
    }
    for (i, a) in one.iter().enumerate() {
        let [before, above, row] = &mut rows;
        let gone = absence(one, i, *a);
        row[0] = above[0] + gone;
        let mut least = row[0];
        for (j, b) in other.iter().enumerate() {
            let mut replaced = replaced(*a, *b);
            if i + j == 0 && a != b {
                replaced += first;
            } else if i + 1 == one.len()
                && j + 1 == other.len()
                && matches!((a, b), (b'a', b'o') | (b'o', b'a'))
            {
                replaced = LAST;
            }
            let mut cost = (above[j] + replaced)
                .min(above[j + 1] + gone)
                .min(row[j] + absent[j]);
            if i > 0 && j > 0 && a != b && *a == other[j - 1] && one[i - 1] == *b {
                cost = cost.min(before[j - 1] + SWAPPED);
            }
            row[j + 1] = cost;
            least = least.min(cost);
        }
        // A swap can go around one row, not around two.
        if least > most && above[..=other.len()].iter().all(|cost| *cost > most) {
            return None;
        }
        rows.rotate_left(1);
    }
    let cost = rows[1][other.len()];
    (cost <= most).then_some(cost)
}

fn absence(word: &[u8], at: usize, byte: u8) -> i32 {
    if at > 0 && word[at - 1] == byte || word.get(at + 1) == Some(&byte) {
        DOUBLED
    } else if at > 0 && at + 1 == word.len() && byte == b'a' {
        LAST
    } else if is_vowel(byte) || byte == b'h' {
        SILENT
    } else {
        LETTER
    }
}

fn replaced(a: u8, b: u8) -> i32 {
    let both = |groups: &[u8; 256]| groups[usize::from(a)] & groups[usize::from(b)] != 0;
    if a == b {
        0
    } else if both(&LOOK_ALIKE) {
        LOOKS_ALIKE
    } else if both(&SOUND_ALIKE) {
        ALIKE
    } else {
        LETTER
    }
}

/// The groups that each letter is in, one bit each. Vowels are taken for one another.
const SOUND_ALIKE: [u8; 256] = groups([
    b"aeiouy", b"ckqgx", b"szcx", b"vwfu", b"bp", b"dt", b"jyig", b"mnlr",
]);
const LOOK_ALIKE: [u8; 256] = groups([b"0o", b"1i", b"1l", b"3e", b"4a", b"5s", b"9g", b"7t"]);

const fn groups(groups: [&[u8]; 8]) -> [u8; 256] {
    let mut of_letter = [0u8; 256];
    let mut group = 0;
    while group < groups.len() {
        let mut at = 0;
        while at < groups[group].len() {
            of_letter[groups[group][at] as usize] |= 1 << group;
            at += 1;
        }
        group += 1;
    }
    of_letter
}

/// How many letters of difference two tokens may have and still be one, in thousandths, by the
/// length of the longer one.
#[must_use]
pub fn cliff(length: usize) -> i32 {
    match length {
        0 | 1 => 0,
        2 => 500,
        3 | 4 => 1500,
        5 => 1600,
        6..=8 => 2000,
        9..=11 => 2500,
        _ => 3000,
    }
}

/// How alike two tokens are by their distance, in thousandths.
#[must_use]
pub fn likeness(cost: i32, length: usize) -> i32 {
    (1000 - cost / letters(length).max(1)).max(0)
}

/// Whether two sounds, in which no letter is doubled, differ too much in length alone.
#[must_use]
pub fn lengths_differ(one: usize, other: usize) -> bool {
    letters(one.abs_diff(other)) * SILENT > cliff(one.max(other))
}

/// A count of letters as a number to reckon with.
#[must_use]
pub fn letters(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / LETTER)
}
