//! Rules about SQL: one text per query, which both engines understand.
//!
//! They look at the string literals of the services' `store.rs` (and `store/*.rs`). The twin
//! files for what truly differs (`journal/sqlite.rs`, `journal/postgres.rs`) are free.

use crate::literals::literals;
use crate::{SourceFile, Violation};

/// Types that PostgreSQL's `value::type` is written with.
const TYPES: [&str; 24] = [
    "bigint",
    "bool",
    "boolean",
    "bytea",
    "char",
    "date",
    "decimal",
    "double",
    "float4",
    "float8",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "text",
    "timestamp",
    "timestamptz",
    "uuid",
];

/// `CAST(x AS t)` runs on both engines; `x::t` is PostgreSQL's alone.
#[must_use]
pub fn casts(file: &SourceFile) -> Vec<Violation> {
    find(
        file,
        "write `CAST(... AS ...)`: SQLite does not know `::`",
        |text| {
            let mut places = Vec::new();
            for (at, _) in text.match_indices("::") {
                let type_name: String = text[at + 2..]
                    .chars()
                    .skip_while(|c| *c == ' ')
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect::<String>()
                    .to_ascii_lowercase();
                if TYPES.contains(&type_name.as_str()) {
                    places.push(at);
                }
            }
            places
        },
    )
}

/// `$1` runs on both engines; `?` is SQLite's alone.
#[must_use]
pub fn placeholders(file: &SourceFile) -> Vec<Violation> {
    find(file, "write `$1`: PostgreSQL does not know `?`", |text| {
        let before = |c: char| c.is_whitespace() || "(,=<>+-*/|%".contains(c);
        let after =
            |c: char| c.is_whitespace() || c.is_ascii_digit() || "),;=<>+-*/|%\\".contains(c);
        text.match_indices('?')
            .filter(|(at, _)| text[..*at].ends_with(before))
            .filter(|(at, _)| text[at + 1..].chars().next().is_none_or(after))
            .map(|(at, _)| at)
            .collect()
    })
}

fn find(file: &SourceFile, advice: &str, places: fn(&str) -> Vec<usize>) -> Vec<Violation> {
    let is_store = file.path.ends_with("/store.rs") || file.path.contains("/store/");
    if !(file.path.starts_with("services/") && is_store && file.has_extension("rs")) {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for literal in literals(&file.text) {
        for at in places(literal.text) {
            let line = literal.line + literal.text[..at].matches('\n').count();
            violations.push(Violation::at(&file.path, line, advice));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(text: &str) -> SourceFile {
        SourceFile::new("services/payments/src/store.rs", text)
    }

    fn lines(violations: &[Violation]) -> Vec<usize> {
        violations.iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn casts_that_sqlite_does_not_know_are_found() {
        let text = "const A: &str = \"\n SELECT SUM(x)::bigint\n FROM t WHERE id = $1::UUID\";\n";
        assert_eq!(lines(&casts(&store(text))), [2, 3]);
    }

    #[test]
    fn paths_of_rust_are_not_casts() {
        let text = "use uuid::Uuid; fn a() { serde_json::json!({}); sqlx::types::uuid::b(); }\n\
                    tracing::info!(\"payments::store\"); // x::bigint\n";
        assert_eq!(casts(&store(text)), []);
    }

    #[test]
    fn placeholders_that_postgres_does_not_know_are_found() {
        let text = "q(\"SELECT a FROM t WHERE b = ?\");\nq(r\"INSERT INTO t VALUES (?, ?2)\");\n";
        assert_eq!(lines(&placeholders(&store(text))), [1, 2, 2]);
    }

    #[test]
    fn questions_and_error_propagation_are_not_placeholders() {
        let text = "let row = q(\"SELECT $1\").one()?; // ok ?\nlog(\"is it there? who knows\");\n";
        assert_eq!(placeholders(&store(text)), []);
    }

    #[test]
    fn only_stores_are_looked_at() {
        let text = "const A: &str = \"SELECT ?, x::bigint\";";
        for path in [
            "services/payments/src/journal/sqlite.rs",
            "libs/platform/src/store.rs",
        ] {
            let file = SourceFile::new(path, text);
            assert_eq!(
                (casts(&file), placeholders(&file)),
                (vec![], vec![]),
                "{path}"
            );
        }
        let part = SourceFile::new("services/payments/src/store/wallets.rs", text);
        assert_eq!((casts(&part).len(), placeholders(&part).len()), (1, 1));
    }
}
