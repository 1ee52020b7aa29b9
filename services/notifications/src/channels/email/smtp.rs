//! A mail server, spoken to by SMTP (RFC 5321). Connections are kept for a while. What the server
//! says is kept as its codes only: its words often repeat the address.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::channels::email::config::{SmtpConfig, Tls};
use crate::channels::email::letter::{Letter, Sender};
use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent};
use crate::error::SettingError;

/// A connection that was not used for so long is closed: servers do so, too.
const IDLE: Duration = Duration::from_secs(30);
/// The longest that a server may take: less than a node may hold a message
/// (`messages::sending::CLAIM`).
const LONGEST_MS: u64 = 60_000;

/// A mail server.
pub(super) struct Smtp {
    name: &'static str,
    host: String,
    port: u16,
    tls: Tls,
    parameters: TlsParameters,
    credentials: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
    turns: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
    sender: Sender,
}

/// Where a conversation with the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Connection,
    Login,
    Sender,
    Recipient,
    Content,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Connection => "the connection",
            Self::Login => "the login",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Content => "the content",
        }
    }
}

impl Smtp {
    /// A server of the settings, whose path is `path`.
    pub(super) fn new(
        name: &'static str,
        path: &'static str,
        config: &SmtpConfig,
        sender: Sender,
    ) -> Result<Self, SettingError> {
        let wrong = |key: &str, problem: &str| {
            SettingError::new(&format!("{path}.{key}"), problem.to_owned())
        };
        if config.host.is_empty() {
            return Err(wrong(
                "host",
                "name the mail server, or another notifications.email.provider",
            ));
        }
        if config.tls == Tls::None && !config.user.is_empty() && !is_this_machine(&config.host) {
            return Err(wrong(
                "tls",
                "a password would be sent for all to read; set starttls or tls",
            ));
        }
        if config.connections == 0 || !(1..=LONGEST_MS).contains(&config.timeout_ms) {
            return Err(wrong(
                "timeout_ms",
                "must be 1 to 60000, and connections above 0",
            ));
        }
        let mut parameters = TlsParameters::builder(config.host.clone());
        if !config.ca_file.is_empty() {
            let read = std::fs::read(&config.ca_file).ok();
            let read = read.and_then(|pem| Certificate::from_pem(&pem).ok());
            let certificate =
                read.ok_or_else(|| wrong("ca_file", "there is no file of certificates (PEM)"))?;
            parameters = parameters.add_root_certificate(certificate);
        }
        let parameters = parameters.build_rustls();
        let parameters = parameters
            .map_err(|error| wrong("host", &format!("it cannot be used for TLS: {error}")))?;
        let password = config.password.expose_secret().to_owned();
        let credentials = Credentials::new(config.user.clone(), password);
        let default_port = if config.tls == Tls::Tls { 465 } else { 587 };
        Ok(Self {
            name,
            host: config.host.clone(),
            port: if config.port == 0 {
                default_port
            } else {
                config.port
            },
            tls: config.tls,
            parameters,
            credentials: (!config.user.is_empty()).then_some(credentials),
            hello: ClientId::Domain(sender.domain().to_owned()),
            timeout: Duration::from_millis(config.timeout_ms),
            turns: Semaphore::new(config.connections),
            idle: Mutex::default(),
            sender,
        })
    }

    /// A connection that was used before and still answers.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let kept = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            let (mut connection, since) = kept?;
            if since.elapsed() < IDLE && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, (Step, Error)> {
        let from_the_start = (self.tls == Tls::Tls).then(|| self.parameters.clone());
        let server = (self.host.as_str(), self.port);
        let connected = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(self.timeout),
            &self.hello,
            from_the_start,
            None,
        );
        let failed = |error| (Step::Connection, error);
        let mut connection = connected.await.map_err(failed)?;
        if self.tls == Tls::Starttls {
            let upgraded = connection.starttls(self.parameters.clone(), &self.hello);
            upgraded.await.map_err(failed)?;
        }
        if let Some(credentials) = &self.credentials {
            let known = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            known.map_err(|error| (Step::Login, error))?;
        }
        Ok(connection)
    }

    /// Hands a letter over. A connection on which anything went wrong is dropped: what it would say
    /// next may be an answer to something else.
    async fn converse(&self, letter: &Letter) -> Result<Response, (Step, Error)> {
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let answer = hand_over(&mut connection, &letter.envelope, &letter.bytes).await?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((connection, Instant::now()));
        Ok(answer)
    }
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<Response, (Step, Error)> {
    let mut options = Vec::new();
    let mut addresses = envelope.to().iter().chain(envelope.from());
    let is_ascii = |address: &lettre::Address| AsRef::<str>::as_ref(address).is_ascii();
    if !addresses.all(is_ascii)
        && connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight)
    {
        options.push(MailParameter::SmtpUtfEight);
    }
    let mail = Mail::new(envelope.from().cloned(), options);
    let answered = connection.command(mail).await;
    answered.map_err(|error| (Step::Sender, error))?;
    for to in envelope.to() {
        let answered = connection.command(Rcpt::new(to.clone(), vec![])).await;
        answered.map_err(|error| (Step::Recipient, error))?;
    }
    let content = |error| (Step::Content, error);
    connection.command(Data).await.map_err(content)?;
    connection.message(bytes).await.map_err(content)
}

#[async_trait]
impl Channel for Smtp {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn name(&self) -> &'static str {
        self.name
    }

    async fn send(&self, message: &Rendered, to: &Address) -> Result<Sent, Unsent> {
        let letter = self.sender.letter(message, to)?;
        let later = |reason: &str| Unsent::Later {
            reason: reason.to_owned(),
            retry_at: None,
        };
        let turn = timeout(self.timeout, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(later("all connections to the mail server are in use"));
        };
        // Where the time is up, the connection is dropped with what was said on it.
        match timeout(self.timeout, self.converse(&letter)).await {
            Ok(Ok(answer)) => Ok(Sent {
                provider_id: answer.first_line().and_then(without_addresses),
            }),
            Ok(Err((step, error))) => Err(unsent(step, &error)),
            Err(_) => Err(later("the mail server took too long")),
        }
    }
}

/// What an error means: a refusal of the recipient or of the content is for good; what is wrong
/// with us or the server is not.
fn unsent(step: Step, error: &Error) -> Unsent {
    let code = error
        .status()
        .map_or(String::new(), |code| format!(" ({code})"));
    let kind = if error.is_timeout() {
        "took too long"
    } else if error.is_tls() {
        "failed: TLS"
    } else if error.is_permanent() || error.is_transient() {
        "was refused"
    } else {
        "was lost"
    };
    let reason = format!("{} {kind}{code}", step.name());
    match step {
        Step::Recipient if error.is_permanent() => Unsent::Bounced(reason),
        Step::Content if error.is_permanent() => Unsent::Never(reason),
        Step::Connection | Step::Login | Step::Sender | Step::Recipient | Step::Content => {
            Unsent::Later {
                reason,
                retry_at: None,
            }
        }
    }
}

/// What the server calls the message, unless that names somebody.
fn without_addresses(line: &str) -> Option<String> {
    let short: String = line.chars().filter(|c| !c.is_control()).take(120).collect();
    (!short.is_empty() && !short.contains('@')).then_some(short)
}

fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
