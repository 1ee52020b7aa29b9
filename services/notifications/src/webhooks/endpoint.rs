//! An endpoint: where events go, and how it fares. Pure.

use contracts::events::EventId;
use contracts::identity::{OrgId, UserId};
use values::{Timestamp, typed_id};

use super::event_types::EventTypes;
use super::schedule::{self, GIVE_UP_AFTER, WARN_AT};

typed_id!(
    /// An endpoint of webhooks: `whk_…`.
    WebhookEndpointId,
    "whk"
);

typed_id!(
    /// An event on its way to an endpoint: `whd_…`.
    WebhookDeliveryId,
    "whd"
);

/// Why an endpoint is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disabled {
    /// Its owner has switched it off.
    ByOwner,
    /// It answered 410.
    Gone,
    /// It failed for days.
    Failing,
    /// Its owner's account is closed, or may not have such events any more.
    NotAllowed,
}

impl Disabled {
    /// All reasons.
    pub(crate) const ALL: [Self; 4] = [Self::ByOwner, Self::Gone, Self::Failing, Self::NotAllowed];

    /// The name in the API and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ByOwner => "by_owner",
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::NotAllowed => "not_allowed",
        }
    }

    /// The reason of this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// Where events go.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) id: WebhookEndpointId,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    /// Whether it gets all events of the organisation.
    pub(crate) all_events: bool,
    pub(crate) url: String,
    pub(crate) event_types: EventTypes,
    pub(crate) description: Option<String>,
    pub(crate) disabled: Option<(Disabled, Timestamp)>,
    pub(crate) health: Health,
    pub(crate) paused: bool,
    /// Until when the secret before the last rotation signs, too, and the one before that.
    pub(crate) previous_until: Option<Timestamp>,
    pub(crate) earlier_until: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Endpoint {
    /// Until when there can be no other secret beside those that sign: three do at most. None where
    /// there can.
    pub(crate) fn is_full_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.earlier_until.filter(|until| now < *until)
    }
}

/// How an endpoint fares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Health {
    /// Attempts that failed since the last that did not.
    pub(crate) failures: i64,
    /// When the first of them was.
    pub(crate) failing_since: Option<Timestamp>,
    pub(crate) last_error: Option<String>,
    /// Nothing is sent before.
    pub(crate) not_before: Option<Timestamp>,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The status of the answer, if there is one.
    pub(crate) status: Option<u16>,
    /// How long the answer asks to be left alone, in µs.
    pub(crate) retry_after: Option<i64>,
    /// Why there is no answer.
    pub(crate) error: Option<String>,
}

/// What follows for the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It goes on.
    GoOn,
    /// Its owner is told that it fails.
    Warn,
    /// It is disabled.
    Disable(Disabled),
}

impl Turn {
    /// What follows where both do.
    pub(crate) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Disable(reason), _) | (_, Self::Disable(reason)) => Self::Disable(reason),
            (Self::Warn, _) | (_, Self::Warn) => Self::Warn,
            (Self::GoOn, Self::GoOn) => Self::GoOn,
        }
    }
}

impl Outcome {
    /// Only 2xx is success.
    pub(crate) fn is_success(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// In a few words, for the owner.
    fn failure(&self) -> String {
        match (self.status, &self.error) {
            (Some(status), _) => format!("it answered {status}"),
            (None, Some(error)) => error.clone(),
            (None, None) => "no answer".to_owned(),
        }
    }
}

impl Health {
    /// Takes note of an attempt.
    pub(crate) fn note(&mut self, outcome: &Outcome, now: Timestamp) -> Turn {
        if outcome.is_success() {
            *self = Self::default();
            return Turn::GoOn;
        }
        self.failures += 1;
        let since = *self.failing_since.get_or_insert(now);
        self.last_error = Some(outcome.failure());
        let pause = schedule::pause_after(outcome.status, outcome.retry_after, self.failures);
        self.not_before = (pause > 0).then(|| now.plus(pause));
        if outcome.status == Some(410) {
            Turn::Disable(Disabled::Gone)
        } else if self.failures == WARN_AT {
            Turn::Warn
        } else if self.failures > WARN_AT && now >= since.plus(GIVE_UP_AFTER) {
            Turn::Disable(Disabled::Failing)
        } else {
            Turn::GoOn
        }
    }
}

/// How an event on its way stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is sent as soon as it is due.
    Waiting,
    /// The endpoint has taken it.
    Delivered,
    /// All attempts of the schedule failed.
    Failed,
    /// The endpoint was disabled.
    Missed,
}

impl Status {
    /// All.
    pub(crate) const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Failed, Self::Missed];

    /// The name in the API and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Missed => "missed",
        }
    }

    /// The status of this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// An event on its way to an endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: WebhookDeliveryId,
    pub(crate) endpoint: WebhookEndpointId,
    pub(crate) event: EventId,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) status: Status,
    pub(crate) next_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) attempts: Vec<Attempt>,
}

/// One attempt to send it.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: i64,
    pub(crate) at: Timestamp,
    pub(crate) duration_ms: i64,
    pub(crate) url: String,
    /// A JSON object.
    pub(crate) request_headers: String,
    pub(crate) status: Option<i64>,
    /// A JSON object.
    pub(crate) response_headers: Option<String>,
    pub(crate) response_body: Option<String>,
    pub(crate) error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use values::{DAY, SECOND};

    const START: Timestamp = Timestamp(1_767_225_600_000_000);

    fn answered(status: u16) -> Outcome {
        Outcome {
            status: Some(status),
            retry_after: None,
            error: None,
        }
    }

    #[test]
    fn only_2xx_is_success() {
        for (status, success) in [
            (200, true),
            (204, true),
            (299, true),
            (199, false),
            (301, false),
            (400, false),
        ] {
            assert_eq!(answered(status).is_success(), success, "{status}");
        }
    }

    #[test]
    fn an_owner_is_warned_at_the_fourth_failure_in_a_row_and_a_success_ends_the_row() {
        let mut health = Health::default();
        let mut note = |status| health.note(&answered(status), START);
        for status in [500, 500, 500, 200, 301, 500, 404] {
            assert_eq!(note(status), Turn::GoOn, "{status}");
        }
        assert_eq!(note(500), Turn::Warn);
        assert_eq!(note(500), Turn::GoOn);
        assert_eq!(health.failing_since, Some(START));
        assert_eq!(health.last_error.as_deref(), Some("it answered 500"));
    }

    #[test]
    fn after_five_days_of_failures_only_and_a_warning_it_is_disabled() {
        let mut health = Health::default();
        health.note(&answered(500), START);
        let later = START.plus(5 * DAY);
        for turn in [
            Turn::GoOn,
            Turn::GoOn,
            Turn::Warn,
            Turn::Disable(Disabled::Failing),
        ] {
            assert_eq!(health.note(&answered(500), later), turn);
        }
        let mut just_before = Health::default();
        just_before.note(&answered(500), START);
        for _ in 0..9 {
            let turn = just_before.note(&answered(500), later.plus(-SECOND));
            assert!(!matches!(turn, Turn::Disable(_)));
        }
    }

    #[test]
    fn gone_disables_at_once() {
        let turn = Health::default().note(&answered(410), START);
        assert_eq!(turn, Turn::Disable(Disabled::Gone));
    }

    #[test]
    fn names_are_read_back() {
        for reason in Disabled::ALL {
            assert_eq!(Disabled::find(reason.as_str()), Some(reason));
        }
        for status in Status::ALL {
            assert_eq!(Status::find(status.as_str()), Some(status));
        }
    }
}
