//! Each rule of `dependencies` on a small house with a planted violation.

use serde_json::json;

use super::*;

const HOUSE: [(&str, &str); 12] = [
    ("bench", "bench"),
    ("payflow", "payflow"),
    ("risk", "services/risk"),
    ("screening", "services/risk/screening"),
    ("payments", "services/payments"),
    ("payments-core", "services/payments/core"),
    ("contracts", "libs/contracts"),
    ("ledger", "libs/ledger"),
    ("money", "libs/money"),
    ("platform", "libs/platform"),
    ("testkit", "libs/testkit"),
    ("values", "libs/values"),
];

/// A house with these dependencies: (crate, needed crate, kind as Cargo writes it).
fn house(needs: &[(&str, &str, Option<&str>)]) -> Graph {
    let mut names: BTreeSet<&str> = HOUSE.iter().map(|(name, _)| *name).collect();
    names.extend(needs.iter().flat_map(|(from, to, _)| [*from, *to]));
    let folder = |name| {
        HOUSE
            .iter()
            .find(|(member, _)| *member == name)
            .map(|(_, folder)| folder)
    };
    let of = |name: &str| {
        needs
            .iter()
            .filter(move |(from, _, _)| *from == name)
            .collect::<Vec<_>>()
    };
    let packages: Vec<Value> = names
        .iter()
        .map(|name| {
            let manifest = match folder(*name) {
                Some(folder) => format!("/house/{folder}/Cargo.toml"),
                None => format!("/registry/{name}/Cargo.toml"),
            };
            let needed = of(name)
                .into_iter()
                .map(|(_, to, kind)| json!({"name": to, "kind": kind}));
            let needed: Vec<Value> = needed.collect();
            json!({"id": name, "name": name, "manifest_path": manifest, "dependencies": needed})
        })
        .collect();
    let nodes: Vec<Value> = names
        .iter()
        .map(|name| {
            let needed = of(name)
                .into_iter()
                .map(|(_, to, kind)| json!({"pkg": to, "dep_kinds": [{"kind": kind}]}));
            let needed: Vec<Value> = needed.collect();
            json!({"id": name, "deps": needed})
        })
        .collect();
    Graph::from_metadata(&json!({
        "workspace_root": "/house",
        "workspace_members": HOUSE.map(|(name, _)| name),
        "packages": packages,
        "resolve": {"nodes": nodes},
    }))
}

fn texts(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn contracts_that_reach_a_framework_are_found() {
    let graph = house(&[
        ("contracts", "platform", None),
        ("platform", "axum", None),
        ("axum", "hyper", None),
    ]);
    let found = texts(&graph.contracts_know_no_framework());
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("contracts -> platform -> axum"),
        "{found:?}"
    );
    let graph = house(&[("contracts", "axum", Some("dev"))]);
    assert_eq!(
        texts(&graph.contracts_know_no_framework()),
        Vec::<String>::new()
    );
}

#[test]
fn the_house_as_designed_has_no_violation() {
    let graph = house(&[
        ("bench", "payflow", None),
        ("bench", "risk", None),
        ("bench", "payments", None),
        ("bench", "anyhow", None),
        ("payflow", "risk", None),
        ("payflow", "payments", None),
        ("payflow", "anyhow", None),
        ("payments", "contracts", None),
        ("payments", "ledger", None),
        ("payments", "payments-core", None),
        ("payments", "testkit", Some("dev")),
        ("payments-core", "contracts", None),
        ("payments-core", "ledger", None),
        ("payments-core", "proptest", Some("dev")),
        ("payments-core", "values", None),
        ("values", "time", None),
        ("risk", "payments", Some("dev")),
        ("risk", "screening", None),
        ("screening", "csv", None),
        ("contracts", "money", None),
        ("ledger", "money", None),
        ("ledger", "rand", Some("dev")),
        ("money", "serde", None),
        ("platform", "tokio", None),
    ]);
    assert!(!graph.is_empty());
    assert_eq!(graph.who_may_know_whom(), []);
    assert_eq!(graph.core_is_pure(), []);
    assert_eq!(graph.anyhow_only_in_programs(), []);
}

#[test]
fn a_service_that_knows_a_service_is_found() {
    let violations = house(&[("risk", "payments", None)]).who_may_know_whom();
    assert_eq!(
        texts(&violations),
        ["services/risk/Cargo.toml: depends on `payments`: \
          a service knows another one only through its trait in `contracts`"]
    );
    assert_eq!(
        house(&[("risk", "payments", Some("build"))])
            .who_may_know_whom()
            .len(),
        1
    );
}

#[test]
fn only_payments_may_know_the_ledger() {
    assert_eq!(
        house(&[("payments", "ledger", None)]).who_may_know_whom(),
        []
    );
    assert_eq!(
        house(&[("risk", "ledger", None)]).who_may_know_whom().len(),
        1
    );
}

#[test]
fn a_test_kit_at_run_time_is_found() {
    assert_eq!(
        house(&[("risk", "testkit", None)])
            .who_may_know_whom()
            .len(),
        1
    );
}

#[test]
fn a_library_that_knows_a_service_is_found() {
    assert_eq!(
        house(&[("platform", "risk", None)])
            .who_may_know_whom()
            .len(),
        1
    );
    assert_eq!(
        house(&[("contracts", "payflow", None)])
            .who_may_know_whom()
            .len(),
        1
    );
}

#[test]
fn a_program_that_knows_what_measures_it_is_found() {
    let violations = house(&[("payflow", "bench", None)]).who_may_know_whom();
    assert_eq!(
        texts(&violations),
        ["payflow/Cargo.toml: depends on `bench`: nothing that is measured knows what measures it"]
    );
}

#[test]
fn the_core_and_the_platform_know_only_what_is_listed() {
    assert_eq!(
        house(&[("money", "ledger", None)])
            .who_may_know_whom()
            .len(),
        1
    );
    assert_eq!(
        house(&[("ledger", "contracts", None)])
            .who_may_know_whom()
            .len(),
        1
    );
    assert_eq!(
        house(&[("platform", "money", None)])
            .who_may_know_whom()
            .len(),
        1
    );
}

#[test]
fn a_second_crate_that_knows_several_services_is_found() {
    let violations =
        house(&[("testkit", "risk", None), ("testkit", "payments", None)]).who_may_know_whom();
    assert!(
        texts(&violations).contains(
            &"libs/testkit/Cargo.toml: only payflow/ and bench/ know several services".to_owned()
        ),
        "{violations:?}"
    );
}

#[test]
fn an_impure_crate_deep_below_the_core_is_found_with_the_way_to_it() {
    let graph = house(&[
        ("ledger", "money", None),
        ("money", "dates", None),
        ("dates", "time", None),
        ("dates", "rand", Some("dev")),
        ("dates", "tokio", Some("build")),
    ]);
    assert_eq!(
        texts(&graph.core_is_pure()),
        [
            "libs/ledger/Cargo.toml: the core may not reach `time`, \
             but: ledger -> money -> dates -> time",
            "libs/money/Cargo.toml: the core may not reach `time`, but: money -> dates -> time",
        ]
    );
}

#[test]
fn a_core_of_a_service_that_does_more_than_decide_is_found() {
    for impure in ["axum", "http", "tokio", "time", "rusqlite"] {
        assert_eq!(
            house(&[("screening", impure, None)]).core_is_pure().len(),
            1
        );
        let graph = house(&[("payments-core", impure, None)]);
        let expected = format!(
            "services/payments/core/Cargo.toml: the core may not reach `{impure}`, but: payments-core -> {impure}"
        );
        assert_eq!(texts(&graph.core_is_pure()), [expected]);
    }
    for known in ["platform", "payments", "testkit"] {
        let graph = house(&[("payments-core", known, None)]);
        assert_eq!(graph.who_may_know_whom().len(), 1, "{known}");
    }
}

#[test]
fn the_core_reaches_dates_through_values_only() {
    let core = [("payments-core", "values", None), ("values", "time", None)];
    assert_eq!(house(&core).core_is_pure(), []);
    let graph = house(&[
        ("payments-core", "values", None),
        ("values", "dates", None),
        ("dates", "time", None),
    ]);
    assert_eq!(
        texts(&graph.core_is_pure()),
        [
            "services/payments/core/Cargo.toml: the core may not reach `time`, \
          but: payments-core -> values -> dates -> time"
        ]
    );
}

#[test]
fn a_service_that_knows_the_core_of_another_is_found() {
    for (service, core) in [("risk", "payments-core"), ("payments", "screening")] {
        let graph = house(&[(service, core, None)]);
        assert_eq!(graph.who_may_know_whom().len(), 1, "{service}");
    }
}

#[test]
fn anyhow_outside_the_programs_is_found() {
    let graph = house(&[("risk", "anyhow", None), ("money", "anyhow", Some("dev"))]);
    let mut violations = texts(&graph.anyhow_only_in_programs());
    violations.sort();
    assert_eq!(
        violations,
        [
            "libs/money/Cargo.toml: use a thiserror enum, not `anyhow`",
            "services/risk/Cargo.toml: use a thiserror enum, not `anyhow`",
        ]
    );
}

#[test]
fn metadata_without_packages_is_empty() {
    assert!(Graph::from_metadata(&json!({})).is_empty());
}
