//! How somebody stands: what the lists say of their name, and what operators have said of that.
//! Pure.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::identity::UserId;
use risk_core::seen::{Seen, Unknown};

use crate::error::Error;
use crate::sanctions::lists::{Near, Screened};
use crate::sanctions::store::matches::ActiveRow;

/// What became of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchState {
    /// Nobody has decided yet.
    Open,
    /// Somebody else is meant.
    Cleared,
    /// They are meant.
    Confirmed,
    /// The entry is gone, or other than before.
    Ended,
}

impl MatchState {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Open, Self::Cleared, Self::Confirmed, Self::Ended];

    /// The name used in the API and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cleared => "cleared",
            Self::Confirmed => "confirmed",
            Self::Ended => "ended",
        }
    }

    /// The state with this name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn read(name: &str) -> Result<Self, Error> {
        let state = Self::ALL.into_iter().find(|state| state.as_str() == name);
        state.ok_or(Error::Row("sanctions_matches"))
    }
}

/// The matches of an organisation that have not ended, by customers.
#[derive(Debug, Default)]
pub(crate) struct Matches(HashMap<UserId, Vec<(MatchState, ActiveRow)>>);

impl Matches {
    /// Takes in one more.
    ///
    /// # Errors
    /// A state that this version does not know.
    pub(crate) fn add(&mut self, row: ActiveRow) -> Result<(), Error> {
        let state = MatchState::read(&row.state)?;
        let of_user = self.0.entry(UserId(row.user_id)).or_default();
        of_user.push((state, row));
        Ok(())
    }

    fn of(&self, user: UserId) -> &[(MatchState, ActiveRow)] {
        self.0.get(&user).map_or(&[], Vec::as_slice)
    }

    /// Why somebody neither sends nor receives; none where they may.
    pub(crate) fn confirmed(&self, user: UserId) -> Option<String> {
        let mut own = self.of(user).iter();
        let (_, row) = own.find(|(state, _)| *state == MatchState::Confirmed)?;
        let reason = row.reason.as_deref().unwrap_or_default();
        let (name, list) = (&row.listed_name, &row.list);
        Some(format!("{name} on the list {list}: {reason}"))
    }

    /// How somebody stands.
    pub(crate) fn standing(&self, user: UserId, compared: &Compared) -> Standing {
        let own = self.of(user);
        let is_held = own.iter().any(|(state, _)| *state != MatchState::Cleared);
        let (is_match, score) = match compared {
            Compared::NoLists => (
                Seen::from(Unknown::NotApplicable),
                Unknown::NotApplicable.into(),
            ),
            Compared::Unknown => (Seen::from(Unknown::Error), Unknown::Error.into()),
            Compared::With(screened) => of_names(own, screened),
        };
        Standing {
            is_match: if is_held { Seen::Flag(true) } else { is_match },
            score,
            confirmed: self.confirmed(user),
        }
    }
}

/// Whether there is a match that nobody has cleared, and the score of the nearest entry, 0 to 100.
fn of_names(own: &[(MatchState, ActiveRow)], screened: &Screened) -> (Seen, Seen) {
    let is_cleared = |near: &&Near| {
        own.iter().any(|(state, row)| {
            *state == MatchState::Cleared
                && row.list == near.list.as_str()
                && row.entry == *near.entry
                && row.entry_digest == near.digest
                && screened.persons.contains(&row.person)
        })
    };
    let uncleared = screened.near.iter().filter(|near| !is_cleared(near));
    let nearest = uncleared.map(|near| near.score).max();
    if nearest.is_none() && !screened.complete {
        return (Unknown::Error.into(), Unknown::Error.into());
    }
    let score = i64::from(nearest.unwrap_or(screened.below) / 10);
    (Seen::Flag(nearest.is_some()), Seen::from(score))
}

/// With what somebody was compared.
#[derive(Debug, Clone)]
pub(crate) enum Compared {
    /// The settings name no list.
    NoLists,
    /// No list was ever loaded, or what they are called cannot be found out.
    Unknown,
    /// With lists.
    With(Arc<Screened>),
}

/// How somebody stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether they match an entry that nobody has cleared.
    pub(crate) is_match: Seen,
    /// How much they are like the nearest entry, 0 to 100.
    pub(crate) score: Seen,
    /// Why they neither send nor receive.
    pub(crate) confirmed: Option<String>,
}

#[cfg(test)]
mod tests {
    use screening::lists::Source;
    use uuid::Uuid;

    use super::*;

    const USER: UserId = UserId(Uuid::nil());

    fn screened(near: &[(&str, u8, i32)], below: i32, complete: bool) -> Compared {
        let near = near.iter().map(|(entry, digest, score)| Near {
            list: Source::Un,
            entry: (*entry).into(),
            digest: vec![*digest],
            score: *score,
        });
        Compared::With(Arc::new(Screened {
            version: 1,
            complete,
            persons: vec![vec![1], vec![2]],
            near: near.collect(),
            below,
        }))
    }

    fn matches(of: &[(&str, &str, u8, u8)]) -> Matches {
        let mut matches = Matches::default();
        for (state, entry, person, digest) in of {
            let row = ActiveRow {
                id: Uuid::nil(),
                user_id: USER.0,
                list: "un".to_owned(),
                entry: (*entry).to_owned(),
                state: (*state).to_owned(),
                listed_name: "Somebody".to_owned(),
                person: vec![*person],
                entry_digest: vec![*digest],
                reason: Some("The passport".to_owned()),
            };
            matches.add(row).unwrap();
        }
        matches
    }

    #[test]
    fn a_match_counts_until_it_is_cleared_and_counts_again_where_either_side_is_another() {
        let (yes, no) = (Seen::Flag(true), Seen::Flag(false));
        let error = Seen::from(Unknown::Error);
        let near = [("1", 9, 810)];
        let all = |near, below| screened(near, below, true);
        let some = |near, below| screened(near, below, false);
        for (known, compared, is_match, score) in [
            (vec![], all(&near[..], 600), &yes, 81.into()),
            (vec![], all(&[], 600), &no, 60.into()),
            (vec![], some(&[], 600), &error, error.clone()),
            (vec![], some(&near, 0), &yes, 81.into()),
            (
                vec![("cleared", "1", 2, 9)],
                all(&near, 600),
                &no,
                60.into(),
            ),
            (vec![("cleared", "1", 3, 9)], all(&near, 0), &yes, 81.into()),
            (vec![("cleared", "1", 1, 8)], all(&near, 0), &yes, 81.into()),
            (vec![("cleared", "2", 1, 9)], all(&near, 0), &yes, 81.into()),
            (vec![("open", "2", 3, 9)], all(&[], 0), &yes, 0.into()),
            (
                vec![("open", "2", 3, 9)],
                Compared::Unknown,
                &yes,
                error.clone(),
            ),
        ] {
            let standing = matches(&known).standing(USER, &compared);
            let said = (&standing.is_match, standing.score);
            assert_eq!(said, (is_match, score), "{known:?} {compared:?}");
            assert_eq!(standing.confirmed, None);
        }
    }

    #[test]
    fn without_a_list_nothing_is_known_and_never_no() {
        let none = matches(&[]);
        for (compared, expected) in [
            (Compared::NoLists, Unknown::NotApplicable),
            (Compared::Unknown, Unknown::Error),
        ] {
            let standing = none.standing(USER, &compared);
            assert_eq!(standing.is_match, Seen::from(expected));
            assert_eq!(standing.score, Seen::from(expected));
        }
    }

    #[test]
    fn who_is_confirmed_stays_so_whatever_they_are_called_and_the_reason_is_kept() {
        let known = matches(&[("confirmed", "1", 7, 7)]);
        for compared in [Compared::NoLists, screened(&[], 0, true)] {
            let standing = known.standing(USER, &compared);
            let reason = "Somebody on the list un: The passport";
            assert_eq!(standing.confirmed.as_deref(), Some(reason));
            assert_eq!(standing.is_match, Seen::Flag(true));
        }
    }
}
