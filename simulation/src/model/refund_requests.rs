//! The refund requests of the model.

use contracts::identity::UserId;
use contracts::payments::RefundRequestId;
use payments_core::command::{Command, RefundRequestChange};
use serde_json::{Value, json};
use uuid::Uuid;
use values::Timestamp;

use super::{Code, Model, decimal};

/// What a payer asked for last.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    id: Uuid,
    status: &'static str,
    amount: i64,
    by: Uuid,
    reason: String,
    answer: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    /// What of the payment was left when it was asked.
    left_then: i64,
    /// How many were asked before.
    earlier: u32,
}

impl Asked {
    pub(crate) fn show(&self, currency: &str) -> Value {
        json!({
            "id": RefundRequestId(self.id),
            "status": self.status,
            "amount": decimal(self.amount.into(), currency),
            "requested_by": UserId(self.by),
            "reason": self.reason,
            "answer": self.answer,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
        })
    }
}

impl Model {
    pub(crate) fn change_refund_request(
        &mut self,
        command: &Command,
        payment: Uuid,
        change: &RefundRequestChange,
    ) -> Result<Value, Code> {
        let (found, is_merchant) = self.payment(command, payment)?;
        let left = found.captured - found.refunded;
        match change {
            RefundRequestChange::Ask { .. } | RefundRequestChange::Withdraw { .. }
                if is_merchant =>
            {
                return Err("forbidden");
            }
            RefundRequestChange::Accept { .. } | RefundRequestChange::Decline { .. }
                if !is_merchant =>
            {
                return Err("forbidden");
            }
            RefundRequestChange::Ask { .. } => return self.ask(command, payment, change),
            _ => {}
        }
        let (RefundRequestChange::Withdraw { request }
        | RefundRequestChange::Decline { request, .. }
        | RefundRequestChange::Accept { request, .. }) = change
        else {
            unreachable!("it was asked for above")
        };
        let asked = self.asked(payment).filter(|asked| asked.id == *request);
        let mut asked = asked.ok_or("no_open_refund_request")?;
        match change {
            RefundRequestChange::Accept { id, .. } => {
                let reason = asked.reason.clone();
                let amount = Some(asked.amount.min(left));
                return self.refund(command, payment, *id, amount, Some(&reason));
            }
            RefundRequestChange::Decline { reason, .. } => {
                asked.status = "declined";
                asked.answer = Some(reason.clone());
            }
            _ => asked.status = "withdrawn",
        }
        Ok(self.keep_asked(payment, asked))
    }

    fn ask(
        &mut self,
        command: &Command,
        payment: Uuid,
        change: &RefundRequestChange,
    ) -> Result<Value, Code> {
        let RefundRequestChange::Ask {
            id,
            amount,
            reason,
            lasts,
        } = change
        else {
            unreachable!("only this one asks")
        };
        let found = self.transactions[&payment].clone();
        let left = found.captured - found.refunded;
        match found.status {
            "completed" => {}
            "reversed" => return Err("already_reversed"),
            _ => return Err("wrong_state"),
        }
        let amount = amount.unwrap_or(left);
        if amount <= 0 {
            return Err("amount_must_be_positive");
        }
        if amount > left {
            return Err("refund_exceeds_original");
        }
        if self.asked(payment).is_some() {
            return Err("refund_already_requested");
        }
        let earlier = match &found.asked {
            Some(asked) if asked.earlier == 2 => return Err("too_many_refund_requests"),
            Some(asked) => asked.earlier + 1,
            None => 0,
        };
        let asked = Asked {
            id: *id,
            status: "open",
            amount,
            by: command.actor.user(),
            reason: reason.clone(),
            answer: None,
            created_at: self.now,
            expires_at: self.now.plus(*lasts),
            left_then: left,
            earlier,
        };
        Ok(self.keep_asked(payment, asked))
    }

    /// What a refund after which so much is left does to a request.
    pub(crate) fn answer_asked(&mut self, payment: Uuid, left: i64) {
        let Some(mut asked) = self.asked(payment) else {
            return;
        };
        if left <= asked.left_then - asked.amount {
            asked.status = "accepted";
            self.keep_asked(payment, asked);
        }
    }

    fn asked(&self, payment: Uuid) -> Option<Asked> {
        let asked = self.transactions[&payment].asked.clone();
        asked.filter(|it| it.status == "open" && self.now < it.expires_at)
    }

    fn keep_asked(&mut self, payment: Uuid, asked: Asked) -> Value {
        let status = self.transactions[&payment].status;
        self.to(payment, status, |it| it.asked = Some(asked));
        self.show(payment)
    }
}
