//! Transactions that were assessed, one in each state that this brings, in the store of
//! [`filled`](super::verification::filled).

use contracts::risk::{DecisionId, RiskDecision, RiskLevel, RiskOutcome};
use payments::journal::Journal;
use payments_core::assessment::Assessment;
use payments_core::command::{Actor, Answer, Command, Movement, Operation};
use payments_core::wallet::Limits;
use uuid::Uuid;
use values::DAY;

use crate::journal::harness::{card, create, id, system, wallet};
use crate::journal::verification::by_ann;

fn assessed(number: u128, what: Movement, outcome: RiskOutcome) -> Command {
    let decision = RiskDecision {
        id: DecisionId(id(number + 500)),
        outcome,
        score: 40,
        level: RiskLevel::Medium,
        factors: Vec::new(),
        rule_set: 2,
        needs_two: true,
        took_us: 9,
    };
    let risk = Assessment::new(decision, DAY, what.hold_for());
    let mut operation = create(id(number), what, 100);
    if let Operation::Create(new) = &mut operation {
        new.risk = Some(risk);
    }
    by_ann(operation)
}

/// Submits all of them; none is refused.
pub fn submit_all(journal: &Journal) {
    for command in all() {
        let answer = journal.submit_blocking(command);
        assert!(
            !matches!(answer, Ok(Answer::Refused(_)) | Err(_)),
            "{answer:?}"
        );
    }
}

/// What passed, waits for a code, was confirmed, waits for a second operator, and was declined.
fn all() -> Vec<Command> {
    use RiskOutcome::{Approve, Decline, Review, StepUp};
    let transfer = || Movement::Transfer {
        from: id(1),
        to: id(720),
    };
    let manual = || Movement::Payment {
        from: id(1),
        to: id(720),
        hold_for: Some(3 * DAY),
    };
    let withdrawal = || Movement::Withdrawal {
        from: id(1),
        instrument: card(),
    };
    let confirm = |number, by| {
        by_ann(Operation::Confirm {
            transaction: id(number),
            id: id(by),
        })
    };
    let proposed = Command {
        actor: Actor::Operator(Uuid::from_u128(77 << 96)),
        ..by_ann(Operation::Review {
            transaction: id(704),
            id: id(714),
            approve: true,
            reason: "looked at".to_owned(),
        })
    };
    let open = wallet(id(720), Uuid::from_u128(78 << 96), Limits::default());
    vec![
        system(open),
        assessed(700, transfer(), Approve),
        assessed(701, transfer(), StepUp),
        assessed(702, manual(), StepUp),
        confirm(702, 712),
        assessed(703, withdrawal(), StepUp),
        confirm(703, 713),
        assessed(704, manual(), Review),
        proposed,
        assessed(705, transfer(), Decline),
        assessed(706, transfer(), StepUp),
        confirm(706, 716),
    ]
}
