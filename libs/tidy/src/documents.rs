//! Rules about documents: what a page names is there. A page that names a test which nobody can
//! find promises nothing.
//!
//! They work on lists of paths and on text, never on the file system.

use crate::{SourceFile, Violation};

/// What changed in the past names what was there then.
const HISTORY: &str = "CHANGELOG.md";

/// The source files that a page names, as the end of their path (`core/src/wallet.rs`), and the
/// targets of its links exist. A name with `<`, `{` or `*` stands for several files and is not
/// looked up.
#[must_use]
pub fn names_what_is_there(page: &SourceFile, paths: &[String]) -> Vec<Violation> {
    if !page.has_extension("md") || page.path == HISTORY {
        return Vec::new();
    }
    let mut fenced = false;
    let mut violations = Vec::new();
    for (number, line) in (1..).zip(page.text.lines()) {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        let files =
            named_files(line).filter(|name| !paths.iter().any(|path| ends_with(path, name)));
        let links = links(line).filter(|link| !is_there(&target(&page.path, link), paths));
        violations.extend(files.chain(links).map(|name| {
            let message = format!("names `{name}`, which is not there: name what is there now");
            Violation::at(&page.path, number, message)
        }));
    }
    violations
}

/// The source files in the code spans of a line.
fn named_files(line: &str) -> impl Iterator<Item = &str> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.filter(|span| span.ends_with(".rs") && !span.contains(['<', '{', '*', ' ']))
}

/// The targets of a line's links within the repository.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains(':'))
}

/// Whether a path ends with this one, from a whole part on.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// Where a link of a page leads, from the root of the repository.
fn target(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether there is such a file or folder.
fn is_there(target: &str, paths: &[String]) -> bool {
    let inside = format!("{target}/");
    paths
        .iter()
        .any(|path| path == target || path.starts_with(&inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let paths = ["docs/backup.md", "services/risk/src/score.rs", "README.md"];
        let paths = paths.map(str::to_owned);
        let violations = names_what_is_there(&SourceFile::new(path, text), &paths);
        let names = violations
            .iter()
            .filter_map(|it| it.message.split('`').nth(1));
        names.map(str::to_owned).collect()
    }

    #[test]
    fn a_file_that_is_not_there_is_found() {
        let text = "`risk/src/score.rs` and `score.rs`\n`risk/src/core.rs`, `ore.rs`, score.rs";
        assert_eq!(found("docs/a.md", text), ["risk/src/core.rs", "ore.rs"]);
        assert_eq!(
            found("docs/a.md", "`<entity>.rs`, `{a,b}.rs`, `a.sql`"),
            [""; 0]
        );
        assert_eq!(found("CHANGELOG.md", text), [""; 0]);
        assert_eq!(found("docs/a.rs", text), [""; 0]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let text =
            "[a](backup.md#restoring) [b](../services/risk) [c](https://example.org/x) [d](#e)";
        assert_eq!(found("docs/a.md", text), [""; 0]);
        assert_eq!(
            found("docs/a.md", "[a](README.md), [b](../README.md)"),
            ["README.md"]
        );
        assert_eq!(
            found("README.md", "[a](docs/backup.md)[b](backup.md)"),
            ["backup.md"]
        );
    }

    #[test]
    fn what_is_fenced_is_an_example() {
        assert_eq!(
            found("docs/a.md", "```\n`gone.rs` [a](gone)\n```\n`lost.rs`"),
            ["lost.rs"]
        );
    }
}
