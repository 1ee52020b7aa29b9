//! A mail server that the test scripts: what it does with each message, and what has arrived.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// Takes it.
    Take,
    /// Says nothing any more once it has the content.
    Hang,
    /// Closes the connection where the content begins.
    CloseAtContent,
    /// Takes it and closes the connection without saying so.
    TakeAndClose,
    /// Answers the recipient with this.
    Recipient(&'static str),
    /// Answers the sender with this.
    Sender(&'static str),
    /// Answers the content with this.
    Content(&'static str),
}

/// A message that has arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub to: String,
    pub text: String,
}

impl Received {
    /// A header, in one line.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.text.split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ");
        let start = format!("{name}: ");
        let mut lines = head.split("\r\n");
        let line = lines.find(|line| line.starts_with(&start))?;
        Some(line[start.len()..].to_owned())
    }
}

/// A mail server on a port of its own.
pub struct SmtpServer {
    pub port: u16,
    script: Mutex<VecDeque<With>>,
    received: Mutex<Vec<Received>>,
    logins: Mutex<Vec<String>>,
    connections: Mutex<usize>,
}

impl SmtpServer {
    /// Starts one that takes everything.
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Arc::new(Self {
            port: listener.local_addr().unwrap().port(),
            script: Mutex::default(),
            received: Mutex::default(),
            logins: Mutex::default(),
            connections: Mutex::default(),
        });
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *serving.connections.lock().unwrap() += 1;
                let serving = serving.clone();
                tokio::spawn(async move { drop(serving.converse(stream).await) });
            }
        });
        server
    }

    /// What it does with the next messages; what comes after them it takes.
    pub fn next(&self, script: &[With]) {
        self.script.lock().unwrap().extend(script);
    }

    /// What has arrived since it was last asked.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.received.lock().unwrap())
    }

    /// What clients have logged in with.
    pub fn logins(&self) -> Vec<String> {
        self.logins.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    async fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 test ESMTP\r\n").await?;
        let (mut with, mut to) = (With::Take, String::new());
        while let Some(line) = lines.next_line().await? {
            let answer = match line.split(' ').next().unwrap_or_default() {
                "EHLO" => "250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
                "AUTH" => {
                    self.logins.lock().unwrap().push(line.clone());
                    "235 2.7.0 welcome"
                }
                "MAIL" => {
                    with = self
                        .script
                        .lock()
                        .unwrap()
                        .pop_front()
                        .unwrap_or(With::Take);
                    match with {
                        With::Sender(answer) => answer,
                        _ => "250 ok",
                    }
                }
                "RCPT" => {
                    to = line.trim_start_matches("RCPT TO:").to_owned();
                    match with {
                        With::Recipient(answer) => answer,
                        _ => "250 ok",
                    }
                }
                "DATA" if with == With::CloseAtContent => return Ok(()),
                "DATA" => {
                    writer.write_all(b"354 go on\r\n").await?;
                    let mut text = String::new();
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        text.push_str(line.strip_prefix('.').unwrap_or(&line));
                        text.push_str("\r\n");
                    }
                    if let With::Content(answer) = with {
                        answer
                    } else {
                        let to = to.trim_matches(['<', '>']).to_owned();
                        if with != With::Hang {
                            self.received.lock().unwrap().push(Received { to, text });
                        }
                        match with {
                            With::TakeAndClose => return Ok(()),
                            With::Hang => std::future::pending().await,
                            _ => "250 2.0.0 queued as 4711",
                        }
                    }
                }
                "QUIT" => return writer.write_all(b"221 bye\r\n").await,
                "NOOP" | "RSET" => "250 ok",
                _ => "500 what",
            };
            writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }
}
