//! What is wrong with rules beside what `risk-core` finds: what this installation cannot answer,
//! and names that hide something. Pure. It is asked of drafts, not of rules in force: what was
//! kept before stays readable.

use std::collections::{BTreeMap, BTreeSet};

use money::Currency;
use platform::text::{TEXT_RULE, free_text};
use risk_core::field::Field;
use risk_core::rules::{Fault, InList, Literal, Operand, Predicate, RuleSet, Stage, validate_set};

use crate::lists::kind::ListKind;
use crate::rates::Rates;

/// What a rule may ask about here.
pub(crate) struct Known<'a> {
    /// The organisation's lists.
    pub(crate) lists: BTreeMap<String, ListKind>,
    /// What amounts can be compared in.
    pub(crate) rates: &'a Rates,
}

/// What is wrong with a set; nothing, if it is as it should be.
pub(crate) fn faults(set: &RuleSet, stage: Stage, known: &Known<'_>) -> Vec<Fault> {
    let names: BTreeSet<_> = known.lists.keys().cloned().collect();
    let mut faults = validate_set(set, stage, &names);
    if let Ok(base) = Currency::from_code(&set.base_currency)
        && !known.rates.has(base)
    {
        let message =
            format!("no amount can be compared in it: {base} has no rate in [risk.rates]");
        faults.push(fault("base_currency", "no_rate", message));
    }
    for (index, rule) in set.rules.iter().enumerate() {
        let at = |part: &str| format!("rules[{index}].{part}");
        for (part, text) in [("name", &rule.name), ("description", &rule.description)] {
            faults.extend(hidden(at(part), text));
        }
        asks(&rule.when, &at("when"), known, &mut faults);
    }
    for (index, scenario) in set.scenarios.iter().enumerate() {
        faults.extend(hidden(format!("scenarios[{index}].name"), &scenario.name));
    }
    faults
}

fn fault(path: impl Into<String>, code: &'static str, message: impl Into<String>) -> Fault {
    Fault {
        path: path.into(),
        code,
        message: message.into(),
    }
}

/// A text that others see.
fn hidden(path: String, text: &str) -> Option<Fault> {
    (!free_text(text)).then(|| fault(path, "malformed", format!("write {TEXT_RULE}")))
}

fn asks(predicate: &Predicate, path: &str, known: &Known<'_>, faults: &mut Vec<Fault>) {
    let mut each = |name: &str, parts: &[Predicate]| {
        for (index, part) in parts.iter().enumerate() {
            asks(part, &format!("{path}.{name}[{index}]"), known, faults);
        }
    };
    match predicate {
        Predicate::All(parts) => each("all", parts),
        Predicate::Any(parts) => each("any", parts),
        Predicate::Not(part) => asks(part, &format!("{path}.not"), known, faults),
        Predicate::InList(listed) => {
            let kind = known.lists.get(&listed.list).copied();
            if let Some(message) = kind.and_then(|kind| of_another_kind(listed, kind)) {
                faults.push(fault(format!("{path}.in_list"), "wrong_type", message));
            }
        }
        Predicate::Compare(compare) => {
            if let Operand::Value(value) = &compare.right {
                let path = format!("{path}.compare.right.value");
                faults.extend(of_refunds(&compare.left, value, path));
            }
        }
        Predicate::In(listed) => {
            for (index, value) in listed.values.iter().enumerate() {
                let path = format!("{path}.in.values[{index}]");
                faults.extend(of_refunds(&listed.left, value, path));
            }
        }
        Predicate::Between(_) | Predicate::Text(_) => {}
    }
}

/// Refunds are not assessed: a rule about them would never hit.
fn of_refunds(left: &Operand, value: &Literal, path: String) -> Option<Fault> {
    let is_refund = matches!(value, Literal::Text(text) if text == "refund");
    let is_asked = is_refund && *left == Operand::Field(Field::TransactionType);
    let message = "no rule is asked about refunds: what was paid may go back";
    is_asked.then(|| fault(path, "never_asked", message))
}

/// Why a field is on no list of a kind. Any may be on one of other texts.
fn of_another_kind(listed: &InList, kind: ListKind) -> Option<String> {
    let fitting = match listed.field {
        Field::EmailOfPayer | Field::EmailOfPayee => ListKind::Emails,
        Field::CountryOfPayer | Field::CountryOfPayee => ListKind::Countries,
        Field::Payer | Field::Payee => ListKind::Users,
        Field::Instrument => ListKind::Tokens,
        _ => ListKind::Texts,
    };
    let fits = kind == fitting || kind == ListKind::Texts;
    (!fits).then(|| {
        let (kind, fitting) = (kind.as_str(), fitting.as_str());
        let field = listed.field.spec().name;
        format!("{field} is never on a list of {kind}: name one of {fitting} or texts")
    })
}
