//! E-mail addresses: which ones a user may have, and the one form in which they are compared. Pure;
//! whether mail arrives there, only mail can tell.

use std::fmt;

use icu_properties::CodePointMapData;
use icu_properties::props::Script;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use platform::text::is_invisible;
use unicode_normalization::UnicodeNormalization;

use crate::accounts::invalid::{EMAIL_MAX_CHARS, Invalid};

/// Scripts that are written together in one word (UTS 39, section 5.2, "highly restrictive"), as
/// one family each.
const TOGETHER: [&[Script]; 3] = [
    &[
        Script::Latin,
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
    ],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

/// An e-mail that has the form of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    given: String,
    normalised: String,
}

impl Email {
    /// Checks the form and no more. Before the `@`: what RFC 5321 allows without quotes, and
    /// letters and digits of any one script (RFC 6531), so that nothing hides in it and nothing
    /// looks like something else. After it: a name that the domain name system can have (UTS 46),
    /// each label of one script, also where it is given in ASCII (`xn--`).
    ///
    /// # Errors
    /// [`Invalid::Email`] or [`Invalid::EmailLooksAlike`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > 4 * EMAIL_MAX_CHARS {
            return Err(Invalid::Email);
        }
        let given: String = text.nfc().collect();
        let (local, domain) = given.split_once('@').ok_or(Invalid::Email)?;
        let of_form = !local.is_empty()
            && !local.split('.').any(str::is_empty)
            && local.chars().all(|c| c == '.' || is_atom(c));
        if !of_form {
            return Err(Invalid::Email);
        }
        let folded: String = local.nfkc().collect();
        if folded != local || !is_of_one_script(local) {
            return Err(Invalid::EmailLooksAlike);
        }
        let domain = ascii_domain(domain).ok_or(Invalid::Email)?;
        let (shown, _) = Uts46::new().to_unicode(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
        );
        if !shown.split('.').all(is_of_one_script) {
            return Err(Invalid::EmailLooksAlike);
        }
        let local: String = local.to_lowercase().nfkc().collect();
        let normalised = format!("{local}@{domain}");
        let fits = given.chars().count() <= EMAIL_MAX_CHARS && normalised.len() <= EMAIL_MAX_CHARS;
        fits.then_some(Self { given, normalised })
            .ok_or(Invalid::Email)
    }

    /// The e-mail as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.given
    }

    /// The form in which e-mails are compared.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.normalised
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.given)
    }
}

/// The form in which e-mails are compared: without case, the domain in ASCII. Anything may be
/// looked up, also what is no e-mail; nobody has that, and of what is longer than any no more is
/// looked up than shows that.
#[must_use]
pub fn normalise_email(text: &str) -> String {
    let longer = || text.chars().take(EMAIL_MAX_CHARS + 1).collect::<String>();
    Email::parse(text).map_or_else(|_| longer().to_lowercase(), |email| email.normalised)
}

/// RFC 5322, section 3.2.3, and letters and digits beyond ASCII: nothing invisible (a filler of
/// Hangul counts as a letter), no control, no space.
fn is_atom(c: char) -> bool {
    (c.is_alphanumeric() && !is_invisible(c)) || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_of_one_script(text: &str) -> bool {
    let script_of = CodePointMapData::<Script>::new();
    let mut scripts: Vec<_> = text
        .chars()
        .map(|c| script_of.get(c))
        .filter(|script| ![Script::Common, Script::Inherited].contains(script))
        .collect();
    scripts.dedup();
    let all_in = |family: &[Script]| scripts.iter().all(|script| family.contains(script));
    scripts.len() <= 1 || TOGETHER.into_iter().any(all_in)
}

/// The domain as the domain name system has it, in lower case; two labels at least.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?;
    ascii.contains('.').then(|| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest domain with labels of 63 characters at most.
    fn long_domain() -> String {
        format!("{0}.{0}.{0}.example", "d".repeat(60))
    }

    #[test]
    fn what_has_the_form_of_an_email_is_accepted() {
        let longest = format!("{}@{}", "a".repeat(254 - 1 - 190), long_domain());
        assert_eq!(longest.len(), EMAIL_MAX_CHARS);
        for text in [
            "a@b.c",
            "Ann+pay@example.co.uk",
            "o'neil@example.com",
            "ü@exämple.de",
            "анна@пример.рф",
            "ann@почта.рф",
            "ann@почта.example.com",
            "ann@xn--80a1acny.xn--p1ai",
            "taro@山田taro.jp",
            "山田taro@example.jp",
            "a.b-c_d@sub.example.com",
            &longest,
        ] {
            let parsed = Email::parse(text).map(|email| email.to_string());
            assert_eq!(parsed, Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_has_not_the_form_of_an_email_is_refused() {
        let too_long = format!("{}@{}", "a".repeat(254 - 190), long_domain());
        let far_too_long = format!("{}@b.c", "a".repeat(200_000));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a@b.",
            "a@.b",
            "a@b..c",
            "a@b@c.d",
            "a b@c.d",
            " a@b.c",
            "a@b.c ",
            "a@b.c\n",
            "a@b.c\r\nBcc: x@y.z",
            "a\r\nBcc: x@y.z",
            "a\0@b.c",
            "a@b.c\u{7f}",
            "a@b\u{a0}.c",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "\"a\"@b.c",
            "a<b@c.d",
            "a,b@c.d",
            "a:b@c.d",
            "a\u{200b}b@c.d",
            "a\u{202e}b@c.d",
            "\u{115f}@b.c",
            "\u{1100}\u{1160}@b.c",
            "a@-b.c",
            "a@b-.c",
            "a@b_c.d",
            "a@[127.0.0.1]",
            "a@b/c.d",
            "a@xn--a.b",
            "😀@b.c",
            &too_long,
            &far_too_long,
        ] {
            assert_eq!(Email::parse(text), Err(Invalid::Email), "{text:?}");
        }
    }

    #[test]
    fn what_looks_like_another_email_is_refused() {
        for text in [
            "p\u{430}ypal@example.com",
            "\u{430}nn@example.com",
            "\u{3b1}nn@example.com",
            "\u{ff41}nn@example.com",
            "\u{fb01}nn@example.com",
            "ann\u{2070}@example.com",
            "victim@ex\u{430}mple.org",
            "victim@EX\u{410}MPLE.org",
            "victim@mail.ex\u{430}mple.org",
            "victim@example.\u{43e}rg",
            "victim@\u{3b1}pple.example",
            "victim@xn--exmple-4nf.org",
        ] {
            assert_eq!(
                Email::parse(text),
                Err(Invalid::EmailLooksAlike),
                "{text:?}"
            );
        }
    }

    #[test]
    fn emails_are_compared_without_case_and_in_one_form() {
        for (one, other) in [
            ("Ann@Example.COM", "ann@example.com"),
            ("ÄNN@example.com", "änn@example.com"),
            ("a\u{308}nn@example.com", "\u{e4}nn@example.com"),
            ("ann@EXÄMPLE.de", "ann@xn--exmple-cua.de"),
            ("ann@example\u{3002}com", "ann@example.com"),
            ("ann@\u{ff45}xample.com", "ann@example.com"),
        ] {
            assert_eq!(normalise_email(one), normalise_email(other), "{one}");
        }
        assert_ne!(
            normalise_email("ann@example.com"),
            normalise_email("ann@ex\u{430}mple.com")
        );
        assert_eq!(normalise_email("No E-Mail"), "no e-mail");
        let longest = format!("{}@{}", "a".repeat(254 - 1 - 190), long_domain());
        let longer = format!("{longest}{}", "X".repeat(200_000));
        assert_eq!(normalise_email(&longer), format!("{longest}x"));
        assert_eq!(normalise_email(""), "");
    }
}
