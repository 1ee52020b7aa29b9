//! Which events there are: the one list that the OpenAPI document, docs/events.md and the filters
//! of webhooks and streams are made of. An event that is not in it does not leave.

/// A type of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// Its name: `<resource>.<past tense>`.
    pub name: &'static str,
    /// The feed that it comes from: the name of a service.
    pub feed: &'static str,
    /// The schema of its data: a component of the OpenAPI document.
    pub data: &'static str,
    /// What it tells, as a sentence.
    pub about: &'static str,
}

macro_rules! events {
    ($($feed:literal $data:literal { $($name:literal: $about:literal,)* })*) => {
        /// All types.
        pub const EVENTS: &[EventType] = &[$($(EventType {
            name: $name,
            feed: $feed,
            data: $data,
            about: $about,
        },)*)*];
    };
}

events! {
    "payments" "Transaction" {
        "transaction.requires_verification": "The payer has to confirm with a code.",
        "transaction.in_review": "An operator has to let it pass.",
        "transaction.review_proposed": "An operator says whether it may pass; a second one has to agree.",
        "transaction.authorised": "The money is held for a payment.",
        "transaction.captured": "A part of a held payment was captured; more may follow.",
        "transaction.processing": "An instruction to a card, a bank or another outside system is on its way.",
        "transaction.unresolved": "The outside system did not say what became of the instruction; the money stays held.",
        "transaction.resolution_proposed": "An operator says what became of it; a second one has to agree.",
        "transaction.completed": "The money moved.",
        "transaction.failed": "The money did not move.",
        "transaction.cancelled": "It was cancelled before the money moved.",
        "transaction.expired": "It was not captured, confirmed or decided in time, and the money is free again.",
        "transaction.refunded": "A part of a payment went back.",
        "transaction.reversed": "All of a payment went back.",
        "refund_request.created": "The payer asks the receiving side to refund a payment.",
        "refund_request.accepted": "The receiving side refunds what was asked for; the refund is a transaction of its own.",
        "refund_request.declined": "The receiving side will not refund what was asked for.",
        "refund_request.withdrawn": "The payer does not ask for a refund any more.",
        "transaction.answered_again": "The outside system answered once more, and said the same.",
        "transaction.contradicted": "The outside system answered once more, and said something else.",
    }
    "payments" "WalletView" {
        "wallet.opened": "A wallet was opened.",
        "wallet.frozen": "An operator or its owner froze a wallet, or one of them let go what the other keeps frozen.",
        "wallet.unfrozen": "An operator or its owner let a wallet be used again.",
        "wallet.limited": "An operator set the limits of a wallet.",
        "wallet.closed": "A wallet was closed.",
    }
    "identity" "UserEvent" {
        "user.registered": "Somebody has an account: they registered, or an administrator made it.",
        "user.verified": "A user has shown that their e-mail address is theirs.",
        "user.email_changed": "A user has another e-mail address.",
        "user.changed": "An administrator changed a user's role, or suspended them or let them in again.",
        "user.closed": "A user closed the account.",
        "kyc.status_changed": "The verification of a user's identity stands otherwise, or has come to another level.",
        "session.new_device": "A user logged in on a device that was never seen before.",
        "credential.changed": "A password, a second factor, a passkey or an account at a provider was set, changed or removed.",
        "api_key.created": "A user made an API key.",
        "api_key.ended": "A user ended an API key.",
        "login.locked": "Logins of an account were refused so often that it must wait.",
    }
    "notifications" "NotificationCreated" {
        "notification.created": "A user has a new notification. It is in live streams only.",
    }
    "notifications" "WebhookResent" {
        "webhook.resent": "A webhook is sent once more: on request, or since it failed. It is in live streams only.",
    }
    "notifications" "WebhookEndpoint" {
        "webhook.failing": "A webhook endpoint failed four times in a row. It is sent to other endpoints only.",
        "webhook.disabled": "A webhook endpoint was disabled because it failed. It is sent to other endpoints only.",
        "webhook.test": "Nothing happened: somebody tests a webhook endpoint. It is sent to that endpoint only.",
    }
}

/// The types that are in live streams only: no endpoint of webhooks gets them.
pub const LIVE_ONLY: [&str; 2] = ["notification.created", "webhook.resent"];

/// The type with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static EventType> {
    EVENTS.iter().find(|event| event.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_of_the_documentation_is_this_list() {
        let row = |event: &EventType| {
            let EventType {
                name,
                feed,
                data,
                about,
            } = event;
            format!("| `{name}` | {feed} | `{data}` | {about} |\n")
        };
        let table: String = EVENTS.iter().map(row).collect();
        let page = include_str!("../../../../docs/events.md");
        let found = page.split_once("|---|---|---|---|\n").unwrap().1;
        let found = found.split_once("\n\n").unwrap().0;
        assert_eq!(
            found.trim(),
            table.trim(),
            "docs/events.md must have:\n{table}"
        );
    }

    #[test]
    fn names_are_resources_and_what_happened_and_none_is_there_twice() {
        let mut seen = BTreeSet::new();
        for event in EVENTS {
            let (resource, happened) = event.name.split_once('.').unwrap();
            let is_word = |word: &str| {
                !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            assert!(is_word(resource) && is_word(happened), "{}", event.name);
            assert!(event.about.ends_with('.'), "{}", event.name);
            assert!(seen.insert(event.name), "{}", event.name);
            assert_eq!(find(event.name), Some(event));
            let is_live_only = LIVE_ONLY.contains(&event.name);
            assert_eq!(
                event.about.ends_with("It is in live streams only."),
                is_live_only
            );
        }
        assert_eq!(find("transaction"), None);
    }
}
