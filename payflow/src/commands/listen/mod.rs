//! `payflow listen`: prints the live events of an account while they happen, and sends them on to a
//! program under development as a webhook would come. It is a client of a PayFlow that runs.

mod events;
mod forwarding;

use std::time::Duration;

use anyhow::bail;
use notifications::WebhookSecret;
use platform::text::for_terminal_line;
use reqwest::{Method, Response, StatusCode, Url};
use tokio::time::{Instant, sleep_until, timeout};

use self::events::{Received, next_block, read};
use self::forwarding::Forwarding;
use super::online::{Api, credential, of_key, refusal, variable};
use super::{runtime, say};
use crate::Usage;
use crate::cli::Listen;

/// After so much silence a connection is taken for lost: the server shows every 15 s that it lives.
const SILENCE: Duration = Duration::from_secs(45);
/// How long is waited until a lost connection is made again, at first and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The most bytes of an event, about.
const LONGEST_EVENT: usize = 1024 * 1024;
/// Nothing waits for so long.
const FAR: Duration = Duration::from_secs(86_400);
/// The variable with the secret that forwarded webhooks are signed with.
const SECRET: &str = "PAYFLOW_WEBHOOK_SECRET";

/// Listens until it is ended.
///
/// # Errors
/// What stands against it.
pub fn run(args: &Listen) -> anyhow::Result<()> {
    let key = credential()?;
    let forwarding = match &args.forward_to {
        Some(url) => Some(Forwarding::to(url, secret(&key)?)?),
        None => None,
    };
    let mut listener = Listener {
        api: Api::of(&args.server)?,
        path: path(&args.events)?,
        key,
        types: args.events.clone(),
        prints: args.print,
        last: args.after.clone(),
        forwarding,
    };
    runtime()?.block_on(listener.run())
}

/// The secret of the environment, or one that is made of the key: the same whenever one listens
/// with it.
fn secret(key: &str) -> anyhow::Result<WebhookSecret> {
    match variable(SECRET) {
        Some(text) => WebhookSecret::parse(&text).ok_or_else(|| {
            Usage(format!(
                "{SECRET} is no secret of webhooks: it begins with whsec_"
            ))
            .into()
        }),
        None => {
            let context = "payflow listen 2026-11: the secret of forwarded webhooks";
            let derived = blake3::derive_key(context, key.as_bytes());
            Ok(WebhookSecret::of(derived.to_vec()))
        }
    }
}

/// The stream of these types.
fn path(types: &[String]) -> anyhow::Result<String> {
    if types.is_empty() {
        return Ok("/events/stream".to_owned());
    }
    let types = format!("{},webhook.resent", types.join(","));
    // Only for what it escapes.
    let url = Url::parse_with_params("http://localhost/events/stream", [("types", types)])?;
    Ok(format!(
        "{}?{}",
        url.path(),
        url.query().unwrap_or_default()
    ))
}

struct Listener {
    api: Api,
    path: String,
    key: String,
    types: Vec<String>,
    prints: bool,
    /// The last event that was dealt with.
    last: Option<String>,
    forwarding: Option<Forwarding>,
}

impl Listener {
    async fn run(&mut self) -> anyhow::Result<()> {
        let mut stream = match self.connect().await {
            Ok(Ok(stream)) => stream,
            Ok(Err(why)) => bail!(why),
            Err(error) => return Err(error),
        };
        say(&format!(
            "Listening at {}",
            stream.url().origin().ascii_serialization()
        ))?;
        if let Some(forwarding) = &self.forwarding {
            say(&forwarding.shown())?;
        }
        loop {
            let why = self.follow(&mut stream).await?;
            say(&format!("The stream has ended ({why}): coming back."))?;
            stream = self.connect_again().await?;
            say("Listening again.")?;
        }
    }

    /// Opens the stream, or says why not now.
    ///
    /// # Errors
    /// A refusal that stays one, or where nobody answers.
    async fn connect(&self) -> anyhow::Result<Result<Response, String>> {
        let request = self.api.request(Method::GET, &self.path, Some(&self.key));
        let request = match &self.last {
            Some(last) => request.header("last-event-id", last),
            None => request,
        };
        let response = self.api.send(request).await?;
        if response.status().is_success() {
            return Ok(Ok(response));
        }
        let (status, said) = refusal(response).await;
        let said = of_key(status, said);
        let is_passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        match is_passing {
            true => Ok(Err(format!("{status}: {said}"))),
            false => bail!("{status}: {said}"),
        }
    }

    async fn connect_again(&mut self) -> anyhow::Result<Response> {
        let mut wait = FIRST_WAIT;
        loop {
            let until = Instant::now() + wait;
            while self.wait_until(until).await? {}
            match self.connect().await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(_)) => {}
                Err(error) if error.is::<reqwest::Error>() => {}
                Err(error) => return Err(error),
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Waits, or tries again what is due before; whether it has to go on waiting.
    async fn wait_until(&mut self, until: Instant) -> anyhow::Result<bool> {
        let retry = self.next_retry().min(until);
        sleep_until(retry).await;
        self.retry().await?;
        Ok(Instant::now() < until)
    }

    fn next_retry(&self) -> Instant {
        let next = self.forwarding.as_ref().and_then(Forwarding::next_at);
        next.unwrap_or_else(|| Instant::now() + FAR)
    }

    async fn retry(&mut self) -> anyhow::Result<()> {
        if let Some(forwarding) = &mut self.forwarding
            && let Some(line) = forwarding.send_due().await
        {
            say(&line)?;
        }
        Ok(())
    }

    /// Deals with what comes until nothing does any more; why.
    async fn follow(&mut self, stream: &mut Response) -> anyhow::Result<String> {
        let mut arrived = Vec::new();
        loop {
            while let Some(block) = next_block(&mut arrived) {
                if let Some(data) = &block.data {
                    self.take(data).await?;
                }
                // Only now: what was not dealt with comes again.
                self.last = block.id.or(self.last.take());
            }
            tokio::select! {
                piece = timeout(SILENCE, stream.chunk()) => match piece {
                    Ok(Ok(Some(bytes))) if arrived.len() < LONGEST_EVENT => {
                        arrived.extend_from_slice(&bytes);
                    }
                    Ok(Ok(Some(_))) => return Ok("an event had no end".to_owned()),
                    Ok(Ok(None)) => return Ok("the server ended it".to_owned()),
                    Ok(Err(_)) => return Ok("the connection broke".to_owned()),
                    Err(_) => return Ok("silence".to_owned()),
                },
                () = sleep_until(self.next_retry()) => self.retry().await?,
            }
        }
    }

    async fn take(&mut self, data: &str) -> anyhow::Result<()> {
        let Ok(event) = read(data) else {
            let data = for_terminal_line(data);
            return say(&format!("Too much was missed to read it again: {data}"));
        };
        if !event.is_of(&self.types) {
            return Ok(());
        }
        say(&line(&event))?;
        if self.prints {
            let event: serde_json::Value = serde_json::from_str(&event.body)?;
            say(&serde_json::to_string_pretty(&event)?)?;
        }
        match &mut self.forwarding {
            Some(forwarding) if event.is_sent() => say(&forwarding.send(event).await),
            _ => Ok(()),
        }
    }
}

fn line(event: &Received) -> String {
    let Received {
        id,
        kind,
        subject,
        time,
        ..
    } = event;
    let again = event
        .again
        .as_ref()
        .map_or_else(String::new, |(endpoint, attempts)| {
            format!("  (sent again to {endpoint}, attempt {attempts})")
        });
    let line = format!("{time}  {kind}  {subject}  {id}{again}");
    for_terminal_line(&line).into_owned()
}
