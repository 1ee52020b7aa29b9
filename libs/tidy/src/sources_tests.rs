//! Each rule of `sources` on a planted violation and on an innocent neighbour.
//!
//! What is planted is put together from pieces, so that the rules do not find it in this file.

use super::*;

fn rust(path: &str, text: &str) -> SourceFile {
    SourceFile::new(path, text)
}

fn lines(violations: &[Violation]) -> Vec<usize> {
    violations.iter().map(|violation| violation.line).collect()
}

#[test]
fn a_long_file_is_found() {
    let long = rust("services/a/src/lib.rs", &"//!\n".repeat(MOST_LINES + 1));
    let fits = rust("services/a/src/b.rs", &"//!\n".repeat(MOST_LINES));
    let test = rust("services/a/tests/c.rs", &"//!\n".repeat(5000));
    let violations = file_sizes(&[long.clone(), fits, test], &[]);
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].path, long.path);
}

#[test]
fn a_wide_comment_is_found() {
    let words = "a ".repeat(48);
    let address = format!("https://{}", "a".repeat(100));
    let text = format!(
        "//! {words}\n//! {words}bc\n    // é{words}\n    // {words}\n/// {address}\nlet a = \"{words}\";\n"
    );
    assert_eq!(lines(&comment_widths(&rust("a.rs", &text))), [2, 3, 4]);
    assert_eq!(comment_widths(&rust("a.md", &text)), []);
}

#[test]
fn an_excepted_file_may_only_shrink() {
    let long = rust("a.rs", &"//!\n".repeat(700));
    assert_eq!(
        file_sizes(std::slice::from_ref(&long), &[("a.rs", 700)]),
        []
    );
    let grown = file_sizes(&[long], &[("a.rs", 699)]);
    assert!(grown[0].message.contains("may only shrink"), "{grown:?}");
}

#[test]
fn an_exception_that_is_not_needed_is_found() {
    let fits = rust("a.rs", "//!\n");
    let violations = file_sizes(&[fits], &[("a.rs", 700), ("gone.rs", 700)]);
    assert!(
        violations[0].message.starts_with("fits now"),
        "{violations:?}"
    );
    assert!(violations[1].message.starts_with("gone"), "{violations:?}");
}

#[test]
fn a_file_without_a_header_is_found() {
    assert_eq!(lines(&header(&rust("a.rs", "use std::fmt;\n"))), [1]);
    assert_eq!(lines(&header(&rust("a.rs", ""))), [1]);
    assert_eq!(header(&rust("a.rs", "//! Owns a.\n")), []);
    assert_eq!(header(&rust("a.toml", "[package]\n")), []);
}

#[test]
fn names_that_say_nothing_are_found() {
    for path in [
        "a/src/utils.rs",
        "a/src/helpers/b.rs",
        "a/tests/common/mod.rs",
        "manager.rs",
    ] {
        assert_eq!(names(&rust(path, "")).len(), 1, "{path}");
    }
    let text = "mod misc;\npub mod a;\npub(crate) mod utils {\n    pub mod helpers;\n}\n";
    assert_eq!(lines(&names(&rust("a.rs", text))), [1, 3, 4]);
    assert_eq!(
        names(&rust("a/src/commons_license.rs", "mod utility_bill;\n")),
        []
    );
}

#[test]
fn markers_of_unfinished_work_are_found() {
    let (to_do, fix_me, crosses) = (
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
    );
    let text = format!(
        "// {to_do}: later\n// {fix_me}\n// {crosses}: hm\n    {}!()\n{}!(\"x\")\n",
        "todo", "unimplemented"
    );
    assert_eq!(lines(&markers(&rust("a.rs", &text))), [1, 2, 3, 4, 5]);
    assert_eq!(
        lines(&markers(&rust("a.sql", &format!("-- {to_do}\n")))),
        [1]
    );
    let innocent = format!("let currency = \"{crosses}\"; // MASTO{to_do}N {crosses} is a code\n");
    assert_eq!(markers(&rust("a.rs", &innocent)), []);
}

#[test]
fn a_test_that_is_switched_off_is_found() {
    let text = format!("#[test]\n#[{}]\nfn a() {{}}\n#[{0} = \"slow\"]\n", "ignore");
    assert_eq!(lines(&ignored_tests(&rust("a.rs", &text))), [2, 4]);
}

#[test]
fn a_test_that_sleeps_is_found() {
    let (thread, time, call) = ("thread::", "time::", ["sleep", "(d)"].concat());
    let text =
        format!("std::{thread}{call};\ntokio::{time}{call}.await;\n{call};\nclock.{call};\n");
    assert_eq!(
        lines(&sleeping_tests(&rust("a/tests/b.rs", &text))),
        [1, 2, 3]
    );
    assert_eq!(
        sleeping_tests(&rust("a/src/b.rs", &text)),
        [],
        "outside tests it is no test"
    );
    let unit_tests = format!("{text}\n#[cfg(test)]\nmod tests {{\n    {thread}{call};\n}}\n");
    assert_eq!(
        lines(&sleeping_tests(&rust("a/src/b.rs", &unit_tests))),
        [8]
    );
}

#[test]
fn paths_of_a_machine_are_found() {
    for folder in ["tmp/", "root/", "home/me/", "Users/me/"] {
        let text = format!("//!\nlet path = \"/{folder}x\";\n");
        assert_eq!(lines(&machine_paths(&rust("a.rs", &text))), [2], "{folder}");
    }
    let innocent = format!(
        "\"https://example.org/{0}\" \"docs/{0}\" \"{{dir}}/{0}\"",
        "home/"
    );
    assert_eq!(machine_paths(&rust("a.rs", &innocent)), []);
}

#[test]
fn code_that_is_not_safe_is_found() {
    let keyword = ["un", "safe"].concat();
    let text = format!("{keyword} {{ x }}\npub {keyword} fn a() {{}}\n#[{keyword}(no_mangle)]\n");
    assert_eq!(lines(&unsafe_code(&rust("a.rs", &text))), [1, 2, 3]);
    assert_eq!(
        unsafe_code(&rust("a.rs", &format!("// {keyword} is forbidden\n"))),
        []
    );
}

#[test]
fn files_that_others_may_read_are_found() {
    let text = format!(
        "//!\nlet a = {}(p);\nstd::fs::{}(p)?;\nlet file = File::open(p);\n#[cfg(test)]\nmod tests {{\n    std::fs::{1}(p)\n}}\n",
        ["File::", "create"].concat(),
        ["create", "_dir_all"].concat()
    );
    for path in ["payflow/src/a.rs", "services/a/src/b.rs"] {
        assert_eq!(lines(&private_files(&rust(path, &text))), [2, 3], "{path}");
    }
    for path in [
        PRIVATE_FILE,
        "services/a/tests/b.rs",
        "libs/testkit/src/a.rs",
    ] {
        assert_eq!(private_files(&rust(path, &text)), [], "{path}");
    }
    let tests = format!("#![cfg(test)]\n{text}");
    assert_eq!(private_files(&rust("payflow/src/tests.rs", &tests)), []);
}

#[test]
fn a_core_that_reads_a_clock_is_found() {
    let text = "//!\nuse std::time::Instant;\nasync fn a() {}\n";
    assert_eq!(
        lines(&pure_core(&rust("libs/ledger/src/lib.rs", text))),
        [2, 3]
    );
    assert_eq!(
        lines(&pure_core(&rust("services/payments/core/src/a.rs", text))),
        [2, 3]
    );
    assert_eq!(
        lines(&pure_core(&rust("services/risk/screening/src/a.rs", text))),
        lines(&pure_core(&rust("libs/ledger/src/lib.rs", text)))
    );
    assert_eq!(pure_core(&rust("services/payments/src/a.rs", text)), []);
    assert_eq!(pure_core(&rust("libs/ledger/tests/a.rs", text)), []);
    assert_eq!(pure_core(&rust("libs/platform/src/lib.rs", text)), []);
}

#[test]
fn a_core_that_allows_unchecked_arithmetic_is_found() {
    let complete = "//!\n#![deny(\n    clippy::arithmetic_side_effects,\n    \
        clippy::float_arithmetic,\n    clippy::wildcard_enum_match_arm\n)]\n";
    assert_eq!(core_lints(&rust("libs/money/src/lib.rs", complete)), []);
    let partial = "//!\n#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]\n";
    assert_eq!(core_lints(&rust("libs/money/src/lib.rs", partial)).len(), 1);
    for root in [
        "libs/ledger/src/lib.rs",
        "services/payments/core/src/lib.rs",
    ] {
        assert_eq!(core_lints(&rust(root, "//!\n")).len(), 1, "{root}");
    }
    assert_eq!(core_lints(&rust("libs/platform/src/lib.rs", "//!\n")), []);
}
