//! The letter that a message becomes: headers, a part of plain text and one of HTML (RFC 5322,
//! 2045, 2047, 8058). Nothing in a message can begin a header or add a recipient.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};

use crate::channels::{Address, Rendered, Unsent};
use crate::error::SettingError;

/// Who sends.
#[derive(Debug, Clone)]
pub(super) struct Sender(Mailbox);

/// A letter, ready to be carried.
pub(super) struct Letter {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
}

impl Sender {
    pub(super) fn new(from: &str) -> Result<Self, SettingError> {
        let mailbox = from.parse().map_err(|_| {
            let problem =
                format!("`{from}` is no sender: write for instance PayFlow <payflow@example.com>");
            SettingError::new("notifications.email.from", problem)
        })?;
        Ok(Self(mailbox))
    }

    /// The domain, which ids of messages end with.
    pub(super) fn domain(&self) -> &str {
        self.0.email.domain()
    }

    /// The letter to somebody.
    pub(super) fn letter(&self, message: &Rendered, to: &Address) -> Result<Letter, Unsent> {
        let never = |what: &str| Unsent::Never(what.to_owned());
        let to: lettre::Address =
            to.0.parse()
                .map_err(|_| never("the address cannot stand in a message"))?;
        let envelope = Envelope::new(Some(self.0.email.clone()), vec![to.clone()]);
        let envelope = envelope.map_err(|_| never("the address cannot stand in a message"))?;
        let micros = u64::try_from(message.at.micros()).unwrap_or_default();
        let mut letter = Message::builder()
            .from(self.0.clone())
            .to(Mailbox::new(None, to))
            .date(UNIX_EPOCH + Duration::from_micros(micros))
            .message_id(Some(format!("<{}@{}>", message.id, self.domain())))
            .subject(message.words.title.clone())
            .envelope(envelope.clone());
        // Programs that answer mails do not answer this one (RFC 3834).
        let mut headers = vec![("Auto-Submitted", "auto-generated".to_owned())];
        if let Some(link) = &message.unsubscribe {
            headers.push(("List-Unsubscribe", format!("<{link}>")));
            headers.push((
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ));
        }
        for (name, value) in headers {
            let name = HeaderName::new_from_ascii_str(name);
            letter = letter.raw_header(HeaderValue::new(name, value));
        }
        // The same bytes at each attempt.
        let parts = MultiPart::alternative()
            .boundary(message.id.to_string())
            .singlepart(plain(&message.words.text))
            .singlepart(SinglePart::html(message.words.html.clone()));
        let letter = letter.multipart(parts);
        let letter = letter.map_err(|_| never("it cannot be written as a letter"))?;
        Ok(Letter {
            envelope,
            bytes: letter.formatted(),
        })
    }
}

/// Plain text, as it is where every server takes it so (RFC 5322, section 2.1.1): links stay whole
/// for anyone who reads the source.
fn plain(text: &str) -> SinglePart {
    const LONGEST: usize = 998;
    let as_it_is = text.is_ascii() && text.lines().all(|line| line.len() <= LONGEST);
    let body = match as_it_is {
        true => {
            let lines: String = text.lines().map(|line| format!("{line}\r\n")).collect();
            Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit)
        }
        false => Body::new(text.to_owned()),
    };
    SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::tests::message;

    fn sender() -> Sender {
        Sender::new("PayFlow <payflow@example.com>").unwrap()
    }

    fn letter(title: &str, to: &str) -> Result<String, Unsent> {
        let mut message = message();
        message.words.title = title.to_owned();
        let letter = sender().letter(&message, &Address(to.to_owned()))?;
        Ok(String::from_utf8(letter.bytes).unwrap())
    }

    #[test]
    fn a_letter_has_the_form_of_the_standard_and_is_the_same_each_time() {
        let text = letter("Hello", "ann@example.com").unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: PayFlow <payflow@example.com>",
            "To: ann@example.com",
            "Date: Thu, 01 Jan 2026 00:00:00 +0000",
            "Message-ID: <msg_00000000000000000000000001@example.com>",
            "Subject: Hello",
            "Auto-Submitted: auto-generated",
            "List-Unsubscribe: <https://pay.example/u?token=x>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "MIME-Version: 1.0",
        ] {
            assert!(head.lines().any(|found| found == line), "{line}: {head}");
        }
        assert!(body.contains("Content-Type: text/plain; charset=utf-8"));
        assert!(body.contains("Content-Type: text/html; charset=utf-8"));
        assert_eq!(text, letter("Hello", "ann@example.com").unwrap());
    }

    #[test]
    fn a_subject_that_is_not_ascii_is_encoded() {
        let text = letter("12,50 EUR an Zoë gesendet", "ann@example.com").unwrap();
        let subject = text.lines().find(|line| line.starts_with("Subject: "));
        assert!(subject.unwrap().contains("=?utf-8?"), "{subject:?}");
        assert!(text.is_ascii());
    }

    #[test]
    fn nothing_adds_a_header_or_a_recipient() {
        for to in [
            "ann@example.com\r\nBcc: eve@example.com",
            "ann@example.com,eve@example.com",
            "ann,eve@example.com",
            "ann@example.com>",
            "ann@example.com ",
            "ann@example.com\u{2028}",
            "ann@eve@example.com",
            "ann",
            "",
        ] {
            let made = letter("Hello", to);
            assert!(matches!(made, Err(Unsent::Never(_))), "{to:?}");
        }
        let text = letter("Hi\r\nBcc: e@x.y\r\n\r\nbody", "ann@example.com").unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }

    #[test]
    fn a_sender_that_is_none_is_refused_with_the_name_of_the_setting() {
        let refused = Sender::new("nobody").unwrap_err().to_string();
        assert!(refused.starts_with("notifications.email.from"), "{refused}");
    }
}
