//! All texts in force: the built-in ones, and over them those of an operator's folder. Whatever is
//! in it was rendered once, so that a text that does not compile is found before anybody is told
//! something.

use std::collections::BTreeMap;
use std::path::Path;

use platform::text::for_terminal_line;
use serde_json::Value;

use crate::texts::TextError;
use crate::texts::language::{Language, Text};
use crate::texts::rendering::{Parts, Renderer};

/// The language whose texts stand in where another has none.
pub(crate) const FALLBACK: &str = "en";
const BUILT_IN: [(&str, &str); 2] = [
    ("en", include_str!("../../texts/en.toml")),
    ("de", include_str!("../../texts/de.toml")),
];
const LAYOUT_FILE: &str = "layout.mjml";
const LAYOUT: &str = include_str!("../../texts/layout.mjml");

/// Facts of all kinds, to show and to check texts with.
const SAMPLE: &str = include_str!("../../texts/sample.json");

/// The texts in force.
#[derive(Debug)]
pub(crate) struct Catalogue {
    languages: BTreeMap<String, Language>,
    renderer: Renderer,
}

impl Catalogue {
    /// The built-in texts, and over them the files of a folder: `<language>.toml` and
    /// `layout.mjml`.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, TextError> {
        let mut languages = BTreeMap::<String, Language>::new();
        for (name, text) in BUILT_IN {
            let language = languages.entry(name.to_owned()).or_default();
            language.add(&format!("{name}.toml"), text)?;
        }
        let mut layout = (LAYOUT_FILE.to_owned(), LAYOUT.to_owned());
        for (path, text) in folder.map(files).transpose()?.unwrap_or_default() {
            let shown = path.display().to_string();
            let name = path.file_stem().and_then(|name| name.to_str());
            match (name, path.file_name().and_then(|name| name.to_str())) {
                (_, Some(LAYOUT_FILE)) => layout = (shown, text),
                (Some(name), Some(_)) => {
                    let language = match languages.get(name) {
                        Some(known) => known,
                        // The rows and words of a language that is not built in may be partly ours.
                        None => &languages[FALLBACK],
                    };
                    let mut language = language.clone();
                    language.add(&shown, &text)?;
                    languages.insert(name.to_owned(), language);
                }
                _ => {}
            }
        }
        let (file, layout) = layout;
        let catalogue = Self {
            languages,
            renderer: Renderer::new(file, layout),
        };
        catalogue.check()?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<(), TextError> {
        for (name, language) in &self.languages {
            for text in language.kinds.values() {
                let parts = self.renderer.parts(language, text, sample())?;
                let unsubscribe = Some("https://pay.example/unsubscribe");
                self.renderer.mail(name, language, &parts, unsubscribe)?;
            }
        }
        Ok(())
    }

    /// What stands in the place of a name that is erased.
    pub(crate) fn former_user(&self, language: &str) -> String {
        let words = |name: &str| &self.languages[name].words;
        let of = |name| words(name).get("former_user").and_then(toml::Value::as_str);
        let known = self.languages.contains_key(language);
        let found = known
            .then(|| of(language))
            .flatten()
            .or_else(|| of(FALLBACK));
        found.unwrap_or_default().to_owned()
    }

    /// All kinds, in order.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.languages[FALLBACK].kinds.keys().map(String::as_str)
    }

    /// All languages, in order.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    /// The language in which somebody with this locale (BCP 47) is told, of those that there are.
    pub(crate) fn language_of(&self, locale: &str) -> &str {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        let found = self.languages.get_key_value(primary);
        found.map_or(FALLBACK, |(name, _)| name)
    }

    fn text<'a>(&'a self, language: &str, kind: &str) -> Option<(&'a str, &'a Language, &'a Text)> {
        let of = |name: &str| {
            let (name, language) = self.languages.get_key_value(name)?;
            Some((name.as_str(), language, language.kinds.get(kind)?))
        };
        of(language).or_else(|| of(FALLBACK))
    }

    /// Title and body of a kind; none where there is no such kind, or a text fails over these
    /// facts.
    pub(crate) fn short(
        &self,
        language: &str,
        kind: &str,
        facts: &Value,
    ) -> Option<(String, String)> {
        let (_, language, text) = self.text(language, kind)?;
        self.renderer.short(language, text, facts.clone()).ok()
    }

    /// All parts of a message.
    pub(crate) fn render(
        &self,
        language: &str,
        kind: &str,
        facts: Value,
        unsubscribe: Option<&str>,
    ) -> Result<Words, TextError> {
        let found = self.text(language, kind).ok_or_else(|| TextError {
            file: format!("{language}.toml"),
            line: 1,
            problem: format!("there is no [kinds.{kind}]"),
        })?;
        let (name, language, text) = found;
        let parts = self.renderer.parts(language, text, facts)?;
        let html = self.renderer.mail(name, language, &parts, unsubscribe)?;
        Ok(Words {
            language: name.to_owned(),
            text: parts.text(language, unsubscribe),
            title: parts.title,
            body: parts.body,
            html,
        })
    }
}

/// A message in words, for each kind of channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) language: String,
    /// One line.
    pub(crate) title: String,
    pub(crate) body: String,
    /// A mail as plain text.
    pub(crate) text: String,
    /// A mail as HTML.
    pub(crate) html: String,
}

/// Facts of all kinds.
pub(crate) fn sample() -> Value {
    serde_json::from_str(SAMPLE).unwrap_or_default()
}

/// The texts of a folder, in order of their names.
fn files(folder: &Path) -> Result<Vec<(std::path::PathBuf, String)>, TextError> {
    let failed = |path: &Path, error: std::io::Error| TextError {
        file: path.display().to_string(),
        line: 1,
        problem: error.to_string(),
    };
    let listed = std::fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    let mut paths = Vec::new();
    for entry in listed {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let is_text = |ending| path.extension().is_some_and(|found| found == ending);
        if is_text("toml") || is_text("mjml") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = paths.into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
        if let Some(line) = text.lines().position(hides_something) {
            let problem = "it has a character that is a control, invisible, or changes the direction of text: take it away";
            return Err(TextError {
                file: path.display().to_string(),
                line: line + 1,
                problem: problem.to_owned(),
            });
        }
        Ok((path, text))
    });
    read.collect()
}

/// Whether a line of a file has characters that nobody sees; tabs are none.
fn hides_something(line: &str) -> bool {
    let line = line.replace('\t', " ");
    for_terminal_line(&line) != line
}

impl Parts {
    /// The mail as plain text: its paragraphs, with a link on a line of its own.
    fn text(&self, language: &Language, unsubscribe: Option<&str>) -> String {
        let mut paragraphs = Vec::new();
        paragraphs.extend(self.greeting.clone());
        paragraphs.push(self.body.clone());
        paragraphs.extend(self.mail.iter().cloned());
        let rows = self.rows.iter();
        let rows: Vec<_> = rows
            .map(|row| format!("{}: {}", row.label, row.value))
            .collect();
        if !rows.is_empty() {
            paragraphs.push(rows.join("\n"));
        }
        paragraphs.extend(self.action.as_ref().map(|action| action.link.clone()));
        paragraphs.extend(self.closing.iter().cloned());
        let mut text = paragraphs.join("\n\n");
        let word = |name: &str| language.words.get(name).and_then(toml::Value::as_str);
        text.push_str("\n\n-- \n");
        text.push_str(word("footer").unwrap_or_default());
        text.push('\n');
        if let Some(link) = unsubscribe {
            text.push_str(word("unsubscribe").unwrap_or_default());
            text.push_str(":\n");
            text.push_str(link);
            text.push('\n');
        }
        text
    }
}
