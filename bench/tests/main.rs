//! `payflow-bench`: it measures both engines, adds up, and leaves nothing behind. How fast it is,
//! no test says.
#![cfg(test)]

use std::process::{Command, Output};

use serde_json::Value;
use testkit::{Engine, TestStore, engines};

/// The program under test.
fn program(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payflow-bench"));
    command.args(words.split_whitespace());
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The words that name a store on the command line.
fn store_words(store: &TestStore) -> [String; 2] {
    match store.engine() {
        Engine::Sqlite => ["--data".into(), store.folder().display().to_string()],
        Engine::Postgres => ["--database-url".into(), store.database_url().to_owned()],
    }
}

/// Runs a benchmark on a store and reads what it prints.
fn bench(words: &str, store: &TestStore) -> Value {
    let output = program(words)
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
        let words = "ledger --seconds 0.1 --accounts 50 --batches 1,100 --row-locking 0";
        let report = bench(words, &store);
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
        let settings = &report["settings"];
        assert_eq!(settings["accounts"], 50);
        for said in ["yardstick", "durability"] {
            assert!(settings[said].is_string(), "{engine:?}: {settings}");
        }
    }
}

#[test]
fn the_largest_batches_are_measured_beside_as_many_transactions() {
    let store = TestStore::new(Engine::Sqlite);
    let words = "ledger --seconds 0.1 --accounts 10 --batches 8192 --hot 0";
    let report = bench(words, &store);
    let in_flight = |case: &Value| (case["batch"].as_u64(), case["in_flight"].as_u64());
    let cases: Vec<_> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(in_flight)
        .collect();
    assert_eq!(cases, [(Some(8192), Some(1)), (Some(1), Some(8192))]);
}

#[test]
fn a_row_locking_procedure_is_compared_on_postgres() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let words = "ledger --seconds 0.1 --accounts 10 --batches 20 --hot 100 --row-locking 1,2";
        let report = bench(words, &store);
        let cases = report["results"].as_array().unwrap();
        if engine == Engine::Sqlite {
            assert_eq!(cases.len(), 1, "{report}");
            continue;
        }
        let [journal, procedure] = cases.as_slice() else {
            panic!("pgbench comes with PostgreSQL's programs: {report}");
        };
        assert!(
            journal["row_locking_ratio"].as_f64() > Some(0.0),
            "{report}"
        );
        let name = procedure["name"].as_str().unwrap();
        assert_eq!(name, "row-locking SQL, one hot account");
        for field in ["per_second", "p50_us", "p99_us"] {
            assert!(procedure[field].as_u64() > Some(0), "{field}: {procedure}");
        }
    }
}

#[test]
fn without_pgbench_the_rest_is_measured_and_the_user_is_told() {
    for engine in engines()
        .into_iter()
        .filter(|engine| *engine == Engine::Postgres)
    {
        let store = TestStore::new(engine);
        let words = "ledger --seconds 0.1 --accounts 10 --batches 20 --hot 0 --pg-bin /nowhere";
        let output = program(words).args(store_words(&store)).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("--pg-bin"), "{}", stderr(&output));
        assert!(stdout(&output).contains("batches, uniform"));
    }
}

#[test]
fn transactions_are_measured_too() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let words = "ledger --transactions --seconds 0.1 --accounts 10 --batches 20 --hot 0 --row-locking 0";
        let report = bench(words, &store);
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
        let words = "http --seconds 0.2 --warmup 0.1 --users 3 --connections 4";
        for (more, risk) in [("", "off"), (" --risk", "on")] {
            let report = bench(&format!("{words}{more}"), &store);
            assert_eq!(report["settings"]["risk"], risk);
            let per_second = report["results"][0]["per_second"].as_u64();
            assert!(per_second > Some(0), "{report}");
            let figures = &report["figures"];
            assert_eq!(figures["errors"], 0, "{engine:?}: {report}");
            assert_eq!(figures["balances"], "exact");
            assert!(figures["start_to_first_answer_ms"].is_u64(), "{report}");
            costs_are_compared_with_the_echo(&report);
        }
    }
}

fn costs_are_compared_with_the_echo(report: &Value) {
    let [case, echo] = report["results"].as_array().unwrap().as_slice() else {
        panic!("one case and its yardstick: {report}");
    };
    assert_eq!(case["yardstick_per_second"], echo["per_second"]);
    assert!(echo["per_second"].as_u64() > Some(0), "{report}");
    let figures = &report["figures"];
    // Processor time comes in hundredths of a second: of so short a run there may be none.
    for cost in ["server_cpu_us_per_transfer", "echo_cpu_us_per_transfer"] {
        assert!(figures[cost].as_f64() >= Some(0.0), "{report}");
    }
}

#[test]
fn batches_over_http_are_measured_and_none_is_lost() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let words = "http --batch 50 --seconds 0.2 --warmup 0.1 --accounts 10 --connections 2";
        let report = bench(words, &store);
        let case = &report["results"][0];
        assert_eq!(case["batch"], 50, "{engine:?}: {report}");
        assert_eq!(case["in_flight"], 2);
        let figures = &report["figures"];
        assert_eq!(figures["errors"], 0, "{engine:?}: {report}");
        assert_eq!(figures["balances"], "exact");
        assert_eq!(figures["completed"].as_u64().unwrap() % 50, 0);
        costs_are_compared_with_the_echo(&report);
    }
}

#[test]
fn growth_is_sampled_compared_read_and_drawn() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let pictures = tempfile::tempdir().unwrap();
        let plot = pictures.path().join("growth.svg");
        let words = "growth --transfers 2000 --transactions 50 --batch 20 --accounts 10 --hot 50 \
                     --seconds 0.1 --reads 3 --plot";
        let report = bench(&format!("{words} {}", plot.display()), &store);
        let samples = report["samples"].as_array().unwrap();
        assert_eq!(samples.len(), 50, "{engine:?}");
        assert_eq!(samples[49]["transfers"], 2_000);
        for field in ["per_second", "resident_kib", "bytes"] {
            assert!(samples[49][field].as_u64() > Some(0), "{engine:?}, {field}");
        }
        let names: Vec<_> = report["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|case| case["name"].as_str().unwrap())
            .collect();
        assert_eq!(names[0], "2,000 transfers");
        assert!(names[1].ends_with(" transactions"), "{names:?}");
        for case in &report["results"].as_array().unwrap()[2..] {
            assert!(case["ratio"].as_f64() > Some(0.0), "{engine:?}: {case}");
        }
        for read in report["reads"].as_array().unwrap() {
            assert_eq!(read["requests"], 3, "{engine:?}: {read}");
            assert!(read["p50_us"].as_u64() <= read["p99_us"].as_u64(), "{read}");
        }
        let figures = &report["figures"];
        assert!(
            figures["bytes_per_transfer"].as_f64() > Some(0.0),
            "{report}"
        );
        assert!(
            figures["hot_wallet_entries"].as_u64() > Some(1_000),
            "{report}"
        );
        let drawn = std::fs::read_to_string(&plot).unwrap();
        assert!(drawn.starts_with("<svg ") && drawn.contains("2,000 transfers"));
    }
}

#[test]
fn authentication_is_measured_beside_requests_without_it() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let report = bench("auth --requests 200", &store);
        let figure = |name: &str| report["figures"][name].as_f64().unwrap();
        for kind in ["open", "authenticated"] {
            let [p50, p99] = ["p50", "p99"].map(|rank| figure(&format!("{kind}_{rank}_us")));
            assert!(0.0 < p50 && p50 <= p99, "{report}");
        }
        assert!(figure("overhead_p50_us") >= 0.0, "{report}");
    }
}

#[test]
fn a_batch_beyond_the_journals_is_refused() {
    let output = program("ledger --batches 8193").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("8192"), "{}", stderr(&output));
}

#[test]
fn logins_are_measured_beside_others_and_a_second_node_refuses_what_ended() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let words = "logins --logins 3 --seconds 0.3";
        let report = bench(words, &store);
        let reads = report["reads"].as_array().unwrap();
        let names: Vec<_> = reads
            .iter()
            .map(|read| read["name"].as_str().unwrap())
            .collect();
        let expected = ["wallets, nobody logs in", "wallets, beside logins", "login"];
        assert_eq!(names, expected, "{engine:?}");
        for read in reads {
            for field in ["requests", "p50_us", "p99_us"] {
                assert!(
                    read[field].as_u64() > Some(0),
                    "{engine:?}, {field}: {read}"
                );
            }
        }
        let figures = &report["figures"];
        assert!(figures["logins_per_second"].as_u64() > Some(0), "{figures}");
        let on_two_nodes = engine == Engine::Postgres;
        let longest = figures["refused_elsewhere_max_ms"].as_f64();
        assert_eq!(
            longest.is_some_and(|longest| longest > 0.0),
            on_two_nodes,
            "{figures}"
        );
    }
}
