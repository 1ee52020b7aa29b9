//! The cookie by which a device is known at its next login: it has a counter of failed logins of
//! its own then, and is no news. Beside a refresh token or a mailed link it shows that the same
//! device sends it; alone it proves nothing.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use web::client::Client;
use web::problem::Problem;

use crate::service::Service;

/// 400 days: the most that browsers grant.
const MAX_AGE_S: u32 = 34_560_000;
/// Base64 of 32 bytes.
const LENGTH: usize = 43;

/// The client of a request that begins a session, with the device that it is.
pub(crate) struct Device {
    /// The client; the device is the one of its cookie, or a new one.
    pub(crate) client: Client,
    cookie: HeaderValue,
}

impl Device {
    /// The answer, with the cookie for the next time.
    pub(crate) fn remember(self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        response.headers_mut().append(SET_COOKIE, self.cookie);
        response
    }
}

impl FromRequestParts<Arc<Service>> for Device {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Problem> {
        let mut client = Client::from_request_parts(parts, service).await?;
        let (name, secure) = cookie_name(service);
        let token = sent(&parts.headers, name).map_or_else(|| service.new_device(), str::to_owned);
        client.device = Some(*blake3::hash(token.as_bytes()).as_bytes());
        let cookie =
            format!("{name}={token}; Path=/; Max-Age={MAX_AGE_S}; HttpOnly; SameSite=Lax{secure}");
        let cookie = HeaderValue::try_from(cookie).map_err(|_| Problem::internal())?;
        Ok(Self { client, cookie })
    }
}

/// The client of a request that begins no session, with the device that it is known as, if it is.
pub(crate) struct KnownDevice(pub(crate) Client);

impl FromRequestParts<Arc<Service>> for KnownDevice {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Problem> {
        let mut client = Client::from_request_parts(parts, service).await?;
        let token = sent(&parts.headers, cookie_name(service).0);
        client.device = token.map(|token| *blake3::hash(token.as_bytes()).as_bytes());
        Ok(Self(client))
    }
}

/// The cookie's name, and what is said behind it. Browsers take a name that begins so over HTTPS
/// only, from this host only.
fn cookie_name(service: &Service) -> (&'static str, &'static str) {
    match service.is_behind_tls() {
        true => ("__Host-payflow_device", "; Secure"),
        false => ("payflow_device", ""),
    }
}

/// The cookie that was sent, where it has the form of one that was given.
fn sent<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, token)| token)
        .filter(|token| token.len() == LENGTH && URL_SAFE_NO_PAD.decode(token).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cookie_of_the_right_form_is_read() {
        let token = "A".repeat(LENGTH);
        let read = |value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            let headers = HeaderMap::from_iter([(COOKIE, value)]);
            sent(&headers, "payflow_device").map(str::to_owned)
        };
        for good in [
            format!("payflow_device={token}"),
            format!("a=b; payflow_device={token}; c"),
        ] {
            assert_eq!(read(&good), Some(token.clone()), "{good}");
        }
        for bad in [
            String::new(),
            "payflow_device".to_owned(),
            "payflow_device=".to_owned(),
            format!("payflow_device={token}A"),
            format!("payflow_device=\"{}\"", &token[2..]),
            format!("payflow_device={}+", &token[1..]),
            format!("xpayflow_device={token}"),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }
}
