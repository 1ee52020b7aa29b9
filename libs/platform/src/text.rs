//! The names and texts that others will see, and what a terminal may show of them. It knows no
//! service and no field.

use std::borrow::Cow;

use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, ExtendedPictographic,
    GeneralCategory, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The most characters of a name.
pub const NAME_MAX_CHARS: usize = 100;
/// What a [`display_name`] is, for the message to anyone who sent another; [`NAME_MAX_CHARS`] is
/// the number in it.
pub const NAME_RULE: &str = "1 to 100 characters, something visible among them, and none that are controls, invisible, \
     or change the direction of text";

/// What a [`free_text`] is, for the message to anyone who sent another; how long it may be, its
/// field says.
pub const TEXT_RULE: &str = "something visible, and no characters that are controls, invisible, or change the direction of text";

/// The most marks that may be piled up on one character (UTS 39, section 5.4).
const MARKS_MAX: usize = 4;
const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
/// Ask for the plain or the coloured form of the character before.
const VARIATION_SELECTORS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];
/// Symbols and letters by their category that show as a space: the blank of Braille, and those of
/// Egyptian hieroglyphs.
const BLANKS: [char; 3] = ['\u{2800}', '\u{13441}', '\u{13442}'];
/// Symbols by their category of which nothing shows, not even a space: the null notehead, and what
/// stands for an object that a text without any has not.
const UNSEEN: [char; 2] = ['\u{1d159}', '\u{fffc}'];

/// A name that others will see (of a user, an organisation, a wallet, a key), without the spaces
/// around it; none where it could not be seen, or could pass itself off as something else.
///
/// The characters are those of PRECIS' free-form class (RFC 8264, section 4.3): no controls,
/// nothing that is private, unassigned or invisible, and with that nothing that changes the
/// direction of text. Joiners are taken where they shape what is seen: in scripts that need them
/// (RFC 5892, appendices A.1 and A.2) and in emoji (UTS 51).
#[must_use]
pub fn display_name(text: &str) -> Option<&str> {
    let name = text.trim();
    let fits = !text.chars().any(char::is_control) && name.chars().nth(NAME_MAX_CHARS).is_none();
    (fits && visibility(name) == Some(true)).then_some(name)
}

/// Whether a text may be shown to others: a description, a reason, a note. It is empty, or
/// something of it is to be seen, and its characters are those of a [`display_name`] and line
/// feeds.
#[must_use]
pub fn free_text(text: &str) -> bool {
    if text.is_ascii() {
        // Most texts; the tables of Unicode say the same of them.
        let is_plain = |byte: u8| byte == b'\n' || !byte.is_ascii_control();
        let is_seen = |byte: u8| byte.is_ascii_graphic();
        return text.is_empty() || (text.bytes().all(is_plain) && text.bytes().any(is_seen));
    }
    // Marks and joiners belong to letters of the same line.
    let lines = || text.split('\n').map(|line| line.trim_matches(' '));
    let hides = |line: &str| !line.is_empty() && visibility(line).is_none();
    !lines().any(hides) && lines().any(|line| visibility(line) == Some(true))
}

/// Whether a text of somebody's own data hides nothing: it may be blank and have line feeds and
/// tabs, and its other characters are those of a [`free_text`].
#[must_use]
pub fn hides_nothing(text: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'\n' | b'\t') || !byte.is_ascii_control();
    match text.is_ascii() {
        true => text.bytes().all(is_plain),
        false => text
            .split(['\n', '\t'])
            .all(|line| visibility(line).is_some()),
    }
}

/// A text that came from elsewhere, for a terminal: what would command the terminal or be invisible
/// there is written as JSON writes it (`\u001b`). Line feeds and tabs stay.
#[must_use]
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// The same for a text within a line: line feeds and tabs are escaped, too.
#[must_use]
pub fn for_terminal_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_plain = |byte: u8| stays(byte.into()) || !byte.is_ascii_control();
    if text.is_ascii() && text.bytes().all(is_plain) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
        let is_hidden = Kind::of(c) == Kind::Invisible && !shapes(c, before, after);
        if is_hidden && !stays(c) {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            shown.extend(units.into_iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

/// Whether nothing is to be seen of a character by itself (Unicode's
/// `Default_Ignorable_Code_Point`).
#[must_use]
pub fn is_invisible(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether something of a text is to be seen; none where something of it hides.
fn visibility(name: &str) -> Option<bool> {
    let mut seen = false;
    let mut marks_left = 0;
    for (at, c) in name.char_indices() {
        let (before, after) = (&name[..at], &name[at + c.len_utf8()..]);
        match Kind::of(c) {
            Kind::Visible => (seen, marks_left) = (true, MARKS_MAX),
            Kind::Blank => marks_left = MARKS_MAX,
            Kind::Mark if marks_left > 0 => marks_left -= 1,
            Kind::Invisible if shapes(c, before, after) => {}
            Kind::Mark | Kind::Invisible => return None,
        }
    }
    Some(seen)
}

/// What there is of a character to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Visible,
    Blank,
    Mark,
    Invisible,
}

impl Kind {
    fn of(c: char) -> Self {
        use GeneralCategory as Category;

        if is_invisible(c) || UNSEEN.contains(&c) {
            return Self::Invisible;
        }
        match CodePointMapData::<Category>::new().get(c) {
            Category::Control
            | Category::Format
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::PrivateUse
            | Category::Surrogate
            | Category::Unassigned => Self::Invisible,
            Category::SpaceSeparator => Self::Blank,
            Category::NonspacingMark | Category::EnclosingMark => Self::Mark,
            _ if BLANKS.contains(&c) => Self::Blank,
            _ => Self::Visible,
        }
    }
}

/// Whether an invisible character changes how its neighbours look.
fn shapes(c: char, before: &str, after: &str) -> bool {
    let (Some(last), next) = (before.chars().next_back(), after.chars().next()) else {
        return false;
    };
    let pictographic = CodePointSetData::new::<ExtendedPictographic>();
    let skin_tones = '\u{1f3fb}'..='\u{1f3ff}';
    match c {
        ZERO_WIDTH_NON_JOINER => is_virama(last) || joins(before, after),
        ZERO_WIDTH_JOINER => {
            let emoji = pictographic.contains(last)
                || skin_tones.contains(&last)
                || VARIATION_SELECTORS.contains(&last);
            is_virama(last) || (emoji && next.is_some_and(|next| pictographic.contains(next)))
        }
        c if VARIATION_SELECTORS.contains(&c) => CodePointSetData::new::<Emoji>().contains(last),
        _ => false,
    }
}

/// Whether a character asks for the one after it in one shape with the one before.
fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

/// Whether the letters before and after would be written joined.
fn joins(before: &str, after: &str) -> bool {
    let joining = CodePointMapData::<JoiningType>::new();
    let of = |c| joining.get(c);
    let is_letter = |joining: &JoiningType| *joining != JoiningType::Transparent;
    let before = before.chars().rev().map(of).find(is_letter);
    let after = after.chars().map(of).find(is_letter);
    let [to_left, to_right] = [JoiningType::LeftJoining, JoiningType::RightJoining];
    let both = JoiningType::DualJoining;
    before.is_some_and(|joining| [to_left, both].contains(&joining))
        && after.is_some_and(|joining| [to_right, both].contains(&joining))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_things_in_any_script_are_taken() {
        for name in [
            "Ann Example",
            "李",
            "山田\u{3000}太郎",
            "Åsa O'Neil-Müller, 3rd",
            "Nguye\u{302}\u{303}n",
            "שָׁלוֹם",
            "محمد",
            // Persian and Bengali need what is invisible by itself.
            "می\u{200c}خواهم",
            "রয\u{9cd}\u{200d}য",
            "নব\u{9cd}\u{200c}য",
            "Holidays \u{1f3d6}\u{fe0f}",
            "\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb} work",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
            "1\u{fe0f}\u{20e3}",
            "€ / $",
        ] {
            assert_eq!(display_name(name), Some(name), "{name:?}");
        }
        assert_eq!(display_name("  Ann Example\u{2003}"), Some("Ann Example"));
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for name in [
            "Ann\u{202e}nnA",
            "\u{2066}Ann\u{2069}",
            "Ann\u{200e}",
            "Ann\u{61c}",
            "Ann\u{200b}Example",
            "Ann\u{2060}",
            "\u{feff}Ann",
            "An\u{ad}n",
            "An\u{34f}n",
            "Ann\u{200c}Example",
            "Ann\u{200d}",
            "\u{200d}\u{1f4bb}",
            "Ann\u{fe0f}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
            "Ann\u{e000}",
            "Ann\u{fdd0}",
            "Ann\u{fff9}",
            "Ann\u{fffc}",
            "Ann\u{1d159}",
            "Ann\u{2028}Example",
            "a\u{7}b",
            "a\nb",
            "Ann\n",
            "a\u{301}\u{302}\u{303}\u{304}\u{305}",
            "\u{338}Ann",
        ] {
            assert_eq!(display_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_of_which_nothing_is_to_be_seen_are_refused() {
        for name in [
            "",
            "   ",
            "\u{3000}\u{a0}\u{2003}",
            "\u{200b}",
            "\u{200d}\u{200d}",
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{2800}",
            "\u{2800}\u{301}",
            "\u{13441}",
            "\u{13442}\u{2800}\u{3000}",
            "\u{1d159}",
            "\u{fffc}",
            "\u{ffa0}",
            "\u{17b4}",
            "\u{16fe4}",
            "\u{180e}",
            "\u{1d173}",
        ] {
            assert_eq!(display_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_name_has_as_many_characters_as_the_rule_says() {
        let longest = "é".repeat(NAME_MAX_CHARS);
        assert_eq!(display_name(&longest), Some(&*longest));
        assert_eq!(display_name(&format!("{longest}é")), None);
        assert!(NAME_RULE.contains(&format!("1 to {NAME_MAX_CHARS} ")));
    }

    #[test]
    fn texts_in_any_script_are_taken_and_may_have_lines() {
        for text in [
            "",
            "Rent for May, flat 3 (paid late)",
            "Two\nlines\n\nand one more\n",
            " with spaces around ",
            "שכר דירה למאי 2026",
            "إيجار شهر مايو",
            "می\u{200c}خواهم",
            "Danke \u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}\u{2764}\u{fe0f}",
            "Überweisung\nfür Åsa",
            "家賃\u{3000}五月",
        ] {
            assert!(free_text(text), "{text:?}");
        }
    }

    #[test]
    fn texts_that_hide_something_or_are_invisible_are_refused() {
        for text in [
            "10.00 \u{202e}00.01",
            "\u{2066}Rent\u{2069}",
            "Rent\u{200b}May",
            "Rent\u{feff}",
            "Re\u{ad}nt",
            "Rent \u{200f}",
            "Rent\u{2028}May",
            "Rent\u{e000}",
            "\u{1b}[2J",
            "é\u{9b}2J",
            "a\tb",
            "a\r\nb",
            "é\n\u{301}",
            "é\n\u{200d}",
            "   ",
            "\n",
            "\u{a0}",
            "\u{200b}",
            "\u{2800}",
            "\u{3164}",
        ] {
            assert!(!free_text(text), "{text:?}");
        }
    }

    #[test]
    fn own_data_may_be_blank_and_hides_nothing() {
        for text in [
            "",
            " ",
            "a\tb\nc",
            "می\u{200c}خواهم",
            "é\n\n\t é",
            "\u{3000}",
            "{}",
        ] {
            assert!(hides_nothing(text), "{text:?}");
        }
        for text in [
            "a\u{202e}b",
            "\u{200b}",
            "é\u{7f}",
            "a\r",
            "\u{1b}[2J",
            "\u{301}",
            "a\u{feff}",
        ] {
            assert!(!hides_nothing(text), "{text:?}");
        }
    }

    #[test]
    fn the_short_way_for_ascii_says_what_the_tables_of_unicode_say() {
        for byte in 0..=0x7f_u8 {
            let c = char::from(byte);
            // A letter before it that is not ASCII takes the long way.
            let [short, long] = [format!("e{c}"), format!("é{c}")].map(|text| free_text(&text));
            assert_eq!(short, long, "{c:?}");
        }
    }

    #[test]
    fn a_terminal_is_told_what_it_cannot_be_commanded_by() {
        for (text, shown) in [
            (
                "plain, é and \u{2764}\u{fe0f}\n\tmore",
                "plain, é and \u{2764}\u{fe0f}\n\tmore",
            ),
            ("\u{1b}[31mred\u{7}", "\\u001b[31mred\\u0007"),
            ("\u{9b}2J\r", "\\u009b2J\\u000d"),
            ("a\u{202e}b\u{200b}", "a\\u202eb\\u200b"),
            ("\u{e0067}", "\\udb40\\udc67"),
        ] {
            assert_eq!(for_terminal(text), shown);
        }
        assert_eq!(for_terminal_line("a\nb\tc"), "a\\u000ab\\u0009c");
        assert!(matches!(for_terminal_line("plain"), Cow::Borrowed(_)));
    }
}
