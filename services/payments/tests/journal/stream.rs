//! One seeded stream of commands of every kind through both engines, one node or two, in batches or
//! one by one, with a cache that holds everything or next to nothing: always the same answers, and
//! those of the naive model.

use std::collections::BTreeMap;
use std::sync::Arc;

use payments::journal::Fault;
use payments::journal::{Journal, JournalConfig};
use payments_core::command::{Answer, Command, Operation};
use simulation::model::{Model, ModelAnswer};
use simulation::script::Script;
use testkit::{Engine, engines};

use crate::journal::harness::Place;

/// A way of putting a stream through.
#[derive(Debug, Clone, Copy)]
struct Way {
    engine: Engine,
    /// Many at once, so that the journal makes batches of them; otherwise each waits for the one
    /// before.
    together: bool,
    /// Journals on the same store that take turns; on SQLite there is only one.
    nodes: usize,
    config: JournalConfig,
}

/// A journal that forgets almost everything after each batch, and makes small ones.
const FORGETFUL: JournalConfig = JournalConfig {
    queue: 65_536,
    batch: 5,
    cached_accounts: 4,
    max_clock_step: i64::MAX,
};

struct Run {
    place: Place,
    nodes: Vec<Arc<Journal>>,
    way: Way,
}

impl Run {
    fn begin(way: Way) -> Self {
        let place = Place::new(way.engine);
        let start = |_| place.start_with(place.journal_store(), way.config);
        let nodes = (0..way.nodes).map(start).collect();
        Self { place, nodes, way }
    }

    fn group(&self, turn: usize, commands: &[Command]) -> Vec<Result<Answer, Fault>> {
        let journal = &self.nodes[turn % self.nodes.len()];
        if self.way.together {
            return self.place.submit_all(journal, commands.iter().cloned());
        }
        let submit = |command: &Command| journal.submit_blocking(command.clone());
        commands.iter().map(submit).collect()
    }

    /// The sums of all accounts, in no order.
    fn sums(&self) -> Vec<[i64; 4]> {
        let sql =
            "SELECT debits_posted, credits_posted, debits_pending, credits_pending FROM balances";
        let rows = self.place.rows(sql);
        let mut sums: Vec<[i64; 4]> = rows
            .iter()
            .map(|row| [0, 1, 2, 3].map(|at| row[at].unwrap()))
            .collect();
        sums.sort_unstable();
        sums
    }
}

fn sums_of(model: &Model) -> Vec<[i64; 4]> {
    let sums = model.ledger.accounts().map(|account| {
        [
            account.debits_posted,
            account.credits_posted,
            account.debits_pending,
            account.credits_pending,
        ]
    });
    let mut sums: Vec<_> = sums.collect();
    sums.sort_unstable();
    sums
}

fn name(operation: &Operation) -> &'static str {
    match operation {
        Operation::OpenAccounts(_) => "open_accounts",
        Operation::Post(_) => "post",
        Operation::OpenWallet(_) => "open_wallet",
        Operation::CloseOwner(_) => "close_owner",
        Operation::ChangeWallet { .. } => "change_wallet",
        Operation::Create(_) => "create",
        Operation::Capture { .. } => "capture",
        Operation::Cancel { .. } => "cancel",
        Operation::Expire { .. } => "expire",
        Operation::ExpireHold { .. } => "expire_hold",
        Operation::Refund { .. } => "refund",
        Operation::RefundRequest { .. } => "refund_request",
        Operation::Settle { .. } => "settle",
        Operation::Resolve { .. } => "resolve",
        Operation::Confirm { .. } => "confirm",
        Operation::Review { .. } => "review",
        Operation::AcceptClock { .. } => "accept_clock",
    }
}

/// What a stream met, and how often: acts that were granted, codes of refusals, states of
/// transactions, `replayed`.
type Met = BTreeMap<String, usize>;

fn note(met: &mut Met, command: &Command, said: &ModelAnswer) {
    let mut add = |what: &str| *met.entry(what.to_owned()).or_default() += 1;
    let operation = name(&command.operation);
    match said {
        ModelAnswer::Json { body, replayed, .. } => {
            add(if *replayed { "replayed" } else { operation });
            add(body["status"].as_str().unwrap_or_default());
        }
        ModelAnswer::Ledger(results) => results
            .iter()
            .for_each(|result| add(result.err().unwrap_or(operation))),
        ModelAnswer::Accounts(results) => results
            .iter()
            .for_each(|result| add(result.err().unwrap_or(operation))),
        ModelAnswer::Refused(code) => add(code),
    }
}

/// Puts `count` commands through, each against the model; the answers as text, and what was met.
fn put_through(way: Way, seed: u64, count: usize) -> (Vec<String>, Met) {
    let run = Run::begin(way);
    let (mut script, mut model) = (Script::new(seed), Model::default());
    let (mut transcript, mut met) = (Vec::new(), Met::new());
    for turn in 0.. {
        if transcript.len() >= count {
            break;
        }
        run.place.clock.advance(script.pause());
        model.at(platform::clock::Clock::now(&*run.place.clock), false);
        let commands = script.group();
        let answers = run.group(turn, &commands);
        for (command, answer) in commands.iter().zip(&answers) {
            let (said, expected) = (ModelAnswer::of(answer), model.submit(command));
            let number = transcript.len();
            assert_eq!(
                said, expected,
                "{way:?}, seed {seed}, command {number} (journal left, model right): {command:#?}"
            );
            note(&mut met, command, &said);
            transcript.push(written(answer));
        }
        script.learn(&model);
        if turn % 25 == 0 {
            assert_eq!(
                run.sums(),
                sums_of(&model),
                "{way:?}, seed {seed}, turn {turn}"
            );
        }
    }
    for journal in &run.nodes {
        journal.close();
    }
    assert_eq!(run.sums(), sums_of(&model), "{way:?}, seed {seed}");
    let report = run.place.verified();
    assert_eq!(report.transactions, model.transaction_count());
    (transcript, met)
}

/// Everything that streams have to meet to be worth anything.
const MUST_MEET: &str = "open_accounts post open_wallet close_owner change_wallet create capture cancel expire expire_hold refund \
    settle resolve confirm review replayed requires_verification in_review own_case transaction_expired idempotency_key_reused authorised processing unresolved completed failed cancelled expired \
    active frozen closed id_exists_with_different_fields accounts_must_differ amount_must_be_positive \
    amount_overflow currency_mismatch debit_account_not_found credit_account_not_found account_frozen account_closed \
    insufficient_funds hold_not_found hold_already_captured hold_already_released hold_expired hold_not_expired \
    exceeds_hold account_not_empty account_exists_with_different_fields linked_transfer_failed wallet_not_found \
    transaction_not_found limit_exceeded deposit_too_large too_much_pending refund_exceeds_original already_reversed not_possible_for_type wrong_state \
    forbidden second_operator_needed external_id_taken max_balance_exceeded wallets_open too_many_wallets owner_closed";

const COMMANDS: usize = 2_000;

/// An answer; what is stored of it in the words that are sent.
fn written(answer: &Result<Answer, Fault>) -> String {
    match answer {
        Ok(Answer::Replayed(reply)) => format!("replayed {:?}", payments::status_and_text(reply)),
        answer => format!("{answer:?}"),
    }
}

/// To the last byte.
fn same(answers: &[String], expected: &[String]) {
    assert_eq!(answers.len(), expected.len());
    for (number, (answer, expected)) in answers.iter().zip(expected).enumerate() {
        assert_eq!(answer, expected, "command {number}");
    }
}

#[test]
fn batches_and_single_commands_on_sqlite_answer_like_the_model() {
    let together = Way {
        engine: Engine::Sqlite,
        together: true,
        nodes: 1,
        config: JournalConfig::default(),
    };
    // Several streams, so that no rule that is added changes what they meet together.
    let (transcript, mut met) = put_through(together, 1, COMMANDS);
    for seed in [2, 3, 4, 5, 6] {
        met.extend(put_through(together, seed, COMMANDS).1);
    }
    let missed: Vec<_> = MUST_MEET
        .split(' ')
        .filter(|it| !met.contains_key(*it))
        .collect();
    assert!(
        missed.is_empty(),
        "the streams never met {missed:?} but {met:#?}"
    );
    let one_by_one = Way {
        together: false,
        config: FORGETFUL,
        ..together
    };
    same(&put_through(one_by_one, 1, COMMANDS).0, &transcript);
}

#[test]
fn sqlite_and_postgresql_with_one_node_or_two_answer_alike_and_like_the_model() {
    let sqlite = Way {
        engine: Engine::Sqlite,
        together: true,
        nodes: 1,
        config: FORGETFUL,
    };
    let (expected, _) = put_through(sqlite, 2, COMMANDS);
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let postgres = Way {
        engine: Engine::Postgres,
        config: JournalConfig::default(),
        ..sqlite
    };
    let two_nodes = Way {
        nodes: 2,
        ..postgres
    };
    same(&put_through(postgres, 2, COMMANDS).0, &expected);
    same(&put_through(two_nodes, 2, COMMANDS).0, &expected);
}

#[test]
fn other_seeds_answer_like_the_model_too() {
    for seed in 10..13 {
        for engine in engines() {
            let way = Way {
                engine,
                together: true,
                nodes: if engine == Engine::Postgres { 3 } else { 1 },
                config: FORGETFUL,
            };
            put_through(way, seed, 500);
        }
    }
}
