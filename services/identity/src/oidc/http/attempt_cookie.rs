//! The cookie by which a browser that comes back from a provider shows that it is the one that was
//! sent there. One for each sign-in, so that two windows do not disturb each other. It knows
//! nothing of sessions.

use axum::http::header::{COOKIE, InvalidHeaderValue};
use axum::http::{HeaderMap, HeaderValue};

/// As long as a sign-in may take, in seconds.
const MAX_AGE_S: u32 = 600;

/// The cookie's name. With TLS its prefix makes browsers refuse one that was set without, or by
/// another host (RFC 6265bis).
fn name(state: &str, tls: bool) -> String {
    let prefix = if tls { "__Host-" } else { "" };
    let hash = blake3::hash(state.as_bytes()).to_hex();
    format!("{prefix}payflow_oauth_{}", &hash[..16])
}

/// What makes a browser keep a value for a sign-in. `Lax`, since the provider sends the browser
/// back from elsewhere.
pub(crate) fn keep(state: &str, value: &str, tls: bool) -> Result<HeaderValue, InvalidHeaderValue> {
    set(state, value, MAX_AGE_S, tls)
}

/// What makes it forget.
pub(crate) fn forget(state: &str, tls: bool) -> Result<HeaderValue, InvalidHeaderValue> {
    set(state, "", 0, tls)
}

fn set(state: &str, value: &str, age: u32, tls: bool) -> Result<HeaderValue, InvalidHeaderValue> {
    let secure = if tls { "; Secure" } else { "" };
    let name = name(state, tls);
    format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}").try_into()
}

/// What a browser has kept for a sign-in.
pub(crate) fn kept(headers: &HeaderMap, state: &str, tls: bool) -> Option<String> {
    let name = name(state, tls);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(lines: &[&str]) -> HeaderMap {
        lines
            .iter()
            .map(|line| (COOKIE, line.parse().unwrap()))
            .collect()
    }

    #[test]
    fn what_a_browser_keeps_is_found_among_other_cookies() {
        let pair = |header: HeaderValue| {
            header
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned()
        };
        let (mine, other) = (
            pair(keep("s", "v", false).unwrap()),
            pair(keep("t", "w", false).unwrap()),
        );
        let headers = sent(&["a=b; c", &format!("x=y;{other}; {mine}")]);
        assert_eq!(kept(&headers, "s", false).as_deref(), Some("v"));
        assert_eq!(kept(&headers, "t", false).as_deref(), Some("w"));
        assert_eq!(kept(&headers, "u", false), None);
        assert_eq!(kept(&headers, "s", true), None, "another name with TLS");
    }

    #[test]
    fn the_cookie_is_for_this_host_and_for_no_script() {
        let text = |tls| keep("s", "v", tls).unwrap().to_str().unwrap().to_owned();
        let attributes = "Path=/; Max-Age=600; HttpOnly; SameSite=Lax";
        assert!(text(false).ends_with(attributes) && text(false).starts_with("payflow_oauth_"));
        assert!(
            text(true).ends_with(&format!("{attributes}; Secure"))
                && text(true).starts_with("__Host-payflow_oauth_")
        );
        let forgotten = forget("s", true).unwrap();
        assert!(
            forgotten
                .to_str()
                .unwrap()
                .contains("=; Path=/; Max-Age=0; ")
        );
    }
}
