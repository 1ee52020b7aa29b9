//! The document of what somebody wants to be told. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::channels::ChannelKind;
use crate::error::Error;
use crate::preferences::digest::Digest;
use crate::preferences::quiet_hours::QuietHours;
use crate::told::kinds::{Group, Kind};

/// By which ways somebody is told of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationWays)]
pub(crate) struct Ways {
    /// In the app.
    pub(crate) in_app: bool,
    /// By mail.
    pub(crate) email: bool,
    /// By SMS, to a number that was verified.
    pub(crate) sms: bool,
    /// By push, on devices that were subscribed.
    pub(crate) push: bool,
}

/// For each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationGroups)]
pub(crate) struct Groups {
    /// Money that moves.
    pub(crate) payments: Ways,
    /// The account and its wallets.
    pub(crate) account: Ways,
    /// Who comes in, and how. Essential: `in_app` and `email` stay on.
    pub(crate) security: Ways,
}

/// What somebody wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationPreferences)]
pub(crate) struct Preferences {
    /// By which ways, for each group.
    pub(crate) groups: Groups,
    /// When nothing comes but what is essential; `null`: never. What is told then in the app is
    /// there at once, the rest comes after.
    #[schema(required)]
    pub(crate) quiet_hours: Option<QuietHours>,
    /// One mail a day with all that is not essential; `null`, or left out: each is mailed by
    /// itself.
    #[serde(default)]
    pub(crate) digest: Option<Digest>,
}

/// Why preferences are refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreferencesError {
    /// What is essential is told.
    #[error(
        "{0} cannot be switched off: what it tells is essential. SMS and push of the group can."
    )]
    Essential(String),
    /// They would last all day, or not at all.
    #[error("Quiet hours end at another time than they start. For none, send null.")]
    QuietHours,
    /// A day has no such hour.
    #[error("The hour of the digest is 0 to 23. For none, send null.")]
    Digest,
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl Default for Preferences {
    fn default() -> Self {
        let ways = Ways {
            in_app: true,
            email: true,
            sms: false,
            push: true,
        };
        let groups = Groups {
            payments: ways,
            account: ways,
            security: ways,
        };
        Self {
            groups,
            quiet_hours: None,
            digest: None,
        }
    }
}

impl Ways {
    const fn by(self, channel: ChannelKind) -> bool {
        match channel {
            ChannelKind::Email => self.email,
            ChannelKind::Sms => self.sms,
            ChannelKind::Push => self.push,
        }
    }

    fn leave(&mut self, channel: ChannelKind) {
        match channel {
            ChannelKind::Email => self.email = false,
            ChannelKind::Sms => self.sms = false,
            ChannelKind::Push => self.push = false,
        }
    }
}

impl Groups {
    const fn of(&self, group: Group) -> Ways {
        match group {
            Group::Payments => self.payments,
            Group::Account => self.account,
            Group::Security => self.security,
        }
    }

    const fn of_mut(&mut self, group: Group) -> &mut Ways {
        match group {
            Group::Payments => &mut self.payments,
            Group::Account => &mut self.account,
            Group::Security => &mut self.security,
        }
    }
}

impl Preferences {
    /// Whether somebody sees it in the list of the app.
    pub(crate) const fn wants_in_app(&self, kind: &Kind) -> bool {
        kind.essential || self.groups.of(kind.group).in_app
    }

    /// Whether somebody is told by a channel. Mail is for what the table mails; the other channels
    /// are for all that is told.
    pub(crate) fn wants(&self, kind: &Kind, channel: ChannelKind) -> bool {
        let wanted = self.groups.of(kind.group).by(channel);
        match channel {
            // Another service mails what is direct.
            ChannelKind::Email => {
                let mailed = kind.channels.contains(&channel) && !kind.direct;
                mailed && (kind.essential || wanted)
            }
            ChannelKind::Sms | ChannelKind::Push => wanted,
        }
    }

    pub(crate) fn check(&self) -> Result<(), PreferencesError> {
        for group in Group::ALL.into_iter().filter(|group| group.is_essential()) {
            let ways = self.groups.of(group);
            for (name, on) in [("in_app", ways.in_app), ("email", ways.email)] {
                if !on {
                    let path = format!("groups.{}.{name}", group.name());
                    return Err(PreferencesError::Essential(path));
                }
            }
        }
        if self.digest.is_some_and(|digest| !digest.is_of_a_day()) {
            return Err(PreferencesError::Digest);
        }
        match self.quiet_hours {
            Some(quiet) if quiet.start == quiet.end => Err(PreferencesError::QuietHours),
            _ => Ok(()),
        }
    }

    /// Without what somebody has unsubscribed from by the link of a message.
    pub(crate) fn without(mut self, unsubscribed: &[(Group, ChannelKind)]) -> Self {
        for (group, channel) in unsubscribed {
            self.groups.of_mut(*group).leave(*channel);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::told::kinds;
    use serde_json::Value;

    #[test]
    fn the_document_has_each_group_and_each_channel() {
        let document = serde_json::to_value(Preferences::default()).unwrap();
        let names = |value: &Value| {
            let names = value.as_object().unwrap().keys();
            names.cloned().collect::<std::collections::BTreeSet<_>>()
        };
        let groups = Group::ALL.map(|group| group.name().to_owned());
        assert_eq!(names(&document["groups"]), groups.into());
        let ways = ChannelKind::ALL.map(|channel| channel.name().to_owned());
        let ways: std::collections::BTreeSet<_> =
            ways.into_iter().chain(["in_app".to_owned()]).collect();
        for group in Group::ALL {
            assert_eq!(names(&document["groups"][group.name()]), ways);
        }
    }

    #[test]
    fn what_is_essential_cannot_be_switched_off() {
        let mut wanted = Preferences::default();
        wanted.groups.security.sms = false;
        wanted.groups.security.push = false;
        wanted.groups.payments.email = false;
        wanted.groups.account.in_app = false;
        assert!(wanted.check().is_ok());
        wanted.groups.security.email = false;
        let refused = wanted.check().unwrap_err();
        assert!(
            matches!(refused, PreferencesError::Essential(path) if path == "groups.security.email")
        );
        let frozen = kinds::find("wallet_frozen").unwrap();
        wanted.groups.account.email = false;
        assert!(wanted.wants(frozen, ChannelKind::Email) && wanted.wants_in_app(frozen));
        assert!(!wanted.wants(frozen, ChannelKind::Sms));
        let limited = kinds::find("wallet_limited").unwrap();
        assert!(!wanted.wants(limited, ChannelKind::Email) && !wanted.wants_in_app(limited));
    }

    #[test]
    fn what_another_service_mails_is_not_mailed_again_but_comes_by_the_other_channels() {
        let mut wanted = Preferences::default();
        wanted.groups.security.sms = true;
        for name in ["new_device", "credential_changed"] {
            let kind = kinds::find(name).unwrap();
            assert!(!wanted.wants(kind, ChannelKind::Email), "{name}");
            assert!(wanted.wants(kind, ChannelKind::Sms), "{name}");
        }
    }
}
