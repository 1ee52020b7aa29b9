//! The model's transactions that wait for a code or an operator.

use payments_core::assessment::Assessment;
use payments_core::command::{Actor, Command};
use serde_json::Value;
use uuid::Uuid;

use super::transaction::{Transaction, code_of, declined, has_waited, waits};
use super::{Code, Model};

impl Model {
    /// Whether a transaction waits for a code or an operator.
    #[must_use]
    pub fn waits(&self, id: Uuid) -> bool {
        self.transactions.get(&id).is_some_and(waits)
    }

    pub(crate) fn confirm(&mut self, command: &Command, of: Uuid, id: Uuid) -> Result<Value, Code> {
        let (found, _) = self.known(command, of)?;
        if found.maker != command.actor.user() {
            return Err("forbidden");
        }
        self.must_wait(&found, "requires_verification")?;
        self.go_on(of, id)
    }

    pub(crate) fn review(
        &mut self,
        command: &Command,
        of: Uuid,
        id: Uuid,
        approve: bool,
    ) -> Result<Value, Code> {
        let Actor::Operator(operator) = command.actor else {
            return Err("transaction_not_found");
        };
        let (found, _) = self.known(command, of)?;
        let mut sides = found.from.into_iter().chain(found.to);
        if found.maker == operator || sides.any(|it| self.wallets[&it].owner == operator) {
            return Err("own_case");
        }
        self.must_wait(&found, "in_review")?;
        if found.risk.as_ref().unwrap().decision().needs_two {
            match found.proposal {
                Some((word, by)) if word == approve && by == operator => {
                    return Err("second_operator_needed");
                }
                Some((word, _)) if word == approve => {}
                _ => {
                    let proposal = Some((approve, operator));
                    self.to(of, "in_review", |it| it.proposal = proposal);
                    return Ok(self.show(of));
                }
            }
        }
        self.transactions.get_mut(&of).unwrap().proposal = None;
        if approve {
            return self.go_on(of, id);
        }
        self.must_be_new(id)?;
        self.release(id, found.org, of)?;
        self.correct(of, 0);
        self.to(of, "failed", |it| it.failure = Some(declined()));
        Ok(self.show(of))
    }

    fn must_wait(&self, found: &Transaction, status: &str) -> Result<(), Code> {
        let is_over = found.expires_at.is_none_or(|end| self.now >= end);
        match found.status {
            waits if waits == status && !is_over => Ok(()),
            waits if waits == status => Err("transaction_expired"),
            "expired" if has_waited(found) => Err("transaction_expired"),
            _ => Err("wrong_state"),
        }
    }

    fn go_on(&mut self, of: Uuid, id: Uuid) -> Result<Value, Code> {
        let found = self.transactions[&of].clone();
        let mut sides = found.from.into_iter().chain(found.to);
        if sides.any(|it| self.wallet_status(it) == "frozen") {
            return Err("account_frozen");
        }
        let hold_for = found.risk.as_ref().and_then(Assessment::hold_for);
        if found.instrument.is_some() {
            self.to(of, "processing", |it| it.expires_at = None);
        } else if let Some(hold_for) = hold_for {
            let end = self.now.plus(hold_for);
            self.to(of, "authorised", |it| it.expires_at = Some(end));
        } else {
            self.must_be_new(id)?;
            self.capture(id, found.org, of, None, true, code_of(found.kind))?;
            self.to(of, "completed", |it| {
                it.captured = it.amount;
                it.expires_at = None;
            });
        }
        Ok(self.show(of))
    }
}
