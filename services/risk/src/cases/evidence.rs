//! Evidence as it is shown: of a transaction what was known of both sides, side by side, and why it
//! waits; then what hits have brought.

use contracts::risk::RiskDecision;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use values::Timestamp;

use crate::cases::EvidenceRow;
use crate::cases::store::reading::EvidenceSet;
use crate::decisions::store::DecisionRow;
use crate::decisions::{Kept, read};
use crate::error::Error;

/// What is known of who gives and of who receives: the endings of fields.
const BOTH_SIDES: [&str; 7] = [
    "kyc",
    "account_age_days",
    "email",
    "email_verified",
    "country",
    "sanctions_match",
    "sanctions_score",
];

/// Rows of evidence that came together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceBody {
    /// What it is: `sides` (who gives in `value`, who receives in `compared_with`), `factors` (why
    /// a transaction waits), or `hit`.
    pub(crate) about: &'static str,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// The rows.
    pub(crate) rows: Vec<EvidenceRow>,
}

/// The evidence of a case: of its transaction, and of its hits.
///
/// # Errors
/// A row that cannot be read.
pub(crate) fn of(
    known: Option<&DecisionRow>,
    hits: Vec<EvidenceSet>,
) -> Result<Vec<EvidenceBody>, Error> {
    let mut all = Vec::new();
    if let Some(known) = known {
        let decision: Option<RiskDecision> = read(known.decision.as_deref())?;
        let kept: Option<Kept> = read(known.facts.as_deref())?;
        let at = Timestamp(known.created_at);
        if let Some(decision) = decision {
            let rows = factors(&decision);
            let about = "factors";
            all.push(EvidenceBody { about, at, rows });
        }
        if let Some(kept) = kept {
            let facts = serde_json::to_value(&kept.inputs.facts);
            let facts = facts.map_err(|_| Error::Row("decisions"))?;
            let rows = sides(&facts);
            let about = "sides";
            all.push(EvidenceBody { about, at, rows });
        }
    }
    for hit in hits {
        let rows = serde_json::from_str(&hit.facts);
        all.push(EvidenceBody {
            about: "hit",
            at: Timestamp(hit.added_at),
            rows: rows.map_err(|_| Error::Row("case_evidence"))?,
        });
    }
    Ok(all)
}

fn factors(decision: &RiskDecision) -> Vec<EvidenceRow> {
    let factors = decision.factors.iter().map(|factor| EvidenceRow {
        label: factor.code.clone(),
        value: json!({ "points": factor.points, "detail": factor.detail }),
        compared_with: None,
    });
    let whole = EvidenceRow {
        label: "decision".to_owned(),
        value: json!({
            "id": decision.id, "outcome": decision.outcome, "score": decision.score,
            "level": decision.level, "rule_set": decision.rule_set, "needs_two": decision.needs_two,
        }),
        compared_with: None,
    };
    std::iter::once(whole).chain(factors).collect()
}

fn sides(facts: &Value) -> Vec<EvidenceRow> {
    let row = |label: &str, payer: &str, payee: &str| EvidenceRow {
        label: label.to_owned(),
        value: facts[payer].clone(),
        compared_with: Some(facts[payee].clone()),
    };
    let who = row("user", "payer", "payee");
    let both = BOTH_SIDES.iter().map(|label| {
        let (payer, payee) = (format!("{label}_of_payer"), format!("{label}_of_payee"));
        row(label, &payer, &payee)
    });
    std::iter::once(who).chain(both).collect()
}

#[cfg(test)]
mod tests {
    use risk_core::facts::Facts;
    use risk_core::field::Field;

    use super::*;

    #[test]
    fn what_is_known_of_both_sides_stands_side_by_side() {
        let mut facts = Facts::new();
        facts
            .set(Field::KycOfPayer, "none")
            .set(Field::KycOfPayee, "full")
            .set(Field::AccountAgeOfPayer, 3);
        let rows = sides(&serde_json::to_value(&facts).unwrap());
        assert_eq!(rows.len(), 8);
        assert_eq!(rows[1].label, "kyc");
        assert_eq!(rows[1].value, json!("none"));
        assert_eq!(rows[1].compared_with, Some(json!("full")));
        assert_eq!(rows[2].value, json!(3));
        // A name that no field has would be null.
        for row in &rows {
            assert!(!row.value.is_null(), "{row:?}");
            assert!(row.compared_with != Some(Value::Null), "{row:?}");
        }
    }
}
