//! The words of notifications, by language: a title and a sentence for each kind. The words are
//! made when somebody reads them, in the language that is theirs then.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// The words of a kind. `{name}` stands for a fact.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) body: String,
}

static ENGLISH: LazyLock<BTreeMap<String, Text>> =
    LazyLock::new(|| toml::from_str(include_str!("../../texts/en.toml")).unwrap_or_default());

/// Title and sentence of a kind; none where there is no such kind.
pub(crate) fn render(kind: &str, facts: &Value) -> Option<(String, String)> {
    let text = ENGLISH.get(kind)?;
    Some((filled(&text.title, facts), filled(&text.body, facts)))
}

fn filled(text: &str, facts: &Value) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match facts.get(name) {
            Some(Value::String(fact)) => out.push_str(fact),
            Some(fact) => out.push_str(&fact.to_string()),
            None => {}
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::told::rules::RULES;
    use serde_json::json;

    #[test]
    fn whatever_somebody_is_told_has_words() {
        for rule in RULES {
            let (title, body) = render(rule.tells, &json!({})).unwrap_or_else(|| {
                panic!("texts/en.toml has no [{}]", rule.tells);
            });
            assert!(!title.is_empty() && !body.is_empty(), "{}", rule.tells);
        }
    }

    #[test]
    fn facts_stand_in_their_places() {
        let facts = json!({"amount": "12.50", "currency": "USD", "counterparty": "Bob"});
        let (title, _) = render("money_received", &facts).unwrap();
        assert_eq!(title, "12.50 USD from Bob");
        assert_eq!(filled("{a {b}", &json!({"b": 1})), "");
        assert_eq!(filled("100 % {", &json!({})), "100 % {");
    }
}
