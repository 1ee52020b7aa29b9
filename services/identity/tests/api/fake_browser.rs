//! A browser as the tests of sign-in with others play it: it is sent to a provider, and comes back.
#![cfg(test)]

use axum::body::Body;
use axum::http::{Request, header};
use identity::Config;
use openidconnect::url::Url;

use crate::fake_provider::FakeProvider;
use crate::support::{Answer, App, fast, on_each_engine};

/// What a browser holds after it was sent to a provider.
pub struct Sent {
    pub cookie: String,
    pub url: Url,
}

impl Sent {
    pub fn of(answer: &Answer, location: &str) -> Self {
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
            url: location.parse().unwrap(),
        }
    }

    pub fn param(&self, name: &str) -> String {
        let found = self.url.query_pairs().find(|(found, _)| found == name);
        found
            .unwrap_or_else(|| panic!("no {name} in {}", self.url))
            .1
            .into_owned()
    }
}

/// A node that knows the provider as `fake` and as `other`.
pub async fn with(app: &App, fake: &FakeProvider, change: impl FnOnce(&mut Config)) -> App {
    let mut config = fast();
    config.oidc.insert("fake".to_owned(), fake.config());
    config.oidc.insert("other".to_owned(), fake.config());
    config.return_origins = vec!["https://app.example".to_owned()];
    change(&mut config);
    app.another_node_with(config).await
}

pub async fn begin(app: &App, query: &str) -> Sent {
    let answer = app.get(&format!("/api/v1/auth/oauth/fake{query}")).await;
    assert_eq!(answer.status, 302, "{:?}", answer.body);
    let location = answer.headers[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned();
    Sent::of(&answer, &location)
}

/// The browser comes back to a provider's callback with these parameters and its cookie.
pub async fn back(app: &App, name: &str, cookie: &str, params: &[(&str, &str)]) -> Answer {
    let mut url = Url::parse("http://x/").unwrap();
    url.query_pairs_mut().extend_pairs(params);
    let path = format!(
        "/api/v1/auth/oauth/{name}/callback?{}",
        url.query().unwrap_or_default()
    );
    let request = Request::get(path)
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .unwrap();
    app.send(request).await
}

pub async fn come_back(app: &App, sent: &Sent) -> Answer {
    back(
        app,
        "fake",
        &sent.cookie,
        &[
            ("state", &sent.param("state")),
            ("code", &sent.param("nonce")),
        ],
    )
    .await
}

pub async fn sign_in(app: &App) -> Answer {
    let sent = begin(app, "").await;
    come_back(app, &sent).await
}

pub async fn bearer(app: &App, method: &str, path: &str, token: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    app.send(request).await
}

/// Begins to link, as the user of a token.
pub async fn begin_link(app: &App, token: &str) -> Sent {
    let answer = bearer(app, "POST", "/api/v1/auth/oauth/fake/link", token).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let url = answer.body["authorization_url"]
        .as_str()
        .unwrap()
        .to_owned();
    Sent::of(&answer, &url)
}

pub async fn count(app: &App, sql: &'static str) -> i64 {
    app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

pub async fn on_each_engine_with(test: impl AsyncFn(App, FakeProvider)) {
    on_each_engine(async |app| {
        let fake = FakeProvider::start().await;
        test(with(&app, &fake, |_| {}).await, fake).await;
    })
    .await;
}
