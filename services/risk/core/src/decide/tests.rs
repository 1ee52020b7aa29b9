//! What becomes of a transaction: walks over the default rules, truth tables, properties.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "small numbers, and an overflow fails the test"
)]

mod conditions;

use contracts::identity::UserId;
use contracts::payments::WalletId;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::defaults;
use crate::rules::{compile, read_set};
use crate::seen::Unknown;

const NOW: Timestamp = Timestamp(1_780_000_000_000_000);

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

fn wallet(number: u128) -> WalletId {
    WalletId::from_uuid(Uuid::from_u128(number))
}

fn parties() -> Parties {
    let party = |number| PartySubjects {
        person: user(number),
        wallet: wallet(number),
    };
    Parties {
        giver: Some(party(1)),
        receiver: Some(party(2)),
        counterparty: None,
        device: Some("phone".to_owned()),
    }
}

fn inputs(facts: Facts) -> Inputs {
    Inputs {
        at: NOW,
        facts,
        velocities: Vec::new(),
        memberships: Vec::new(),
        parties: parties(),
        conditions: Vec::new(),
        confirmed: Vec::new(),
        snoozes: Vec::new(),
        tripped: Vec::new(),
    }
}

/// A transfer of so many cents by somebody whose identity is checked so far.
fn transfer(amount: i64, kyc: &str) -> Inputs {
    let mut facts = Facts::new();
    facts
        .set(Field::Amount, amount)
        .set(Field::Currency, "USD")
        .set(Field::KycOfPayer, kyc)
        .set(Field::SanctionsMatchOfPayer, false)
        .set(Field::SanctionsMatchOfPayee, false);
    Inputs {
        velocities: vec![Seen::Number(1)],
        ..inputs(facts)
    }
}

fn by_default(inputs: &Inputs) -> Decided {
    decide(&compile(&defaults::rule_set().unwrap(), 7).unwrap(), inputs)
}

fn factors(decided: &Decided) -> Vec<(&str, i32, &str)> {
    let parts = decided.factors.iter();
    parts
        .map(|one| (one.code.as_str(), one.points, one.detail.as_str()))
        .collect()
}

#[test]
fn who_is_confirmed_to_be_on_a_sanctions_list_is_declined_whatever_else_is_said() {
    let mut inputs = transfer(100, "full");
    let giver = inputs.parties.giver.clone().unwrap();
    inputs.conditions = vec![condition(
        Subject::Person(giver.person),
        Side::Both,
        ConditionKind::Allow,
    )];
    assert_eq!(by_default(&inputs).outcome, RiskOutcome::Approve);
    inputs.confirmed = vec![Confirmed {
        person: giver.person,
        reason: "Somebody on the list un: the passport".to_owned(),
    }];
    let decided = by_default(&inputs);
    assert_eq!(decided.outcome, RiskOutcome::Decline);
    let first = &decided.factors[0];
    assert_eq!(first.code, "sanctions_confirmed");
    let said = "neither sends nor receives: Somebody on the list un: the passport";
    assert!(first.detail.ends_with(said), "{first:?}");
}

#[test]
fn a_thousand_passes_and_fifteen_thousand_asks_for_a_code() {
    let small = by_default(&transfer(100_000, "none"));
    assert_eq!(
        (small.outcome, small.score, small.level),
        (RiskOutcome::Approve, 40, RiskLevel::Medium)
    );
    assert_eq!(
        factors(&small),
        [(
            "payer_not_verified",
            40,
            "The payer's identity check is none."
        )]
    );

    let large = by_default(&transfer(1_500_000, "full"));
    assert_eq!(
        (large.outcome, large.score, large.level),
        (RiskOutcome::StepUp, 50, RiskLevel::High)
    );
    assert_eq!(
        factors(&large),
        [
            (
                "amount_over_5000",
                30,
                "The amount is 15,000.00 USD, above 5,000.00 USD."
            ),
            (
                "amount_over_10000",
                20,
                "The amount is 15,000.00 USD, above 10,000.00 USD."
            ),
        ]
    );
    assert_eq!(large.rule_set, 7);
    let seen = &large.rules[0].seen;
    assert_eq!(
        *seen,
        [SeenValue {
            what: "amount".to_owned(),
            value: Seen::Number(1_500_000)
        }]
    );
    assert!(large.rules[2].seen.is_empty());

    let edge = by_default(&transfer(500_000, "full"));
    assert_eq!(
        (edge.outcome, edge.score, edge.level),
        (RiskOutcome::Approve, 0, RiskLevel::Low)
    );
}

#[test]
fn the_sixth_transaction_of_a_day_counts() {
    let mut sixth = transfer(100_000, "full");
    sixth.velocities = vec![Seen::Number(5)];
    assert_eq!(by_default(&sixth).score, 0);
    sixth.velocities = vec![Seen::Number(6)];
    let decided = by_default(&sixth);
    assert_eq!(decided.score, 25);
    let detail = "The number of transactions by the payer on that day (UTC) is 6, above 5.";
    assert_eq!(factors(&decided), [("many_on_one_day", 25, detail)]);
}

#[test]
fn a_listed_payee_waits_for_two_operators_whatever_the_amount() {
    let mut listed = transfer(1_500_000, "full");
    listed.facts.set(Field::SanctionsMatchOfPayee, true);
    let decided = by_default(&listed);
    assert_eq!(
        (decided.outcome, decided.needs_two),
        (RiskOutcome::Review, true)
    );
    assert_eq!(decided.score, 150);
    let (code, points, detail) = factors(&decided)[0];
    assert_eq!((code, points), ("sanctions_match_of_payee", 100));
    assert_eq!(detail, "The payee matches a sanctions list.");
}

#[test]
fn what_nobody_knows_is_no_zero() {
    let decided = by_default(&inputs(Facts::new()));
    assert_eq!(decided.outcome, RiskOutcome::Review);
    let detail = "“Payer on a sanctions list” has no answer: not found out: whether the payer \
                  matches a sanctions list.";
    assert!(
        factors(&decided).contains(&("sanctions_match_of_payer", 0, detail)),
        "{decided:?}"
    );
    assert_eq!(
        decided.score, 65,
        "the count and the identity check weigh as if they held"
    );
}

/// A set with rules of these modes that hold above these amounts, and their effects.
fn set(rules: &[(&str, &str, i64, Value)], scenarios: &Value) -> CompiledSet {
    let rules: Vec<_> = rules
        .iter()
        .map(|(code, mode, above, effect)| {
            json!({
                "code": code, "name": code, "mode": mode, "effect": effect,
                "when": {"compare": {
                    "left": {"field": "amount"}, "is": "greater", "right": {"value": above},
                }},
                "unknown": {
                    "error": {"points": 3}, "not_applicable": {"points": 2},
                    "too_little_data": {"outcome": "step_up"},
                },
            })
        })
        .collect();
    let set = json!({"base_currency": "USD", "rules": rules, "scenarios": scenarios});
    compile(&read_set(&set.to_string()).unwrap(), 1).unwrap()
}

#[test]
fn the_gravest_outcome_wins_and_a_floor_raises_the_level() {
    let outcomes = ["approve", "step_up", "review", "decline"];
    let gravity = |outcome: &str| outcomes.iter().position(|one| *one == outcome).unwrap();
    for one in outcomes {
        for other in outcomes {
            let set = set(
                &[
                    ("a", "live", 0, json!({"outcome": one})),
                    ("b", "live", 0, json!({"outcome": other})),
                ],
                &json!([]),
            );
            let decided = decide(&set, &transfer(1, "full"));
            let expected = gravity(one).max(gravity(other));
            let found = serde_json::to_value(decided.outcome).unwrap();
            assert_eq!(found, outcomes[expected], "{one} {other}");
        }
    }
    let set = set(&[("a", "live", 0, json!({"floor": "high"}))], &json!([]));
    let decided = decide(&set, &transfer(1, "full"));
    assert_eq!((decided.score, decided.level), (0, RiskLevel::High));
    assert_eq!(decided.outcome, RiskOutcome::StepUp);
    assert_eq!(decided.factors.len(), 1);
}

#[test]
fn shadow_tripped_snoozed_and_off_rules_do_nothing() {
    let decline = json!({"points": 100, "outcome": "review"});
    for (mode, snooze, tripped, standing) in [
        ("live", None, false, Some(Standing::Counted)),
        ("live", Some(NOW.plus(1)), false, Some(Standing::Snoozed)),
        ("live", Some(NOW), false, Some(Standing::Counted)),
        ("live", None, true, Some(Standing::Shadow)),
        ("shadow", None, false, Some(Standing::Shadow)),
        ("off", None, false, None),
    ] {
        let set = set(&[("a", mode, 0, decline.clone())], &json!([]));
        let mut inputs = transfer(1, "full");
        inputs.snoozes.extend(snooze.map(|until| Snooze {
            rule: "a".to_owned(),
            until,
        }));
        inputs.tripped.extend(tripped.then(|| "a".to_owned()));
        let decided = decide(&set, &inputs);
        let counts = standing == Some(Standing::Counted);
        let expected = if counts {
            RiskOutcome::Review
        } else {
            RiskOutcome::Approve
        };
        assert_eq!(decided.outcome, expected, "{mode} {snooze:?} {tripped}");
        assert_eq!(decided.factors.len(), usize::from(counts));
        let said = decided
            .rules
            .first()
            .map(|rule| (rule.answer, rule.standing, rule.points));
        assert_eq!(said, standing.map(|standing| (Answer::Hit, standing, 100)));
    }
}

#[test]
fn a_hard_block_is_not_taken_out_of_effect_by_its_breaker() {
    let set = set(
        &[("a", "live", 0, json!({"outcome": "decline"}))],
        &json!([]),
    );
    assert!(!set.rules()[0].may_trip());
    let mut inputs = transfer(1, "full");
    inputs.tripped.push("a".to_owned());
    assert_eq!(decide(&set, &inputs).outcome, RiskOutcome::Decline);
}

#[test]
fn each_unknown_weighs_what_was_said() {
    let set = set(&[("a", "live", 0, json!({"points": 10}))], &json!([]));
    for (unknown, score, outcome) in [
        (Unknown::Error, 3, RiskOutcome::Approve),
        (Unknown::NotApplicable, 2, RiskOutcome::Approve),
        (Unknown::TooLittleData, 0, RiskOutcome::StepUp),
    ] {
        let mut inputs = transfer(1, "full");
        inputs.facts.set(Field::Amount, unknown);
        let decided = decide(&set, &inputs);
        assert_eq!(
            (decided.score, decided.outcome),
            (score, outcome),
            "{unknown:?}"
        );
        assert_eq!(decided.factors.len(), 1);
    }
}

fn scenario_set(review: Option<i32>, block: Option<i32>, hit: i32) -> CompiledSet {
    let weighs = json!([
        {"rule": "a", "hit": hit, "error": 1_000, "not_applicable": 0, "too_little_data": 0},
    ]);
    let scenarios = json!([
        {"code": "s", "name": "Mules", "weighs": weighs, "review": review, "block": block},
    ]);
    set(&[("a", "live", 0, json!({}))], &scenarios)
}

#[test]
fn a_scenario_weighs_the_answers_and_says_so() {
    let decided = decide(&scenario_set(Some(10), Some(100), 50), &transfer(1, "full"));
    assert_eq!((decided.outcome, decided.score), (RiskOutcome::Review, 0));
    let detail = "The scenario “Mules” weighs 50; from 10 on it is reviewed.";
    assert_eq!(factors(&decided), [("s", 0, detail)]);
    let mut unknown = transfer(1, "full");
    unknown.facts.set(Field::Amount, Unknown::Error);
    let decided = decide(&scenario_set(Some(10), Some(100), 50), &unknown);
    assert_eq!(decided.outcome, RiskOutcome::Decline);
    assert_eq!(decided.scenarios[0].weight, 1_000);
    let alone = decide(&scenario_set(None, Some(100), 100), &transfer(1, "full"));
    assert_eq!(alone.outcome, RiskOutcome::Decline);
}

fn condition(subject: Subject, side: Side, kind: ConditionKind) -> Condition {
    Condition {
        subject,
        side,
        kind,
        reason: "told by phone.".to_owned(),
        author: user(8),
        second: Some(user(9)),
        starts: NOW,
        expires: Some(NOW.plus(10)),
    }
}

#[test]
fn what_is_allowed_lists_what_would_have_counted_and_sanctions_count_all_the_same() {
    let mut inputs = transfer(1_500_000, "none");
    inputs.conditions.push(condition(
        Subject::Person(user(1)),
        Side::Gives,
        ConditionKind::Allow,
    ));
    let decided = by_default(&inputs);
    assert_eq!((decided.outcome, decided.score), (RiskOutcome::Approve, 0));
    assert_eq!(decided.without_allowance, RiskOutcome::StepUp);
    assert_eq!(decided.factors.len(), 4);
    let allowed = format!(
        "A condition about the person {} allows it: told by phone.",
        user(1)
    );
    assert!(factors(&decided).contains(&("condition_allow", 0, &allowed)));
    let lifted = "The amount is 15,000.00 USD, above 5,000.00 USD. It does not count, since a \
                  condition allows the transaction.";
    assert!(factors(&decided).contains(&("amount_over_5000", 0, lifted)));
    assert_eq!(decided.rules[0].standing, Standing::Allowed);

    inputs.facts.set(Field::SanctionsMatchOfPayer, true);
    let until = NOW.plus(1);
    inputs.snoozes.push(Snooze {
        rule: "sanctions_match_of_payer".to_owned(),
        until,
    });
    inputs.tripped.push("sanctions_match_of_payer".to_owned());
    let decided = by_default(&inputs);
    assert_eq!(
        (decided.outcome, decided.needs_two),
        (RiskOutcome::Review, true)
    );
    assert_eq!(decided.score, 100);
}

#[test]
fn a_sanctions_match_is_held_even_where_no_rule_asks() {
    let mut inputs = transfer(1, "full");
    inputs.facts.set(Field::SanctionsMatchOfPayee, true);
    inputs.conditions.push(condition(
        Subject::Person(user(1)),
        Side::Gives,
        ConditionKind::Allow,
    ));
    let decided = decide(&set(&[], &json!([])), &inputs);
    assert_eq!(
        (decided.outcome, decided.needs_two),
        (RiskOutcome::Review, true)
    );
    assert!(
        decided
            .factors
            .iter()
            .any(|factor| factor.code == "sanctions_guard")
    );
}

#[test]
fn words_say_why_also_of_groups_and_their_contrary() {
    let set = json!({"base_currency": "EUR", "rules": [{
        "code": "a", "name": "A", "effect": {"points": 1},
        "when": {"all": [
            {"any": [
                {"compare": {"left": {"field": "hour_of_day"}, "is": "less", "right": {"value": 5}}},
                {"compare": {"left": {"field": "amount_in_currency"}, "is": "greater_or_equal", "right": {"value": 100}}},
            ]},
            {"not": {"any": [
                {"in_list": {"field": "payee", "list": "vip"}},
                {"in": {"left": {"field": "currency"}, "values": ["EUR", "USD"]}},
                {"compare": {"left": {"field": "to_self"}, "is": "equal", "right": {"value": true}}},
            ]}},
            {"compare": {
                "left": {"field": "amount"},
                "is": "greater",
                "right": {"percent": {
                    "of": {"velocity": {"measure": "amount_average", "window": "30d", "key": "payer"}},
                    "percent": 300,
                }},
            }},
        ]},
    }]});
    let set = compile(&read_set(&set.to_string()).unwrap(), 1).unwrap();
    let mut inputs = transfer(123_456, "full");
    inputs
        .facts
        .set(Field::HourOfDay, 12)
        .set(Field::Currency, "JPY")
        .set(Field::OwnAmount, 234_567)
        .set(Field::ToSelf, false)
        .set(Field::Payee, "usr_2");
    inputs.velocities = vec![Seen::Number(20_000)];
    inputs.memberships = vec![Seen::Flag(false)];
    let decided = decide(&set, &inputs);
    assert_eq!(
        decided.factors[0].detail,
        "The amount in its own currency is 234,567 JPY, at least 100 JPY; the payee is usr_2, not \
         on the list vip; the currency is JPY, none of EUR, USD; payer and payee are different \
         people; the amount is 1,234.56 EUR, above 300 % of the average amount of earlier \
         transactions by the payer within 30 days (of 200.00 EUR)."
    );
}

#[test]
fn a_decision_is_made_again_byte_by_byte_from_what_was_kept() {
    let mut first = transfer(1_500_000, "none");
    first.conditions.push(condition(
        Subject::Person(user(2)),
        Side::Both,
        ConditionKind::Allow,
    ));
    first.snoozes.push(Snooze {
        rule: "amount_over_5000".to_owned(),
        until: NOW.plus(1),
    });
    let kept = serde_json::to_string(&first).unwrap();
    let again: Inputs = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, first);
    let bytes = |inputs: &Inputs| serde_json::to_vec(&by_default(inputs)).unwrap();
    assert_eq!(bytes(&again), bytes(&first));
    let decided: Decided = serde_json::from_slice(&bytes(&first)).unwrap();
    assert_eq!(decided, by_default(&first));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_threshold_is_reached_from_itself_on(threshold in 2..1_000_i32) {
        for (weight, reached) in [(threshold - 1, false), (threshold, true), (threshold + 1, true)] {
            prop_assert_eq!(reaches(weight, threshold), reached);
            let weight = weight.min(1_000);
            let reached = reaches(weight, threshold);
            let inputs = transfer(1, "full");
            let review = decide(&scenario_set(Some(threshold), None, weight), &inputs);
            prop_assert_eq!(review.outcome == RiskOutcome::Review, reached);
            let block = decide(&scenario_set(Some(1), Some(threshold), weight), &inputs);
            prop_assert_eq!(block.outcome == RiskOutcome::Decline, reached);
            prop_assert!(block.outcome >= RiskOutcome::Review);
        }
    }

    #[test]
    fn a_level_is_reached_from_its_score_on(points in 0..100_i32) {
        let set = set(&[("a", "live", 0, json!({"points": points}))], &json!([]));
        let decided = decide(&set, &transfer(1, "full"));
        let level = match points {
            0..25 => RiskLevel::Low,
            25..50 => RiskLevel::Medium,
            _ => RiskLevel::High,
        };
        prop_assert_eq!(decided.level, level);
        prop_assert_eq!(decided.outcome == RiskOutcome::StepUp, level == RiskLevel::High);
    }

    #[test]
    fn the_score_is_the_sum_of_the_factors(points in prop::collection::vec(-50..50_i32, 0..6)) {
        let codes = ["a", "b", "c", "d", "e", "f"];
        let rules: Vec<_> = codes
            .iter()
            .zip(&points)
            .map(|(code, points)| (*code, "live", 0, json!({"points": points})))
            .collect();
        let decided = decide(&set(&rules, &json!([])), &transfer(1, "full"));
        let sum: i32 = decided.factors.iter().map(|factor| factor.points).sum();
        prop_assert_eq!(decided.score, sum.max(0));
        prop_assert!(decided.factors.is_sorted_by(|one, other| one.points >= other.points));
    }
}

#[test]
fn a_rule_holds_up_what_waits_for_its_outcome_or_by_its_points_at_the_high_level() {
    let rule = |code: &'static str, effect: Value| (code, "live", 0, effect);
    for (rules, held) in [
        (
            vec![
                rule("a", json!({"outcome": "review"})),
                rule("b", json!({"points": 10})),
            ],
            vec!["a"],
        ),
        (
            vec![
                rule("a", json!({"points": 60})),
                rule("b", json!({"points": -5})),
            ],
            vec!["a"],
        ),
        (vec![rule("a", json!({"floor": "high"}))], vec!["a"]),
        (vec![rule("a", json!({"points": 40}))], vec![]),
        (vec![rule("a", json!({"outcome": "approve"}))], vec![]),
    ] {
        let set = set(&rules, &json!([]));
        let decided = decide(&set, &transfer(1, "full"));
        let said = set.rules().iter().zip(&decided.rules);
        let found = said.filter(|(rule, said)| decided.is_held_by(rule, said));
        let found: Vec<_> = found.map(|(rule, _)| rule.code()).collect();
        assert_eq!(found, held, "{rules:?}");
    }
}
