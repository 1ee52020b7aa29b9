//! Letters of any script to `a`–`z` and digits, and a spelling to its sound.
//!
//! Transliteration is by table (`any_ascii`), letter by letter. It knows nothing of languages: what
//! is written without vowels stays so, and [`consonants`] is how such a token is compared.

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;

/// The most letters of a name that are read. What is behind them is not compared, and
/// [`super::Name::cut`] tells.
pub const MOST_LETTERS: usize = 400;

/// What the letters of a word stood for before they were turned into `a`–`z`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// A sound each.
    #[default]
    Letters,
    /// Consonants: Arabic, Hebrew, Syriac.
    Consonants,
    /// A syllable each: Chinese, Korean. Another one is another name, not a slip of the pen.
    Syllables,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// `a`–`z` and digits.
    pub text: String,
    /// What it was written in.
    pub script: Script,
    /// Letters of a text such as `S.A.`, which are one word though dots part them.
    pub dotted: bool,
}

/// The words of a text, and whether it was longer than [`MOST_LETTERS`].
#[must_use]
pub fn words(text: &str) -> (Vec<Word>, bool) {
    let mut reader = Reader {
        // A foreign name, spelled by syllables.
        foreign: text.contains(['·', '・', '‧']),
        ..Reader::default()
    };
    let mut letters = 0usize;
    let mut cut = false;
    let mut before = ' ';
    for letter in text.nfkc() {
        letters += 1;
        if letters > MOST_LETTERS {
            cut = true;
            break;
        }
        reader.take(letter, before);
        before = letter;
    }
    reader.end();
    (reader.words, cut)
}

#[derive(Default)]
struct Reader {
    words: Vec<Word>,
    text: String,
    script: Script,
    foreign: bool,
    /// The word before is one letter and a dot, so that another letter goes on with it.
    after_dot: bool,
}

impl Reader {
    fn take(&mut self, letter: char, before: char) {
        match letter {
            '.' => {
                self.end();
                self.after_dot = true;
            }
            // Within a word they part nothing: Ba'asyir, Int’l.
            '\'' | '’' | '‘' | '`' | '´' | 'ʻ' | 'ʼ' | 'ʿ' | 'ʾ' | '\u{200c}' | '\u{200d}'
            | '\u{640}' => {}
            '&' | '+' => {
                self.end();
                self.text.push_str("and");
                self.end();
            }
            '%' => self.text.push_str("percent"),
            _ if letter.is_ascii_alphanumeric() => self.push(letter.to_ascii_lowercase()),
            _ if letter.is_ascii() => {
                self.end();
                self.after_dot = false;
            }
            _ => {
                let plain = arabic(letter).unwrap_or_else(|| any_ascii_char(letter));
                if plain.chars().any(|one| one.is_ascii_alphanumeric()) {
                    self.script = self.script.max(self.script_of(letter));
                    for one in plain.chars().filter(char::is_ascii_alphanumeric) {
                        self.push(one.to_ascii_lowercase());
                    }
                } else if !is_mark(letter) && before != ' ' {
                    self.end();
                }
            }
        }
    }

    fn script_of(&self, letter: char) -> Script {
        match letter {
            '\u{590}'..='\u{74f}'
            | '\u{8a0}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefc}' => Script::Consonants,
            '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
                if !self.foreign =>
            {
                Script::Syllables
            }
            _ => Script::Letters,
        }
    }

    fn push(&mut self, letter: char) {
        self.text.push(letter);
    }

    fn end(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let single = text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        let script = std::mem::take(&mut self.script);
        let goes_on = std::mem::take(&mut self.after_dot);
        match self.words.last_mut() {
            Some(last) if goes_on && single && last.dotted => last.text.push_str(&text),
            _ => self.words.push(Word {
                dotted: single,
                text,
                script,
            }),
        }
    }
}

/// A vowel sign or another mark that `any_ascii` has no letter for: it parts nothing.
fn is_mark(letter: char) -> bool {
    unicode_normalization::char::is_combining_mark(letter)
        || matches!(
            letter,
            '\u{2bb}'..='\u{2bc}' | 'ء' | 'ъ' | 'ь' | 'Ъ' | 'Ь' | 'ー' | 'ッ'
        )
}

/// Letters of Arabic script, and of Persian and Urdu. A letter that bears a vowel is one.
fn arabic(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ا' | 'أ' | 'آ' | 'ٱ' | 'ى' | 'ع' | 'ة' => "a",
        'إ' => "i",
        'ب' => "b",
        'پ' => "p",
        'ت' | 'ط' | 'ٹ' => "t",
        'ث' => "th",
        'ج' => "j",
        'چ' => "ch",
        'ح' | 'ه' | 'ہ' | 'ھ' | 'ۀ' | 'ە' => "h",
        'خ' => "kh",
        'د' | 'ض' | 'ڈ' => "d",
        'ذ' => "dh",
        'ر' | 'ڑ' => "r",
        'ز' | 'ظ' => "z",
        'ژ' => "zh",
        'س' | 'ص' => "s",
        'ش' => "sh",
        'غ' => "gh",
        'ف' => "f",
        'ق' => "q",
        'ك' | 'ک' => "k",
        'گ' => "g",
        'ل' => "l",
        'م' => "m",
        'ن' | 'ں' => "n",
        'و' | 'ؤ' => "w",
        'ي' | 'ی' | 'ئ' | 'ې' | 'ے' => "y",
        _ => return None,
    })
}

/// Whether a letter is a vowel in the spelling of a name.
#[must_use]
pub fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Groups of letters that are spelled differently and sound alike, the longer ones first.
const SOUNDS: [(&str, &str); 34] = [
    ("tsch", "c"),
    ("sch", "s"),
    ("tch", "c"),
    ("shch", "s"),
    ("dzh", "j"),
    ("ough", "o"),
    ("dj", "j"),
    ("zh", "j"),
    ("sh", "s"),
    ("ch", "c"),
    ("ph", "f"),
    ("kh", "k"),
    ("gh", "g"),
    ("dh", "d"),
    ("th", "t"),
    ("ck", "k"),
    ("ts", "s"),
    ("tz", "s"),
    ("cz", "c"),
    ("oo", "u"),
    ("ou", "u"),
    ("ow", "au"),
    ("ee", "i"),
    ("ii", "i"),
    ("ei", "ai"),
    ("ey", "ai"),
    ("ay", "ai"),
    ("ij", "i"),
    ("iy", "i"),
    ("yi", "i"),
    ("yy", "i"),
    ("ie", "i"),
    ("ya", "ia"),
    ("yu", "iu"),
];

/// A token as it sounds, roughly and whatever the language: `yousuf`, `yusuf` and `youssouf` come
/// to the same.
#[must_use]
pub fn sound(text: &str, script: Script) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Where vowels are not written, letters that follow one another are no double ones.
    let push = |out: &mut String, letter: char| {
        if script == Script::Consonants || letter.is_ascii_digit() || !out.ends_with(letter) {
            out.push(letter);
        }
    };
    while let Some(first) = rest.bytes().next() {
        if let Some((from, to)) = SOUNDS.iter().find(|(from, _)| rest.starts_with(from)) {
            for letter in to.chars() {
                push(&mut out, letter);
            }
            rest = &rest[from.len()..];
            continue;
        }
        let next = rest.as_bytes().get(1).copied().unwrap_or(0);
        let letter = match first {
            b'c' if matches!(next, b'e' | b'i' | b'y') => 's',
            b'c' | b'q' => 'k',
            b'w' => 'v',
            b'y' => 'i',
            b'x' if out.is_empty() => 's',
            b'x' => {
                push(&mut out, 'k');
                's'
            }
            b'z' => 's',
            // Silent at the end and before a consonant: Mehdi, Abdullah.
            b'h' if !out.is_empty() && !is_vowel(next) => {
                rest = &rest[1..];
                continue;
            }
            other => char::from(other),
        };
        push(&mut out, letter);
        rest = &rest[1..];
    }
    out
}

/// What is left of a sound without its vowels: how a token is found, and what a token of a script
/// without vowels is compared by. A first vowel stays, as `a`.
#[must_use]
pub fn consonants(sound: &str) -> String {
    let mut out = String::with_capacity(sound.len());
    for (at, letter) in sound.char_indices() {
        let vowel = matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
        match letter {
            _ if vowel && at == 0 => out.push('a'),
            // A `w` may be a vowel, and an `h` silent.
            'v' | 'h' if at > 0 => {}
            _ if vowel => {}
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        sound(text, Script::Letters)
    }

    fn read(text: &str) -> Vec<String> {
        words(text).0.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn every_script_comes_to_plain_letters() {
        for (text, expected) in [
            ("Recep Tayyip Erdoğan", "recep tayyip erdogan"),
            ("Володимир Зеленський", "volodimir zelenskiy"),
            ("Γιώργος", "giorgos"),
            ("بوتين", "bwtyn"),
            ("孙 秀兰", "sun xiulan"),
            ("バラク・オバマ", "baraku obama"),
            ("नरेन्द्र मोदी", "nrendr modi"),
            ("ÅSE Straße", "ase strasse"),
        ] {
            assert_eq!(read(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn dots_part_words_but_not_the_letters_of_an_abbreviation() {
        assert_eq!(read("Banco Nacional, S.A."), ["banco", "nacional", "sa"]);
        assert_eq!(read("A.B.C. Company"), ["abc", "company"]);
        assert_eq!(read("J.Smith"), ["j", "smith"]);
        assert_eq!(read("G.m.b.H."), ["gmbh"]);
        assert_eq!(read("L. & H."), ["l", "and", "h"]);
        assert_eq!(read("BA'ASYIR-KHAN/x"), ["baasyir", "khan", "x"]);
    }

    #[test]
    fn nothing_is_left_of_signs() {
        assert_eq!(read("  … — !? \u{0}\u{301}"), Vec::<String>::new());
    }

    #[test]
    fn spellings_of_one_sound_are_one() {
        for group in [
            &["yusuf", "yousuf", "youssouf", "yoosuf"][..],
            &["ahmadinejad", "ahmadinezhad"],
            &["zelensky", "zelenskyy", "selenskij"],
            &["volodymyr", "wolodymyr"],
            &["nuristani", "nooristani"],
        ] {
            for one in group {
                assert_eq!(plain(one), plain(group[0]), "{one}");
            }
        }
    }

    #[test]
    fn consonants_are_what_scripts_with_and_without_vowels_share() {
        for (latin, arabic) in [
            ("mohammed", "mhmd"),
            ("obama", "awbama"),
            ("mehdi", "mhdy"),
            ("yusuf", "ywsf"),
            ("omar", "amr"),
            ("hassan", "hsn"),
            ("farouk", "farwq"),
        ] {
            let arabic = sound(arabic, Script::Consonants);
            assert_eq!(consonants(&plain(latin)), consonants(&arabic), "{latin}");
        }
    }
}
