//! The states and words of an alert, by the names that they have in the database and in the API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// The name.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What has this name.
            pub(crate) fn find(name: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|it| it.as_str() == name)
            }
        }

        #[cfg(test)]
        impl $name {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];
        }
    )*};
}

named! {
    /// Where an alert is.
    Status {
        /// Nobody looks after it.
        Open = "open",
        /// Somebody does.
        Acknowledged = "acknowledged",
        /// It is over.
        Resolved = "resolved",
    }

    /// Why an alert has ended.
    Reason {
        /// By itself: what was amiss is not any more.
        ConditionEnded = "condition_ended",
        /// By itself: nothing more was raised for a while.
        Quiet = "quiet",
        /// Somebody mended the cause.
        Fixed = "fixed",
        /// It was right, and nothing was to be done.
        Expected = "expected",
        /// Nothing was amiss.
        FalseAlarm = "false_alarm",
        /// It is dealt with elsewhere.
        Duplicate = "duplicate",
        /// The comment says why.
        Other = "other",
    }

    /// What operators are still to be told of an alert.
    Notice {
        /// That it is there.
        Opened = "opened",
        /// That it is worse.
        Escalated = "escalated",
        /// That somebody has acknowledged it long ago.
        Waiting = "waiting",
    }

    /// What happened to an alert.
    What {
        /// It was seen for the first time.
        Opened = "opened",
        /// It is worse than before: it is open again.
        Escalated = "escalated",
        /// It was seen again soon after its end.
        Reopened = "reopened",
        /// Somebody looks after it.
        Acknowledged = "acknowledged",
        /// It has another owner.
        Assigned = "assigned",
        /// Somebody wrote something.
        Commented = "commented",
        /// Nobody is told of it for a while.
        Snoozed = "snoozed",
        /// That is over.
        SnoozeEnded = "snooze_ended",
        /// Another alert explains it.
        Suppressed = "suppressed",
        /// That is over.
        SuppressionEnded = "suppression_ended",
        /// Operators were told.
        Told = "told",
        /// They were not, since others of its kind are open.
        NotTold = "not_told",
        /// It has ended.
        Resolved = "resolved",
    }
}

/// Who sees what is amiss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The look at the platform, which also sees that it is over.
    Look = 1,
    /// A service has raised it.
    Raised = 2,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_json_and_in_the_database_are_the_same() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(Status::find(status.as_str()), Some(*status));
        }
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
        for what in What::ALL {
            assert_eq!(serde_json::to_value(what).unwrap(), what.as_str());
        }
        for notice in Notice::ALL {
            assert_eq!(Notice::find(notice.as_str()), Some(*notice));
        }
        assert_eq!(Status::find("closed"), None);
    }
}
