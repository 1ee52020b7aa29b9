//! Applies every rule to this repository. A failure names the file, the line and what to do.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use tidy::dependencies::Graph;
use tidy::{SourceFile, Violation, arms, documents, layout, modules, sources, sql, tree};

static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    tree::paths(&root()).unwrap_or_else(|error| panic!("cannot list the repository: {error}"))
});

static FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    tree::texts(&root(), &PATHS).unwrap_or_else(|error| panic!("cannot read a file: {error}"))
});

static GRAPH: LazyLock<Graph> = LazyLock::new(|| {
    // For this machine only: offline, Cargo has not fetched the crates of other platforms.
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.unwrap_or_else(|| panic!("`cargo -vV` names no host:\n{version}"));
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--filter-platform",
        host,
    ]);
    let metadata = serde_json::from_str(&metadata)
        .unwrap_or_else(|error| panic!("`cargo metadata` is not JSON: {error}"));
    Graph::from_metadata(&metadata)
});

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("cannot run cargo {arguments:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo {arguments:?} failed:\n{errors}"
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn assert_none(violations: impl IntoIterator<Item = Violation>) {
    let list: Vec<String> = violations
        .into_iter()
        .map(|violation| violation.to_string())
        .collect();
    assert!(
        list.is_empty(),
        "{} violation(s):\n{}",
        list.len(),
        list.join("\n")
    );
}

#[test]
fn the_whole_repository_is_looked_at() {
    for path in [
        "Cargo.toml",
        "libs/money/src/lib.rs",
        "libs/tidy/tests/house.rs",
    ] {
        assert!(
            FILES.iter().any(|file| file.path == path),
            "{path} was not read"
        );
    }
    assert!(
        !PATHS
            .iter()
            .any(|path| path.starts_with("target/") || path.starts_with(".git/"))
    );
    assert!(!GRAPH.is_empty(), "`cargo metadata` named no packages");
}

#[test]
fn the_crates_know_each_other_only_as_designed() {
    assert_none(GRAPH.who_may_know_whom());
}

#[test]
fn the_core_depends_on_nothing_impure() {
    assert_none(GRAPH.core_is_pure());
}

#[test]
fn contracts_depend_on_neither_http_nor_a_database() {
    assert_none(GRAPH.contracts_know_no_framework());
}

#[test]
fn the_core_contains_nothing_impure() {
    assert_none(FILES.iter().flat_map(sources::pure_core));
    assert_none(FILES.iter().flat_map(sources::core_lints));
}

#[test]
fn no_modules_name_one_another_in_a_circle() {
    assert_none(modules::circles(&FILES));
}

#[test]
fn statuses_and_problems_are_chosen_under_http_only() {
    assert_none(FILES.iter().flat_map(modules::http_outside_of_http));
}

#[test]
fn sql_arguments_are_written_in_stores_only() {
    assert_none(FILES.iter().flat_map(modules::sql_outside_of_stores));
}

#[test]
fn anyhow_is_used_by_the_programs_only() {
    assert_none(GRAPH.anyhow_only_in_programs());
}

#[test]
fn every_crate_inherits_the_lints_of_the_workspace() {
    assert_none(FILES.iter().flat_map(layout::inherits_lints));
}

#[test]
fn files_have_one_subject_and_a_size_that_shows_it() {
    assert_none(sources::file_sizes(&FILES, sources::LONG_FILES));
}

#[test]
fn every_rust_file_says_what_it_owns() {
    assert_none(FILES.iter().flat_map(sources::header));
}

#[test]
fn comments_are_as_wide_as_code() {
    assert_none(FILES.iter().flat_map(sources::comment_widths));
}

#[test]
fn names_say_something() {
    assert_none(FILES.iter().flat_map(sources::names));
}

#[test]
fn nothing_is_marked_as_unfinished() {
    assert_none(FILES.iter().flat_map(sources::markers));
}

#[test]
fn no_test_is_switched_off() {
    assert_none(FILES.iter().flat_map(sources::ignored_tests));
}

#[test]
fn no_test_sleeps() {
    assert_none(FILES.iter().flat_map(sources::sleeping_tests));
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    assert_none(FILES.iter().flat_map(sources::machine_paths));
}

#[test]
fn what_payflow_writes_is_private() {
    assert_none(FILES.iter().flat_map(sources::private_files));
}

#[test]
fn nothing_is_unsafe() {
    assert_none(FILES.iter().flat_map(sources::unsafe_code));
}

#[test]
fn no_error_becomes_a_status_by_itself() {
    assert_none(FILES.iter().flat_map(arms::catch_alls));
}

#[test]
fn sql_runs_on_both_engines() {
    assert_none(FILES.iter().flat_map(sql::casts));
    assert_none(FILES.iter().flat_map(sql::placeholders));
}

#[test]
fn every_service_looks_the_same() {
    let services = layout::rooms("services", &PATHS);
    assert!(!services.is_empty(), "no services were found");
    assert_none(
        services
            .into_iter()
            .flat_map(|name| layout::service(name, &PATHS)),
    );
}

fn file(path: &str) -> &'static SourceFile {
    let found = FILES.iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("{path} is missing"))
}

#[test]
fn every_service_with_tables_is_in_the_list() {
    let wiring = file("payflow/src/wiring.rs");
    let services = layout::rooms("services", &PATHS);
    let listed = |name| layout::listed(wiring, name, &PATHS);
    assert_none(services.into_iter().flat_map(listed));
}

#[test]
fn what_a_page_names_is_there() {
    assert_none(
        FILES
            .iter()
            .flat_map(|page| documents::names_what_is_there(page, &PATHS)),
    );
}

#[test]
fn the_readme_of_a_service_is_short() {
    assert_none(FILES.iter().flat_map(layout::readme_is_short));
}

#[test]
fn the_architecture_names_every_folder() {
    let text = file("ARCHITECTURE.md").text.as_str();
    assert_none(layout::folders(&PATHS).into_iter().flat_map(|folder| {
        let (parent, room) = folder.rsplit_once('/').unwrap_or(("", folder));
        layout::named_in_architecture(text, parent, room)
    }));
}
