//! `payflow bench`: it measures both engines, adds up, and leaves nothing behind. How fast it is, no test says.
#![cfg(test)]

mod process;

use process::{payflow, stderr, stdout, store_words};
use serde_json::Value;
use testkit::{Engine, TestStore, engines};

/// Runs a benchmark on a store and reads what it prints.
fn bench(words: &[&str], store: &TestStore) -> Value {
    let output = payflow(words)
        .args(store_words(store))
        .arg("--json")
        // Passwords are not what is tested here.
        .env("PAYFLOW__IDENTITY__PASSWORD__MEMORY_KIB", "64")
        .env("PAYFLOW__IDENTITY__PASSWORD__ITERATIONS", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    if store.engine() == Engine::Sqlite {
        let left = std::fs::read_dir(store.folder()).unwrap().count();
        assert_eq!(left, 0, "something is left in the folder");
    }
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn the_ledger_is_measured_beside_its_yardstick() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let words = "bench ledger --seconds 0.1 --accounts 50 --batches 1,100";
        let words: Vec<_> = words.split(' ').collect();
        let report = bench(&words, &store);
        let cases = report["results"].as_array().unwrap();
        let shapes: Vec<_> = cases
            .iter()
            .map(|case| {
                ["batch", "in_flight", "hot"].map(|field| case[field].as_u64().unwrap_or_default())
            })
            .collect();
        let expected = [
            [1, 1, 0],
            [1, 1, 100],
            [1, 64, 0],
            [1, 64, 100],
            [100, 1, 0],
            [100, 1, 100],
        ];
        assert_eq!(shapes, expected, "{engine:?}");
        for case in cases {
            for field in ["per_second", "p50_us", "p99_us", "yardstick_per_second"] {
                assert!(
                    case[field].as_u64() > Some(0),
                    "{engine:?}, {field}: {case}"
                );
            }
        }
        assert_eq!(report["settings"]["accounts"], 50);
    }
}

#[test]
fn transactions_are_measured_too() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let words = "bench ledger --transactions --seconds 0.1 --accounts 10 --batches 20 --hot 0";
        let words: Vec<_> = words.split(' ').collect();
        let report = bench(&words, &store);
        let case = &report["results"][0];
        assert!(case["per_second"].as_u64() > Some(0), "{engine:?}: {case}");
        assert_eq!(case["in_flight"], 20);
        assert_eq!(case["ratio"], Value::Null);
    }
}

#[test]
fn a_server_is_measured_and_its_balances_are_exact() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let words = "bench http --seconds 0.2 --warmup 0.1 --users 3 --connections 4";
        let words: Vec<_> = words.split(' ').collect();
        let report = bench(&words, &store);
        assert!(
            report["results"][0]["per_second"].as_u64() > Some(0),
            "{report}"
        );
        let figures = &report["figures"];
        assert_eq!(figures["errors"], 0, "{engine:?}: {report}");
        assert_eq!(figures["balances"], "exact");
        assert!(figures["start_to_first_answer_ms"].is_u64(), "{report}");
    }
}

#[test]
fn a_batch_beyond_the_journals_is_refused() {
    let output = payflow(["bench", "ledger", "--batches", "8193"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("8192"), "{}", stderr(&output));
}
