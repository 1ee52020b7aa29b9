//! Which passwords may be chosen (NIST SP 800-63B-4, section 3.1.1.2): long ones, hard to guess, in
//! no list of known ones; nothing about their composition. It judges new passwords only and hashes
//! nothing.

use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::zxcvbn;

use crate::accounts::email::normalise_email;
use crate::config::PasswordConfig;
use crate::fault::Fault;
use crate::passwords::breached::BreachedList;
use crate::passwords::error::PasswordError;
use crate::passwords::rule::{InvalidPassword, PasswordRule};

/// The name of the service: nobody's password is made of it.
const SERVICE: &str = "payflow";
/// Shorter parts of names and e-mails are no words.
const WORD_MIN_CHARS: usize = 3;
/// So much of a password, from its beginning, is estimated, and no more. What the estimate costs
/// grows with the square of the characters and with the ways to read signs as letters; within these
/// bounds it is milliseconds. A part is never harder to guess than the whole.
const ESTIMATED_CHARS: usize = 32;
const ESTIMATED_READINGS: usize = 256;

/// The signs that the estimate takes for a letter, for each letter with several; twice where a sign
/// may be either of two letters. It tries all combinations of those that a password has.
const READINGS: [&str; 7] = ["4@", "({[<", "69", "1!|", "11||7", "$5", "+77"];

/// What is known of the user who chooses a password: one that is made of it is easy to guess.
#[derive(Debug, Clone)]
pub(crate) struct PasswordOwner {
    email: String,
    name: String,
}

impl PasswordOwner {
    /// Anyone who has this e-mail, normalised, and this name.
    pub(crate) fn new(email: &str, name: &str) -> Self {
        let email = email.to_owned();
        let name = name.to_lowercase();
        Self { email, name }
    }

    /// The words that count for nothing in a password.
    fn words(&self) -> Vec<&str> {
        let parts = |text| str::split(text, |c: char| !c.is_alphanumeric());
        let local = self.email.split('@').next().unwrap_or_default();
        let whole = [SERVICE, &self.email, local, &self.name];
        whole
            .into_iter()
            .chain(parts(&self.email))
            .chain(parts(&self.name))
            .filter(|word| word.chars().count() >= WORD_MIN_CHARS)
            .collect()
    }

    /// How many characters of a password, spaces and punctuation aside, are not from these words.
    /// The estimate alone is too kind to three of them in a row.
    fn left_of(&self, password: &str) -> usize {
        let mut words = self.words();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let without = |rest: String, word: &str| rest.replace(word, " ");
        let rest = words.into_iter().fold(password.to_lowercase(), without);
        rest.chars()
            .filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation())
            .count()
    }
}

/// What a password must be.
#[derive(Debug)]
pub(crate) struct Policy {
    rule: PasswordRule,
    min_score: u32,
    breached: Option<BreachedList>,
}

impl Policy {
    pub(crate) fn new(config: &PasswordConfig) -> Result<Self, Fault> {
        let breached = match config.breached_list.as_str() {
            "" => None,
            path => Some(BreachedList::open(path)?),
        };
        Ok(Self {
            rule: PasswordRule::new(config),
            min_score: config.min_score,
            breached,
        })
    }

    /// That a password is too long.
    pub(crate) const fn too_long(&self) -> InvalidPassword {
        InvalidPassword::TooLong(self.rule)
    }

    /// Judges a password in the form of [`normalised`]. Takes milliseconds, so not on the async
    /// threads.
    pub(crate) fn judge(&self, password: &str, owner: &PasswordOwner) -> Result<(), PasswordError> {
        let chars = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
        let rule = self.rule;
        if chars < rule.least {
            return Err(InvalidPassword::TooShort(rule).into());
        }
        if chars > rule.most {
            return Err(self.too_long().into());
        }
        let has_email = password.to_lowercase().contains(&owner.email);
        if has_email || normalise_email(password) == owner.email {
            return Err(InvalidPassword::IsEmail.into());
        }
        if self.min_score > 0 && owner.left_of(password) < rule.least as usize / 2 {
            let advice =
                "It is made of your name, your e-mail or the name of the service. Add other words.";
            let advice = advice.to_owned();
            return Err(InvalidPassword::TooWeak { advice }.into());
        }
        let estimated = estimated_part(password);
        let judged = zxcvbn(estimated, &owner.words());
        // All of it one entry of a list, perhaps reversed or with a few letters exchanged.
        let one_word = matches!(judged.sequence(), [one] if matches!(one.pattern, MatchPattern::Dictionary(_)));
        if one_word && estimated == password {
            return Err(InvalidPassword::TooCommon.into());
        }
        if u32::from(u8::from(judged.score())) < self.min_score {
            let advice = judged.feedback().map(ToString::to_string);
            let advice = advice.unwrap_or_else(|| "Add another word or two.".to_owned());
            return Err(InvalidPassword::TooWeak { advice }.into());
        }
        if let Some(breached) = &self.breached
            && breached.contains(password)?
        {
            return Err(InvalidPassword::TooCommon.into());
        }
        Ok(())
    }
}

/// The beginning of a password that is estimated.
fn estimated_part(password: &str) -> &str {
    password
        .char_indices()
        .take(ESTIMATED_CHARS)
        .map(|(at, c)| &password[..at + c.len_utf8()])
        .take_while(|part| readings(part) <= ESTIMATED_READINGS)
        .last()
        .unwrap_or_default()
}

/// In how many ways the estimate reads a password.
fn readings(password: &str) -> usize {
    READINGS
        .iter()
        .map(|signs| {
            signs
                .chars()
                .filter(|sign| password.contains(*sign))
                .count()
        })
        .map(|count| count.max(1))
        .product()
}

/// The form in which passwords are hashed, so that one password has the same bytes from every
/// keyboard: all spaces are one space, and NFC (RFC 8265, section 4.2).
pub(crate) fn normalised(password: &str) -> String {
    let space = |c| match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        other => other,
    };
    password.chars().map(space).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::{Engine, TestStore};

    fn policy(change: impl FnOnce(&mut PasswordConfig)) -> Policy {
        let mut config = PasswordConfig::default();
        change(&mut config);
        Policy::new(&config).unwrap()
    }

    fn judged(policy: &Policy, password: &str) -> Result<(), &'static str> {
        let owner = PasswordOwner::new("robert.tables@school.example", "Robert Tables");
        match policy.judge(&normalised(password), &owner) {
            Ok(()) => Ok(()),
            Err(PasswordError::Invalid(invalid)) => Err(invalid.code()),
            Err(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn long_and_unlikely_passwords_of_any_characters_are_accepted() {
        let policy = policy(|_| {});
        for password in [
            "correct horse battery staple",
            "tr0mbone velvet kiosk",
            "пароль зелёный трактор лампа",
            "\u{1f40e}\u{1f50b}\u{1f4ce}\u{1f600}\u{1f680}\u{1f340}\u{1f3b2}\u{1f9ca}\u{1f408}\u{1f511}\u{1f9f2}\u{1f41d}",
            "    spaces are fine too    ",
            "xK9$mQ2!vB7&",
            // Made of the name and more than enough else.
            "robert rides purple velocipedes uphill",
        ] {
            assert_eq!(judged(&policy, password), Ok(()), "{password}");
        }
    }

    #[test]
    fn passwords_that_are_short_long_common_weak_or_the_email_are_refused() {
        let policy = policy(|_| {});
        let long = "correct horse battery staple ".repeat(5);
        for (password, code) in [
            ("", "password_too_short"),
            ("xK9$mQ2!vB7", "password_too_short"),
            // Eleven characters in many bytes.
            ("ééééééééééé", "password_too_short"),
            (&long, "password_too_long"),
            (&"x".repeat(200_000), "password_too_long"),
            ("administrator", "password_too_common"),
            ("unbelievable", "password_too_common"),
            ("Unbelievable", "password_too_common"),
            ("aaaaaaaaaaaaaaaa", "password_too_weak"),
            ("qwertyuiop1234", "password_too_weak"),
            ("password12345", "password_too_weak"),
            ("payflow-2026", "password_too_weak"),
            ("RobertTables1", "password_too_weak"),
            ("tables payflow robert", "password_too_weak"),
            ("School-Example-1999", "password_too_weak"),
            ("robert.tables@school.example", "password_is_email"),
            ("ROBERT.tables@School.Example", "password_is_email"),
            ("my robert.tables@school.example !", "password_is_email"),
        ] {
            assert_eq!(judged(&policy, password), Err(code), "{password:.60}");
        }
    }

    #[test]
    fn the_settings_say_how_long_and_how_strong() {
        let lax = policy(|config| (config.min_chars, config.min_score) = (8, 0));
        assert_eq!(judged(&lax, "aaaaaaaa"), Ok(()));
        assert_eq!(judged(&lax, "aaaaaaa"), Err("password_too_short"));
        let strict = policy(|config| (config.min_chars, config.max_chars) = (30, 64));
        let password = "correct horse battery staple";
        assert_eq!(judged(&strict, password), Err("password_too_short"));
        assert_eq!(judged(&strict, &"xy".repeat(33)), Err("password_too_long"));
    }

    #[test]
    fn who_is_refused_for_the_length_is_told_all_of_the_rule_of_the_settings() {
        let policy = policy(|config| (config.min_chars, config.max_chars) = (30, 64));
        let owner = PasswordOwner::new("ann@example.com", "Ann");
        for password in ["short", &"long ".repeat(20)] {
            let said = policy.judge(password, &owner).unwrap_err().to_string();
            assert!(
                said.contains("A password has 30 to 64 characters"),
                "{said}"
            );
            assert!(said.contains("hard to guess"), "{said}");
        }
    }

    #[test]
    fn who_is_refused_for_a_weak_password_is_told_what_helps() {
        let owner = PasswordOwner::new("ann@example.com", "Ann");
        let refused = policy(|_| {}).judge("aaaaaaaaaaaaaaaa", &owner);
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("Add another word or two"), "{said}");
    }

    #[test]
    fn no_more_of_a_password_is_estimated_than_a_moment_allows() {
        let all_signs = "4@8({[<3691!|0$5+7%2";
        assert_eq!(readings(all_signs), 1_440);
        assert_eq!(readings("correct horse"), 1);
        assert_eq!(readings("c0rr3ct h0r$e 1"), 2);
        let long = "correct horse battery staple correct horse";
        assert_eq!(estimated_part(long), "correct horse battery staple cor");
        assert_eq!(estimated_part("\u{1f40e}\u{1f40e}"), "\u{1f40e}\u{1f40e}");
        assert_eq!(estimated_part(""), "");
        for hostile in [all_signs.repeat(6), "({[<1!|7+@4$5".repeat(9)] {
            let part = estimated_part(&hostile);
            assert!(part.chars().count() <= ESTIMATED_CHARS);
            assert!(
                readings(part) <= ESTIMATED_READINGS && part.len() > 9,
                "{part}"
            );
        }
    }

    #[test]
    fn what_is_not_estimated_makes_no_password_worse() {
        let policy = policy(|_| {});
        for password in [
            // What password managers make.
            "4@8({[<3691!|0$5+7%2&kQ~;x_=Zr}?",
            "({[<1!|7+@4$5({[<1!|7+@4$5",
            &"purple velocipede uphill ".repeat(5),
        ] {
            assert_eq!(judged(&policy, password), Ok(()), "{password}");
        }
        let weak = format!("{}{}", "a".repeat(40), "xK9$mQ2!vB7&");
        assert_eq!(judged(&policy, &weak), Err("password_too_weak"));
    }

    #[test]
    fn a_password_of_the_breached_list_is_refused_however_strong() {
        let store = TestStore::new(Engine::Sqlite);
        let file = store.folder().join("breached.txt");
        // SHA-1 of "correct horse battery staple".
        std::fs::write(&file, "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42:12\r\n").unwrap();
        let policy = policy(|config| config.breached_list = file.display().to_string());
        let password = "correct horse battery staple";
        assert_eq!(judged(&policy, password), Err("password_too_common"));
        assert_eq!(judged(&policy, "correct horse battery stable"), Ok(()));
    }

    #[test]
    fn one_password_from_two_keyboards_has_one_form() {
        assert_eq!(normalised("e\u{301}te\u{301}"), "\u{e9}t\u{e9}");
        assert_eq!(normalised("a\u{a0}b\u{3000}c d"), "a b c d");
        assert_eq!(
            normalised("\u{fb01}  A"),
            "\u{fb01}  A",
            "no more than that"
        );
    }
}
