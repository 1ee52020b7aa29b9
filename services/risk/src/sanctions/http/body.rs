//! Matches and hits as the API shows them.

use contracts::identity::UserId;
use screening::THRESHOLD;
use screening::search::Hit;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use values::Timestamp;

use crate::error::Error;
use crate::sanctions::MatchId;
use crate::sanctions::standing::MatchState;
use crate::sanctions::store::matches::MatchRow;

/// What became of a match.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Nobody has decided yet.
    Open,
    /// Somebody else is meant.
    Cleared,
    /// They are meant.
    Confirmed,
    /// The entry is gone, or other than before.
    Ended,
}

impl From<MatchState> for State {
    fn from(state: MatchState) -> Self {
        match state {
            MatchState::Open => Self::Open,
            MatchState::Cleared => Self::Cleared,
            MatchState::Confirmed => Self::Confirmed,
            MatchState::Ended => Self::Ended,
        }
    }
}

impl From<State> for MatchState {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Cleared => Self::Cleared,
            State::Confirmed => Self::Confirmed,
            State::Ended => Self::Ended,
        }
    }
}

/// A customer who is like an entry of a sanctions list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchBody {
    /// Its id.
    id: MatchId,
    /// The customer.
    user: UserId,
    /// The list.
    #[schema(example = "un")]
    list: String,
    /// The id that the publisher gives the entry.
    entry: String,
    /// The entry's main name.
    listed_name: String,
    /// What became of it.
    state: State,
    /// How alike, in thousandths: from 720 on it is a match.
    #[schema(minimum = 0, maximum = 1000)]
    score: i64,
    /// The version of the lists with which the customer was compared.
    list_version: i64,
    /// The entry, as the list has it.
    #[schema(value_type = Object)]
    listed: Value,
    /// Which words met, what was left over, and what each took or added, in thousandths.
    #[schema(value_type = Object)]
    explanation: Value,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    found_at: Timestamp,
    /// When it ended, since the entry was gone or other than before.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Who decided last.
    decided_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Why.
    reason: Option<String>,
}

impl TryFrom<MatchRow> for MatchBody {
    type Error = Error;

    fn try_from(row: MatchRow) -> Result<Self, Error> {
        let read = |json: &str| {
            serde_json::from_str::<Value>(json).map_err(|_| Error::Row("sanctions_matches"))
        };
        Ok(Self {
            id: MatchId(row.id),
            user: UserId(row.user_id),
            state: MatchState::read(&row.state)?.into(),
            listed: read(&row.listed)?,
            explanation: read(&row.explanation)?,
            list: row.list,
            entry: row.entry,
            listed_name: row.listed_name,
            score: row.score,
            list_version: row.version,
            found_at: Timestamp(row.found_at),
            ended_at: row.ended_at.map(Timestamp),
            decided_by: row.decided_by.map(UserId),
            decided_at: row.decided_at.map(Timestamp),
            reason: row.reason,
        })
    }
}

/// Why a match is decided.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideMatch {
    /// For those who look at it later: one line.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Born 1990 by the passport, the entry 1958"
    )]
    pub(crate) reason: String,
}

/// An entry of a list that may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HitBody {
    /// The list.
    #[schema(example = "un")]
    list: &'static str,
    /// The entry, as the list has it.
    #[schema(value_type = Object)]
    entry: Value,
    /// By which of its names, and whether the publisher says that it tells little.
    #[schema(value_type = Object)]
    name: Value,
    /// How alike, in thousandths.
    #[schema(minimum = 0, maximum = 1000)]
    score: i32,
    /// Whether a customer of this name would be a match.
    is_match: bool,
    /// Which words met, what was left over, and what each took, in thousandths.
    #[schema(value_type = Object)]
    comparison: Value,
    /// What birth, gender and countries took or added, in thousandths.
    #[schema(value_type = Object)]
    qualifiers: Value,
}

impl From<&Hit<'_>> for HitBody {
    fn from(hit: &Hit<'_>) -> Self {
        Self {
            list: hit.source.as_str(),
            entry: json!(hit.entry),
            name: json!(hit.name),
            score: hit.score,
            is_match: hit.score >= THRESHOLD,
            comparison: json!(hit.comparison),
            qualifiers: json!(hit.qualifiers),
        }
    }
}
