//! Names as if they were written without spaces: where words were parted or joined wrongly, the
//! letters are still there.

use super::distance::{LONGEST, distance, letters, likeness};
use super::pairs::Part;
use crate::text::{Class, Script};

/// Shorter names are not compared so.
const SHORTEST: usize = 10;

/// How alike two names are by the letters of their telling words in order, in thousandths.
#[must_use]
pub fn run_together(one: &[&Part], other: &[&Part]) -> Option<i32> {
    let as_many = one.len() == other.len();
    let (a, b) = (count(one)?, count(other)?);
    // With as many words on both sides, letters have only gone to the neighbour.
    let most_apart = if as_many { 0 } else { 2 };
    if a.min(b) < SHORTEST || a.max(b) > LONGEST || a.abs_diff(b) > most_apart {
        return None;
    }
    let length = a.max(b);
    let most = if as_many {
        0
    } else {
        (letters(length) * 100).min(2000)
    };
    let text = |parts: &[&Part]| -> String {
        parts
            .iter()
            .filter(|part| counts(part))
            .map(|part| &*part.text)
            .collect()
    };
    let cost = distance(text(one).as_bytes(), text(other).as_bytes(), most)?;
    Some(likeness(cost, length) * 97 / 100)
}

/// What is left of a word that was parted may look like a small one.
fn counts(part: &Part) -> bool {
    part.class.tells() || part.text.len() <= 3 && part.class != Class::Particle
}

/// How many letters there are to compare, in a script of letters.
fn count(parts: &[&Part]) -> Option<usize> {
    if parts.iter().any(|part| part.script != Script::Letters) {
        return None;
    }
    Some(
        parts
            .iter()
            .filter(|part| counts(part))
            .map(|part| part.text.len())
            .sum(),
    )
}
