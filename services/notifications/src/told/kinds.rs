//! What there is to be told, and how. Data, not code: who is told of what stands in
//! [`super::rules`], the words in `texts/`.

use values::DAY;

use crate::channels::ChannelKind;

/// What can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The name of the text.
    pub(crate) name: &'static str,
    /// Which preference it falls under.
    pub(crate) group: Group,
    /// Told also to those who want to hear nothing.
    pub(crate) essential: bool,
    /// By which channels beside the list in the app, unless the user wants others: whether it is
    /// mailed. SMS and push are for all.
    pub(crate) channels: &'static [ChannelKind],
    /// Whether another service sends it, and an event of the same name is not to be sent once more.
    pub(crate) direct: bool,
    /// Told also to an address that was not confirmed.
    pub(crate) to_unconfirmed: bool,
    /// Told to one user once in so many microseconds at most; 0: always.
    pub(crate) once_in: i64,
}

/// What a preference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Money that moves.
    Payments,
    /// The account and its wallets.
    Account,
    /// Who comes in, and how.
    Security,
}

impl Group {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Payments, Self::Account, Self::Security];

    /// The group with this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// Whether all that is told of it is essential: what is told by default stays on then.
    pub(crate) fn is_essential(self) -> bool {
        let mut kinds = KINDS.iter().filter(|kind| kind.group == self);
        kinds.all(|kind| kind.essential)
    }

    /// Its name in the database and the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Account => "account",
            Self::Security => "security",
        }
    }
}

/// A transaction waits for a code of its maker: told with a link to the page for it.
pub(crate) const TO_CONFIRM: &str = "transaction_to_confirm";
/// By mail.
const MAIL: &[ChannelKind] = &[ChannelKind::Email];
/// In the app only.
const APP: &[ChannelKind] = &[];

const fn optional(name: &'static str, group: Group, channels: &'static [ChannelKind]) -> Kind {
    Kind {
        name,
        group,
        essential: false,
        channels,
        direct: false,
        to_unconfirmed: false,
        once_in: 0,
    }
}

const fn essential(name: &'static str, group: Group, channels: &'static [ChannelKind]) -> Kind {
    Kind {
        essential: true,
        ..optional(name, group, channels)
    }
}

/// What other services send to an address that they name. Of some of it there is an event, too:
/// that is told in the app only.
const fn direct(name: &'static str) -> Kind {
    Kind {
        direct: true,
        to_unconfirmed: true,
        ..essential(name, Group::Security, MAIL)
    }
}

use Group::{Account, Payments, Security};

/// The table. Identity itself mails what it tells of credentials: the events of those are told in
/// the app only.
pub(crate) const KINDS: &[Kind] = &[
    optional("money_sent", Payments, MAIL),
    optional("money_received", Payments, MAIL),
    optional("deposit_completed", Payments, MAIL),
    optional("withdrawal_completed", Payments, MAIL),
    optional("payment_made", Payments, MAIL),
    optional("payment_received", Payments, MAIL),
    optional("refund_received", Payments, MAIL),
    optional("refund_sent", Payments, MAIL),
    optional("refund_requested", Payments, MAIL),
    optional("refund_declined", Payments, MAIL),
    optional("refund_request_withdrawn", Payments, APP),
    optional("payment_held", Payments, MAIL),
    optional("payment_authorised", Payments, MAIL),
    optional("transaction_failed", Payments, MAIL),
    optional("payment_expired", Payments, MAIL),
    optional("transaction_cancelled", Payments, MAIL),
    essential("transaction_unresolved", Payments, MAIL),
    essential("wallet_frozen", Account, MAIL),
    essential("wallet_unfrozen", Account, MAIL),
    optional("wallet_limited", Account, MAIL),
    Kind {
        to_unconfirmed: true,
        ..essential("welcome", Account, MAIL)
    },
    // It is made of others when it is sent: nothing is told of it by itself.
    optional("digest", Account, APP),
    optional("webhook_failing", Account, MAIL),
    essential("webhook_disabled", Account, MAIL),
    essential("transaction_in_review", Payments, MAIL),
    essential(TO_CONFIRM, Payments, MAIL),
    optional("wallet_closed", Account, APP),
    // What somebody else may have done in the account.
    essential("webhook_endpoint_added", Security, MAIL),
    essential("webhook_endpoint_moved", Security, MAIL),
    essential("webhook_secret_rotated", Security, MAIL),
    essential("webhook_endpoint_removed", Security, MAIL),
    essential("phone_added", Security, MAIL),
    essential("phone_removed", Security, MAIL),
    essential("push_device_added", Security, MAIL),
    essential("push_device_removed", Security, MAIL),
    essential("operator_in_review", Account, APP),
    essential("operator_unresolved", Account, APP),
    essential("operator_proposed", Account, APP),
    essential("operator_contradicted", Account, APP),
    essential("operator_dead_letters", Account, APP),
    essential("operator_webhook_disabled", Account, APP),
    essential("operator_alert", Account, APP),
    essential("operator_alert_critical", Account, MAIL),
    essential("operator_alert_waiting", Account, APP),
    optional("email_verified", Account, APP),
    essential("email_changed", Security, APP),
    essential("account_changed", Account, MAIL),
    essential("kyc_status_changed", Account, MAIL),
    essential("credential_changed", Security, APP),
    essential("api_key_ended", Security, APP),
    Kind {
        once_in: DAY,
        ..essential("login_locked", Security, MAIL)
    },
    direct("verify_email"),
    direct("confirm_registration"),
    direct("change_email"),
    direct("email_changing"),
    direct("email_taken"),
    direct("reset_password"),
    direct("password_changed"),
    direct("password_reset"),
    direct("second_factor_changed"),
    direct("account_closed"),
    direct("new_device"),
    direct("api_key_created"),
    direct("one_time_code"),
    direct("phone_code"),
];

/// The kind with this name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::told::rules::RULES;
    use std::collections::BTreeSet;

    #[test]
    fn whatever_is_told_is_in_the_table_once_and_has_words_in_each_language() {
        let mut seen = BTreeSet::new();
        let texts = crate::texts::Texts::load("").unwrap();
        for kind in KINDS {
            assert!(seen.insert(kind.name.to_owned()), "{}", kind.name);
            for language in ["en", "de"] {
                let preview = texts.sample(kind.name, language, None).unwrap();
                assert!(!preview.title.is_empty() && !preview.text.is_empty());
            }
        }
        for rule in RULES {
            assert!(find(rule.tells).is_some(), "{}", rule.tells);
        }
        let kinds: BTreeSet<_> = texts.kinds().into_iter().collect();
        assert_eq!(kinds, seen);
    }

    #[test]
    fn what_is_told_of_security_is_essential_and_of_the_other_groups_not_all() {
        let essential = Group::ALL.map(Group::is_essential);
        assert_eq!(essential, [false, false, true]);
    }

    #[test]
    fn nothing_that_is_essential_can_be_unsubscribed_from_and_strangers_get_nothing_else() {
        for kind in KINDS {
            assert!(!kind.to_unconfirmed || kind.essential, "{}", kind.name);
            assert!(!kind.direct || kind.to_unconfirmed, "{}", kind.name);
        }
    }
}
