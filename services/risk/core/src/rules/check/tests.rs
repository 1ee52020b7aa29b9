//! What is refused of rules, place and code.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::rules::{read_rule, read_set};

fn rule(when: &Value) -> Value {
    json!({
        "code": "a_rule",
        "name": "A rule",
        "when": when,
        "unknown": {
            "error": {"outcome": "review"},
            "not_applicable": {"points": 0},
            "too_little_data": {"points": 0},
        },
    })
}

/// What a rule asks has one fault.
fn fault(when: &Value, path: &str, code: &'static str) {
    assert_eq!(
        faults(&rule(when)),
        [(format!("when.{path}"), code)],
        "{when}"
    );
}

/// Path and code of what is wrong with a rule.
fn faults(rule: &Value) -> Vec<(String, &'static str)> {
    let lists = BTreeSet::from(["vip".to_owned()]);
    let faults = match read_rule(&rule.to_string()) {
        Ok(rule) => validate_rule(&rule, Stage::Publish, &lists),
        Err(faults) => faults,
    };
    faults
        .into_iter()
        .map(|fault| (fault.path, fault.code))
        .collect()
}

fn compare(left: &Value, is: &str, right: &Value) -> Value {
    json!({"compare": {"left": left, "is": is, "right": right}})
}

fn field(name: &str) -> Value {
    json!({"field": name})
}

fn value(value: impl Into<Value>) -> Value {
    json!({"value": value.into()})
}

fn velocity(measure: &str, window: &str, key: &str) -> Value {
    json!({"velocity": {"measure": measure, "window": window, "key": key}})
}

#[test]
fn what_compares_like_with_like_is_taken() {
    for when in [
        compare(&field("amount"), "greater", &value(1)),
        compare(
            &field("amount"),
            "greater",
            &velocity("amount_sum", "30d", "pair"),
        ),
        compare(
            &field("amount"),
            "greater",
            &json!({"percent": {"of": velocity("amount_average", "30d", "payer"), "percent": 300}}),
        ),
        compare(&field("kyc_of_payer"), "less", &value("full")),
        compare(
            &field("kyc_of_payer"),
            "less_or_equal",
            &field("kyc_of_payee"),
        ),
        compare(&field("transaction_type"), "not_equal", &value("deposit")),
        compare(
            &field("country_of_payer"),
            "not_equal",
            &field("country_of_payee"),
        ),
        compare(&field("to_self"), "not_equal", &value(true)),
        compare(&velocity("count", "day", "payer"), "greater", &value(5)),
        compare(
            &velocity("distinct_counterparties", "1m", "payer"),
            "less",
            &value(4_095),
        ),
        json!({"between": {"left": {"field": "hour_of_day"}, "low": 1, "high": 5}}),
        json!({"in": {"left": {"field": "currency"}, "values": ["EUR", "USD"]}}),
        json!({"in": {"left": {"field": "day_of_week"}, "values": [6, 7]}}),
        json!({"in_list": {"field": "payee", "list": "vip"}}),
        json!({"text": {"field": "email_of_payer", "is": "ends_with", "text": "@example.org"}}),
        json!({"not": {"any": [compare(&field("to_self"), "equal", &value(true))]}}),
    ] {
        assert_eq!(faults(&rule(&when)), [], "{when}");
    }
}

#[test]
fn what_does_not_fit_has_a_place_and_a_code() {
    let amount = field("amount");
    fault(
        &compare(&amount, "greater", &value("much")),
        "compare.right",
        "wrong_type",
    );
    fault(
        &compare(&amount, "greater", &field("hour_of_day")),
        "compare.right",
        "wrong_type",
    );
    fault(
        &compare(&amount, "less", &field("amount_in_currency")),
        "compare.right",
        "wrong_type",
    );
    fault(
        &compare(&field("to_self"), "less", &value(true)),
        "compare.is",
        "wrong_type",
    );
    fault(
        &compare(&field("payer"), "greater", &value("usr")),
        "compare.is",
        "wrong_type",
    );
    fault(
        &compare(&field("instrument_kind"), "less", &value("card")),
        "compare.is",
        "wrong_type",
    );
    fault(
        &compare(&field("kyc_of_payer"), "equal", &value("gold")),
        "compare.right.value",
        "no_such_choice",
    );
    fault(
        &compare(&field("currency"), "equal", &value("eur")),
        "compare.right.value",
        "malformed",
    );
}

#[test]
fn what_says_nothing_or_too_much_has_a_place_and_a_code() {
    let amount = field("amount");
    fault(
        &compare(
            &velocity("distinct_counterparties", "1d", "pair"),
            "greater",
            &value(1),
        ),
        "compare.left.velocity.key",
        "no_such_count",
    );
    fault(
        &compare(
            &velocity("distinct_instruments", "1d", "payer"),
            "greater",
            &value(4_096),
        ),
        "compare.right.value",
        "too_large",
    );
    fault(
        &compare(
            &amount,
            "less",
            &json!({"percent": {"of": field("to_self"), "percent": 1}}),
        ),
        "compare.right.percent.of",
        "wrong_type",
    );
    fault(&json!({"all": []}), "all", "empty");
    fault(
        &json!({"between": {"left": amount, "low": 2, "high": 1}}),
        "between.high",
        "empty_range",
    );
    fault(
        &json!({"in": {"left": amount, "values": []}}),
        "in.values",
        "empty",
    );
    fault(
        &json!({"in": {"left": amount, "values": [1, "a"]}}),
        "in.values[1]",
        "wrong_type",
    );
    fault(
        &json!({"in": {"left": field("to_self"), "values": [true]}}),
        "in.left",
        "wrong_type",
    );
    fault(
        &json!({"in_list": {"field": "amount", "list": "vip"}}),
        "in_list.field",
        "wrong_type",
    );
    fault(
        &json!({"in_list": {"field": "payee", "list": "x"}}),
        "in_list.list",
        "unknown_list",
    );
    let text = |text: &str| {
        json!({"all": [
            {"text": {"field": "email_of_payer", "is": "contains", "text": text}},
        ]})
    };
    fault(&text(""), "all[0].text.text", "malformed");
    fault(&text(&"x".repeat(201)), "all[0].text.text", "malformed");
    fault(&text("Example.org"), "all[0].text.text", "malformed");
}

#[test]
fn what_is_not_of_the_form_has_a_place_too() {
    for (when, path) in [
        (
            json!({"compare": {"left": {"field": "age"}, "is": "less", "right": {"value": 1}}}),
            "when.compare.left.field",
        ),
        (json!({"all": [{"or": []}]}), "when.all[0]"),
        (
            compare(&velocity("count", "91d", "payer"), "less", &value(1)),
            "when.compare.left.velocity.window",
        ),
        (
            compare(&velocity("count", "0m", "payer"), "less", &value(1)),
            "when.compare.left.velocity.window",
        ),
        (
            compare(&field("amount"), "less", &value(1.5)),
            "when.compare.right.value",
        ),
        (
            compare(&field("amount"), "less", &value(u64::MAX)),
            "when.compare.right.value",
        ),
        (
            json!({"compare": {"left": {"field": "amount"}, "is": "less", "right": {"value": 1}, "or": 2}}),
            "when.compare.or",
        ),
        (json!({}), "when"),
        (json!([1]), "when[0]"),
    ] {
        let found = faults(&rule(&when));
        assert_eq!(found.len(), 1, "{when}");
        let (found, code) = &found[0];
        assert_eq!(*code, "malformed", "{when}");
        assert!(
            found.starts_with(path.split('[').next().unwrap()),
            "{when}: {found} {path}"
        );
    }
}

#[test]
fn a_rule_is_published_only_with_all_three_weights() {
    let mut rule = rule(&compare(&field("amount"), "less", &value(1)));
    rule["unknown"] = json!({"error": {"points": 1}});
    let missing = ["unknown.not_applicable", "unknown.too_little_data"];
    assert_eq!(
        faults(&rule),
        missing.map(|path| (path.to_owned(), "missing"))
    );
    let draft = read_rule(&rule.to_string()).unwrap();
    assert_eq!(validate_rule(&draft, Stage::Draft, &BTreeSet::new()), []);
    rule["mode"] = json!("off");
    assert_eq!(faults(&rule), []);
}

#[test]
fn codes_names_and_points_are_bounded() {
    let whole = rule(&compare(&field("amount"), "less", &value(1)));
    for (name, value, path, code) in [
        ("code", json!("A rule"), "code", "malformed"),
        ("code", json!(""), "code", "malformed"),
        ("code", json!("x".repeat(65)), "code", "malformed"),
        ("name", json!(""), "name", "malformed"),
        ("name", json!("a\nb"), "name", "malformed"),
        (
            "description",
            json!("x".repeat(2_001)),
            "description",
            "malformed",
        ),
        (
            "effect",
            json!({"points": 1_001}),
            "effect.points",
            "too_large",
        ),
        (
            "effect",
            json!({"points": 3_000_000_000_i64}),
            "effect.points",
            "malformed",
        ),
    ] {
        let mut rule = whole.clone();
        rule[name] = value;
        assert_eq!(faults(&rule), [(path.to_owned(), code)]);
    }
}

#[test]
fn rule_bombs_are_refused() {
    let leaf = compare(&field("amount"), "less", &value(1));
    let deep = |depth: usize| (1..depth).fold(leaf.clone(), |inside, _| json!({"not": inside}));
    assert_eq!(faults(&rule(&deep(8))), []);
    assert_eq!(faults(&rule(&deep(9)))[0].1, "too_deep");
    assert_eq!(
        faults(&rule(&deep(1_000)))[0].1,
        "malformed",
        "nested beyond what is read"
    );

    let wide = |width: usize| json!({"any": vec![leaf.clone(); width]});
    assert_eq!(faults(&rule(&wide(99))), []);
    assert_eq!(
        faults(&rule(&wide(100))),
        [("when".to_owned(), "too_large")]
    );
    let counts = vec![compare(&velocity("count", "1h", "payer"), "less", &value(1)); 60];
    assert_eq!(
        faults(&rule(&json!({"any": counts}))),
        [("when".to_owned(), "too_costly")]
    );

    let among = |values: Vec<i64>| json!({"in": {"left": field("amount"), "values": values}});
    assert_eq!(faults(&rule(&among((0..1_000).collect()))), []);
    let path = ("when.in.values".to_owned(), "too_large");
    assert_eq!(faults(&rule(&among((0..1_001).collect()))), [path]);
    let huge = rule(&among((1_000_000..1_100_000).collect()));
    assert_eq!(faults(&huge), [(String::new(), "too_large")]);
    let name = json!({"in_list": {"field": "payee", "list": "x".repeat(201)}});
    assert_eq!(faults(&rule(&name))[0].1, "malformed");

    for number in [
        "1e400",
        "-1e400",
        "99999999999999999999",
        "1.0",
        "0.1",
        "NaN",
    ] {
        let text = rule(&compare(&field("amount"), "less", &value(4_242)));
        let text = text.to_string().replace("4242", number);
        let faults = read_rule(&text).unwrap_err();
        assert_eq!(faults[0].code, "malformed", "{number}");
    }
}

fn set_with(scenario: &Value) -> Value {
    let mut one = rule(&compare(&field("amount"), "less", &value(1)));
    one["code"] = json!("one");
    json!({"base_currency": "USD", "rules": [one], "scenarios": [scenario]})
}

fn set_faults(set: &Value) -> Vec<(String, &'static str)> {
    let set = read_set(&set.to_string()).unwrap();
    let faults = validate_set(&set, Stage::Publish, &BTreeSet::new());
    faults
        .into_iter()
        .map(|fault| (fault.path, fault.code))
        .collect()
}

fn scenario(review: Option<i32>, block: Option<i32>) -> Value {
    let weighs = json!({
        "rule": "one", "hit": 10, "error": 10, "not_applicable": 0, "too_little_data": 0,
    });
    json!({"code": "s", "name": "S", "weighs": [weighs], "review": review, "block": block})
}

#[test]
fn a_block_threshold_is_not_below_the_one_for_a_review() {
    for (review, block, fault) in [
        (
            Some(5),
            Some(4),
            Some(("scenarios[0].block", "wrong_thresholds")),
        ),
        (Some(5), Some(5), None),
        (Some(5), Some(6), None),
        (Some(5), None, None),
        (None, Some(5), None),
        (None, None, Some(("scenarios[0]", "missing"))),
        (
            Some(0),
            None,
            Some(("scenarios[0].review", "wrong_thresholds")),
        ),
        (Some(10), None, None),
        (Some(11), None, Some(("scenarios[0]", "unreachable"))),
    ] {
        let expected = fault.map(|(path, code)| (path.to_owned(), code));
        let found = set_faults(&set_with(&scenario(review, block)));
        assert_eq!(found, Vec::from_iter(expected), "{review:?} {block:?}");
    }
}

#[test]
fn a_set_has_each_code_once_and_scenarios_know_their_rules() {
    let mut set = set_with(&scenario(Some(5), None));
    set["scenarios"][0]["code"] = json!("one");
    assert_eq!(
        set_faults(&set),
        [("scenarios[0].code".to_owned(), "not_unique")]
    );

    let mut set = set_with(&scenario(Some(5), None));
    set["scenarios"][0]["weighs"][0]["rule"] = json!("two");
    assert_eq!(
        set_faults(&set),
        [("scenarios[0].weighs[0].rule".to_owned(), "unknown_rule")]
    );
    set["scenarios"][0]["weighs"][0]["rule"] = json!("one");
    set["rules"][0]["mode"] = json!("off");
    assert_eq!(
        set_faults(&set),
        [("scenarios[0].weighs[0].rule".to_owned(), "rule_is_off")]
    );

    let mut set = set_with(&scenario(Some(5), None));
    let again = set["rules"][0].clone();
    set["rules"].as_array_mut().unwrap().push(again);
    assert_eq!(
        set_faults(&set),
        [("rules[1].code".to_owned(), "not_unique")]
    );

    let mut set = set_with(&scenario(Some(5), None));
    set["base_currency"] = json!("XXX");
    set["levels"] = json!({"medium": 51, "high": 50});
    let expected = [
        ("base_currency", "unknown_currency"),
        ("levels", "wrong_thresholds"),
    ];
    assert_eq!(
        set_faults(&set),
        expected.map(|(path, code)| (path.to_owned(), code))
    );
}

#[test]
fn a_set_costs_no_more_than_it_may() {
    let many = vec![compare(&velocity("count", "1h", "payer"), "less", &value(1)); 40];
    let rules: Vec<_> = (0..50)
        .map(|number| {
            let mut rule = rule(&json!({"any": many}));
            rule["code"] = json!(format!("rule_{number}"));
            rule
        })
        .collect();
    let set = json!({"base_currency": "USD", "rules": rules});
    assert_eq!(set_faults(&set), [("rules".to_owned(), "too_costly")]);
}
