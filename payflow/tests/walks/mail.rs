//! Mails as their readers get them: out of a folder, or by a mail server on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::process::Wait;

/// Where mails arrive.
pub enum Mailbox {
    /// Files of a folder.
    Folder(PathBuf),
    /// A mail server that takes everything.
    Server {
        port: u16,
        received: Arc<Mutex<Vec<String>>>,
    },
}

/// A mail.
#[derive(Debug)]
pub struct Mail {
    pub head: String,
    /// Both parts, decoded.
    pub parts: String,
}

impl Mailbox {
    pub fn folder(folder: &Path) -> Self {
        Self::Folder(folder.join("mail"))
    }

    pub fn server() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let shared = received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, received) = (stream.unwrap(), shared.clone());
                std::thread::spawn(move || converse(stream, &received));
            }
        });
        Self::Server { port, received }
    }

    /// The settings of a server that sends there.
    pub fn settings(&self) -> Vec<(String, String)> {
        let settings = match self {
            Self::Folder(folder) => vec![("FOLDER", folder.display().to_string())],
            Self::Server { port, .. } => vec![
                ("PROVIDER", "smtp".to_owned()),
                ("SMTP__HOST", "127.0.0.1".to_owned()),
                ("SMTP__PORT", port.to_string()),
                ("SMTP__TLS", "none".to_owned()),
            ],
        };
        let name = |name| format!("PAYFLOW__NOTIFICATIONS__EMAIL__{name}");
        settings
            .into_iter()
            .map(|(setting, value)| (name(setting), value))
            .collect()
    }

    fn all(&self) -> Vec<String> {
        match self {
            Self::Folder(folder) => {
                let Ok(files) = std::fs::read_dir(folder) else {
                    return Vec::new();
                };
                let paths = files.map(|file| file.unwrap().path());
                let mails = paths.filter(|path| path.extension().is_some_and(|end| end == "eml"));
                mails
                    .map(|path| std::fs::read_to_string(path).unwrap())
                    .collect()
            }
            Self::Server { received, .. } => received.lock().unwrap().clone(),
        }
    }

    /// The one mail to somebody with this subject, once it is there.
    pub async fn wait_for(&self, to: &str, subject: &str) -> Mail {
        let mut wait = Wait::until("a mail has arrived");
        loop {
            let mails: Vec<_> = self.all().iter().map(|mail| Mail::read(mail)).collect();
            let fits = |mail: &Mail| {
                mail.head.contains(&format!("\nTo: {to}\n")) && mail.head.contains(subject)
            };
            let mut found: Vec<_> = mails.into_iter().filter(fits).collect();
            assert!(found.len() < 2, "{found:?}");
            if let Some(mail) = found.pop() {
                return mail;
            }
            wait.turn().await;
        }
    }
}

impl Mail {
    fn read(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (head, parts) = text.split_once("\n\n").unwrap_or_default();
        Self {
            head: format!("\n{head}\n"),
            parts: parts.split("\n--").map(decoded).collect(),
        }
    }

    /// What follows these words, up to a space, a quote or the end of the line.
    pub fn after(&self, words: &str) -> String {
        let (_, rest) = self
            .parts
            .split_once(words)
            .unwrap_or_else(|| panic!("{words}: {self:?}"));
        let ends = |c: char| c.is_whitespace() || c == '"' || c == '<';
        rest.split(ends).next().unwrap().to_owned()
    }

    /// A part of plain text and one of HTML, as mail programs choose between them.
    pub fn has_both_parts(&self) -> bool {
        let parts = [
            "Content-Type: text/plain",
            "Content-Type: text/html",
            "<html",
        ];
        self.head.contains("multipart/alternative")
            && parts.iter().all(|part| self.parts.contains(part))
    }
}

/// A part without its quoted-printable (RFC 2045, section 6.7).
fn decoded(text: &str) -> String {
    if !text.contains("Content-Transfer-Encoding: quoted-printable") {
        return text.to_owned();
    }
    let joined = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'=' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Takes mails (RFC 5321).
fn converse(stream: TcpStream, received: &Mutex<Vec<String>>) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut say = |text: &str| drop(writer.write_all(format!("{text}\r\n").as_bytes()));
    say("220 test ESMTP");
    while let Some(line) = lines.next() {
        match line.split(' ').next().unwrap_or_default() {
            "EHLO" => say("250-test\r\n250 8BITMIME"),
            "DATA" => {
                say("354 go on");
                let mail = lines.by_ref().take_while(|line| line != ".");
                let mail: Vec<_> = mail
                    .map(|line| line.strip_prefix('.').unwrap_or(&line).to_owned())
                    .collect();
                received.lock().unwrap().push(mail.join("\n"));
                say("250 queued");
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok"),
        }
    }
}
