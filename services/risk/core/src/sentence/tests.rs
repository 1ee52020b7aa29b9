//! Rules in words, and what differs between sets.

use serde_json::{Value, json};

use super::*;
use crate::defaults;
use crate::rules::{read_rule, read_set};

fn words(rule: &Value) -> String {
    sentence(&read_rule(&rule.to_string()).unwrap(), Currency::USD)
}

#[test]
fn the_default_rules_read_well() {
    let set = defaults::rule_set().unwrap();
    let sentences: Vec<_> = set
        .rules
        .iter()
        .map(|rule| sentence(rule, Currency::USD))
        .collect();
    assert_eq!(
        sentences,
        [
            "If the amount is above 5,000.00 USD, add 30 points. Where something cannot be found \
             out, ask for a code; where it does not apply, nothing follows; with too little \
             history, nothing follows.",
            "If the amount is above 10,000.00 USD, add 20 points. Where something cannot be found \
             out, nothing follows; where it does not apply, nothing follows; with too little \
             history, nothing follows.",
            "If the number of transactions by the payer on that day (UTC) is above 5, add 25 \
             points. Where something cannot be found out, add 25 points; where it does not apply, \
             nothing follows; with too little history, add 25 points.",
            "If the payer's identity check is none, add 40 points. Where something cannot be found \
             out, add 40 points; where it does not apply, nothing follows; with too little \
             history, nothing follows.",
            "If the payer matches a sanctions list, add 100 points, hold it for a review and have \
             a review done by two operators. Where something cannot be found out, hold it for a \
             review; where it does not apply, nothing follows; with too little history, hold it \
             for a review.",
            "If the payee matches a sanctions list, add 100 points, hold it for a review and have \
             a review done by two operators. Where something cannot be found out, hold it for a \
             review; where it does not apply, nothing follows; with too little history, hold it \
             for a review.",
        ]
    );
}

#[test]
fn groups_stand_in_brackets_and_a_contrary_is_said_as_such() {
    let less = |field: &str, than: i64| json!({"compare": {"left": {"field": field}, "is": "less", "right": {"value": than}}});
    let rule = json!({
        "code": "r", "name": "R", "mode": "shadow", "effect": {"points": -1, "floor": "high"},
        "when": {"all": [
            less("account_age_days_of_payer", 7),
            {"any": [less("hour_of_day", 5), {"between": {"left": {"field": "amount"}, "low": 1, "high": 200}}]},
            {"not": {"all": [
                less("hour_of_day", 3),
                {"text": {"field": "email_of_payer", "is": "ends_with", "text": ".org"}},
            ]}},
        ]},
    });
    assert_eq!(
        words(&rule),
        "In shadow: if the age of the payer's account in days is below 7 and (the hour of the day \
         (UTC) is below 5 or the amount is from 0.01 USD to 2.00 USD) and (the hour of the day \
         (UTC) is at least 3 or the payer's e-mail does not end with “.org”), take off 1 point and \
         rate the risk high."
    );
    let listed = json!({
        "code": "r", "name": "R", "mode": "off",
        "when": {"in": {"left": {"field": "day_of_week"}, "values": [1, 2, 3, 4, 5, 6, 7]}},
    });
    assert_eq!(
        words(&listed),
        "Switched off: if the day of the week (UTC, 1 is Monday) is one of 1, 2, 3, 4, 5 and 2 \
         more, note it."
    );
}

#[test]
fn a_difference_has_its_place_and_both_values() {
    let before = defaults::rule_set().unwrap();
    assert_eq!(diff(&before, &before), []);
    let mut after = before.clone();
    after.rules[0].effect.points = 35;
    let gone = after.rules.remove(1);
    let mut new = gone.clone();
    new.code = "new".to_owned();
    after.rules.push(new.clone());
    after.rules.swap(1, 2);
    after.levels.high = 60;
    let value = |rule: &Rule| serde_json::to_value(rule).unwrap();
    let changes = diff(&before, &after);
    let find = |path: &str| {
        let change = changes.iter().find(|change| change.path == path);
        change.unwrap_or_else(|| panic!("{path}: {changes:?}"))
    };
    assert_eq!(changes.len(), 4, "{changes:?}");
    let points = find("rules[amount_over_5000].effect.points");
    assert_eq!(
        (points.kind, &points.before, &points.after),
        (ChangeKind::Changed, &Some(json!(30)), &Some(json!(35)))
    );
    let removed = find("rules[amount_over_10000]");
    assert_eq!(
        (removed.kind, &removed.before, &removed.after),
        (ChangeKind::Removed, &Some(value(&gone)), &None)
    );
    let added = find("rules[new]");
    assert_eq!(
        (added.kind, &added.before, &added.after),
        (ChangeKind::Added, &None, &Some(value(&new)))
    );
    assert_eq!(find("levels.high").after, Some(json!(60)));
}

#[test]
fn what_a_diff_names_is_read_again() {
    let set = defaults::rule_set().unwrap();
    let json = serde_json::to_string_pretty(&set).unwrap();
    assert_eq!(diff(&set, &read_set(&json).unwrap()), []);
}
