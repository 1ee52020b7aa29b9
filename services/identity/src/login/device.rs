//! What a client calls itself (`User-Agent`), in a few words that its owner recognises. For people
//! to read: a client may say what it likes, and the word of one that wants something never decides
//! for it.

/// Browsers by the mark that they leave. Most carry the marks of others too, so the first that fits
/// counts.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems by their mark, likewise.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The most characters of a name that is taken as it is.
const MAX_CHARS: usize = 40;

/// Whether somebody calls themselves a browser: all of them begin so.
pub(crate) fn is_browser(user_agent: &str) -> bool {
    user_agent.starts_with("Mozilla/")
}

/// A short name, such as `Firefox on Windows`. What is no browser keeps its own name, without its
/// version.
pub(crate) fn name(user_agent: &str) -> String {
    let find = |marks: &[(&str, &'static str)]| {
        let found = marks.iter().find(|(mark, _)| user_agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let program = match find(&BROWSERS) {
        Some(browser) => browser.to_owned(),
        None => {
            let product = user_agent.split(['/', ' ', '(']).next().unwrap_or_default();
            product.chars().take(MAX_CHARS).collect()
        }
    };
    match find(&SYSTEMS) {
        Some(system) if program.is_empty() => system.to_owned(),
        Some(system) => format!("{program} on {system}"),
        None if program.is_empty() => "unknown device".to_owned(),
        None => program,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_recognise_their_devices() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/124.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36 Edg/124.0",
                "Edge on Windows",
            ),
            ("curl/8.5.0", "curl"),
            ("okhttp/4.12.0 (Linux)", "okhttp on Linux"),
            ("testkit", "testkit"),
        ] {
            assert_eq!(name(user_agent), expected, "{user_agent}");
        }
    }

    #[test]
    fn whatever_a_client_sends_gives_a_short_name() {
        assert_eq!(name(""), "unknown device");
        assert_eq!(name("/1.0"), "unknown device");
        assert_eq!(name("(X11; Linux)"), "Linux");
        assert_eq!(name(&"é".repeat(10_000)).chars().count(), MAX_CHARS);
    }
}
