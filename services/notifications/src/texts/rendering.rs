//! Makes words of templates and facts. Facts are never markup: in HTML they are escaped, in plain
//! text they are one line.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use mrml::prelude::parser;
use mrml::prelude::render::RenderOptions;
use serde::Serialize;
use serde_json::Value;

use crate::texts::TextError;
use crate::texts::language::{ITEMS, Language, Piece, Text};

/// The parts of a message, in words.
#[derive(Debug, Serialize)]
pub(crate) struct Parts {
    pub(crate) title: String,
    pub(crate) greeting: Option<String>,
    pub(crate) body: String,
    pub(crate) mail: Vec<String>,
    pub(crate) rows: Vec<RowInWords>,
    pub(crate) action: Option<Action>,
    pub(crate) closing: Vec<String>,
}

/// A row of details.
#[derive(Debug, Serialize)]
pub(crate) struct RowInWords {
    pub(crate) label: String,
    pub(crate) value: String,
}

/// A link with its label.
#[derive(Debug, Serialize)]
pub(crate) struct Action {
    pub(crate) label: String,
    pub(crate) link: String,
}

/// Renders texts and the layout.
#[derive(Debug)]
pub(crate) struct Renderer {
    environment: Environment<'static>,
    layout_file: String,
    layout: String,
    options: RenderOptions,
}

impl Renderer {
    /// With a layout, and the name of its file.
    pub(crate) fn new(layout_file: String, layout: String) -> Self {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|name| match name.ends_with(".mjml") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        // What a fact is missing for is left out, also where one asks for a part of it.
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.add_filter("link", link);
        Self {
            environment,
            layout_file,
            layout,
            options: RenderOptions {
                disable_comments: false,
                social_icon_origin: None,
                // A mail loads nothing from anywhere.
                fonts: std::iter::empty::<(String, _)>().collect(),
            },
        }
    }

    fn piece(&self, piece: &Piece, context: &minijinja::Value) -> Result<String, TextError> {
        let rendered = self
            .environment
            .render_named_str(&piece.file, &piece.source, context);
        let rendered = rendered.map_err(|error| TextError {
            file: piece.file.clone(),
            line: piece.line + error.line().unwrap_or(1) - 1,
            problem: problem(&error),
        })?;
        Ok(rendered.trim().to_owned())
    }

    fn pieces(
        &self,
        pieces: &[Piece],
        context: &minijinja::Value,
    ) -> Result<Vec<String>, TextError> {
        let mut rendered = Vec::new();
        for piece in pieces {
            let paragraph = self.piece(piece, context)?;
            if !paragraph.is_empty() {
                rendered.push(paragraph);
            }
        }
        Ok(rendered)
    }

    /// Title and body.
    pub(crate) fn short(
        &self,
        language: &Language,
        text: &Text,
        facts: Value,
    ) -> Result<(String, String), TextError> {
        let context = context(language, facts);
        let title = one_line(&self.piece(&text.title, &context)?);
        Ok((title, self.piece(&text.body, &context)?))
    }

    /// All parts.
    pub(crate) fn parts(
        &self,
        language: &Language,
        text: &Text,
        facts: Value,
    ) -> Result<Parts, TextError> {
        let fact = |name: &str| facts.get(name).and_then(Value::as_str).map(one_line);
        let (link, you, items) = (fact("link"), fact("you"), items(&facts));
        let context = context(language, facts);
        let mut rows = Vec::new();
        for row in text.rows.iter().filter_map(|name| language.rows.get(name)) {
            let (label, value) = (row.label.clone(), self.piece(&row.value, &context)?);
            if !value.is_empty() {
                rows.push(RowInWords { label, value });
            }
        }
        if text.rows.iter().any(|name| name == ITEMS) {
            rows.extend(items);
        }
        let label = text.action.as_ref();
        let label = label.map(|label| self.piece(label, &context)).transpose()?;
        let action = label.zip(link).map(|(label, link)| Action { label, link });
        let greeting = language.words.get("greeting").and_then(toml::Value::as_str);
        let greeting = greeting.filter(|_| you.is_some()).map(|source| Piece {
            source: source.to_owned(),
            file: "[words] greeting".to_owned(),
            line: 1,
        });
        let greeting = greeting.map(|piece| self.piece(&piece, &context));
        Ok(Parts {
            title: one_line(&self.piece(&text.title, &context)?),
            greeting: greeting.transpose()?,
            body: self.piece(&text.body, &context)?,
            mail: self.pieces(&text.mail, &context)?,
            rows,
            action,
            closing: self.pieces(&text.closing, &context)?,
        })
    }

    /// The mail as HTML.
    pub(crate) fn mail(
        &self,
        name: &str,
        language: &Language,
        parts: &Parts,
        unsubscribe: Option<&str>,
    ) -> Result<String, TextError> {
        let context = minijinja::context! {
            language => name,
            unsubscribe => unsubscribe,
            words => minijinja::Value::from(Serde(&language.words)),
            ..minijinja::Value::from(Serde(parts))
        };
        let file = &self.layout_file;
        let mjml = self
            .environment
            .render_named_str(file, &self.layout, context);
        let mjml = mjml.map_err(|error| TextError {
            file: file.clone(),
            line: error.line().unwrap_or(1),
            problem: problem(&error),
        })?;
        let failed = |at: usize, problem: String| TextError {
            file: file.clone(),
            line: self.line_of(&mjml, at),
            problem,
        };
        let parsed = mrml::parse(&mjml)
            .map_err(|error| failed(position(&error), format!("it is no MJML: {error}")))?;
        if let Some(warning) = parsed.warnings.first() {
            return Err(failed(
                warning.span.start,
                format!("it is no MJML: {warning}"),
            ));
        }
        let html = parsed.element.render(&self.options);
        let html = html.map_err(|error| failed(0, format!("it cannot be rendered: {error}")))?;
        // What MJML does not know is taken for HTML.
        if let Some((_, unknown)) = html.split_once("<mj-") {
            let name = unknown.split([' ', '>', '/']).next().unwrap_or_default();
            let at = mjml.find(&format!("<mj-{name}")).unwrap_or_default();
            return Err(failed(
                at,
                format!("it is no MJML: there is no element mj-{name}"),
            ));
        }
        Ok(html)
    }

    /// The line of the layout from which a place in what was rendered comes: the one that says the
    /// same, or the nearest above.
    fn line_of(&self, rendered: &str, at: usize) -> usize {
        let before = rendered.get(..at).unwrap_or(rendered);
        let line = before.matches('\n').count();
        let above: Vec<_> = rendered.lines().take(line + 1).map(str::trim).collect();
        let known = above.iter().rev().filter(|text| !text.is_empty());
        let mut found = known.filter_map(|text| {
            let mut lines = self.layout.lines();
            lines.position(|line| line.trim() == *text)
        });
        found.next().map_or(1, |line| line + 1)
    }
}

/// What a digest tells, each with its time.
fn items(facts: &Value) -> Vec<RowInWords> {
    let text = |item: &Value, name: &str| {
        let text = item.get(name).and_then(Value::as_str);
        one_line(text.unwrap_or_default())
    };
    let row = |item: &Value| RowInWords {
        label: text(item, "time"),
        value: text(item, "title"),
    };
    let items = facts.get(ITEMS).and_then(Value::as_array);
    items.into_iter().flatten().map(row).collect()
}

fn position(error: &parser::Error) -> usize {
    match error {
        parser::Error::UnexpectedElement { position, .. }
        | parser::Error::UnexpectedToken { position, .. }
        | parser::Error::MissingAttribute { position, .. }
        | parser::Error::InvalidAttribute { position, .. }
        | parser::Error::InvalidFormat { position, .. }
        | parser::Error::IncludeLoaderError { position, .. } => position.start,
        parser::Error::EndOfStream { .. } => usize::MAX,
        parser::Error::SizeLimit { .. }
        | parser::Error::ParserError { .. }
        | parser::Error::NoRootNode => 0,
    }
}

fn problem(error: &minijinja::Error) -> String {
    let kind = error.kind().to_string();
    error
        .detail()
        .map_or(kind.clone(), |detail| format!("{kind}: {detail}"))
}

/// The facts, with every text in one line, and the words of the language.
fn context(language: &Language, mut facts: Value) -> minijinja::Value {
    if let Some(facts) = facts.as_object_mut() {
        for fact in facts.values_mut() {
            if let Value::String(text) = fact {
                *text = one_line(text);
            }
        }
    }
    minijinja::context! {
        words => minijinja::Value::from(Serde(&language.words)),
        ..minijinja::Value::from(Serde(&facts))
    }
}

/// A text without anything that ends a line or turns what follows round, such as controls of
/// U+202E.
pub(crate) fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let kept = text.chars().filter(|c| !turns(*c));
    let spaced: String = kept.map(|c| if ends(c) { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

/// A link as an attribute shows it; nothing where it leads elsewhere than to a page.
fn link(text: &str) -> minijinja::Value {
    let is_page = text.starts_with("https://") || text.starts_with("http://");
    let plain = |c: char| c.is_ascii_graphic() && !"<>\"'`".contains(c);
    let safe = if is_page && text.chars().all(plain) {
        text
    } else {
        ""
    };
    minijinja::Value::from_safe_string(safe.replace('&', "&amp;"))
}
