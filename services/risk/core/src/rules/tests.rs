//! Truth tables of the answers, and properties over any JSON.

use std::collections::BTreeSet;

use contracts::payments::TransactionType;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::facts::Facts;
use crate::field::{Field, FieldType};
use crate::seen::{Seen, Unknown};

/// A set with one rule.
fn set_of(when: &Value) -> CompiledSet {
    let set = json!({"base_currency": "USD", "rules": [{"code": "r", "name": "R", "when": when}]});
    let set = read_set(&set.to_string()).unwrap_or_else(|faults| panic!("{when}: {faults:?}"));
    compile(&set, 1).unwrap_or_else(|faults| panic!("{when}: {faults:?}"))
}

fn ask(when: &Value, facts: &Facts, velocities: &[Seen], memberships: &[Seen]) -> Truth {
    let set = set_of(when);
    set.rules()[0].ask(&Answers {
        facts,
        velocities,
        memberships,
    })
}

const TRUTHS: [Truth; 5] = [
    Ok(true),
    Ok(false),
    Err(Unknown::NotApplicable),
    Err(Unknown::TooLittleData),
    Err(Unknown::Error),
];

#[test]
fn groups_follow_the_logic_of_three_values_and_keep_the_gravest_unknown() {
    let is = |name: &str| json!({"compare": {"left": {"field": name}, "is": "equal", "right": {"value": true}}});
    let (one, other) = (is("to_self"), is("confirmed_before"));
    for left in TRUTHS {
        for right in TRUTHS {
            let mut facts = Facts::new();
            facts
                .set(Field::ToSelf, left)
                .set(Field::ConfirmedBefore, right);
            let gravest = left.err().max(right.err());
            let unless = |settling: bool| {
                if left == Ok(settling) || right == Ok(settling) {
                    Ok(settling)
                } else {
                    gravest.map_or(Ok(!settling), Err)
                }
            };
            let all = json!({"all": [one, other]});
            assert_eq!(
                ask(&all, &facts, &[], &[]),
                unless(false),
                "{left:?} {right:?}"
            );
            let any = json!({"any": [one, other]});
            assert_eq!(
                ask(&any, &facts, &[], &[]),
                unless(true),
                "{left:?} {right:?}"
            );
            let not = json!({"not": one});
            assert_eq!(ask(&not, &facts, &[], &[]), left.map(|holds| !holds));
        }
    }
}

#[test]
fn comparisons_are_exact_at_their_edges() {
    for (is, below, same, above) in [
        ("equal", false, true, false),
        ("not_equal", true, false, true),
        ("less", true, false, false),
        ("less_or_equal", true, true, false),
        ("greater", false, false, true),
        ("greater_or_equal", false, true, true),
    ] {
        for edge in [i64::MIN + 1, -1, 0, 500_000, i64::MAX - 1] {
            let when = json!({"compare": {"left": {"field": "amount"}, "is": is, "right": {"value": edge}}});
            for (amount, expected) in [(edge - 1, below), (edge, same), (edge + 1, above)] {
                let mut facts = Facts::new();
                facts.set(Field::Amount, amount);
                assert_eq!(
                    ask(&when, &facts, &[], &[]),
                    Ok(expected),
                    "{amount} {is} {edge}"
                );
            }
        }
    }
}

#[test]
fn names_compare_in_the_order_of_their_choices() {
    let levels = ["none", "basic", "full"];
    for (left, one) in levels.iter().enumerate() {
        for (right, other) in levels.iter().enumerate() {
            let mut facts = Facts::new();
            facts
                .set(Field::KycOfPayer, *one)
                .set(Field::KycOfPayee, *other);
            for (is, expected) in [
                ("equal", left == right),
                ("not_equal", left != right),
                ("less", left < right),
                ("less_or_equal", left <= right),
                ("greater", left > right),
                ("greater_or_equal", left >= right),
            ] {
                for right in [json!({"value": other}), json!({"field": "kyc_of_payee"})] {
                    let when = json!({"compare": {"left": {"field": "kyc_of_payer"}, "is": is, "right": right}});
                    assert_eq!(
                        ask(&when, &facts, &[], &[]),
                        Ok(expected),
                        "{one} {is} {other}"
                    );
                }
            }
        }
    }
}

#[test]
fn bounds_lists_and_texts_answer() {
    let mut facts = Facts::new();
    facts
        .set(Field::HourOfDay, 5)
        .set(Field::Currency, "EUR")
        .set(Field::EmailOfPayer, "alice@example.org")
        .set(Field::Payee, "usr_1");
    let between = |low: i64, high: i64| json!({"between": {"left": {"field": "hour_of_day"}, "low": low, "high": high}});
    for (low, high, holds) in [(5, 5, true), (4, 6, true), (6, 9, false), (0, 4, false)] {
        assert_eq!(ask(&between(low, high), &facts, &[], &[]), Ok(holds));
    }
    for (values, holds) in [(json!(["USD", "EUR"]), true), (json!(["USD"]), false)] {
        let when = json!({"in": {"left": {"field": "currency"}, "values": values}});
        assert_eq!(ask(&when, &facts, &[], &[]), Ok(holds));
    }
    for (is, text, holds) in [
        ("contains", "@", true),
        ("contains", "bob", false),
        ("starts_with", "alice", true),
        ("starts_with", "lice", false),
        ("ends_with", ".org", true),
        ("ends_with", "alice", false),
    ] {
        let when = json!({"text": {"field": "email_of_payer", "is": is, "text": text}});
        assert_eq!(ask(&when, &facts, &[], &[]), Ok(holds), "{is} {text}");
    }
    let listed = json!({"in_list": {"field": "payee", "list": "vip"}});
    for truth in TRUTHS {
        assert_eq!(ask(&listed, &facts, &[], &[Seen::from(truth)]), truth);
    }
    assert_eq!(
        ask(&listed, &facts, &[], &[]),
        Err(Unknown::Error),
        "nobody looked it up"
    );
}

#[test]
fn percentages_are_exact_and_stop_at_the_largest_number() {
    let when = json!({"compare": {
        "left": {"field": "amount"},
        "is": "greater",
        "right": {"percent": {
            "of": {"velocity": {"measure": "amount_average", "window": "30d", "key": "payer"}},
            "percent": 250,
        }},
    }});
    for (amount, average, expected) in [
        (252, Seen::Number(101), Ok(false)),
        (253, Seen::Number(101), Ok(true)),
        (i64::MAX, Seen::Number(i64::MAX), Ok(false)),
        (i64::MIN, Seen::Number(i64::MIN), Ok(false)),
        (
            1,
            Seen::Unknown(Unknown::TooLittleData),
            Err(Unknown::TooLittleData),
        ),
    ] {
        let mut facts = Facts::new();
        facts.set(Field::Amount, amount);
        assert_eq!(ask(&when, &facts, &[average], &[]), expected, "{amount}");
    }
}

#[test]
fn a_fact_of_another_type_is_an_error_and_nothing_is_ever_zero_by_itself() {
    let mut facts = Facts::new();
    for field in Field::ALL {
        assert_eq!(*facts.get(*field), Seen::Unknown(Unknown::Error));
    }
    facts
        .set(Field::Amount, "1")
        .set(Field::KycOfPayer, "gold")
        .set(Field::ToSelf, 1);
    for field in [Field::Amount, Field::KycOfPayer, Field::ToSelf] {
        assert_eq!(*facts.get(field), Seen::Unknown(Unknown::Error));
    }
    let json = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
    assert!(serde_json::from_str::<Facts>(r#"{"amount": "1"}"#).is_err());
    assert!(serde_json::from_str::<Facts>(r#"{"age": 1}"#).is_err());
}

#[test]
fn each_count_and_each_list_is_asked_for_once() {
    let count = json!({"velocity": {"measure": "count", "window": "60m", "key": "payer"}});
    let same = json!({"velocity": {"measure": "count", "window": "1h", "key": "payer"}});
    let less =
        |left: &Value| json!({"compare": {"left": left, "is": "less", "right": {"value": 1}}});
    let listed = json!({"in_list": {"field": "payee", "list": "vip"}});
    let set = set_of(&json!({"any": [less(&count), less(&same), listed, listed]}));
    assert_eq!(set.velocities().len(), 1);
    assert_eq!(set.velocities()[0].name(), "count:payer:1h");
    assert_eq!(
        set.questions(),
        [Question {
            field: Field::Payee,
            list: "vip".to_owned()
        }]
    );
}

#[test]
fn windows_are_read_and_written() {
    for (text, window) in [
        ("day", Window::Day),
        ("1m", Window::Minutes(1)),
        ("90m", Window::Minutes(90)),
        ("1h", Window::Minutes(60)),
        ("90d", Window::Minutes(Window::MOST_MINUTES)),
    ] {
        assert_eq!(text.parse(), Ok(window));
        assert_eq!(window.to_string(), text);
    }
    for text in [
        "",
        "m",
        "0m",
        "-1m",
        "+1m",
        "1",
        "1w",
        "91d",
        "129601m",
        "4294967297m",
        "1 m",
        "١m",
    ] {
        assert_eq!(text.parse::<Window>(), Err(InvalidWindow), "{text}");
    }
}

#[test]
fn the_catalogue_is_in_the_documentation() {
    let page = include_str!("../../../../../docs/rules.md");
    for field in Field::ALL {
        let spec = field.spec();
        let kind = serde_json::to_value(spec.kind).unwrap();
        let kind = kind.as_str().unwrap().replace('_', " ");
        let between = if spec.ordered { " < " } else { ", " };
        let kind = if spec.kind == FieldType::Choice {
            format!("{kind}: {}", spec.choices.join(between))
        } else {
            kind.clone()
        };
        let row = format!(
            "| `{}` | {kind} | {} | `{}` |",
            spec.name, spec.doc, spec.example
        );
        assert!(page.contains(&row), "docs/rules.md lacks the row\n{row}");
        assert_eq!(serde_json::to_value(field).unwrap(), spec.name);
        assert_eq!(Field::from_name(spec.name), Some(*field));
        assert_eq!(
            spec.kind == FieldType::Flag,
            !spec.not_label.is_empty(),
            "{}",
            spec.name
        );
    }
    for measure in Measure::ALL {
        assert!(
            page.contains(&format!("| `{}` |", measure.as_str())),
            "{measure:?}"
        );
    }
    for key in Key::ALL {
        assert!(page.contains(&format!("| `{}` |", key.as_str())), "{key:?}");
    }
}

/// A part of a rule that mostly is of the right form, and mostly not of the right types.
fn predicate() -> impl Strategy<Value = Predicate> {
    let leaf = prop_oneof![
        (operand(), comparison(), operand())
            .prop_map(|(left, is, right)| Predicate::Compare(Compare { left, is, right })),
        (operand(), any::<i64>(), any::<i64>())
            .prop_map(|(left, low, high)| Predicate::Between(Between { left, low, high })),
        (operand(), prop::collection::vec(literal(), 0..4))
            .prop_map(|(left, values)| Predicate::In(In { left, values })),
        (field(), "[a-z]{0,3}").prop_map(|(field, list)| Predicate::InList(InList { field, list })),
        (field(), "[a-z@]{0,3}").prop_map(|(field, text)| {
            let is = TextComparison::Contains;
            Predicate::Text(TextMatch { field, is, text })
        }),
    ];
    leaf.prop_recursive(10, 60, 4, |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..4).prop_map(Predicate::All),
            prop::collection::vec(inside.clone(), 0..4).prop_map(Predicate::Any),
            inside.prop_map(|part| Predicate::Not(Box::new(part))),
        ]
    })
}

fn field() -> impl Strategy<Value = Field> {
    prop::sample::select(Field::ALL)
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
    ])
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<i64>().prop_map(Literal::Number),
        any::<bool>().prop_map(Literal::Flag),
        "(none|basic|full|card|[a-zA-Z]{0,3})".prop_map(Literal::Text),
    ]
}

fn operand() -> impl Strategy<Value = Operand> {
    let velocity = (
        prop::sample::select(&Measure::ALL[..]),
        0..200_000_u32,
        prop::sample::select(&Key::ALL[..]),
        prop::option::of(prop::sample::select(TransactionType::ALL)),
    );
    let velocity = velocity.prop_map(|(measure, minutes, key, only)| Velocity {
        measure,
        window: Window::Minutes(minutes),
        key,
        only,
        at_least: 0,
    });
    let simple = prop_oneof![
        literal().prop_map(Operand::Value),
        field().prop_map(Operand::Field),
        velocity.prop_map(Operand::Velocity),
    ];
    simple.prop_recursive(2, 2, 1, |of| {
        (of, any::<u32>()).prop_map(|(of, percent)| {
            Operand::Percent(Percent {
                of: Box::new(of),
                percent,
            })
        })
    })
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        any::<i64>().prop_map(Seen::Number),
        any::<bool>().prop_map(Seen::Flag),
        "(none|basic|full|[a-zA-Z]{0,3})".prop_map(|text| Seen::from(text.as_str())),
        prop::sample::select(&Unknown::ALL[..]).prop_map(Seen::Unknown),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    prop::collection::vec(seen(), Field::ALL.len()).prop_map(|values| {
        let mut facts = Facts::new();
        for (field, value) in Field::ALL.iter().zip(values) {
            facts.set(*field, value);
        }
        facts
    })
}

/// Any JSON, with the words of rules as keys and texts.
fn json_like_a_rule() -> impl Strategy<Value = Value> {
    let words = vec![
        "all",
        "any",
        "not",
        "compare",
        "between",
        "in",
        "in_list",
        "text",
        "left",
        "right",
        "is",
        "value",
        "field",
        "velocity",
        "percent",
        "of",
        "low",
        "high",
        "values",
        "list",
        "amount",
        "payer",
        "equal",
        "less",
        "measure",
        "count",
        "window",
        "day",
        "key",
        "code",
        "name",
        "when",
        "effect",
        "points",
        "unknown",
        "error",
        "outcome",
        "review",
        "rules",
        "base_currency",
        "USD",
    ];
    let word = prop::sample::select(words);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(12, 80, 5, move |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(word.clone(), inside, 0..5).prop_map(|map| {
                map.into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

fn rule_with(when: Predicate) -> Rule {
    Rule {
        code: "r".to_owned(),
        name: "R".to_owned(),
        description: String::new(),
        mode: Mode::Live,
        when,
        effect: Effect::default(),
        unknown: Unknowns::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_json_is_read_or_refused(json in json_like_a_rule()) {
        let text = json.to_string();
        for json in [text.clone(), format!(r#"{{"code":"r","name":"R","when":{text}}}"#)] {
            if let Ok(rule) = read_rule(&json) {
                let faults = validate_rule(&rule, Stage::Publish, &BTreeSet::new());
                prop_assert!(!faults.is_empty(), "the weights are missing");
            }
        }
        if let Ok(set) = read_set(&text) {
            prop_assert_eq!(compile(&set, 1).is_ok(), compile(&set, 2).is_ok());
        }
    }

    #[test]
    fn what_is_taken_compiles_and_answers_always_the_same(
        when in predicate(), facts in facts(), velocities in prop::collection::vec(seen(), 0..3),
    ) {
        let rule = rule_with(when);
        let faults = validate_rule(&rule, Stage::Draft, &BTreeSet::new());
        let set = RuleSet {
            base_currency: "USD".to_owned(),
            levels: Levels::default(),
            rules: vec![rule.clone()],
            scenarios: Vec::new(),
        };
        let compiled = compile(&set, 1);
        let only_lists = faults.iter().all(|fault| fault.code == "unknown_list");
        prop_assert_eq!(compiled.is_ok(), only_lists, "{:?}", faults);
        let Ok(compiled) = compiled else { return Ok(()) };
        let answers = Answers { facts: &facts, velocities: &velocities, memberships: &[] };
        let truth = compiled.rules()[0].ask(&answers);
        prop_assert_eq!(truth, compiled.rules()[0].ask(&answers));
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(read_rule(&json), Ok(rule.clone()));
        let sentence = crate::sentence::sentence(&rule, compiled.base());
        prop_assert!(sentence.ends_with('.') && sentence.len() > 10, "{}", sentence);
    }
}
