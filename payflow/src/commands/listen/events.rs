//! What comes by a live stream, piece by piece. Pure.

use contracts::events::catalogue::LIVE_ONLY;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A part of a stream (Server-Sent Events), without what it means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) id: Option<String>,
    pub(super) data: Option<String>,
}

/// Takes the first complete block out of what has arrived.
pub(super) fn next_block(arrived: &mut Vec<u8>) -> Option<Block> {
    let end = arrived.windows(2).position(|two| two == b"\n\n")?;
    let bytes: Vec<u8> = arrived.drain(..end + 2).collect();
    let text = String::from_utf8_lossy(&bytes);
    let mut block = Block::default();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "id" => block.id = Some(value),
            "data" => block.data = Some(value),
            _ => {}
        }
    }
    Some(block)
}

/// An event, and what is sent of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) time: String,
    /// The body of a webhook, to the byte.
    pub(super) body: String,
    /// The endpoint that it is sent to once more, and how many attempts there were; none where it
    /// has just happened.
    pub(super) again: Option<(String, i64)>,
}

#[derive(Deserialize)]
struct Event<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Resent<'a> {
    endpoint: String,
    attempts: i64,
    #[serde(borrow)]
    event: &'a RawValue,
}

/// Reads an event of the stream. What is sent once more is the event itself again.
///
/// # Errors
/// Where it is none.
pub(super) fn read(text: &str) -> serde_json::Result<Received> {
    let event: Event<'_> = serde_json::from_str(text)?;
    if event.kind == "webhook.resent" {
        let resent: Resent<'_> = serde_json::from_str(event.data.get())?;
        let body = resent.event.get().to_owned();
        let again = Some((resent.endpoint, resent.attempts));
        return received(serde_json::from_str(&body)?, body.clone(), again);
    }
    // Standard Webhooks names the time so, and webhooks have it last.
    let time = serde_json::to_string(&event.time)?;
    let open = text.trim_end().strip_suffix('}').unwrap_or(text);
    let body = format!("{open},\"timestamp\":{time}}}");
    received(event, body, None)
}

fn received(
    event: Event<'_>,
    body: String,
    again: Option<(String, i64)>,
) -> serde_json::Result<Received> {
    Ok(Received {
        id: event.id,
        kind: event.kind,
        subject: event.subject,
        time: event.time,
        body,
        again,
    })
}

impl Received {
    /// Whether an endpoint of webhooks would get it.
    pub(super) fn is_sent(&self) -> bool {
        !LIVE_ONLY.contains(&self.kind.as_str())
    }

    /// Whether it is of one of these types; none is all that is sent.
    pub(super) fn is_of(&self, types: &[String]) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => self.kind.starts_with(beginning),
            None => *pattern == self.kind,
        };
        match types {
            [] => self.is_sent(),
            types => types.iter().any(fits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_taken_when_they_are_complete() {
        let mut arrived = b"retry: 2000\n\n: still here\nid: payments:1\n\nid: payments:2\nevent: x\ndata: {\"a\":".to_vec();
        assert_eq!(next_block(&mut arrived), Some(Block::default()));
        let beat = next_block(&mut arrived).unwrap();
        assert_eq!((beat.id.as_deref(), beat.data), (Some("payments:1"), None));
        assert_eq!(next_block(&mut arrived), None);
        arrived.extend_from_slice("\"\u{e9}\"}\n\n".as_bytes());
        let block = next_block(&mut arrived).unwrap();
        assert_eq!(block.id.as_deref(), Some("payments:2"));
        assert_eq!(block.data.as_deref(), Some("{\"a\":\"\u{e9}\"}"));
        assert!(arrived.is_empty());
    }

    const TOLD: &str = r#"{"id":"evt_1","type":"transaction.completed","time":"2026-01-01T00:00:00Z","subject":"txn_1","data":{"amount": "1.00"}}"#;

    #[test]
    fn an_event_becomes_the_body_of_a_webhook() {
        let read = read(TOLD).unwrap();
        let kept = TOLD.strip_suffix('}').unwrap();
        assert_eq!(
            read.body,
            format!("{kept},\"timestamp\":\"2026-01-01T00:00:00Z\"}}")
        );
        assert_eq!((read.id.as_str(), read.again), ("evt_1", None));
    }

    #[test]
    fn what_is_sent_once_more_is_the_event_itself_to_the_byte() {
        let text = format!(
            r#"{{"id":"evt_9","type":"webhook.resent","time":"t","subject":"evt_1","data":{{"endpoint":"whk_1","delivery":"whd_1","attempts":2,"event":{TOLD}}}}}"#
        );
        let read = read(&text).unwrap();
        assert_eq!((read.id.as_str(), read.body.as_str()), ("evt_1", TOLD));
        assert_eq!(read.again, Some(("whk_1".to_owned(), 2)));
        let types = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        for (names, is_of) in [
            (&["transaction.*"][..], true),
            (&["wallet.opened", "transaction.completed"], true),
            (&["wallet.*"], false),
            (&["*"], true),
            (&[], true),
        ] {
            assert_eq!(read.is_of(&types(names)), is_of, "{names:?}");
        }
    }
}
