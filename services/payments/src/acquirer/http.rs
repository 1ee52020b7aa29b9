//! An acquirer over HTTP: the client's side of the protocol in `docs/acquirer.md`. It never
//! guesses: what is not a clear answer is no answer. It never sends anything twice by itself; that
//! is for the flows to decide.

use std::time::Duration;

use contracts::payments::TransactionId;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use payments_core::transaction::{Failure, Instrument};
use platform::text::is_invisible;
use reqwest::{Client, RequestBuilder, redirect};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Acquirer, AcquirerConfig, Direction, Instruction, Notification, Unanswered, Verdict};

/// The most bytes of an answer or a notification.
pub const MAX_REPORT_BYTES: usize = 16 * 1024;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A client of one acquirer.
#[derive(Debug)]
pub struct HttpAcquirer {
    client: Client,
    instructions: String,
}

/// An instruction as it is sent.
#[derive(Debug, Serialize)]
struct Sent<'a> {
    id: TransactionId,
    direction: Direction,
    /// Decimal text.
    amount: String,
    currency: &'static str,
    instrument: &'a Instrument,
}

/// What the acquirer says of an instruction. Fields that are not named here are its own business.
#[derive(Debug, Deserialize)]
struct Report {
    status: ReportedStatus,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    detail: Option<String>,
}

/// How an instruction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportedStatus {
    /// The money moved.
    Approved,
    /// The money did not move, and will not.
    Declined,
    /// It is at work.
    Pending,
}

/// A notification as the acquirer writes it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AcquirerNotification {
    /// The id of the instruction: the transaction's.
    id: TransactionId,
    /// How it stands.
    status: ReportedStatus,
    /// Why it was declined, for programs.
    #[serde(default)]
    #[schema(example = "card_declined")]
    code: Option<String>,
    /// Why it was declined, for people.
    #[serde(default)]
    detail: Option<String>,
}

/// The body of a 402 or 422.
#[derive(Debug, Deserialize)]
struct Refusal {
    code: String,
    #[serde(default)]
    detail: Option<String>,
}

impl HttpAcquirer {
    /// A client of the acquirer that the settings name.
    ///
    /// # Errors
    /// What is wrong with the settings, or with this machine's root certificates.
    pub fn new(config: &AcquirerConfig) -> Result<Self, String> {
        let mut key =
            HeaderValue::try_from(format!("Bearer {}", config.api_key.expose_secret()))
                .map_err(|_| "payments.acquirer.api_key cannot be sent in a header".to_owned())?;
        key.set_sensitive(true);
        let timeout = Duration::from_millis(config.timeout_ms);
        let builder = Client::builder()
            .user_agent(concat!("payflow/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(http::header::AUTHORIZATION, key)]))
            .redirect(redirect::Policy::none())
            .referer(false)
            // The way to the acquirer is in the settings, not in somebody's environment.
            .no_proxy()
            .connect_timeout(timeout)
            .timeout(timeout);
        let builder = if config.url.starts_with("https://") {
            builder.https_only(true)
        } else {
            // Loopback without TLS needs no root certificates, and this machine may have none.
            builder.tls_certs_only([])
        };
        let client = builder.build().map_err(|error| {
            format!("payments.acquirer: no HTTP client: {}", root_cause(&error))
        })?;
        let base = config.url.trim_end_matches('/');
        Ok(Self {
            client,
            instructions: format!("{base}/instructions"),
        })
    }

    async fn call(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), Unanswered> {
        let mut response = request.send().await.map_err(|error| unanswered(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
            if body.len() + chunk.len() > MAX_REPORT_BYTES {
                let detail = format!("it is longer than {MAX_REPORT_BYTES} bytes");
                return Err(Unanswered::Garbled(detail));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status(), body))
    }
}

#[async_trait::async_trait]
impl Acquirer for HttpAcquirer {
    async fn instruct(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        let sent = Sent {
            id: instruction.id,
            direction: instruction.direction,
            amount: instruction.amount.to_decimal_string(),
            currency: instruction.amount.currency().code(),
            instrument: &instruction.instrument,
        };
        let request = self
            .client
            .post(&self.instructions)
            .header(IDEMPOTENCY_KEY, instruction.id.to_string())
            .json(&sent);
        match self.call(request).await? {
            (StatusCode::OK | StatusCode::CREATED, body) => read_report(&body),
            (StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY, body) => {
                read_refusal(&body)
            }
            (status, _) => Err(not_an_answer(status)),
        }
    }

    async fn enquire(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        let url = format!("{}/{}", self.instructions, instruction.id);
        match self.call(self.client.get(url)).await? {
            (StatusCode::OK, body) => read_report(&body),
            (StatusCode::NOT_FOUND, _) => Ok(Verdict::Unknown),
            (status, _) => Err(not_an_answer(status)),
        }
    }
}

/// Reads the body of a notification whose signature was found good.
///
/// # Errors
/// What is wrong with it.
pub fn read_notification(body: &[u8]) -> Result<Notification, String> {
    let told: AcquirerNotification =
        serde_json::from_slice(body).map_err(|error| error.to_string())?;
    Ok(Notification {
        id: told.id,
        verdict: verdict(told.status, told.code, told.detail),
    })
}

fn read_report(body: &[u8]) -> Result<Verdict, Unanswered> {
    let report: Report = serde_json::from_slice(body).map_err(garbled)?;
    Ok(verdict(report.status, report.code, report.detail))
}

/// Only a refusal that names its reason is evidence that no money moved: a proxy's own 4xx is not.
fn read_refusal(body: &[u8]) -> Result<Verdict, Unanswered> {
    let refusal: Refusal = serde_json::from_slice(body).map_err(garbled)?;
    Ok(Verdict::Declined(failure(
        Some(refusal.code),
        refusal.detail,
    )))
}

fn verdict(status: ReportedStatus, code: Option<String>, detail: Option<String>) -> Verdict {
    match status {
        ReportedStatus::Approved => Verdict::Approved,
        ReportedStatus::Pending => Verdict::Pending,
        ReportedStatus::Declined => Verdict::Declined(failure(code, detail)),
    }
}

/// The acquirer's words, cut to what is stored and shown: no control characters (NUL above all),
/// nothing invisible, bounded.
fn failure(code: Option<String>, detail: Option<String>) -> Failure {
    let is_code = |code: &String| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        (1..=64).contains(&code.len()) && code.bytes().all(allowed)
    };
    let detail: String = detail
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control() && !is_invisible(*letter))
        .take(500)
        .collect();
    Failure {
        code: code
            .filter(is_code)
            .unwrap_or_else(|| "declined".to_owned()),
        detail: if detail.trim().is_empty() {
            "The acquirer declined.".to_owned()
        } else {
            detail
        },
    }
}

fn garbled(error: serde_json::Error) -> Unanswered {
    Unanswered::Garbled(error.to_string())
}

fn not_an_answer(status: StatusCode) -> Unanswered {
    Unanswered::Garbled(format!("it is an HTTP {}", status.as_u16()))
}

fn unanswered(error: &reqwest::Error) -> Unanswered {
    if error.is_timeout() {
        Unanswered::TimedOut
    } else {
        Unanswered::Unreachable(root_cause(error))
    }
}

/// The innermost error: the outer ones only say that sending failed.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declined(code: &str, detail: &str) -> Verdict {
        Verdict::Declined(Failure {
            code: code.to_owned(),
            detail: detail.to_owned(),
        })
    }

    #[test]
    fn what_the_acquirer_says_is_cut_to_what_can_be_stored() {
        let read = |body: &str| read_report(body.as_bytes()).unwrap();
        assert_eq!(
            read(
                r#"{"status":"declined","code":"do_not_honour","detail":"No\u0000\u0007.","more":1}"#
            ),
            declined("do_not_honour", "No.")
        );
        assert_eq!(
            read(r#"{"status":"declined","code":"<script>","detail":" "}"#),
            declined("declined", "The acquirer declined.")
        );
        let long = format!(
            r#"{{"status":"declined","code":"{0}","detail":"{0}"}}"#,
            "x".repeat(600)
        );
        assert_eq!(read(&long), declined("declined", &"x".repeat(500)));
    }

    #[test]
    fn a_report_without_a_known_status_is_no_answer() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"status":"ok"}"#,
            r#"{"status":null}"#,
            "approved",
        ] {
            assert!(
                matches!(read_report(body.as_bytes()), Err(Unanswered::Garbled(_))),
                "{body}"
            );
        }
    }

    #[test]
    fn a_notification_names_its_instruction() {
        let id = TransactionId(uuid::Uuid::from_u128(7));
        let told = read_notification(format!(r#"{{"id":"{id}","status":"approved"}}"#).as_bytes());
        assert_eq!(
            told,
            Ok(Notification {
                id,
                verdict: Verdict::Approved
            })
        );
        assert!(read_notification(br#"{"id":"wal_x","status":"approved"}"#).is_err());
        assert!(read_notification(br#"{"status":"approved"}"#).is_err());
    }
}
