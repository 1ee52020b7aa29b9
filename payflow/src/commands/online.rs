//! A client of a PayFlow that runs, for the commands that talk to one.

use anyhow::{Context, bail};
use platform::text::for_terminal_line;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};
use serde_json::Value;

use crate::Usage;
use crate::cli::Server;

/// The variable with what a command logs in with.
pub(super) const KEY: &str = "PAYFLOW_API_KEY";

/// What a command logs in with: an API key, or an access token of a login. It is in the environment
/// only, since others on the machine see the command line.
///
/// # Errors
/// Where there is none.
pub(super) fn credential() -> anyhow::Result<String> {
    let Some(key) = variable(KEY) else {
        let how = format!(
            "put an API key (POST /api/v1/api-keys) or an access token into the environment variable {KEY}"
        );
        return Err(Usage(how).into());
    };
    Ok(key)
}

/// A secret of the environment; none where it is empty.
#[expect(
    clippy::disallowed_methods,
    reason = "a secret of who calls, and no setting of a server; on the command line others would see it"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The API of a server.
pub(super) struct Api {
    client: Client,
    url: Url,
}

impl Api {
    /// That of the server which was named.
    ///
    /// # Errors
    /// Where that is no URL.
    pub(super) fn of(server: &Server) -> anyhow::Result<Self> {
        let refused = |why: String| Usage(format!("--url {}: {why}", server.url));
        let url = Url::parse(&server.url).map_err(|error| refused(error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) || url.host().is_none() {
            let why = "it must begin with http:// or https://".to_owned();
            return Err(refused(why).into());
        }
        let agent = concat!("payflow/", env!("CARGO_PKG_VERSION"));
        // What is sent is for this server alone.
        let redirects = redirect::Policy::none();
        let client = Client::builder()
            .user_agent(agent)
            .redirect(redirects)
            .build()?;
        Ok(Self { client, url })
    }

    /// A request of an endpoint.
    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
    ) -> RequestBuilder {
        let base = self.url.as_str().trim_end_matches('/');
        let request = self.client.request(method, format!("{base}/api/v1{path}"));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Where nobody answers.
    pub(super) async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let nobody = || format!("PayFlow does not answer at {}: is it running?", self.url);
        request.send().await.with_context(nobody)
    }

    /// Sends a document and returns what is answered.
    ///
    /// # Errors
    /// A refusal, in the words of the server.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let request = self.request(method.clone(), path, token);
        let request = request.json(body);
        let response = self.send(request).await?;
        if !response.status().is_success() {
            let (status, said) = refusal(response).await;
            bail!("{method} {path}: {status}: {said}");
        }
        let text = response.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// What to look at where the server does not take what a command logs in with.
pub(super) fn of_key(status: StatusCode, said: String) -> String {
    if status != StatusCode::UNAUTHORIZED {
        return said;
    }
    format!(
        "the server does not take the API key (or access token) in {KEY}: it is mistyped, deleted, has ended, or is \
         that of another server"
    )
}

/// The status of a refusal, and what the server says of it.
pub(super) async fn refusal(response: Response) -> (StatusCode, String) {
    let status = response.status();
    if status.is_redirection() {
        let elsewhere =
            "it sends one elsewhere, which is not followed: name the server itself with --url";
        return (status, elsewhere.to_owned());
    }
    let text = response.text().await.unwrap_or_default();
    let problem: Value = serde_json::from_str(&text).unwrap_or_default();
    let said = ["detail", "title"].into_iter();
    let mut said = said.filter_map(|name| problem[name].as_str());
    let said = said.next().unwrap_or("no reason is given");
    (status, for_terminal_line(said).into_owned())
}
