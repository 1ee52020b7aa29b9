//! Dead letters and their replays, as the API shows and filters them.

use axum::http::StatusCode;
use contracts::events::EventId;
use events::{DeadLetterId, Letter, LetterFilter, LetterState, Replay, ReplayId};
use idempotency::StoredAnswer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use values::Timestamp;
use web::problem::Problem;

/// Which letters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LetterQuery {
    /// Of this consumer only.
    #[serde(default)]
    #[param(max_length = 64, pattern = "^[a-z_]*$", example = "notifications")]
    consumer: Option<String>,
    /// Of this feed only.
    #[serde(default)]
    #[param(max_length = 64, pattern = "^[a-z_]*$")]
    feed: Option<String>,
    /// Of events of this type only.
    #[serde(default, rename = "type")]
    #[param(max_length = 64, pattern = "^[a-z_.]*$")]
    kind: Option<String>,
    /// That failed for this cause only.
    #[serde(default)]
    #[param(max_length = 500)]
    cause: Option<String>,
    /// `waiting` (also where nothing is said), `replayed` or `discarded`.
    #[serde(default)]
    #[param(max_length = 16, pattern = "^[a-z]*$")]
    state: Option<String>,
    /// That failed, or ended, at this time or later.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    pub(super) cursor: Option<String>,
}

impl LetterQuery {
    pub(super) fn filter(&self) -> Result<LetterFilter, Problem> {
        let state = match &self.state {
            None => LetterState::Waiting,
            Some(name) => LetterState::named(name).ok_or_else(|| {
                let detail = "A state is `waiting`, `replayed` or `discarded`.";
                Problem::refused("unknown_state", detail).for_param("state")
            })?,
        };
        Ok(LetterFilter {
            consumer: self.consumer.clone(),
            feed: self.feed.clone(),
            kind: self.kind.clone(),
            cause: self.cause.clone(),
            state,
            since: self.since,
        })
    }
}

/// An event that a consumer could not handle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(super) struct LetterBody {
    id: DeadLetterId,
    /// Who could not handle it.
    #[schema(example = "notifications")]
    consumer: String,
    /// The feed that the event is of.
    #[schema(example = "payments")]
    feed: String,
    /// The event.
    #[schema(value_type = String, example = "evt_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    event: EventId,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "transaction.completed")]
    kind: String,
    /// The id of what it happened to.
    #[schema(example = "txn_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    subject: String,
    /// What the error has in common with those of other letters.
    #[schema(example = "the user # is unknown")]
    cause: String,
    /// The last error.
    error: String,
    /// How often it was tried.
    attempts: i64,
    /// When it was given up.
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    /// When it was tried last, or ended.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// `waiting`, `replayed` or `discarded`.
    #[schema(example = "waiting")]
    state: &'static str,
    /// Who had it handled again, or discarded it: a user, or `system` for the command line.
    ended_by: Option<String>,
    /// Why it was discarded.
    reason: Option<String>,
}

impl LetterBody {
    /// What is answered once something was done with a letter.
    pub(super) fn done(letter: &Letter) -> StoredAnswer {
        StoredAnswer::json(StatusCode::OK, &Self::from(letter.clone()))
    }
}

impl From<Letter> for LetterBody {
    fn from(letter: Letter) -> Self {
        Self {
            id: letter.id,
            consumer: letter.consumer,
            feed: letter.feed,
            event: letter.event,
            kind: letter.kind,
            subject: letter.subject,
            cause: letter.cause,
            error: letter.error,
            attempts: letter.attempts,
            first_at: letter.first_at,
            last_at: letter.last_at,
            state: letter.state.as_str(),
            ended_by: letter.ended_by,
            reason: letter.reason,
        }
    }
}

/// A dead letter with its event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadLetterDetails {
    #[serde(flatten)]
    pub(super) letter: LetterBody,
    /// The event as its feed tells of it; `null` where it does not any more.
    #[schema(value_type = Option<Object>)]
    pub(super) content: Option<Value>,
}

/// Letters that are handled again in the background.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterReplay)]
pub(super) struct ReplayBody {
    id: ReplayId,
    /// `running` or `done`.
    #[schema(example = "running")]
    state: &'static str,
    /// How many letters waited when it began.
    total: i64,
    /// How many of them were handled.
    replayed: i64,
    /// How many failed again, and wait.
    failed: i64,
    /// Who began it: a user, or `system` for the command line.
    started_by: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl From<Replay> for ReplayBody {
    fn from(replay: Replay) -> Self {
        Self {
            id: replay.id,
            state: replay.state.as_str(),
            total: replay.total,
            replayed: replay.replayed,
            failed: replay.failed,
            started_by: replay.started_by,
            started_at: replay.started_at,
            ended_at: replay.ended_at,
        }
    }
}
