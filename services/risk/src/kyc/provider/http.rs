//! A provider over HTTP: the client's side of the protocol in `docs/kyc.md`. It never guesses: what
//! is not a clear answer is no answer. It never sends anything twice by itself.

use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::kyc::KycLevel;
use reqwest::{Client, RequestBuilder, redirect};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kyc::config::KycConfig;
use crate::kyc::details::Details;
use crate::kyc::document::DocumentKind;
use crate::kyc::provider::{CheckRequest, IdentityProvider, Said, Unanswered};
use crate::kyc::submission::{ProviderOutcome, Report};
use crate::kyc::{CheckId, DocumentId, SubmissionId};

/// The most bytes of an answer or a notification.
pub(crate) const MAX_REPORT_BYTES: usize = 16 * 1024;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A client of one provider.
#[derive(Debug)]
pub(crate) struct HttpProvider {
    client: Client,
    checks: String,
}

/// A check as it is sent.
#[derive(Debug, Serialize)]
struct Sent<'a> {
    id: CheckId,
    submission: SubmissionId,
    level: KycLevel,
    #[serde(flatten)]
    details: &'a Details,
    documents: Vec<SentDocument>,
}

#[derive(Debug, Serialize)]
struct SentDocument {
    id: DocumentId,
    kind: DocumentKind,
    media_type: &'static str,
    /// Base64.
    content: String,
}

/// How a check stands, as the provider says. Fields that are not named here are its own business.
#[derive(Debug, Deserialize)]
struct Answer {
    status: CheckStatus,
    #[serde(default)]
    code: Option<String>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KycCheckStatus)]
pub(crate) enum CheckStatus {
    /// It is at work.
    Pending,
    /// They are who they say.
    Passed,
    /// They are not.
    Failed,
    /// It cannot be said by a program.
    Referred,
}

/// A notification as the provider writes it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct KycNotification {
    /// The id of the check.
    #[schema(value_type = String, example = "kchk_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    pub(crate) id: CheckId,
    /// How it stands.
    status: CheckStatus,
    /// Why, for programs.
    #[serde(default)]
    #[schema(example = "document_expired")]
    code: Option<String>,
}

impl KycNotification {
    /// What it says.
    pub(crate) fn said(&self) -> Said {
        said(self.status, self.code.clone())
    }
}

impl HttpProvider {
    /// A client of the provider that the settings name.
    ///
    /// # Errors
    /// What is wrong with the settings, or with this machine's root certificates.
    pub(crate) fn new(config: &KycConfig) -> Result<Self, String> {
        let mut key = HeaderValue::try_from(format!("Bearer {}", config.api_key.expose_secret()))
            .map_err(|_| "risk.kyc.api_key cannot be sent in a header".to_owned())?;
        key.set_sensitive(true);
        let timeout = Duration::from_millis(config.timeout_ms);
        let builder = Client::builder()
            .user_agent(concat!("payflow/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, key)]))
            .redirect(redirect::Policy::none())
            .referer(false)
            // The way to the provider is in the settings, not in somebody's environment.
            .no_proxy()
            .connect_timeout(timeout)
            .timeout(timeout);
        let builder = if config.url.starts_with("https://") {
            builder.https_only(true)
        } else {
            // Loopback without TLS needs no root certificates, and this machine may have none.
            builder.tls_certs_only([])
        };
        let client = builder
            .build()
            .map_err(|error| format!("risk.kyc: no HTTP client: {}", root_cause(&error)))?;
        let base = config.url.trim_end_matches('/');
        Ok(Self {
            client,
            checks: format!("{base}/checks"),
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
impl IdentityProvider for HttpProvider {
    async fn check(&self, request: &CheckRequest) -> Result<Said, Unanswered> {
        let document =
            |(document, file): &(crate::kyc::document::Document, Vec<u8>)| SentDocument {
                id: document.id,
                kind: document.kind,
                media_type: document.media_type.as_str(),
                content: STANDARD.encode(file),
            };
        let sent = Sent {
            id: request.id,
            submission: request.submission,
            level: request.level,
            details: &request.details,
            documents: request.documents.iter().map(document).collect(),
        };
        let post = self.client.post(&self.checks);
        let post = post
            .header(IDEMPOTENCY_KEY, request.id.to_string())
            .json(&sent);
        match self.call(post).await? {
            (StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED, body) => read(&body),
            (status, _) => Err(not_an_answer(status)),
        }
    }

    async fn enquire(&self, id: CheckId) -> Result<Said, Unanswered> {
        let url = format!("{}/{id}", self.checks);
        match self.call(self.client.get(url)).await? {
            (StatusCode::OK, body) => read(&body),
            (StatusCode::NOT_FOUND, _) => Ok(Said::Unknown),
            (status, _) => Err(not_an_answer(status)),
        }
    }
}

fn read(body: &[u8]) -> Result<Said, Unanswered> {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|error| Unanswered::Garbled(error.to_string()))?;
    Ok(said(answer.status, answer.code))
}

fn said(status: CheckStatus, code: Option<String>) -> Said {
    let outcome = match status {
        CheckStatus::Pending => return Said::Pending,
        CheckStatus::Passed => ProviderOutcome::Passed,
        CheckStatus::Failed => ProviderOutcome::Failed,
        CheckStatus::Referred => ProviderOutcome::Referred,
    };
    // What is no code is its own business.
    let is_code = |code: &String| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        code.len() <= 64 && code.bytes().all(allowed)
    };
    Said::Outcome(Report {
        outcome,
        code: code.filter(is_code).unwrap_or_default(),
    })
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

    #[test]
    fn what_is_no_clear_answer_is_none() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"status":"ok"}"#,
            r#"{"status":null}"#,
            "passed",
        ] {
            let read = read(body.as_bytes());
            assert!(matches!(read, Err(Unanswered::Garbled(_))), "{body}");
        }
    }

    #[test]
    fn an_answer_is_read_with_its_code_and_what_is_no_code_is_left_out() {
        let read = |body: &str| read(body.as_bytes()).unwrap();
        let outcome = |outcome, code: &str| {
            Said::Outcome(Report {
                outcome,
                code: code.to_owned(),
            })
        };
        assert_eq!(read(r#"{"status":"pending","more":1}"#), Said::Pending);
        assert_eq!(
            read(r#"{"status":"passed"}"#),
            outcome(ProviderOutcome::Passed, "")
        );
        let failed = read(r#"{"status":"failed","code":"document_expired"}"#);
        assert_eq!(failed, outcome(ProviderOutcome::Failed, "document_expired"));
        let referred = read(r#"{"status":"referred","code":"<script>"}"#);
        assert_eq!(referred, outcome(ProviderOutcome::Referred, ""));
    }
}
