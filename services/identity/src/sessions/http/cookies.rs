//! Browser sessions: the cookie that carries one, and the checks that a request comes from
//! PayFlow's own pages and not from somebody else's (cross-site request forgery, OWASP ASVS 5,
//! 3.5). It knows headers; whose session it is, it does not ask.
//!
//! A request that changes something must pass three checks: `Sec-Fetch-Site`, `Origin`, and a token
//! in `X-CSRF-Token` that belongs to the session. Other pages can neither read the cookie that
//! shows the token nor set the header. `SameSite=Strict` keeps the session's cookie from other
//! sites' requests in the first place.

use std::net::IpAddr;

use axum::http::header::{COOKIE, HOST, InvalidHeaderValue, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::sessions::token::csrf_token;

const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How the cookies of this installation are called, and where its pages are.
pub(crate) struct Cookies {
    /// Only sent by HTTPS; the prefix `__Host-` then binds them to this very host.
    secure: bool,
    origin: String,
}

impl Cookies {
    /// For an installation at this address, which has been checked. Only at a loopback address
    /// without HTTPS, where people develop, browsers are not asked to insist on it.
    pub(crate) fn new(public_url: &str) -> Self {
        Self {
            secure: !is_plain_loopback(public_url),
            origin: public_url.to_ascii_lowercase(),
        }
    }

    fn name(&self, name: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}payflow_{name}")
    }

    /// The `Set-Cookie` headers of a new session: its secret, which scripts cannot read, and its
    /// CSRF token, which they must.
    pub(crate) fn set(
        &self,
        secret: &str,
        max_age_s: i64,
    ) -> Result<[HeaderValue; 2], InvalidHeaderValue> {
        let csrf = csrf_token(secret);
        let (session, csrf) = (
            self.cookie("session", secret, max_age_s, "; HttpOnly"),
            self.cookie("csrf", &csrf, max_age_s, ""),
        );
        Ok([session.parse()?, csrf.parse()?])
    }

    /// The `Set-Cookie` headers that remove both.
    pub(crate) fn clear(&self) -> Result<[HeaderValue; 2], InvalidHeaderValue> {
        let (session, csrf) = (
            self.cookie("session", "", 0, "; HttpOnly"),
            self.cookie("csrf", "", 0, ""),
        );
        Ok([session.parse()?, csrf.parse()?])
    }

    fn cookie(&self, name: &str, value: &str, max_age_s: i64, more: &str) -> String {
        let name = self.name(name);
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={max_age_s}; SameSite=Strict{secure}{more}")
    }

    /// The session's secret. None where there are two: one of them somebody else has put there.
    pub(crate) fn secret<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name("session");
        let mut found = headers
            .get_all(COOKIE)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value);
        let first = found.next().filter(|value| !value.is_empty());
        first.filter(|_| found.next().is_none())
    }

    /// Whether a request comes from a page of this installation, as far as the browser says it.
    /// Other clients say nothing.
    pub(crate) fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let site = headers.get(FETCH_SITE);
        site.is_none_or(|site| site == "same-origin") && self.is_own_origin(headers)
    }

    fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        // Where the request went to: behind a proxy that is another host than the public one.
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let same_host = origin
            .split_once("://")
            .is_some_and(|(_, authority)| host == Some(authority));
        origin == self.origin || same_host
    }
}

/// Whether a request may change something (RFC 9110, section 9.2.1).
pub(crate) fn is_unsafe(method: &Method) -> bool {
    !method.is_safe()
}

/// Whether a request carries the token of its session, once.
pub(crate) fn carries_csrf_token(headers: &HeaderMap, secret: &str) -> bool {
    let mut sent = headers.get_all(CSRF_HEADER).into_iter();
    let (Some(sent), None) = (sent.next(), sent.next()) else {
        return false;
    };
    // Hashes are compared in constant time.
    blake3::hash(sent.as_bytes()) == blake3::hash(csrf_token(secret).as_bytes())
}

fn is_plain_loopback(public_url: &str) -> bool {
    public_url.parse::<Uri>().is_ok_and(|uri| {
        let host = uri.authority().map(Authority::host).unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        uri.scheme_str() == Some("http")
            && (host.eq_ignore_ascii_case("localhost")
                || address.is_ok_and(|address| address.is_loopback()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn cookies_are_for_https_only_but_at_a_loopback_address_without_it() {
        for (url, secure) in [
            ("https://pay.example", true),
            ("http://pay.example", true),
            ("https://127.0.0.1", true),
            ("http://127.0.0.1.example", true),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]:8080", false),
            ("http://localhost:8080", false),
        ] {
            let [session, csrf] = Cookies::new(url).set("pfs_x", 60).unwrap();
            for (cookie, http_only) in [(session, true), (csrf, false)] {
                let text = cookie.to_str().unwrap();
                assert_eq!(text.starts_with("__Host-payflow_"), secure, "{text}");
                assert_eq!(text.contains("; Secure"), secure, "{text}");
                assert_eq!(text.contains("; HttpOnly"), http_only, "{text}");
                assert!(text.contains("; Path=/; Max-Age=60; SameSite=Strict"));
                assert!(!text.contains("Domain"), "{text}");
            }
        }
    }

    #[test]
    fn the_one_cookie_of_the_right_name_is_read() {
        let cookies = Cookies::new("https://pay.example");
        let read = |lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
            let headers = headers(&lines);
            cookies.secret(&headers).map(str::to_owned)
        };
        let name = "__Host-payflow_session";
        let good = Some("pfs_x".to_owned());
        assert_eq!(read(&[&format!("{name}=pfs_x")]), good);
        assert_eq!(read(&[&format!("a=b; {name}=pfs_x;c=d")]), good);
        assert_eq!(read(&["a=b", &format!("{name}=pfs_x")]), good);
        for lines in [
            &[][..],
            &["payflow_session=pfs_x"],
            &["__host-payflow_session=pfs_x"],
            &[&format!("{name}=")],
            &[name],
            &[&format!("{name}=pfs_x; {name}=pfs_y")],
            &[&format!("{name}=pfs_x"), &format!("{name}=pfs_x")],
        ] {
            assert_eq!(read(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_recognised() {
        let cookies = Cookies::new("https://pay.example");
        for (own, lines) in [
            (true, &[][..]),
            (true, &[("origin", "https://pay.example")]),
            (
                true,
                &[
                    ("origin", "https://pay.example"),
                    ("sec-fetch-site", "same-origin"),
                ],
            ),
            (
                true,
                &[
                    ("origin", "http://127.0.0.1:8080"),
                    ("host", "127.0.0.1:8080"),
                ],
            ),
            (false, &[("origin", "null")]),
            (false, &[("origin", "null"), ("host", "null")]),
            (false, &[("origin", "https://evil.example")]),
            (false, &[("origin", "https://pay.example.evil.example")]),
            (false, &[("origin", "https://a.pay.example")]),
            (false, &[("origin", "http://pay.example")]),
            (false, &[("origin", "https://pay.example:444")]),
            (false, &[("origin", "\u{e9}")]),
            (false, &[("sec-fetch-site", "cross-site")]),
            (false, &[("sec-fetch-site", "same-site")]),
            (false, &[("sec-fetch-site", "none")]),
            (
                false,
                &[
                    ("origin", "https://pay.example"),
                    ("sec-fetch-site", "cross-site"),
                ],
            ),
        ] {
            assert_eq!(cookies.is_own_page(&headers(lines)), own, "{lines:?}");
        }
    }

    #[test]
    fn a_csrf_token_fits_its_own_session_only() {
        let token = csrf_token("pfs_one");
        let carries = |lines: &[(&'static str, &str)], secret: &str| {
            carries_csrf_token(&headers(lines), secret)
        };
        assert!(carries(&[("x-csrf-token", &token)], "pfs_one"));
        assert!(!carries(&[("x-csrf-token", &token)], "pfs_two"));
        assert!(!carries(&[], "pfs_one"));
        assert!(!carries(&[("x-csrf-token", "")], "pfs_one"));
        assert!(!carries(&[("x-csrf-token", "pfs_one")], "pfs_one"));
        let twice = [
            ("x-csrf-token", token.as_str()),
            ("x-csrf-token", token.as_str()),
        ];
        assert!(!carries(&twice, "pfs_one"));
    }
}
