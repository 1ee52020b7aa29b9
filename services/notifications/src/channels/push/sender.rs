//! One message to one push service (RFC 8030). It follows no redirect, uses no proxy, and connects
//! to checked addresses only.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header;
use reqwest::{Client, Url, redirect};
use values::SECOND;

use crate::webhooks::networks::Networks;
use crate::webhooks::target::{self, InvalidUrl, Resolver, SystemLookup};

/// The HTTP client.
pub(super) struct Sender {
    networks: Networks,
    timeout: Duration,
    /// Made when something is to be sent: a machine without root certificates serves everything
    /// else.
    https: OnceLock<Option<Client>>,
    http: OnceLock<Option<Client>>,
}

/// What is sent.
pub(super) struct Request<'a> {
    pub(super) authorization: String,
    pub(super) body: Vec<u8>,
    /// One that is not delivered yet gives way to another with the same topic: an attempt that is
    /// repeated is shown once.
    pub(super) topic: &'a str,
    /// How long the service keeps it for a device that is off, in seconds.
    pub(super) keep_s: u32,
    pub(super) urgent: bool,
}

/// What the push service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Taken,
    /// The device is no more.
    Gone,
    /// Another attempt may do, after so many µs where it says so.
    Later(String, Option<i64>),
    Never(String),
}

impl Sender {
    pub(super) const fn new(networks: Networks, timeout: Duration) -> Self {
        Self {
            networks,
            timeout,
            https: OnceLock::new(),
            http: OnceLock::new(),
        }
    }

    fn client(&self, is_http: bool) -> Option<&Client> {
        let kept = if is_http { &self.http } else { &self.https };
        let made = kept.get_or_init(|| {
            let resolver = Resolver {
                lookup: Arc::new(SystemLookup),
                networks: self.networks.clone(),
                listed_only: is_http,
            };
            let builder = Client::builder()
                .user_agent(concat!("payflow-push/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .dns_resolver(Arc::new(resolver))
                .timeout(self.timeout);
            let builder = match is_http {
                true => builder.tls_certs_only([]),
                false => builder.https_only(true),
            };
            let built = builder.build();
            built
                .inspect_err(|error| tracing::error!(%error, "there is no HTTP client for push"))
                .ok()
        });
        made.as_ref()
    }

    /// Checks where a device says that its push service is.
    pub(super) fn check(&self, endpoint: &str) -> Result<Url, InvalidUrl> {
        target::check(&self.networks, endpoint)
    }

    /// Sends it.
    pub(super) async fn send(&self, endpoint: Url, request: Request<'_>) -> Answer {
        if let Err(refused) = target::check_literal(&self.networks, &endpoint) {
            return Answer::Never(refused.to_string());
        }
        let Some(client) = self.client(endpoint.scheme() == "http") else {
            return Answer::Later("there is no HTTP client".to_owned(), None);
        };
        let sent = client
            .post(endpoint)
            .header(header::AUTHORIZATION, request.authorization)
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header("ttl", request.keep_s)
            .header("topic", request.topic)
            .header("urgency", if request.urgent { "high" } else { "normal" })
            .body(request.body);
        let response = match sent.send().await {
            Ok(response) => response,
            Err(error) if error.is_timeout() => {
                return Answer::Later("the push service did not answer in time".to_owned(), None);
            }
            Err(_) => {
                return Answer::Later("the push service cannot be reached".to_owned(), None);
            }
        };
        let status = response.status();
        let wait = response.headers().get(header::RETRY_AFTER);
        let wait = wait.and_then(|value| value.to_str().ok()?.trim().parse::<i64>().ok());
        let said = format!("the push service answered {}", status.as_u16());
        match status.as_u16() {
            200..=299 => Answer::Taken,
            404 | 410 => Answer::Gone,
            429 | 500..=599 => {
                let wait = wait.filter(|seconds| *seconds > 0);
                Answer::Later(said, wait.map(|seconds| seconds.saturating_mul(SECOND)))
            }
            _ => Answer::Never(said),
        }
    }
}
