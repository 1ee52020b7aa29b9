//! How messages leave: the trait, and the mailer for development, which writes them to the log and into a folder. It knows
//! nothing of users, and decides neither what is sent nor when.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use platform::private;
use values::Timestamp;

/// A message as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The same at each attempt, so that anyone who forwards it can leave out a second one: letters, digits and `_`.
    pub id: String,
    /// The address of one person.
    pub to: String,
    /// One line of ASCII.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// When it was written.
    pub at: Timestamp,
}

/// Why a message did not leave.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// Not this time; another attempt may do.
    #[error("the message could not be handed over: {0}")]
    Later(String),
    /// Never: the address cannot stand in a message.
    #[error("the address cannot stand in a message")]
    Address,
}

/// What carries messages. An attempt is repeated until it succeeds once, so a message may come twice.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a message over, durably.
    async fn deliver(&self, mail: &Mail) -> Result<(), Undelivered>;
}

/// Writes each message to the log (to whom, and the text, at level debug only: its links open accounts), and where there is a
/// folder into a file of it that a mail program opens.
#[derive(Debug, Clone)]
pub struct DevelopmentMailer {
    folder: Option<PathBuf>,
}

impl DevelopmentMailer {
    /// A mailer that writes into this folder, which is made when it is needed.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }
}

#[async_trait]
impl Mailer for DevelopmentMailer {
    async fn deliver(&self, mail: &Mail) -> Result<(), Undelivered> {
        let text = rfc_5322(mail)?;
        if let Some(folder) = self.folder.clone() {
            let name = format!("{}.eml", mail.id);
            let wrote = tokio::task::spawn_blocking(move || write(&folder, &name, &text)).await;
            wrote
                .map_err(io::Error::other)
                .flatten()
                .map_err(|error| Undelivered::Later(error.to_string()))?;
        }
        tracing::info!(subject = mail.subject, id = mail.id, "mail");
        tracing::debug!(
            to = mail.to,
            text = mail.text,
            id = mail.id,
            "what the mail says"
        );
        Ok(())
    }
}

/// The message in the form of RFC 5322, with CRLF. Nothing in it can begin a header or add a recipient.
fn rfc_5322(mail: &Mail) -> Result<String, Undelivered> {
    let special = |c: char| c.is_control() || c.is_whitespace() || "<>()[],;:\\\"".contains(c);
    let one_address = mail.to.split('@').count() == 2 && !mail.to.contains(special);
    if !one_address {
        return Err(Undelivered::Address);
    }
    let subject: String = mail.subject.chars().filter(|c| !c.is_control()).collect();
    let mut text = format!(
        "Date: {}\r\nFrom: PayFlow <payflow@localhost>\r\nTo: <{}>\r\nSubject: {subject}\r\n\
         Message-ID: <{}@payflow.localhost>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
        mail.at.rfc_2822(),
        mail.to,
        mail.id
    );
    for line in mail.text.lines() {
        text.extend(line.chars().filter(|c| !c.is_control()));
        text.push_str("\r\n");
    }
    Ok(text)
}

/// Whole or not at all, for its owner alone.
fn write(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    private::folder().recursive(true).create(folder)?;
    let partial = folder.join(format!("{name}.partial"));
    let mut file = private::rewrite(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(partial, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::{Engine, TestStore};

    fn mail(to: &str, subject: &str, text: &str) -> Mail {
        Mail {
            id: "msg_1".to_owned(),
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            at: Timestamp(1_767_225_600_000_000),
        }
    }

    #[test]
    fn a_message_has_the_form_of_the_standard() {
        let text = rfc_5322(&mail("ann@example.com", "Hello", "One\nTwo é\n")).unwrap();
        let expected = "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: PayFlow <payflow@localhost>\r\n\
            To: <ann@example.com>\r\nSubject: Hello\r\nMessage-ID: <msg_1@payflow.localhost>\r\n\
            MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: 8bit\r\n\r\nOne\r\nTwo é\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn nothing_adds_a_header_or_a_recipient() {
        for to in [
            "ann@example.com\r\nBcc: eve@example.com",
            "ann@example.com,eve@example.com",
            "ann,eve@example.com",
            "ann@example.com>",
            "\"ann\"@example.com",
            "ann@example.com ",
            "ann@example.com\u{2028}",
            "ann@eve@example.com",
            "ann",
            "",
        ] {
            let made = rfc_5322(&mail(to, "Hello", "text"));
            assert!(matches!(made, Err(Undelivered::Address)), "{to:?}");
        }
        let text = rfc_5322(&mail("ann@example.com", "Hi\r\nBcc: e@x.y", "a\rb\n\0c")).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("\r\nSubject: HiBcc: e@x.y\r\n"), "{head}");
        assert_eq!(body, "ab\r\nc\r\n");
    }

    #[tokio::test]
    async fn a_message_is_a_file_of_its_own_and_the_same_one_when_it_is_repeated() {
        let store = TestStore::new(Engine::Sqlite);
        let folder = store.folder().join("deep").join("mail");
        let mailer = DevelopmentMailer::new(Some(folder.clone()));
        let mail = mail("ann@example.com", "Hello", "text");
        for _ in 0..2 {
            mailer.deliver(&mail).await.unwrap();
        }
        let names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        assert_eq!(names, ["msg_1.eml"]);
        let text = std::fs::read_to_string(folder.join("msg_1.eml")).unwrap();
        assert!(text.ends_with("\r\n\r\ntext\r\n"), "{text}");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_tried_again_later() {
        let store = TestStore::new(Engine::Sqlite);
        let file = store.folder().join("mail");
        std::fs::write(&file, "mine").unwrap();
        let delivered = DevelopmentMailer::new(Some(file))
            .deliver(&mail("a@b.c", "s", "t"))
            .await;
        assert!(
            matches!(delivered, Err(Undelivered::Later(_))),
            "{delivered:?}"
        );
        let nowhere = DevelopmentMailer::new(None)
            .deliver(&mail("a@b.c", "s", "t"))
            .await;
        assert!(nowhere.is_ok());
    }
}
