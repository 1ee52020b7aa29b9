//! The truth tables of what waits: who may do what in which state, and what follows.
#![expect(
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "a truth table has as many lines as rows, and says what the rest comes to"
)]

use contracts::payments::TransactionStatus;
use contracts::risk::{DecisionId, RiskDecision, RiskLevel, RiskOutcome};
use money::Currency;
use uuid::Uuid;
use values::Timestamp;

use crate::assessment::Assessment;
use crate::batch::Position;
use crate::command::{
    Actor, Answer, Command, Movement, NewTransaction, NewWallet, Operation, WalletChange,
};
use crate::decide::decide;
use crate::document::Document;
use crate::state::State;
use crate::transaction::{Instrument, InstrumentKind, Transaction};
use crate::wallet::{DepositLimits, Limits};

use TransactionStatus::{
    Authorised, Cancelled, Completed, Expired, Failed, InReview, Processing, RequiresVerification,
};

const PAYER: Uuid = Uuid::from_u128(1);
const PAYEE: Uuid = Uuid::from_u128(2);
const FROM: Uuid = Uuid::from_u128(11);
const TO: Uuid = Uuid::from_u128(12);
const IT: Uuid = Uuid::from_u128(50);
const OPERATORS: [Actor; 2] = [
    Actor::Operator(Uuid::from_u128(8)),
    Actor::Operator(Uuid::from_u128(9)),
];

/// How long things wait, and how long a manual payment is held afterwards.
const WAITS: i64 = 100;
const HELD: i64 = 1_000;

fn answer(state: &mut State, actor: Actor, operation: Operation) -> Answer {
    let command = Command {
        org: 1,
        actor,
        idempotency: None,
        request_id: None,
        operation,
    };
    decide(state, &command).unwrap()
}

/// The status that an act leaves, or the code of its refusal.
fn act(state: &mut State, actor: Actor, operation: Operation) -> Result<TransactionStatus, String> {
    match answer(state, actor, operation) {
        Answer::Created(Document::Transaction(it)) | Answer::Done(Document::Transaction(it)) => {
            Ok(it.row.status)
        }
        Answer::Refused(refused) => Err(refused.code().to_owned()),
        other => panic!("{other:?}"),
    }
}

fn row(state: &State) -> Transaction {
    state.transaction(IT).unwrap().clone()
}

/// What is posted on the payer's wallet, what is held of it, and what counts against its limits.
fn money(state: &State) -> (i64, i64, i64) {
    let (wallet, account) = state.wallet(FROM).unwrap();
    (account.balance(), account.held(), wallet.used.on_day)
}

fn movements() -> [(Movement, TransactionStatus); 5] {
    let instrument = Instrument {
        kind: InstrumentKind::Card,
        token: "tok".to_owned(),
    };
    let payment = |hold_for| Movement::Payment {
        from: FROM,
        to: TO,
        hold_for,
    };
    [
        (Movement::Transfer { from: FROM, to: TO }, Completed),
        (payment(None), Completed),
        (payment(Some(HELD)), Authorised),
        (
            Movement::Withdrawal {
                from: FROM,
                instrument: instrument.clone(),
            },
            Processing,
        ),
        (
            Movement::Deposit {
                to: FROM,
                instrument: Some(instrument),
                limits: DepositLimits::default(),
            },
            Processing,
        ),
    ]
}

fn new(what: Movement, outcome: Option<RiskOutcome>, needs_two: bool) -> Operation {
    let risk = outcome.map(|outcome| {
        let decision = RiskDecision {
            id: DecisionId(Uuid::from_u128(5)),
            outcome,
            score: 50,
            level: RiskLevel::High,
            factors: Vec::new(),
            rule_set: 1,
            needs_two,
            took_us: 1,
        };
        Assessment::new(decision, WAITS, what.hold_for())
    });
    Operation::Create(NewTransaction {
        id: IT,
        what,
        amount: 400,
        currency: Currency::USD,
        description: None,
        external_id: None,
        metadata: None,
        risk,
        level: None,
    })
}

/// Two wallets, of which the first has 1,000.
fn begun() -> State {
    let mut state = State::default();
    state.begin(Position::default(), Timestamp(1));
    for (id, owner) in [(FROM, PAYER), (TO, PAYEE)] {
        let wallet = NewWallet {
            id,
            owner,
            currency: Currency::USD,
            label: None,
            limits: Limits::default(),
            most: None,
        };
        answer(
            &mut state,
            Actor::User(owner),
            Operation::OpenWallet(wallet),
        );
    }
    let fund = Operation::Create(NewTransaction {
        id: Uuid::from_u128(40),
        what: Movement::Deposit {
            to: FROM,
            instrument: None,
            limits: DepositLimits::default(),
        },
        amount: 1_000,
        currency: Currency::USD,
        description: None,
        external_id: None,
        metadata: None,
        risk: None,
        level: None,
    });
    answer(&mut state, Actor::System, fund);
    state
}

fn waiting(what: Movement, outcome: RiskOutcome, needs_two: bool) -> State {
    let mut state = begun();
    let made = act(
        &mut state,
        Actor::User(PAYER),
        new(what, Some(outcome), needs_two),
    );
    assert!(made.is_ok(), "{made:?}");
    state
}

/// The same rows later.
fn at(state: &mut State, time: i64) {
    let writes = state.writes();
    let (transfers, transactions, holds): (Vec<_>, Vec<_>, Vec<_>) = (
        writes.transfers.to_vec(),
        writes.transactions.iter().map(|it| (*it).clone()).collect(),
        writes.holds.iter().map(|it| **it).collect(),
    );
    let position = writes.position;
    state.begin(position, Timestamp(time));
    let loaded = crate::batch::Loaded {
        transfers,
        transactions,
        holds,
        ..Default::default()
    };
    state.take_in(loaded, &mut crate::batch::Wanted::default());
}

const ID: Uuid = Uuid::from_u128(90);
const CONFIRM: Operation = Operation::Confirm {
    transaction: IT,
    id: ID,
};
const CANCEL: Operation = Operation::Cancel {
    transaction: IT,
    id: ID,
};
const EXPIRE: Operation = Operation::Expire {
    transaction: IT,
    id: ID,
};

fn review(approve: bool) -> Operation {
    Operation::Review {
        transaction: IT,
        id: ID,
        approve,
        reason: "looked at".to_owned(),
    }
}

#[test]
fn each_type_begins_as_risk_says_and_holds_its_money_meanwhile() {
    for (what, unwaiting) in movements() {
        for (outcome, begins) in [
            (None, unwaiting),
            (Some(RiskOutcome::Approve), unwaiting),
            (Some(RiskOutcome::StepUp), RequiresVerification),
            (Some(RiskOutcome::Review), InReview),
            (Some(RiskOutcome::Decline), Failed),
        ] {
            let mut state = begun();
            let actor = Actor::User(PAYER);
            let made = act(&mut state, actor, new(what.clone(), outcome, false));
            assert_eq!(made, Ok(begins), "{what:?} {outcome:?}");
            let row = row(&state);
            let leaves = !matches!(what, Movement::Deposit { .. });
            let expected = match begins {
                Failed => (1_000, 0, 0),
                _ if !leaves => (1_000, 0, 0),
                Completed => (600, 0, 400),
                _ => (1_000, 400, 400),
            };
            assert_eq!(money(&state), expected, "{what:?} {outcome:?}");
            let waits = matches!(begins, RequiresVerification | InReview);
            if waits {
                let end = Some(Timestamp(1 + WAITS));
                assert_eq!((row.due_at, row.expires_at), (end, end));
            }
            let held = state.hold_of(IT).is_some();
            assert_eq!(held, !matches!(begins, Failed | Completed), "{what:?}");
            let code = row.failure.map(|failure| failure.code);
            let expected = (begins == Failed).then(|| "risk_declined".to_owned());
            assert_eq!(code, expected);
        }
    }
}

#[test]
fn what_goes_on_does_what_its_creation_would_have_done() {
    for (what, ends) in movements() {
        for outcome in [RiskOutcome::StepUp, RiskOutcome::Review] {
            let mut state = waiting(what.clone(), outcome, false);
            at(&mut state, 51);
            let (actor, operation) = match outcome {
                RiskOutcome::StepUp => (Actor::User(PAYER), CONFIRM),
                _ => (OPERATORS[0], review(true)),
            };
            let done = act(&mut state, actor, operation);
            assert_eq!(done, Ok(ends), "{what:?}");
            let row = row(&state);
            let now = Timestamp(51);
            match ends {
                Completed => {
                    assert_eq!((row.captured, row.completed_at), (400, Some(now)));
                    assert_eq!((row.due_at, row.expires_at), (None, None));
                    assert_eq!(money(&state), (600, 0, 400));
                }
                Authorised => {
                    let end = Some(now.plus(HELD));
                    assert_eq!((row.due_at, row.expires_at), (end, end));
                    assert_eq!(money(&state), (1_000, 400, 400));
                }
                _ => {
                    assert!(row.due_at > Some(now) && row.expires_at.is_none());
                    assert!(state.hold_of(IT).is_some_and(|hold| hold.remaining == 400));
                }
            }
        }
    }
}

#[test]
fn who_may_do_what_while_it_waits() {
    let owner_operator = Actor::Operator(PAYEE);
    let maker_operator = Actor::Operator(PAYER);
    let stranger = Actor::User(Uuid::from_u128(3));
    let [operator, _] = OPERATORS;
    let refused = |code: &str| Err(code.to_owned());
    let table = [
        (
            RiskOutcome::StepUp,
            stranger,
            CONFIRM,
            refused("transaction_not_found"),
        ),
        (
            RiskOutcome::StepUp,
            Actor::User(PAYEE),
            CONFIRM,
            refused("forbidden"),
        ),
        (RiskOutcome::StepUp, operator, CONFIRM, refused("forbidden")),
        (
            RiskOutcome::StepUp,
            Actor::System,
            CONFIRM,
            refused("forbidden"),
        ),
        (
            RiskOutcome::StepUp,
            Actor::User(PAYER),
            CONFIRM,
            Ok(Completed),
        ),
        (
            RiskOutcome::StepUp,
            operator,
            review(true),
            refused("wrong_state"),
        ),
        (
            RiskOutcome::StepUp,
            Actor::User(PAYER),
            review(true),
            refused("transaction_not_found"),
        ),
        (
            RiskOutcome::StepUp,
            stranger,
            CANCEL,
            refused("transaction_not_found"),
        ),
        (
            RiskOutcome::StepUp,
            Actor::User(PAYEE),
            CANCEL,
            refused("forbidden"),
        ),
        (
            RiskOutcome::StepUp,
            Actor::User(PAYER),
            CANCEL,
            Ok(Cancelled),
        ),
        (RiskOutcome::StepUp, operator, CANCEL, Ok(Cancelled)),
        (
            RiskOutcome::StepUp,
            Actor::System,
            EXPIRE,
            refused("hold_not_expired"),
        ),
        (
            RiskOutcome::Review,
            Actor::User(PAYER),
            CONFIRM,
            refused("wrong_state"),
        ),
        (
            RiskOutcome::Review,
            Actor::User(PAYER),
            review(true),
            refused("transaction_not_found"),
        ),
        (
            RiskOutcome::Review,
            Actor::System,
            review(true),
            refused("transaction_not_found"),
        ),
        (
            RiskOutcome::Review,
            maker_operator,
            review(true),
            refused("own_case"),
        ),
        (
            RiskOutcome::Review,
            owner_operator,
            review(false),
            refused("own_case"),
        ),
        (RiskOutcome::Review, operator, review(true), Ok(Completed)),
        (RiskOutcome::Review, operator, review(false), Ok(Failed)),
        (RiskOutcome::Review, operator, CANCEL, refused("forbidden")),
        (
            RiskOutcome::Review,
            Actor::User(PAYEE),
            CANCEL,
            refused("forbidden"),
        ),
        (
            RiskOutcome::Review,
            Actor::User(PAYER),
            CANCEL,
            Ok(Cancelled),
        ),
    ];
    for (outcome, actor, operation, expected) in table {
        let transfer = Movement::Transfer { from: FROM, to: TO };
        let mut state = waiting(transfer, outcome, false);
        let before = format!("{:?}", state.writes());
        let came_to = act(&mut state, actor, operation.clone());
        assert_eq!(came_to, expected, "{outcome:?} {actor:?} {operation:?}");
        let expected = match expected {
            Ok(Completed) => (600, 0, 400),
            Ok(_) => (1_000, 0, 0),
            Err(_) => {
                assert_eq!(format!("{:?}", state.writes()), before);
                (1_000, 400, 400)
            }
        };
        assert_eq!(money(&state), expected, "{operation:?}");
        // What has ended or gone on does so once.
        if came_to.is_ok() {
            for again in [CONFIRM, review(true), review(false), CANCEL, EXPIRE] {
                for actor in [actor, Actor::User(PAYER), OPERATORS[1]] {
                    let again = act(&mut state, actor, again.clone());
                    assert!(again.is_err(), "{again:?}");
                }
            }
            assert_eq!(money(&state), expected, "{operation:?}");
        }
    }
}

#[test]
fn after_its_deadline_it_only_expires() {
    for outcome in [RiskOutcome::StepUp, RiskOutcome::Review] {
        for (what, _) in movements() {
            let mut state = waiting(what.clone(), outcome, false);
            at(&mut state, 1 + WAITS);
            for (actor, operation) in [
                (Actor::User(PAYER), CONFIRM),
                (OPERATORS[0], review(true)),
                (OPERATORS[0], review(false)),
            ] {
                let late = act(&mut state, actor, operation).unwrap_err();
                let fits = ["transaction_expired", "wrong_state"].contains(&late.as_str());
                assert!(fits, "{late}");
            }
            let expired = act(&mut state, Actor::System, EXPIRE);
            assert_eq!(expired, Ok(Expired), "{what:?}");
            assert_eq!(money(&state), (1_000, 0, 0), "{what:?}");
            let late = act(&mut state, Actor::User(PAYER), CONFIRM);
            assert_eq!(late, Err("transaction_expired".to_owned()));
        }
    }
}

#[test]
fn where_it_takes_two_they_have_to_say_the_same() {
    let transfer = || Movement::Transfer { from: FROM, to: TO };
    for (words, last) in [
        (vec![(0, true), (1, true)], Ok(Completed)),
        (vec![(0, false), (1, false)], Ok(Failed)),
        (
            vec![(0, true), (0, true)],
            Err("second_operator_needed".to_owned()),
        ),
        (vec![(0, true), (1, false)], Ok(InReview)),
        (vec![(0, true), (1, false), (0, false)], Ok(Failed)),
        (vec![(0, true), (0, false), (1, false)], Ok(Failed)),
    ] {
        let mut state = waiting(transfer(), RiskOutcome::Review, true);
        let mut came_to = Ok(InReview);
        for (operator, approve) in &words {
            came_to = act(&mut state, OPERATORS[*operator], review(*approve));
        }
        assert_eq!(came_to, last, "{words:?}");
        let stands = row(&state).proposal.is_some();
        assert_eq!(stands, row(&state).status == InReview, "{words:?}");
    }
}

#[test]
fn a_wallet_that_was_frozen_meanwhile_stands_against_it() {
    for (wallet, owner) in [(FROM, PAYER), (TO, PAYEE)] {
        let transfer = Movement::Transfer { from: FROM, to: TO };
        let mut state = waiting(transfer, RiskOutcome::StepUp, false);
        let freeze = |change| Operation::ChangeWallet { wallet, change };
        let reason = None;
        answer(
            &mut state,
            Actor::User(owner),
            freeze(WalletChange::Freeze { reason: None }),
        );
        let refused = act(&mut state, Actor::User(PAYER), CONFIRM);
        assert_eq!(refused, Err("account_frozen".to_owned()));
        answer(
            &mut state,
            Actor::User(owner),
            freeze(WalletChange::Unfreeze { reason }),
        );
        assert_eq!(act(&mut state, Actor::User(PAYER), CONFIRM), Ok(Completed));
    }
}

#[test]
fn what_would_be_refused_anyway_is_refused_also_where_risk_declines() {
    for outcome in [None, Some(RiskOutcome::StepUp), Some(RiskOutcome::Decline)] {
        for (what, amount, code) in [
            (
                Movement::Transfer {
                    from: FROM,
                    to: FROM,
                },
                1,
                "accounts_must_differ",
            ),
            (
                Movement::Transfer { from: FROM, to: TO },
                1_001,
                "insufficient_funds",
            ),
            (
                Movement::Transfer { from: TO, to: FROM },
                1,
                "wallet_not_found",
            ),
        ] {
            let mut state = begun();
            let Operation::Create(mut new) = new(what, outcome, false) else {
                panic!("it creates");
            };
            new.amount = amount;
            let refused = act(&mut state, Actor::User(PAYER), Operation::Create(new));
            assert_eq!(refused, Err(code.to_owned()), "{outcome:?}");
        }
    }
}
