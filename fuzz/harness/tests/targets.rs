//! Each fuzz target in a short form: its seeds, and bytes that proptest makes. A finding of
//! `make fuzz` becomes a seed.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use fuzz_harness::{amounts, book, commands, cursors, lists};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Runs a target on its seeds and on so many random inputs of up to so many bytes.
fn target(name: &str, run: fn(&[u8]), cases: u32, most: usize) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../seeds")
        .join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&seeds).unwrap() {
        run(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", seeds.display());
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::with_cases(cases)
    });
    let tried = runner.run(&vec(any::<u8>(), 0..most), |data| {
        run(&data);
        Ok(())
    });
    assert!(tried.is_ok(), "{}", tried.unwrap_err());
}

#[test]
fn amounts_are_read_and_written_exactly() {
    target("amounts", amounts::run, 4_000, 40);
}

#[test]
fn any_text_as_a_cursor_is_refused_or_means_one_place() {
    target("cursors", cursors::run, 1_000, 60);
}

#[test]
fn any_body_of_a_command_is_refused_or_means_what_it_says() {
    target("commands", commands::run, 1_500, 120);
}

/// Without this, the target could hold because everything is refused at the door.
#[test]
fn bodies_of_commands_get_as_far_as_an_effect_and_to_refusals_of_every_kind() {
    let mut runner = TestRunner::deterministic();
    let mut met = BTreeSet::new();
    for _ in 0..600 {
        let data = vec(any::<u8>(), 0..200).new_tree(&mut runner).unwrap();
        met.insert(commands::outcome(&data.current()));
    }
    let statuses: BTreeSet<u16> = met.iter().map(|(status, _)| *status).collect();
    for status in [200, 201, 400, 401, 404, 409, 422] {
        assert!(statuses.contains(&status), "{status}: {met:?}");
    }
    for code in [
        "malformed_json",
        "unknown_field",
        "missing_field",
        "amount_must_be_positive",
    ] {
        assert!(met.iter().any(|(_, met)| met == code), "{code}: {met:?}");
    }
}

#[test]
fn overdrafts_holds_and_reversals_never_break_the_book() {
    target("book", book::run, 400, 400);
}

#[test]
fn any_list_query_gives_what_a_naive_filter_gives() {
    target("lists", lists::run, 250, 60);
}
