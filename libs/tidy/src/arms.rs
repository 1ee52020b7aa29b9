//! The rule about arms that choose what a caller is told: each error has its own, so that a new one
//! cannot become a 500, or somebody else's refusal, by itself. It reads text as rustfmt lays it
//! out, not syntax.

use crate::{SourceFile, Violation};

/// A function that makes a problem or a status of an error has no arm for whatever else there is:
/// neither `_` nor a name that takes anything. Numbers are excepted, which nobody can list.
#[must_use]
pub fn catch_alls(file: &SourceFile) -> Vec<Violation> {
    if !file.has_extension("rs") || file.is_in_tests() {
        return Vec::new();
    }
    let mut violations = Vec::new();
    let mut lines = (1..).zip(file.text.lines());
    let mut makes_problems = false;
    while let Some((_, line)) = lines.next() {
        if line.starts_with("impl") {
            makes_problems = line.contains(" for Problem ");
        }
        if !is_function(line) {
            continue;
        }
        let mut head = line.to_owned();
        while !head.ends_with(['{', ';', '}']) {
            let Some((_, more)) = lines.next() else { break };
            head.push_str(more);
        }
        let chooses = ["-> Problem ", "-> StatusCode "]
            .iter()
            .any(|it| head.contains(it))
            || makes_problems && head.contains("-> Self ");
        if !head.ends_with('{') || !chooses {
            continue;
        }
        let end = format!("{}}}", &line[..indent(line)]);
        // The indent of each `match` on an enum, the innermost last.
        let mut matches: Vec<usize> = Vec::new();
        for (number, line) in lines.by_ref().take_while(|(_, line)| *line != end) {
            matches.retain(|at| *at < indent(line) || line.trim_start().is_empty());
            if matches.last().is_some_and(|at| at + 4 == indent(line)) && takes_all(line) {
                let message = "takes every error that is not named: name them, so that a new one is decided on";
                violations.push(Violation::at(&file.path, number, message));
            }
            if line.ends_with('{') && line.contains("match ") && !line.contains(".as_u16()") {
                matches.push(indent(line));
            }
        }
    }
    violations
}

fn is_function(line: &str) -> bool {
    let declaration = line.trim_start();
    let words = declaration.split('(').next().unwrap_or_default();
    !declaration.starts_with("//") && words.split(' ').any(|word| word == "fn")
}

/// Whether an arm takes anything: `_ =>`, `_ if …`, `other =>`.
fn takes_all(line: &str) -> bool {
    let Some(pattern) = line.trim_start().split([' ', '(']).next() else {
        return false;
    };
    let is_arm = line.contains(" => ") || line.ends_with(" =>");
    let is_name = pattern
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let rest = line.trim_start().get(pattern.len()..).unwrap_or_default();
    let is_bool = ["true", "false"].contains(&pattern);
    is_arm && is_name && !is_bool && (rest.starts_with(" =>") || rest.starts_with(" if "))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let file = SourceFile::new("services/a/src/error.rs", text);
        let found = catch_alls(&file);
        found.iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn an_arm_for_whatever_else_there_is_is_found() {
        let planted = "impl From<Error> for Problem {\n    fn from(error: Error) -> Self {\n        match error {\n            \
            Error::A => a(),\n            fault => b(&fault),\n        }\n    }\n}\n";
        assert_eq!(lines(planted), [5]);
        let status = "    pub const fn status(\n        &self,\n    ) -> StatusCode {\n        match self {\n            \
            Self::A => StatusCode::OK,\n            _ => StatusCode::CONFLICT,\n        }\n    }\n";
        assert_eq!(lines(status), [6]);
    }

    #[test]
    fn named_errors_numbers_and_other_functions_are_innocent() {
        let named = "fn problem(error: &Error) -> Problem {\n    match error {\n        Error::A | Error::B => a(),\n        \
            fault @ (Error::C | Error::D) => {\n            b(fault)\n        }\n    }\n}\n";
        assert_eq!(lines(named), [0; 0]);
        let numbers = "fn of(status: StatusCode) -> Problem {\n    match status.as_u16() {\n        404 => a(),\n        \
            _ => b(),\n    }\n}\n";
        assert_eq!(lines(numbers), [0; 0]);
        let other = "fn param(&self) -> Option<&str> {\n    match self {\n        Self::A => Some(\"a\"),\n        \
            _ => None,\n    }\n}\n";
        assert_eq!(lines(other), [0; 0]);
    }
}
