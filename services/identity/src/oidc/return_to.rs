//! Where a browser may be sent after a sign-in with others: to a path of this installation or to a
//! listed origin, and nowhere else (no open redirect, RFC 9700, section 4.11). Pure; it compares
//! text and lets no parser guess.

/// No address of a page is longer.
const MAX_LENGTH: usize = 2_000;

/// The address to send the browser to, without a fragment. None where it is not allowed.
///
/// A path is appended to the installation's own address, so that whatever it holds, the host is
/// ours.
#[must_use]
pub(crate) fn resolve(asked: &str, own: &str, origins: &[String]) -> Option<String> {
    // No spaces, controls, backslashes (browsers take them for slashes), fragments, nor anything
    // that is not ASCII.
    let plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'"' | b'<' | b'>');
    if asked.len() > MAX_LENGTH || !asked.bytes().all(plain) {
        return None;
    }
    if asked.starts_with('/') {
        return (!asked.starts_with("//")).then(|| format!("{own}{asked}"));
    }
    let of_listed = |origin: &String| {
        asked
            .strip_prefix(origin.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    origins.iter().any(of_listed).then(|| asked.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://pay.example";

    fn resolved(asked: &str) -> Option<String> {
        resolve(
            asked,
            OWN,
            &[
                "https://app.example".to_owned(),
                "http://localhost:5173".to_owned(),
            ],
        )
    }

    #[test]
    fn paths_lead_to_this_installation_and_listed_origins_to_themselves() {
        for path in [
            "/",
            "/wallets?tab=1&x=%2F",
            "/a//b",
            "/@evil.example",
            "/.evil.example",
            "/%2F%2Fevil.example",
            "/%0d%0aX: y".trim_end_matches(": y"),
        ] {
            assert_eq!(resolved(path), Some(format!("{OWN}{path}")), "{path}");
        }
        for url in [
            "https://app.example",
            "https://app.example/",
            "https://app.example/in?x=1",
            "http://localhost:5173/in",
            "https://app.example?x",
        ] {
            assert_eq!(resolved(url).as_deref(), Some(url));
        }
    }

    #[test]
    fn nothing_leads_to_anybody_else() {
        for bad in [
            "",
            "evil",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "HTTPS://APP.EXAMPLE/",
            "http://app.example/",
            "https://app.example.evil.example/",
            "https://app.example@evil.example/",
            "https://app.example:443@evil.example",
            "https://app.example:8443/",
            "https://app.exampleevil/",
            "https://user@app.example/",
            "http://localhost:51730/",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "%2F%2Fevil.example",
            " //evil.example",
            "\t//evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/x\r\nSet-Cookie: a=b",
            "/x\0",
            "/x y",
            "/ü",
            "/x#code=forged",
            "https://app.example#x",
            "/\"><script>",
            "https://app.example\\@evil.example",
        ] {
            assert_eq!(resolved(bad), None, "{bad:?}");
        }
        assert_eq!(resolved(&format!("/{}", "x".repeat(2_000))), None);
        assert_eq!(resolve("https://app.example/", OWN, &[]), None);
    }
}
