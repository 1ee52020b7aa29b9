//! Finds the string literals of a Rust file, so that rules about SQL do not look at Rust paths.
//!
//! Knows comments, characters, lifetimes, and plain, byte and raw strings; nothing else of Rust.

/// A string literal: the line on which it begins, counted from 1, and what stands between its
/// quotes, escapes as written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal<'a> {
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

/// The string literals of `source`, in order.
pub(crate) fn literals(source: &str) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = source;
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let (length, literal) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") => (block_comment(rest), None),
            '\'' => (character_or_lifetime(rest), None),
            '"' => string(rest, 0),
            'r' | 'b' | 'c' if !after_word => prefixed_string(rest),
            _ => (first.len_utf8(), None),
        };
        if let Some(text) = literal {
            found.push(Literal { line, text });
        }
        let (token, remainder) = rest.split_at(length);
        line += token.matches('\n').count();
        after_word = token.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = remainder;
    }
    found
}

/// Length of the comment at the start of `text`. Block comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Length of `'x'`, `'\n'` or of the quote alone, if it begins a lifetime.
fn character_or_lifetime(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            // The character after the backslash may itself be a quote.
            let end = text.get(3..).and_then(|rest| rest.find('\''));
            end.map_or(text.len(), |end| end + 4)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// A string or character that may begin with `r`, `b`, `br`, `c` or `cr`; else that one letter.
fn prefixed_string(text: &str) -> (usize, Option<&str>) {
    let prefix = text.len() - text.trim_start_matches(['r', 'b', 'c']).len();
    let raw = text[..prefix].contains('r');
    let hashes = text[prefix..].len() - text[prefix..].trim_start_matches('#').len();
    let quote = prefix + hashes;
    if prefix > 2 || !text[quote..].starts_with('"') || (!raw && hashes > 0) {
        return (prefix, None);
    }
    if !raw {
        let (length, literal) = string(&text[prefix..], 0);
        return (prefix + length, literal);
    }
    let closing = format!("\"{}", "#".repeat(hashes));
    let body = &text[quote + 1..];
    match body.find(&closing) {
        Some(end) => (quote + 1 + end + closing.len(), Some(&body[..end])),
        None => (text.len(), None),
    }
}

/// A string whose opening quote is at `quote`: the length up to and with its closing quote.
fn string(text: &str, quote: usize) -> (usize, Option<&str>) {
    let body = &text[quote + 1..];
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (quote + at + 2, Some(&body[..at])),
            _ => {}
        }
    }
    (text.len(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(usize, &str)> {
        literals(source)
            .into_iter()
            .map(|literal| (literal.line, literal.text))
            .collect()
    }

    #[test]
    fn strings_of_every_kind_are_found_with_their_line() {
        let source = "let a = \"x\";\nlet b = r#\"y \"quoted\"\"#; let c = b\"z\";\n\
                      let d = \"two\nlines\"; let e = br\"raw\\\"; f(\"last\")";
        let expected = [
            (1, "x"),
            (2, "y \"quoted\""),
            (2, "z"),
            (3, "two\nlines"),
            (4, "raw\\"),
            (4, "last"),
        ];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn escaped_quotes_do_not_end_a_string() {
        assert_eq!(texts(r#"f("a\"b\\", "c")"#), [(1, r#"a\"b\\"#), (1, "c")]);
    }

    #[test]
    fn comments_characters_and_lifetimes_are_not_strings() {
        let source = "// \"no\"\n/* \"no\" /* \"no\" */ \"no\" */ fn a<'a>(x: &'a str) {\n\
                      let q = '\"'; let e = '\\''; let n = '\\u{22}'; let é = 'é'; \"yes\" }";
        assert_eq!(texts(source), [(3, "yes")]);
    }

    #[test]
    fn raw_identifiers_and_words_are_not_prefixes() {
        assert_eq!(
            texts("let r#type = bar\"x\"; attr(\"y\")"),
            [(1, "x"), (1, "y")]
        );
    }

    #[test]
    fn a_text_that_ends_too_early_is_no_panic() {
        for source in ["\"", "r#\"", "'", "'\\", "/*", "b'", "\"\\"] {
            assert_eq!(texts(source), [], "{source}");
        }
    }
}
