//! What messages are made of that tell of an event.

use serde_json::Value;
use values::Timestamp;

/// What a message is made of that tells of an event: with what it is about, and when it was.
pub(crate) fn of_event(mut facts: Value, subject: &str, time: Timestamp) -> Value {
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("subject".to_owned(), subject.into());
        facts.insert("time".to_owned(), minute(time).into());
    }
    facts
}

/// The facts with the page of the wallet on which somebody types the code of a transaction.
pub(crate) fn with_link_to_confirm(facts: &mut Value, public_url: &str, transaction: &str) {
    facts["link"] = format!("{public_url}/wallet/confirm/{transaction}").into();
}

/// A time as people read it, to the minute: `2026-11-30 12:00 UTC`.
fn minute(time: Timestamp) -> String {
    let text = time.to_string();
    let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
    format!("{day} {} UTC", rest.get(..5).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_to_the_minute_and_with_its_zone() {
        let time = Timestamp(1_767_225_660_123_456);
        assert_eq!(minute(time), "2026-01-01 00:01 UTC");
    }
}
