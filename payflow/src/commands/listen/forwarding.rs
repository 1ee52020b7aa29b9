//! Sends events on as webhooks, and again where they are not taken.

use std::collections::VecDeque;
use std::time::Duration;

use notifications::{WebhookSecret, webhook_retry_after, webhook_signatures};
use platform::clock::{Clock, SystemClock};
use platform::text::for_terminal_line;
use reqwest::{Client, Url, redirect};
use tokio::time::Instant;
use values::SECOND;

use super::events::Received;
use crate::Usage;

/// How long an answer is waited for, as for webhooks.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Where events are sent on to.
pub(super) struct Forwarding {
    client: Client,
    url: Url,
    secret: WebhookSecret,
    waiting: VecDeque<Waiting>,
}

/// What was not taken, and when it is tried again.
struct Waiting {
    at: Instant,
    tries: i64,
    event: Received,
}

impl Forwarding {
    /// To a URL, signed with a secret.
    ///
    /// # Errors
    /// Where that is no URL.
    pub(super) fn to(url: &str, secret: WebhookSecret) -> anyhow::Result<Self> {
        // `localhost:3000/hooks` is what one would type.
        let whole = match url.contains("://") {
            true => url.to_owned(),
            false => format!("http://{url}"),
        };
        let refused = |why: String| Usage(format!("--forward-to {url}: {why}"));
        let url = Url::parse(&whole).map_err(|error| refused(error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(refused("it must begin with http:// or https://".to_owned()).into());
        }
        let client = Client::builder()
            .user_agent(concat!("payflow-webhooks/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self {
            client,
            url,
            secret,
            waiting: VecDeque::new(),
        })
    }

    /// Where to, and with what it is signed.
    pub(super) fn shown(&self) -> String {
        format!(
            "Forwarding to {}, signed with {}",
            self.url,
            self.secret.shown()
        )
    }

    /// When something is tried again; none where nothing waits.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.at).min()
    }

    /// Sends an event that came; what came of it.
    pub(super) async fn send(&mut self, event: Received) -> String {
        self.attempt(event, 1).await
    }

    /// Sends what is due again; what came of it.
    pub(super) async fn send_due(&mut self) -> Option<String> {
        let now = Instant::now();
        let place = self.waiting.iter().position(|waiting| waiting.at <= now)?;
        let Waiting { tries, event, .. } = self.waiting.remove(place)?;
        let what = format!("{} {} once more", event.kind, event.id);
        Some(for_terminal_line(&what).into_owned() + "\n" + &self.attempt(event, tries + 1).await)
    }

    async fn attempt(&mut self, event: Received, tries: i64) -> String {
        let now = SystemClock.now();
        let seconds = now.micros().div_euclid(SECOND);
        let secrets = std::slice::from_ref(&self.secret);
        let signature = webhook_signatures(secrets, &event.id, seconds, &event.body);
        let begun = Instant::now();
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(event.body.clone());
        let sent = request.send().await;
        let took = begun.elapsed().as_millis();
        let (said, is_taken) = match &sent {
            Ok(response) => (
                response.status().to_string(),
                response.status().is_success(),
            ),
            Err(error) if error.is_timeout() => ("no answer".to_owned(), false),
            Err(error) if error.is_connect() => ("nobody listens there".to_owned(), false),
            Err(_) => ("the connection broke".to_owned(), false),
        };
        let mut line = format!("  -> {said} in {took} ms");
        if !is_taken {
            line.push_str(&self.again_later(event, tries, now.micros().unsigned_abs()));
        }
        line
    }

    /// Keeps what was not taken for another attempt, by the schedule of webhooks.
    fn again_later(&mut self, event: Received, tries: i64, random: u64) -> String {
        let Some(wait) = webhook_retry_after(tries, random) else {
            return "; given up".to_owned();
        };
        let wait = Duration::from_micros(wait.max(0).unsigned_abs());
        let at = Instant::now() + wait;
        self.waiting.push_back(Waiting { at, tries, event });
        format!("; again in {} s", wait.as_secs())
    }
}
