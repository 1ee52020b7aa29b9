//! Rules about the modules of a crate: which of them may name which, and what only some may name.
//!
//! A module is a file. What it names is read from its `use` declarations and its paths, without its
//! unit tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::{SourceFile, Violation};

/// A module's path within its crate.
type Path = Vec<String>;

/// No modules of a crate name one another in a circle. A module and those inside of it are one
/// room: they may.
#[must_use]
pub fn circles(files: &[SourceFile]) -> Vec<Violation> {
    let mut crates: BTreeMap<&str, BTreeMap<Path, &SourceFile>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.has_extension("rs")) {
        if let Some((name, path)) = module(&file.path) {
            crates.entry(name).or_default().insert(path, file);
        }
    }
    let mut violations = Vec::new();
    for modules in crates.values() {
        let edges: BTreeMap<&Path, BTreeSet<&Path>> = modules
            .iter()
            .map(|(path, file)| (path, named(path, &code(&file.text), modules)))
            .collect();
        for circle in circles_of(&edges) {
            let names: Vec<_> = circle.iter().map(|path| path.join("::")).collect();
            let file = modules.get(circle[0]).map_or("", |file| &file.path);
            let message = format!(
                "these modules name one another in a circle: {}",
                names.join(" -> ")
            );
            violations.push(Violation::of(file, message));
        }
    }
    violations
}

/// What only a service's `http/` folders may name: the HTTP framework, statuses and problem
/// documents. An acquirer is talked to by HTTP, and is not a service's own endpoint.
#[must_use]
pub fn http_outside_of_http(file: &SourceFile) -> Vec<Violation> {
    let in_service =
        file.path.starts_with("services/") && !file.path.starts_with("services/gateway/");
    let exempt =
        file.path.contains("/http/") || file.is_in_tests() || file.path.contains("/acquirer/");
    if !in_service || exempt || !file.has_extension("rs") {
        return Vec::new();
    }
    let words = [" axum::", "StatusCode", "Problem"];
    lines_with(
        file,
        &words,
        "statuses and problems are chosen under http/ only",
    )
}

/// SQL and its positional arguments are written in stores only: a use case calls a typed function.
#[must_use]
pub fn sql_outside_of_stores(file: &SourceFile) -> Vec<Violation> {
    let in_service = file.path.starts_with("services/") && file.path.contains("/src/");
    let of_store = ["/store.rs", "/store/", "/stores/", "/journal/", "/verify/"]
        .iter()
        .any(|part| file.path.contains(part));
    if !in_service || of_store || !file.has_extension("rs") {
        return Vec::new();
    }
    lines_with(
        file,
        &["args!["],
        "call a typed function of the subject's store.rs",
    )
}

fn lines_with(file: &SourceFile, words: &[&str], advice: &str) -> Vec<Violation> {
    let text = code(&file.text);
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(place, line)| {
            let word = words.iter().find(|word| line.contains(**word))?;
            Some(Violation::at(
                &file.path,
                place + 1,
                format!("names `{word}`: {advice}"),
            ))
        })
        .collect()
}

/// The crate's folder and the module's path: of `services/risk/src/rules/mod.rs` `services/risk`
/// and `rules`.
fn module(path: &str) -> Option<(&str, Path)> {
    let (name, inside) = path.split_once("/src/")?;
    let parts = inside.strip_suffix(".rs")?.split('/');
    let mut path: Path = parts.map(str::to_owned).collect();
    if matches!(path.last()?.as_str(), "mod" | "lib" | "main") {
        path.pop();
    }
    let is_test = path.last().is_some_and(|last| last.ends_with("tests"));
    (!is_test).then_some((name, path))
}

/// A file without comments and unit tests; the lines stay where they are.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let lines = text[..end].lines();
    let without = lines.map(|line| line.split("//").next().unwrap_or_default());
    without.collect::<Vec<_>>().join("\n")
}

/// The other modules of the crate that a module names, outside of its own room.
fn named<'a>(
    me: &'a Path,
    code: &str,
    modules: &'a BTreeMap<Path, &SourceFile>,
) -> BTreeSet<&'a Path> {
    let mut found = BTreeSet::new();
    for path in paths(code) {
        let mut parts = path.split("::").map(str::trim).peekable();
        let mut full: Path = match parts.peek() {
            Some(&"crate") => Vec::new(),
            _ => me.clone(),
        };
        for part in parts {
            match part {
                "crate" | "self" => {}
                "super" => drop(full.pop()),
                part => full.push(part.split(' ').next().unwrap_or_default().to_owned()),
            }
        }
        let known = (1..=full.len()).rev();
        let target = known
            .filter_map(|length| modules.get_key_value(&full[..length]))
            .next();
        if let Some((target, _)) = target
            && !target.starts_with(me)
            && !me.starts_with(target)
        {
            found.insert(target);
        }
    }
    found
}

/// The paths of a text that begin with `crate`, `super` or `self`, with their braces taken apart.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for root in ["crate::", "super::", "self::"] {
        for (begin, _) in code.match_indices(root) {
            let before = code[..begin].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let rest = &code[begin..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_:".contains(c)));
            let path = &rest[..end.unwrap_or(rest.len())];
            match rest[path.len()..].strip_prefix('{') {
                Some(tree) if path.ends_with("::") => branches(path, tree, &mut found),
                _ => found.push(path.to_owned()),
            }
        }
    }
    found
}

/// The paths of a tree in braces, of which the first is open already.
fn branches(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let branch = tree[begin..at].trim();
                match branch.split_once('{') {
                    Some((inner, rest)) => branches(&format!("{prefix}{inner}"), rest, found),
                    None if !branch.is_empty() => found.push(format!("{prefix}{branch}")),
                    None => {}
                }
                begin = at + 1;
                if c == '}' {
                    return;
                }
            }
            _ => {}
        }
    }
}

/// Each circle once, begun at its first module: all that reach one another.
fn circles_of<'a>(edges: &BTreeMap<&'a Path, BTreeSet<&'a Path>>) -> Vec<Vec<&'a Path>> {
    let reached: BTreeMap<_, _> = edges
        .keys()
        .map(|start| (*start, reach(start, edges)))
        .collect();
    let mut circles = BTreeSet::new();
    for (start, seen) in &reached {
        if seen.contains(start) {
            let both = seen.iter().filter(|other| reached[**other].contains(start));
            circles.insert(both.copied().collect::<Vec<_>>());
        }
    }
    circles.into_iter().collect()
}

fn reach<'a>(
    start: &'a Path,
    edges: &BTreeMap<&'a Path, BTreeSet<&'a Path>>,
) -> BTreeSet<&'a Path> {
    let mut seen = BTreeSet::new();
    let mut left = vec![start];
    while let Some(path) = left.pop() {
        for next in edges.get(path).into_iter().flatten() {
            if seen.insert(*next) {
                left.push(next);
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| SourceFile::new(format!("services/risk/src/{path}"), *text))
            .collect();
        circles(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn modules_that_name_one_another_over_any_way_are_found() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::{b::B, d};"),
            (
                "b/mod.rs",
                "use std::fmt;\nuse crate::c::{x, inner::{Y, Z}};",
            ),
            ("c.rs", "fn f() { super::a::g() }"),
        ];
        let found = found(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("a -> b -> c"), "{found:?}");
    }

    #[test]
    fn a_module_and_those_inside_of_it_comments_and_tests_make_no_circle() {
        let files = [
            ("a/mod.rs", "mod inner; use inner::X; use crate::b::B;"),
            ("a/inner.rs", "use super::Y;"),
            (
                "b.rs",
                "// see crate::a::X\n#[cfg(test)]\nmod tests { use crate::a::X; }",
            ),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn a_status_in_a_use_case_and_sql_arguments_in_one_are_found() {
        let file = |path: &str, text: &str| SourceFile::new(path, text);
        let status = "use axum::http::StatusCode;\n";
        let use_case = file("services/risk/src/rules/mod.rs", status);
        assert_eq!(http_outside_of_http(&use_case).len(), 1);
        let endpoint = file("services/risk/src/rules/http/add_rule.rs", status);
        assert_eq!(http_outside_of_http(&endpoint), []);
        let arguments = "tx.execute(store::ADD, args![1]).await?;\n";
        let use_case = file("services/risk/src/rules/mod.rs", arguments);
        assert_eq!(sql_outside_of_stores(&use_case).len(), 1);
        let store = file("services/risk/src/rules/store.rs", arguments);
        assert_eq!(sql_outside_of_stores(&store), []);
    }
}
