//! Rules about folders: what a service holds, what the list of services and ARCHITECTURE.md name,
//! what a manifest says.
//!
//! They work on lists of paths and on text, never on the file system.

use std::collections::BTreeSet;

use crate::{SourceFile, Violation};

/// The folders directly under `parent`, for example the services under `services`.
#[must_use]
pub fn rooms<'a>(parent: &str, paths: &'a [String]) -> BTreeSet<&'a str> {
    paths
        .iter()
        .filter_map(|path| {
            path.strip_prefix(parent)?
                .strip_prefix('/')?
                .split_once('/')
        })
        .map(|(room, _)| room)
        .collect()
}

/// A service has a README.md, and its migrations are one text each for both engines:
/// `migrations/0100_what_it_does.sql`.
#[must_use]
pub fn service(name: &str, paths: &[String]) -> Vec<Violation> {
    let folder = format!("services/{name}");
    let mut violations = Vec::new();
    let readme = format!("{folder}/README.md");
    if !paths.contains(&readme) {
        let message =
            "missing: say what the service owns, what it never does, its tables and events";
        violations.push(Violation::of(readme, message));
    }
    let migrations = format!("{folder}/migrations/");
    let is_migration = |file: &str| {
        let number = file.split('_').next().unwrap_or_default();
        number.len() == 4
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && file.ends_with(".sql")
            && !file.contains('/')
    };
    for path in paths {
        if let Some(file) = path.strip_prefix(&migrations)
            && !is_migration(file)
        {
            let message = "a migration is one text for both engines, named 0100_what_it_does.sql";
            violations.push(Violation::of(path, message));
        }
    }
    violations
}

/// The wiring's list of services has a line for each service with tables: without one nobody would
/// migrate, verify or back them up.
#[must_use]
pub fn listed(wiring: &SourceFile, name: &str, paths: &[String]) -> Vec<Violation> {
    let tables = format!("services/{name}/migrations/");
    let line = format!("({}::Module", name.replace('-', "_"));
    if !paths.iter().any(|path| path.starts_with(&tables)) || wiring.text.contains(&line) {
        return Vec::new();
    }
    vec![Violation::of(
        &wiring.path,
        format!("does not list `{name}`, which has tables: add its line to `services`"),
    )]
}

/// The most lines of a service's README. What else is to be said of it has a page in `docs`.
const README_LINES: usize = 40;

/// A service's README says what it owns, what it never does, its tables and events, and no more.
#[must_use]
pub fn readme_is_short(file: &SourceFile) -> Vec<Violation> {
    let is_readme = file
        .path
        .strip_prefix("services/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, rest)| rest == "README.md");
    let lines = file.text.lines().count();
    if !is_readme || lines <= README_LINES {
        return Vec::new();
    }
    let message =
        format!("has {lines} lines, at most {README_LINES}: move details to a page in docs/");
    vec![Violation::of(&file.path, message)]
}

/// The folders that ARCHITECTURE.md has to name: those of the first level, and each that holds a
/// crate.
#[must_use]
pub fn folders(paths: &[String]) -> BTreeSet<&str> {
    let first_level = paths.iter().filter_map(|path| path.split_once('/'));
    let visible = first_level
        .map(|(folder, _)| folder)
        .filter(|folder| !folder.starts_with('.'));
    let crates = paths
        .iter()
        .filter_map(|path| path.strip_suffix("/Cargo.toml"));
    visible.chain(crates).collect()
}

/// ARCHITECTURE.md names the folder `room` of `parent`, as `parent/room` or as `room/`.
#[must_use]
pub fn named_in_architecture(architecture: &str, parent: &str, room: &str) -> Vec<Violation> {
    let named = |needle: &str| {
        architecture.match_indices(needle).any(|(at, _)| {
            let part_of_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
            let after = &architecture[at + needle.len()..];
            !architecture[..at].ends_with(part_of_word)
                && (needle.ends_with('/') || !after.starts_with(part_of_word))
        })
    };
    if named(&format!("{parent}/{room}")) || named(&format!("{room}/")) {
        return Vec::new();
    }
    vec![Violation::of(
        "ARCHITECTURE.md",
        format!("does not name {parent}/{room}"),
    )]
}

/// The one crate with a table of lints of its own: the workspace forbids unsafe code, and a crate
/// cannot inherit the rest without that.
pub const OWN_LINTS: &str = "simulation/disk/Cargo.toml";

/// A crate's manifest inherits the lints of the workspace; without that nothing is forbidden.
/// [`OWN_LINTS`] denies unsafe code itself.
#[must_use]
pub fn inherits_lints(manifest: &SourceFile) -> Vec<Violation> {
    if manifest.path == OWN_LINTS && manifest.text.contains("\nunsafe_code = \"deny\"\n") {
        return Vec::new();
    }
    let is_crate = manifest.path.ends_with("/Cargo.toml") && manifest.text.contains("[package]");
    let mut lines = manifest.text.lines().map(str::trim);
    let inherits = lines.by_ref().any(|line| line == "[lints]")
        && lines
            .next()
            .is_some_and(|line| line.replace(' ', "") == "workspace=true");
    if is_crate && !inherits {
        return vec![Violation::of(
            &manifest.path,
            "add `[lints]` with `workspace = true`",
        )];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    fn of(violations: &[Violation]) -> Vec<&str> {
        violations
            .iter()
            .map(|violation| violation.path.as_str())
            .collect()
    }

    #[test]
    fn rooms_are_the_folders_below() {
        let paths = paths(&[
            "libs/a/x.rs",
            "libs/a/src/y.rs",
            "libs/b/z.rs",
            "libs/c.md",
            "d/e/f",
        ]);
        assert_eq!(
            rooms("libs", &paths).into_iter().collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn a_service_without_a_readme_is_found() {
        let violations = service("risk", &paths(&["services/risk/src/lib.rs"]));
        assert_eq!(of(&violations), ["services/risk/README.md"]);
    }

    #[test]
    fn a_migration_for_one_engine_only_is_found() {
        let violations = service(
            "risk",
            &paths(&[
                "services/risk/README.md",
                "services/risk/migrations/0100_first_edition.sql",
                "services/risk/migrations/sqlite/0101_a.sql",
                "services/risk/migrations/102_b.sql",
                "services/risk/migrations/0103_c.txt",
            ]),
        );
        let expected = [
            "services/risk/migrations/sqlite/0101_a.sql",
            "services/risk/migrations/102_b.sql",
            "services/risk/migrations/0103_c.txt",
        ];
        assert_eq!(of(&violations), expected);
    }

    #[test]
    fn a_service_without_migrations_is_fine() {
        assert_eq!(
            service("gateway", &paths(&["services/gateway/README.md"])),
            []
        );
    }

    #[test]
    fn a_service_with_tables_that_is_not_in_the_list_is_found() {
        let wiring = SourceFile::new("wiring.rs", "vec![Listed::new(risk::Module, open)]");
        let paths = paths(&[
            "services/risk/migrations/0100_a.sql",
            "services/partner-bank/migrations/0100_a.sql",
            "services/gateway/src/lib.rs",
        ]);
        assert_eq!(listed(&wiring, "risk", &paths), []);
        assert_eq!(listed(&wiring, "gateway", &paths), []);
        assert_eq!(of(&listed(&wiring, "partner-bank", &paths)), ["wiring.rs"]);
    }

    #[test]
    fn a_long_readme_of_a_service_is_found() {
        let readme = |path, lines| SourceFile::new(path, "a line\n".repeat(lines));
        assert_eq!(readme_is_short(&readme("services/risk/README.md", 40)), []);
        let violations = readme_is_short(&readme("services/risk/README.md", 41));
        assert_eq!(of(&violations), ["services/risk/README.md"]);
        for other in [
            "README.md",
            "simulation/README.md",
            "services/risk/docs/README.md",
        ] {
            assert_eq!(readme_is_short(&readme(other, 41)), [], "{other}");
        }
    }

    #[test]
    fn the_folders_to_name_are_those_of_the_first_level_and_those_of_crates() {
        let paths = paths(&[
            "README.md",
            ".ci/run",
            "docs/backup.md",
            "libs/money/Cargo.toml",
            "libs/money/src/lib.rs",
        ]);
        let folders: Vec<_> = folders(&paths).into_iter().collect();
        assert_eq!(folders, ["docs", "libs", "libs/money"]);
    }

    #[test]
    fn a_folder_that_the_architecture_does_not_name_is_found() {
        let text = "services/\n  risk/  may it pass\nsee `libs/ledger`, partner-bank/\n";
        assert_eq!(named_in_architecture(text, "services", "risk"), []);
        assert_eq!(named_in_architecture(text, "libs", "ledger"), []);
        for (parent, room) in [("services", "bank"), ("libs", "led"), ("libs", "money")] {
            assert_eq!(named_in_architecture(text, parent, room).len(), 1, "{room}");
        }
    }

    #[test]
    fn a_manifest_that_inherits_no_lints_is_found() {
        let manifest = |text| SourceFile::new("libs/a/Cargo.toml", text);
        assert_eq!(
            inherits_lints(&manifest("[package]\n\n[dependencies]\n")).len(),
            1
        );
        assert_eq!(
            inherits_lints(&manifest("[package]\n[lints]\nworkspace = false\n")).len(),
            1
        );
        assert_eq!(
            inherits_lints(&manifest("[package]\n[lints]\nworkspace = true\n")),
            []
        );
    }
}
