//! Conditions: kinds, sides, times, and where they meet.

use super::*;

#[test]
fn conditions_count_on_their_side_and_in_their_time() {
    let subjects = [
        (Subject::Person(user(1)), true, false),
        (Subject::Person(user(2)), false, true),
        (Subject::Person(user(3)), false, false),
        (Subject::Wallet(wallet(1)), true, false),
        (Subject::Wallet(wallet(2)), false, true),
        (Subject::Device("phone".to_owned()), true, true),
        (Subject::Device("other".to_owned()), false, false),
        (Subject::Counterparty("tok".to_owned()), false, false),
        (
            Subject::Pair {
                from: user(1),
                to: user(2),
            },
            true,
            false,
        ),
        (
            Subject::Pair {
                from: user(2),
                to: user(1),
            },
            false,
            true,
        ),
    ];
    let set = set(
        &[("a", "live", 0, json!({"outcome": "review"}))],
        &json!([]),
    );
    for (subject, gives, receives) in subjects {
        for (side, meant) in [
            (Side::Gives, gives),
            (Side::Receives, receives),
            (Side::Both, gives || receives),
        ] {
            for (kind, outcome) in [
                (ConditionKind::BlockHard, RiskOutcome::Decline),
                (ConditionKind::Allow, RiskOutcome::Approve),
                (ConditionKind::BlockSoft, RiskOutcome::Decline),
            ] {
                for (after, in_time) in [(-1, false), (0, true), (9, true), (10, false)] {
                    let mut inputs = transfer(1, "full");
                    inputs.at = NOW.plus(after);
                    inputs
                        .conditions
                        .push(condition(subject.clone(), side, kind));
                    let expected = if meant && in_time {
                        outcome
                    } else {
                        RiskOutcome::Review
                    };
                    let found = decide(&set, &inputs).outcome;
                    assert_eq!(found, expected, "{subject:?} {side:?} {kind:?} {after}");
                }
            }
        }
    }
}

#[test]
fn the_strongest_condition_of_a_subject_wins_and_no_other_subject_lifts_a_block() {
    let set = set(
        &[("a", "live", 0, json!({"outcome": "review"}))],
        &json!([]),
    );
    let kinds = [
        ConditionKind::BlockSoft,
        ConditionKind::Allow,
        ConditionKind::BlockHard,
    ];
    for one in kinds {
        for other in kinds {
            for same in [true, false] {
                let mut inputs = transfer(1, "full");
                let second = if same {
                    Subject::Person(user(1))
                } else {
                    Subject::Person(user(2))
                };
                inputs.conditions = vec![
                    condition(Subject::Person(user(1)), Side::Both, one),
                    condition(second, Side::Both, other),
                ];
                let decided = decide(&set, &inputs);
                let blocks = [one, other].contains(&ConditionKind::BlockHard)
                    || (one == ConditionKind::BlockSoft && other == ConditionKind::BlockSoft)
                    || (!same && (one != ConditionKind::Allow || other != ConditionKind::Allow));
                let expected = if blocks {
                    RiskOutcome::Decline
                } else {
                    RiskOutcome::Approve
                };
                assert_eq!(decided.outcome, expected, "{one:?} {other:?} {same}");
                assert_eq!(decided.allowed, !blocks);
                let soft = one == ConditionKind::BlockSoft || other == ConditionKind::BlockSoft;
                let without = if blocks || soft {
                    RiskOutcome::Decline
                } else {
                    RiskOutcome::Review
                };
                assert_eq!(
                    decided.without_allowance, without,
                    "{one:?} {other:?} {same}"
                );
            }
        }
    }
}

#[test]
fn a_hard_block_takes_two_people() {
    let set = set(&[], &json!([]));
    for (second, blocks) in [(None, false), (Some(user(8)), false), (Some(user(9)), true)] {
        let mut inputs = transfer(1, "full");
        let mut block = condition(
            Subject::Person(user(1)),
            Side::Gives,
            ConditionKind::BlockHard,
        );
        block.second = second;
        inputs.conditions.push(block);
        assert_eq!(
            decide(&set, &inputs).outcome == RiskOutcome::Decline,
            blocks
        );
    }
}
