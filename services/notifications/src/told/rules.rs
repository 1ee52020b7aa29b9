//! The table of who is told of what. Data, not code: another line tells somebody of something else.

use contracts::events::Party;
use contracts::identity::Permission;
use serde_json::Value;

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The type of event.
    pub(crate) event: &'static str,
    /// The types of transaction that it is for; all where there are none.
    pub(crate) of: &'static [&'static str],
    /// Who is told.
    pub(crate) audience: Audience,
    /// What they are told: the name of the text.
    pub(crate) tells: &'static str,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The user who is this to the event.
    Party(Party),
    /// Those of the staff who may do this.
    Staff(Permission),
}

impl Rule {
    /// Whether it is for an event with this document.
    pub(crate) fn is_for(&self, document: &Value) -> bool {
        let kind = document.get("type").and_then(Value::as_str);
        self.of.is_empty() || kind.is_some_and(|kind| self.of.contains(&kind))
    }
}

/// The lines for a type of event.
pub(crate) fn of(event: &str) -> Vec<&'static Rule> {
    RULES.iter().filter(|rule| rule.event == event).collect()
}

macro_rules! audience {
    (Staff $permission:ident) => {
        Audience::Staff(Permission::$permission)
    };
    ($party:ident) => {
        Audience::Party(Party::$party)
    };
}

macro_rules! rules {
    ($($event:literal [$($of:literal),*] $audience:ident $($permission:ident)? -> $tells:literal;)*) => {
        /// The table.
        pub(crate) const RULES: &[Rule] = &[$(Rule {
            event: $event,
            of: &[$($of),*],
            audience: audience!($audience $($permission)?),
            tells: $tells,
        },)*];
    };
}

rules! {
    "transaction.completed" ["transfer"] Payer -> "money_sent";
    "transaction.completed" ["transfer"] Payee -> "money_received";
    "transaction.completed" ["deposit"] Payee -> "deposit_completed";
    "transaction.completed" ["withdrawal"] Payer -> "withdrawal_completed";
    "transaction.completed" ["payment"] Payer -> "payment_made";
    "transaction.completed" ["payment"] Payee -> "payment_received";
    "transaction.completed" ["refund"] Payee -> "refund_received";
    "transaction.completed" ["refund"] Payer -> "refund_sent";
    "refund_request.created" [] Payee -> "refund_requested";
    "refund_request.declined" [] Payer -> "refund_declined";
    "refund_request.withdrawn" [] Payee -> "refund_request_withdrawn";
    "transaction.requires_verification" ["transfer", "withdrawal", "payment"] Payer -> "transaction_to_confirm";
    "transaction.requires_verification" ["deposit"] Payee -> "transaction_to_confirm";
    "transaction.in_review" ["transfer", "withdrawal", "payment"] Payer -> "transaction_in_review";
    "transaction.in_review" ["deposit"] Payee -> "transaction_in_review";
    "transaction.in_review" [] Staff TransactionsResolve -> "operator_in_review";
    "transaction.review_proposed" [] Staff TransactionsResolve -> "operator_proposed";
    "transaction.authorised" [] Payer -> "payment_held";
    "transaction.authorised" [] Payee -> "payment_authorised";
    "transaction.failed" ["transfer", "withdrawal", "payment"] Payer -> "transaction_failed";
    "transaction.failed" ["deposit"] Payee -> "transaction_failed";
    "transaction.expired" [] Payer -> "payment_expired";
    "transaction.expired" ["payment", "deposit"] Payee -> "payment_expired";
    "transaction.cancelled" ["transfer", "withdrawal", "payment"] Payer -> "transaction_cancelled";
    "transaction.unresolved" ["withdrawal", "payment"] Payer -> "transaction_unresolved";
    "transaction.unresolved" ["deposit"] Payee -> "transaction_unresolved";
    "transaction.unresolved" [] Staff TransactionsResolve -> "operator_unresolved";
    "transaction.resolution_proposed" [] Staff TransactionsResolve -> "operator_proposed";
    "transaction.contradicted" [] Staff TransactionsResolve -> "operator_contradicted";
    "wallet.frozen" [] Owner -> "wallet_frozen";
    "wallet.unfrozen" [] Owner -> "wallet_unfrozen";
    "wallet.limited" [] Owner -> "wallet_limited";
    "wallet.closed" [] Owner -> "wallet_closed";
    "user.registered" [] Owner -> "welcome";
    "user.verified" [] Owner -> "email_verified";
    "user.email_changed" [] Owner -> "email_changed";
    "user.changed" [] Owner -> "account_changed";
    "kyc.status_changed" [] Owner -> "kyc_status_changed";
    "session.new_device" [] Owner -> "new_device";
    "credential.changed" [] Owner -> "credential_changed";
    "api_key.created" [] Owner -> "api_key_created";
    "api_key.ended" [] Owner -> "api_key_ended";
    "login.locked" [] Owner -> "login_locked";
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::events::catalogue;
    use serde_json::json;

    #[test]
    fn every_event_of_the_table_is_in_the_catalogue() {
        for rule in RULES {
            assert!(catalogue::find(rule.event).is_some(), "{}", rule.event);
        }
    }

    /// What has no line, and why not.
    const UNTOLD: [(&str, &str); 10] = [
        ("transaction.captured", "its end is told"),
        ("transaction.processing", "its end is told"),
        ("transaction.refunded", "the refund is told"),
        ("transaction.reversed", "the refund is told"),
        ("refund_request.accepted", "the refund is told"),
        ("transaction.answered_again", "nothing changes"),
        ("wallet.opened", "its owner has just done it"),
        ("user.imported", "they have long had an account elsewhere"),
        ("user.renamed", "they have just done it"),
        ("user.closed", "identity mails it"),
    ];

    #[test]
    fn every_event_of_others_is_told_to_somebody_or_it_says_why_not() {
        for event in catalogue::EVENTS {
            let untold = UNTOLD.iter().any(|(name, _)| *name == event.name);
            let own = event.feed == crate::SCHEMA;
            assert_eq!(of(event.name).is_empty(), untold || own, "{}", event.name);
        }
    }

    #[test]
    fn nobody_is_told_twice_of_one_event() {
        for (place, rule) in RULES.iter().enumerate() {
            for other in &RULES[place + 1..] {
                let overlaps = rule.of.is_empty()
                    || other.of.is_empty()
                    || rule.of.iter().any(|kind| other.of.contains(kind));
                let same = rule.event == other.event && rule.audience == other.audience;
                assert!(!(same && overlaps), "{rule:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_line_for_deposits_is_not_for_transfers() {
        let rule = RULES.iter().find(|rule| rule.of == ["deposit"]).unwrap();
        assert!(rule.is_for(&json!({"type": "deposit"})));
        assert!(!rule.is_for(&json!({"type": "transfer"})));
        assert!(!rule.is_for(&json!({})));
    }
}
