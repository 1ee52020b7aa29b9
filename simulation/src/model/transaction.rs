//! A transaction of the model: how it is shown, and what its status allows.

use contracts::identity::UserId;
use contracts::payments::{TransactionId, WalletId};
use contracts::risk::RiskOutcome;
use payments_core::assessment::Assessment;
use payments_core::command::Actor;
use payments_core::transaction::{Failure, Instrument};
use serde_json::{Value, json};
use uuid::Uuid;
use values::Timestamp;

use super::refund_requests::Asked;
use super::{Code, decimal};

#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) org: i64,
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) amount: i64,
    pub(crate) currency: &'static str,
    pub(crate) from: Option<Uuid>,
    pub(crate) to: Option<Uuid>,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
    pub(crate) description: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) metadata: Option<String>,
    pub(crate) original: Option<Uuid>,
    pub(crate) instrument: Option<Instrument>,
    pub(crate) failure: Option<Failure>,
    pub(crate) maker: Uuid,
    pub(crate) proposal: Option<(bool, Uuid)>,
    pub(crate) asked: Option<Asked>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) risk: Option<Assessment>,
}

/// The codes that ledger rows of transactions carry: their types' numbers.
pub(crate) fn code_of(kind: &str) -> u16 {
    ["transfer", "deposit", "withdrawal", "payment", "refund"]
        .iter()
        .position(|known| *known == kind)
        .map_or(0, |at| u16::try_from(at + 1).unwrap())
}

impl Transaction {
    pub(crate) fn show(&self, id: Uuid) -> Value {
        let it = self;
        let text = |minor: i64| decimal(minor.into(), it.currency);
        let metadata = it.metadata.as_deref();
        let mut shown = json!({
            "id": TransactionId(id),
            "type": it.kind,
            "status": it.status,
            "amount": text(it.amount),
            "currency": it.currency,
            "from_wallet": it.from.map(WalletId),
            "to_wallet": it.to.map(WalletId),
            "fee": text(0),
            "captured_amount": text(it.captured),
            "refunded_amount": text(it.refunded),
            "description": it.description,
            "external_id": it.external_id,
            "metadata": metadata.map(|text| serde_json::from_str::<Value>(text).unwrap()),
            "original_transaction": it.original.map(TransactionId),
            "risk": it.risk.as_ref().map(|risk| json!({ "level": risk.decision().level })),
            "verification": verification(it),
            "failure": it.failure,
            "created_by": UserId(it.maker),
            "created_at": it.created_at,
            "updated_at": it.updated_at,
            "completed_at": it.completed_at,
            "expires_at": it.expires_at,
        });
        if let Some(asked) = &it.asked {
            shown["refund_request"] = asked.show(it.currency);
        }
        if let Some(instrument) = &it.instrument {
            let side = if it.kind == "deposit" {
                "source"
            } else {
                "destination"
            };
            shown[side] = json!(instrument);
        }
        shown
    }
}

/// The state in which a transaction begins because of what risk decided.
pub(crate) fn gate(risk: &Assessment) -> Option<&'static str> {
    match risk.decision().outcome {
        RiskOutcome::Approve => None,
        RiskOutcome::StepUp => Some("requires_verification"),
        RiskOutcome::Review => Some("in_review"),
        RiskOutcome::Decline => Some("failed"),
    }
}

/// What a declined transaction says.
pub(crate) fn declined() -> Failure {
    let detail = "The transaction was declined. Contact support if you think that it should pass.";
    Failure {
        code: "risk_declined".to_owned(),
        detail: detail.to_owned(),
    }
}

pub(crate) fn waits(found: &Transaction) -> bool {
    matches!(found.status, "requires_verification" | "in_review")
}

pub(crate) fn has_waited(found: &Transaction) -> bool {
    let gate = found.risk.as_ref().and_then(gate);
    gate.is_some_and(|status| status != "failed")
}

/// What is not waiting is cancelled and expires only if it is a payment.
pub(crate) fn is_payment(found: &Transaction) -> Result<(), Code> {
    match found.kind {
        "payment" => Ok(()),
        _ if has_waited(found) => Err("wrong_state"),
        _ => Err("not_possible_for_type"),
    }
}

pub(crate) fn may_cancel(found: &Transaction, actor: Actor) -> Result<(), Code> {
    let helps = matches!(actor, Actor::Operator(_)) && found.status == "requires_verification";
    if found.maker == actor.user() || helps {
        return Ok(());
    }
    Err("forbidden")
}

pub(crate) fn verification(it: &Transaction) -> Value {
    match it.status {
        "requires_verification" => {
            json!({ "required": true, "methods": ["code"], "expires_at": it.expires_at })
        }
        _ => Value::Null,
    }
}

pub(crate) fn authorised(found: &Transaction) -> Result<(), Code> {
    match found.status {
        "authorised" => Ok(()),
        "cancelled" => Err("hold_already_released"),
        "expired" => Err("hold_expired"),
        "completed" | "reversed" => Err("hold_already_captured"),
        _ => Err("wrong_state"),
    }
}
