//! A name as it is compared: its tokens, each with its class.

use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::fold::{self, Script, Word};
use super::words;

/// What bears a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person.
    Person,
    /// A company, an authority, a group.
    Entity,
    /// A ship.
    Vessel,
    /// An aircraft.
    Aircraft,
    /// Not known.
    Unknown,
}

impl Kind {
    /// Whether both may be the same: nobody is a person and a company.
    #[must_use]
    pub fn may_be(self, other: Self) -> bool {
        let unknown = self == Self::Unknown || other == Self::Unknown;
        unknown || (self == Self::Person) == (other == Self::Person)
    }
}

/// What a token says about who bears the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A name of its own.
    Content,
    /// A name that very many bear.
    Common,
    /// A word of trade that many companies share.
    Trade,
    /// A single letter that stands for a name.
    Initial,
    /// A number.
    Number,
    /// A legal form, in the form that stands for its spellings.
    Legal,
    /// A title.
    Title,
    /// A small word.
    Particle,
}

impl Class {
    /// How much it counts, in thousandths.
    #[must_use]
    pub fn weight(self) -> i32 {
        match self {
            Self::Content => 1000,
            Self::Common => 700,
            Self::Trade => 650,
            Self::Initial => 350,
            Self::Number => 250,
            Self::Legal => 80,
            Self::Title => 150,
            Self::Particle => 60,
        }
    }

    /// Whether somebody can be told by it.
    #[must_use]
    pub fn tells(self) -> bool {
        matches!(self, Self::Content | Self::Common | Self::Trade)
    }
}

/// A word of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token {
    /// `a`–`z` and digits.
    pub text: Box<str>,
    /// What it says.
    pub class: Class,
    /// What it was written in.
    pub script: Script,
}

/// A name as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What bears it.
    pub kind: Kind,
    /// Its words, in order.
    pub tokens: Vec<Token>,
    /// It was longer than what is read of a name.
    pub cut: bool,
}

/// The most words of a name that are read.
pub const MOST_TOKENS: usize = 30;

struct Tables {
    titles: HashSet<&'static str>,
    particles: HashMap<&'static str, &'static str>,
    servant: HashSet<&'static str>,
    common: HashSet<&'static str>,
    /// First word -> rest of the words, the form. The longest first.
    legal: HashMap<&'static str, Vec<(Vec<&'static str>, &'static str)>>,
    small: HashSet<&'static str>,
    trade: HashSet<&'static str>,
    numbers: HashMap<&'static str, &'static str>,
    spellings: HashMap<&'static str, &'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut legal: HashMap<_, Vec<(Vec<_>, _)>> = HashMap::new();
    for (words, form) in words::LEGAL_FORMS {
        let mut words = words.split(' ');
        if let Some(first) = words.next() {
            legal
                .entry(first)
                .or_default()
                .push((words.collect(), *form));
        }
    }
    for forms in legal.values_mut() {
        forms.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
    }
    Tables {
        titles: words::TITLES.iter().copied().collect(),
        particles: words::PARTICLES.iter().copied().collect(),
        servant: words::SERVANT.iter().copied().collect(),
        common: words::COMMON_NAMES.iter().copied().collect(),
        legal,
        small: words::ENTITY_PARTICLES.iter().copied().collect(),
        trade: words::TRADE.iter().copied().collect(),
        numbers: words::NUMBER_WORDS.iter().copied().collect(),
        spellings: words::SPELLINGS.iter().copied().collect(),
    }
});

impl Name {
    /// Reads a name. Any text is one; of some nothing is left.
    #[must_use]
    pub fn read(text: &str, kind: Kind) -> Self {
        let (words, mut cut) = fold::words(&prepared(text, kind));
        let mut tokens = match kind {
            Kind::Person => of_a_person(&words),
            Kind::Entity | Kind::Vessel | Kind::Aircraft => of_an_entity(&words),
            Kind::Unknown => of_anybody(&words),
        };
        if tokens.len() > MOST_TOKENS {
            tokens.truncate(MOST_TOKENS);
            cut = true;
        }
        Self { kind, tokens, cut }
    }

    /// Whether there is a word that tells somebody from others.
    #[must_use]
    pub fn tells(&self) -> bool {
        self.tokens.iter().any(|token| token.class.tells())
    }
}

/// `Rahman, Abdul` is `Abdul Rahman`, and `SiemensAG` is two words: a capital behind a small letter
/// begins another one where the rest is a legal form.
fn prepared(text: &str, kind: Kind) -> String {
    if kind == Kind::Person {
        return match text.split_once(',') {
            Some((last, first)) if !first.contains(',') => format!("{first} {last}"),
            _ => text.to_owned(),
        };
    }
    let mut out = String::with_capacity(text.len() + 1);
    for word in text.split_inclusive(' ').take(fold::MOST_LETTERS) {
        let mut before = ' ';
        let border = word.char_indices().find(|(_, letter)| {
            let border = before.is_lowercase() && letter.is_uppercase();
            before = *letter;
            border
        });
        match border {
            Some((at, _))
                if TABLES
                    .legal
                    .contains_key(word[at..].trim().to_ascii_lowercase().as_str()) =>
            {
                out.push_str(&word[..at]);
                out.push(' ');
                out.push_str(&word[at..]);
            }
            _ => out.push_str(word),
        }
    }
    out
}

fn token(text: &str, class: Class, script: Script) -> Token {
    Token {
        text: text.into(),
        class,
        script,
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name that is nothing but words which say little is told by them all the same: they are its
/// content.
fn told_by_something(mut tokens: Vec<Token>) -> Vec<Token> {
    if !tokens.iter().any(|token| token.class.tells()) {
        for token in &mut tokens {
            if matches!(token.class, Class::Number) {
                token.class = Class::Content;
            }
        }
    }
    tokens
}

fn of_a_person(words: &[Word]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        match word.script {
            Script::Syllables => tokens.push(token(&word.text, Class::Content, word.script)),
            Script::Consonants | Script::Letters if is_servant(&word.text) && at < words.len() => {
                let skip = usize::from(is_article(&words[at].text) && at + 1 < words.len());
                let served = &words[at + skip];
                let text = match served.script {
                    Script::Consonants => without_article(&served.text),
                    Script::Letters | Script::Syllables => served.text.as_str(),
                };
                tokens.push(servant_of(text, served.script));
                at += skip + 1;
            }
            Script::Consonants => of_consonants(word, &mut tokens),
            Script::Letters
                if at > 1 && at < words.len() && words::ARTICLES.contains(&word.text.as_str()) =>
            {
                tokens.push(token("al", Class::Particle, word.script));
            }
            Script::Letters => tokens.push(token_of_a_person(&word.text)),
        }
    }
    told_by_something(tokens)
}

fn is_article(text: &str) -> bool {
    words::ARTICLES.contains(&text) || TABLES.particles.get(text).is_some_and(|form| *form == "al")
}

/// `abdul`, in any spelling, also with two letters swapped.
fn is_servant(text: &str) -> bool {
    if TABLES.servant.contains(text) {
        return true;
    }
    let sorted = |text: &str| {
        let mut letters: Vec<u8> = text.bytes().collect();
        letters.sort_unstable();
        letters
    };
    text.len() == 5 && {
        let letters = sorted(text);
        ["abdul", "abdel", "abdur"]
            .iter()
            .any(|one| sorted(one) == letters)
    }
}

fn token_of_a_person(text: &str) -> Token {
    let class = if text.len() == 1 && !is_number(text) {
        Class::Initial
    } else if is_number(text) {
        Class::Number
    } else if let Some(form) = TABLES.particles.get(text) {
        return token(form, Class::Particle, Script::Letters);
    } else if TABLES.titles.contains(text) {
        Class::Title
    } else if let Some(served) = one_word_servant(text) {
        return servant_of(served, Script::Letters);
    } else {
        common_or_content(text)
    };
    token(text, class, Script::Letters)
}

fn common_or_content(text: &str) -> Class {
    if TABLES.common.contains(text) {
        Class::Common
    } else {
        Class::Content
    }
}

/// `abdulrahman` serves `rahman`, `abdurrahman` too; `abdullah` is `abdallah`.
fn one_word_servant(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("abd")?;
    let rest = rest.strip_prefix(['u', 'e', 'a', 'o', 'i'])?;
    let first = rest.bytes().next()?;
    let second = *rest.as_bytes().get(1)?;
    let served = if first == b'l' || first == second {
        &rest[1..]
    } else {
        return None;
    };
    (served.len() >= 3).then_some(served)
}

fn servant_of(served: &str, script: Script) -> Token {
    let text = if matches!(
        served,
        "lah" | "llah" | "allah" | "ellah" | "ullah" | "la" | "llh" | "lh"
    ) {
        "abdallah".to_owned()
    } else {
        format!("abd{served}")
    };
    let class = common_or_content(&text);
    token(&text, class, script)
}

/// An article is written with its word in Arabic: `alsisi` is `al sisi`.
fn without_article(text: &str) -> &str {
    text.strip_prefix("al")
        .filter(|rest| rest.len() >= 3)
        .unwrap_or(text)
}

fn of_consonants(word: &Word, tokens: &mut Vec<Token>) {
    let text = word.text.as_str();
    let rest = without_article(text);
    if let Some(served) = text
        .strip_prefix("abdal")
        .filter(|served| served.len() >= 2)
    {
        tokens.push(servant_of(served, word.script));
    } else if rest.len() < text.len() {
        tokens.push(token("al", Class::Particle, Script::Letters));
        tokens.push(token(rest, Class::Content, word.script));
    } else if matches!(text, "bn" | "abn" | "bnt") {
        tokens.push(token("bin", Class::Particle, Script::Letters));
    } else {
        tokens.push(token(text, common_or_content(text), word.script));
    }
}

fn of_an_entity(words: &[Word]) -> Vec<Token> {
    let words = joined_letters(words);
    let mut tokens = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if let Some((length, form)) = legal_form(&words[at..], at == 0) {
            tokens.push(token(form, Class::Legal, Script::Letters));
            at += length;
            continue;
        }
        at += 1;
        tokens.push(token_of_an_entity(word));
    }
    told_by_something(with_content(tokens))
}

fn token_of_an_entity(word: &Word) -> Token {
    let text = word.text.as_str();
    if word.script == Script::Syllables {
        return token(text, Class::Content, word.script);
    }
    if let Some(number) = TABLES.numbers.get(text) {
        return token(number, Class::Number, Script::Letters);
    }
    let text = TABLES.spellings.get(text).copied().unwrap_or(text);
    let class = if is_number(text) {
        Class::Number
    } else if TABLES.small.contains(text) {
        Class::Particle
    } else if TABLES.trade.contains(text) {
        Class::Trade
    } else if text.len() == 1 {
        Class::Initial
    } else {
        Class::Content
    };
    token(text, class, word.script)
}

/// The letters of `L & H` or `S A`: single ones that follow one another are one word.
fn joined_letters(words: &[Word]) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::with_capacity(words.len());
    let mut letters = 0;
    for word in words {
        let single = word.text.len() == 1 && !is_number(&word.text);
        match out.last_mut() {
            Some(last) if single && letters > 0 => last.text.push_str(&word.text),
            _ => out.push(word.clone()),
        }
        letters = if single { letters + 1 } else { 0 };
    }
    out
}

/// The legal form that words begin with. The first word of a name is one only where it is one
/// everywhere: OOO, JSC.
fn legal_form(words: &[Word], is_first: bool) -> Option<(usize, &'static str)> {
    let forms = TABLES.legal.get(words.first()?.text.as_str())?;
    forms.iter().find_map(|(rest, form)| {
        let fits = rest.len() < words.len()
            && rest
                .iter()
                .zip(&words[1..])
                .all(|(form, word)| *form == word.text);
        let ambiguous = rest.is_empty()
            && words[0].text.len() == 2
            && is_first
            && words.len() > 1
            && *form != "jsc";
        (fits && !ambiguous).then_some((rest.len() + 1, *form))
    })
}

/// Where all words are of trade, they are what tells the company, and numbers with them.
fn with_content(mut tokens: Vec<Token>) -> Vec<Token> {
    let told = |token: &Token| token.class == Class::Content;
    if !tokens.iter().any(told) {
        for token in &mut tokens {
            if matches!(token.class, Class::Trade | Class::Initial | Class::Number) {
                token.class = Class::Content;
            }
        }
    }
    tokens
}

/// Of a bearer that is not known, what is little in either reading is little.
fn of_anybody(words: &[Word]) -> Vec<Token> {
    let mut tokens = of_an_entity(words);
    for token in &mut tokens {
        if token.class == Class::Content && token.script == Script::Letters {
            if TABLES.titles.contains(&*token.text) {
                token.class = Class::Title;
            } else if let Some(form) = TABLES.particles.get(&*token.text) {
                token.text = (*form).into();
                token.class = Class::Particle;
            } else {
                token.class = common_or_content(&token.text);
            }
        }
    }
    if tokens.iter().any(|token| token.class.tells()) {
        return tokens;
    }
    of_an_entity(words)
}
