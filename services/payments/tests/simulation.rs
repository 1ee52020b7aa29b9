//! The journal under simulated storage, time and clients: hundreds of seeds here, more with
//! `PAYFLOW_SIMULATION_SEEDS` or `cargo run --release -p simulation -- --seeds 10000`. Bugs that
//! are planted in the store have to be found.
#![cfg(test)]

use simulation::planted::Bug;
use simulation::{Failure, Options, Outcome, run};

#[expect(
    clippy::disallowed_methods,
    reason = "how long to test, only the environment can say"
)]
fn seeds() -> u64 {
    let seeds = std::env::var("PAYFLOW_SIMULATION_SEEDS").ok();
    seeds.map_or(250, |seeds| {
        seeds
            .parse()
            .expect("PAYFLOW_SIMULATION_SEEDS is a number of seeds")
    })
}

fn quietly(options: Options) -> Result<Outcome, Failure> {
    run(options, &mut |_| {})
}

#[test]
fn whatever_goes_wrong_the_journal_agrees_with_the_model() {
    let mut seen = Outcome::default();
    for seed in 0..seeds() {
        let outcome = quietly(Options::seed(seed)).unwrap_or_else(|failure| panic!("{failure}"));
        seen.batches += outcome.batches;
        seen.answered += outcome.answered;
        seen.faulted += outcome.faulted;
        seen.restarts += outcome.restarts;
    }
    println!("{seen:?}");
    assert!(seen.answered > seen.faulted, "most commands are answered");
    assert!(
        seen.faulted > 0 && seen.restarts > 0,
        "something went wrong"
    );
}

#[test]
fn an_answer_that_is_replaced_in_the_batch_that_accepts_a_time_verifies() {
    quietly(Options::seed(478)).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_seed_repeats_itself_to_the_last_byte() {
    for seed in [3, 1_000_003] {
        let outcomes = [(); 2].map(|()| quietly(Options::seed(seed)).unwrap());
        assert_eq!(outcomes[0], outcomes[1]);
        let other = quietly(Options::seed(seed + 1)).unwrap();
        assert_ne!(outcomes[0].trace, other.trace);
    }
}

#[test]
fn a_failure_says_how_to_repeat_it() {
    let failure = Failure {
        seed: 7,
        steps: 40,
        step: 3,
        what: "something differs".to_owned(),
    };
    let text = failure.to_string();
    assert!(text.contains("seed 7, step 3: something differs"), "{text}");
    let command = "cargo run --release -p simulation -- --seed 7 --steps 40";
    assert!(text.contains(command), "{text}");
}

/// The first of 1,000 seeds that finds a bug.
fn found(bug: Bug) -> (u64, Failure) {
    let options = |seed| Options {
        bug: Some(bug),
        ..Options::seed(seed)
    };
    (0..1_000)
        .find_map(|seed| Some((seed, quietly(options(seed)).err()?)))
        .unwrap_or_else(|| panic!("1,000 seeds did not find that the store {bug:?}"))
}

#[test]
fn every_planted_bug_is_found() {
    for bug in Bug::ALL {
        let (seed, failure) = found(bug);
        println!("{bug:?}: after {} seeds, {failure}", seed + 1);
    }
}
