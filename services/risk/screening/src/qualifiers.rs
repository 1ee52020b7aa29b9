//! What is known beside the name: birth, gender, countries. They move a score a little, and never
//! make one: two people of one name are told apart by them, and a birth alone is nobody.

use serde::Serialize;

use crate::lists::birth::Nearness;
use crate::lists::{Birth, Country, Entry, Gender};

/// What is known of who is asked about, beside the name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// When they were born.
    pub birth: Option<Birth>,
    /// Where it is known.
    pub gender: Option<Gender>,
    /// Nationalities, residence.
    pub countries: Vec<Country>,
}

/// What a qualifier does to a score, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// How near the births are.
    Birth(Nearness, i32),
    /// The genders are different.
    OtherGender(i32),
    /// A country is the same.
    SameCountry(i32),
    /// No country is the same.
    OtherCountry(i32),
    /// The alias is weak, and nothing else corroborates it.
    WeakAlias(i32),
}

impl Qualifier {
    /// What it does.
    #[must_use]
    pub fn effect(self) -> i32 {
        match self {
            Self::Birth(_, effect)
            | Self::OtherGender(effect)
            | Self::SameCountry(effect)
            | Self::OtherCountry(effect)
            | Self::WeakAlias(effect) => effect,
        }
    }
}

/// The most that all of them do together.
pub const MOST: i32 = 120;

/// What a weak alias comes to at most where neither birth nor country corroborates it.
pub const MOST_OF_WEAK_ALIAS: i32 = crate::THRESHOLD - 10;

/// Below it nothing is added to a score.
const LEAST_TO_ADD_TO: i32 = 600;

/// The effects of what is known on the score of a name of an entry, and the score with them.
#[must_use]
pub fn apply(score: i32, weak: bool, known: &Known, entry: &Entry) -> (i32, Vec<Qualifier>) {
    let mut effects = Vec::new();
    let mut corroborated = false;
    if let Some(birth) = known.birth
        && let Some(nearness) = nearest(birth, &entry.births)
    {
        corroborated |= nearness == Nearness::Day;
        effects.push(Qualifier::Birth(
            nearness,
            match nearness {
                Nearness::Day => 40,
                Nearness::Span => 10,
                Nearness::Near => 0,
                Nearness::Apart => -80,
            },
        ));
    }
    if let (Some(one), Some(other)) = (known.gender, entry.gender)
        && one != other
    {
        effects.push(Qualifier::OtherGender(-60));
    }
    if !known.countries.is_empty() && !entry.countries.is_empty() {
        let same = known
            .countries
            .iter()
            .any(|one| entry.countries.contains(one));
        let spans = matches!(effects.first(), Some(Qualifier::Birth(Nearness::Span, _)));
        corroborated |= same && spans;
        effects.push(if same {
            Qualifier::SameCountry(10)
        } else {
            Qualifier::OtherCountry(-30)
        });
    }
    let sum: i32 = effects.iter().map(|effect| effect.effect()).sum();
    let sum = sum.clamp(-MOST, if score < LEAST_TO_ADD_TO { 0 } else { MOST });
    // Only what is the same in everything is 1000.
    let most = if score == 1000 { 1000 } else { 999 };
    let mut total = (score + sum).clamp(0, most);
    if weak && !corroborated && total > MOST_OF_WEAK_ALIAS {
        effects.push(Qualifier::WeakAlias(MOST_OF_WEAK_ALIAS - total));
        total = MOST_OF_WEAK_ALIAS;
    }
    (total, effects)
}

fn nearest(birth: Birth, births: &[Birth]) -> Option<Nearness> {
    let rank = |nearness: &Nearness| match nearness {
        Nearness::Day => 0,
        Nearness::Span => 1,
        Nearness::Near => 2,
        Nearness::Apart => 3,
    };
    births
        .iter()
        .map(|one| one.nearness(birth))
        .min_by_key(rank)
}
