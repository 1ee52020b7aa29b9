//! How alike two tokens are, and by what.

use hashbrown::HashSet;
use serde::Serialize;
use std::sync::LazyLock;

use super::distance::{cliff, distance, lengths_differ, likeness};
use crate::text::fold::{consonants, sound};
use crate::text::{Class, Script, words};

/// By what one token met another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// They are the same.
    Same,
    /// They are spelled differently and sound the same.
    Sound,
    /// A few letters differ.
    Letters,
    /// A script without vowels: the consonants are the same.
    Consonants,
    /// One is a short form of the other.
    ShortForm,
    /// One is the first letter of the other.
    Initial,
    /// One is written as several words.
    Joined,
}

/// How alike two tokens are, in thousandths, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    /// 1 to 1000.
    pub score: i32,
    /// By what.
    pub how: How,
}

/// A token with what it is compared by, computed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its letters.
    pub text: Box<str>,
    /// As it sounds.
    pub sound: Box<str>,
    /// What it says.
    pub class: Class,
    /// What it was written in.
    pub script: Script,
}

impl Part {
    /// A token with its sound.
    #[must_use]
    pub fn of(text: &str, class: Class, script: Script) -> Self {
        Self {
            text: text.into(),
            sound: sound(text, script).into(),
            class,
            script,
        }
    }
}

static SHORT_FORMS: LazyLock<HashSet<(&'static str, &'static str)>> =
    LazyLock::new(|| words::NICKNAMES.iter().copied().collect());

/// How alike two tokens are, or none where they are just two tokens.
#[must_use]
pub fn compare(one: &Part, other: &Part) -> Option<Likeness> {
    if one.text == other.text {
        let score = 1000;
        return Some(Likeness {
            score,
            how: How::Same,
        });
    }
    let initial = |class| class == Class::Initial;
    if initial(one.class) || initial(other.class) {
        return (initial(one.class) != initial(other.class)
            && one.text.as_bytes().first() == other.text.as_bytes().first()
            && (one.class.tells() || other.class.tells()))
        .then_some(Likeness {
            score: 800,
            how: How::Initial,
        });
    }
    let of_words = |class| matches!(class, Class::Number | Class::Legal | Class::Particle);
    if of_words(one.class) || of_words(other.class) {
        return None;
    }
    match (one.script, other.script) {
        (Script::Syllables, _) | (_, Script::Syllables) => {
            (one.sound == other.sound).then_some(Likeness {
                score: 970,
                how: How::Sound,
            })
        }
        (Script::Letters, Script::Letters) => {
            by_short_form(one, other).or_else(|| by_letters(one, other))
        }
        (Script::Consonants, Script::Consonants) => by_letters(one, other),
        (Script::Consonants, Script::Letters) | (Script::Letters, Script::Consonants) => {
            by_consonants(one, other)
        }
    }
}

/// The sound decides whether they are like each other at all, the better of both how much.
fn by_letters(one: &Part, other: &Part) -> Option<Likeness> {
    if lengths_differ(one.sound.len(), other.sound.len()) {
        return None;
    }
    let sounds = one.sound.len().max(other.sound.len());
    let cost = distance(one.sound.as_bytes(), other.sound.as_bytes(), cliff(sounds))?;
    // The spelling differs, so it is never quite the same.
    let sounded = likeness(cost, sounds) * 97 / 100;
    let length = one.text.len().max(other.text.len());
    let spelled = distance(one.text.as_bytes(), other.text.as_bytes(), cliff(length));
    let spelled = spelled.map_or(0, |cost| likeness(cost, length));
    let how = if cost == 0 { How::Sound } else { How::Letters };
    Some(Likeness {
        score: sounded.max(spelled),
        how,
    })
}

/// Vowels are not written on one side: what is left of the other side has to be the same.
fn by_consonants(one: &Part, other: &Part) -> Option<Likeness> {
    let (a, b) = (consonants(&one.sound), consonants(&other.sound));
    let score = match a.len().max(b.len()) {
        0..=1 => return None,
        2 => 800,
        3 => 870,
        _ => 930,
    };
    if a == b {
        return Some(Likeness {
            score,
            how: How::Consonants,
        });
    }
    let cost = (a.len() > 4 && b.len() > 4).then(|| distance(a.as_bytes(), b.as_bytes(), 600))?;
    cost.map(|_| Likeness {
        score: 780,
        how: How::Consonants,
    })
}

/// Whether a name has short forms, or is one.
pub(crate) fn has_short_form(text: &str) -> bool {
    words::NICKNAMES
        .iter()
        .any(|(short, long)| *short == text || *long == text)
}

fn by_short_form(one: &Part, other: &Part) -> Option<Likeness> {
    let known = |a: &Part, b: &Part| SHORT_FORMS.contains(&(&*a.text, &*b.text));
    // Whoever is called Abdul Rahman is called Rahman, too.
    let served =
        |a: &Part, b: &Part| b.text.len() > 3 && a.text.strip_prefix("abd") == Some(&*b.text);
    let score = if known(one, other) || known(other, one) {
        880
    } else if served(one, other) || served(other, one) {
        800
    } else {
        return None;
    };
    Some(Likeness {
        score,
        how: How::ShortForm,
    })
}
