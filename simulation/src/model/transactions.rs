//! The transactions of the model.

use ::ledger::{AccountId, AccountTerms, Flags, Posting, Request, TransferId};
use money::Currency;
use payments_core::command::{Actor, Command, Movement, NewAccount, NewTransaction, Outcome};
use payments_core::transaction::{Failure, Instrument};
use payments_core::wallet::SystemAccount;
use serde_json::Value;
use uuid::Uuid;

use super::transaction::{
    Transaction, authorised, code_of, declined, gate, is_payment, may_cancel, waits,
};
use super::{Code, Model, only};

/// What a new transaction is: type, giver, receiver, instrument, how long it holds.
type Shape<'a> = (
    &'static str,
    Option<Uuid>,
    Option<Uuid>,
    Option<&'a Instrument>,
    Option<i64>,
);

fn shape(what: &Movement) -> Shape<'_> {
    match what {
        Movement::Transfer { from, to } => ("transfer", Some(*from), Some(*to), None, None),
        Movement::Deposit { to, instrument, .. } => {
            ("deposit", None, Some(*to), instrument.as_ref(), None)
        }
        Movement::Withdrawal { from, instrument } => {
            ("withdrawal", Some(*from), None, Some(instrument), None)
        }
        Movement::Payment { from, to, hold_for } => {
            ("payment", Some(*from), Some(*to), None, *hold_for)
        }
    }
}

impl Model {
    pub(crate) fn create(
        &mut self,
        command: &Command,
        new: &NewTransaction,
    ) -> Result<Value, Code> {
        let maker = command.actor.user();
        let external = new.external_id.clone().map(|text| (maker, text));
        if external.as_ref().is_some_and(|id| self.taken.contains(id)) {
            return Err("external_id_taken");
        }
        let shape = shape(&new.what);
        self.parties(command, new, &shape)?;
        if new.amount <= 0 {
            return Err("amount_must_be_positive");
        }
        if self.transactions.contains_key(&new.id) || self.is_made(new.id) {
            return Err("id_exists_with_different_fields");
        }
        self.open_house(command, new, &shape)?;
        let before = self.ledger.clone();
        let status = self.begin(command, new, &shape)?;
        self.may_be_on_its_way(new)?;
        let (kind, from, to, instrument, hold_for) = shape;
        self.may_by_level(command, new, from)?;
        let is_declined = status == "failed";
        if let Some(from) = from
            && command.actor != Actor::System
        {
            let now = self.now;
            let wallet = self.wallets.get_mut(&from).unwrap();
            let undeclined = wallet.clone();
            wallet.spend(new.id, new.amount, now)?;
            if is_declined {
                *wallet = undeclined;
            }
        }
        if is_declined {
            self.ledger = before;
        }
        self.taken.extend(external);
        let is_done = status == "completed";
        let made = Transaction {
            org: command.org,
            kind,
            status,
            amount: new.amount,
            currency: new.currency.code(),
            from,
            to,
            captured: if is_done { new.amount } else { 0 },
            refunded: 0,
            description: new.description.clone(),
            external_id: new.external_id.clone(),
            metadata: new.metadata.clone(),
            original: None,
            instrument: instrument.cloned(),
            failure: is_declined.then(declined),
            maker,
            proposal: None,
            asked: None,
            created_at: self.now,
            updated_at: self.now,
            completed_at: is_done.then_some(self.now),
            expires_at: match status {
                "failed" => None,
                "requires_verification" | "in_review" => {
                    new.risk.as_ref().map(|risk| self.now.plus(risk.waits()))
                }
                _ => hold_for.map(|hold_for| self.now.plus(hold_for)),
            },
            risk: new.risk.clone(),
        };
        self.transactions.insert(new.id, made);
        Ok(self.tell(new.id, self.show(new.id)))
    }

    /// Whether a deposit is within its limits, with everything that is held for its wallet added
    /// up.
    fn may_be_on_its_way(&self, new: &NewTransaction) -> Result<(), Code> {
        let Movement::Deposit {
            to,
            instrument: Some(_),
            limits,
        } = &new.what
        else {
            return Ok(());
        };
        if limits.each.is_some_and(|most| new.amount > most) {
            return Err("deposit_too_large");
        }
        let pending = self.account(*to).unwrap().credits_pending;
        if limits.pending.is_some_and(|most| pending > most) {
            return Err("too_much_pending");
        }
        Ok(())
    }

    /// Whether both sides may take part.
    fn parties(
        &self,
        command: &Command,
        new: &NewTransaction,
        shape: &Shape<'_>,
    ) -> Result<(), Code> {
        let (_, from, to, ..) = *shape;
        let currency = new.currency.code();
        if let Some(from) = from {
            self.party(command, from, currency, true)?;
        }
        if let Some(to) = to {
            self.party(command, to, currency, from.is_none())?;
            match self.wallet_status(to) {
                "frozen" => return Err("account_frozen"),
                "closed" => return Err("account_closed"),
                _ => {}
            }
        }
        Ok(())
    }

    /// A side without a wallet is the house's.
    fn open_house(
        &mut self,
        command: &Command,
        new: &NewTransaction,
        shape: &Shape<'_>,
    ) -> Result<(), Code> {
        let (_, from, to, ..) = *shape;
        let settlement = SystemAccount::Settlement.id(command.org, new.currency);
        if (from.is_none() || to.is_none()) && self.account(settlement).is_none() {
            let account = NewAccount {
                id: settlement,
                currency: new.currency,
                code: 10,
                terms: AccountTerms {
                    flags: Flags::SYSTEM,
                    overdraft_limit: 0,
                    max_balance: None,
                },
            };
            self.open(command.org, &account)?;
        }
        Ok(())
    }

    /// Moves or holds the money, where that can be done at once; the state in which the transaction
    /// begins.
    fn begin(
        &mut self,
        command: &Command,
        new: &NewTransaction,
        shape: &Shape<'_>,
    ) -> Result<&'static str, Code> {
        let (kind, from, to, instrument, hold_for) = *shape;
        let settlement = SystemAccount::Settlement.id(command.org, new.currency);
        let posting = Posting {
            id: TransferId(new.id.as_u128()),
            org: command.org,
            debit: AccountId(from.unwrap_or(settlement).as_u128()),
            credit: AccountId(to.unwrap_or(settlement).as_u128()),
            amount: new.amount,
            currency: new.currency,
            code: code_of(kind),
        };
        let hold = Request::Hold {
            posting,
            expires_at: None,
        };
        let gate = new.risk.as_ref().and_then(gate);
        // What waits, for whatever, is held before, on either side.
        let waits = gate.is_some_and(|status| status != "failed");
        if waits || instrument.is_some() || hold_for.is_some() {
            self.transfer(hold)?;
        } else {
            self.transfer(Request::Post(posting))?;
        }
        Ok(gate.unwrap_or(match (instrument, hold_for) {
            (Some(_), _) => "processing",
            (None, Some(_)) => "authorised",
            (None, None) => "completed",
        }))
    }

    fn party(&self, command: &Command, id: Uuid, currency: &str, own: bool) -> Result<(), Code> {
        let wallet = self
            .wallets
            .get(&id)
            .filter(|wallet| wallet.org == command.org);
        let wallet = wallet.ok_or("wallet_not_found")?;
        if own && only(command.actor).is_some_and(|user| user != wallet.owner) {
            return Err("wallet_not_found");
        }
        if wallet.currency != currency {
            return Err("currency_mismatch");
        }
        Ok(())
    }

    /// A payment, and whether anyone who acts stands on the merchant's side.
    pub(crate) fn payment(&self, command: &Command, id: Uuid) -> Result<(Transaction, bool), Code> {
        let found = self.known(command, id)?;
        if found.0.kind != "payment" {
            return Err("not_possible_for_type");
        }
        Ok(found)
    }

    /// A transaction, and whether anyone who acts stands on the merchant's side.
    pub(crate) fn known(&self, command: &Command, id: Uuid) -> Result<(Transaction, bool), Code> {
        let found = self
            .transactions
            .get(&id)
            .filter(|it| it.org == command.org);
        let found = found.ok_or("transaction_not_found")?.clone();
        let is_merchant = match only(command.actor) {
            None => true,
            Some(user) => {
                let owns = |side: Option<Uuid>| {
                    side.is_some_and(|wallet| self.wallets[&wallet].owner == user)
                };
                if !owns(found.to) && !owns(found.from) {
                    return Err("transaction_not_found");
                }
                owns(found.to)
            }
        };
        Ok((found, is_merchant))
    }

    pub(crate) fn capture_payment(
        &mut self,
        command: &Command,
        payment: Uuid,
        id: Uuid,
        amount: Option<i64>,
        is_final: bool,
    ) -> Result<Value, Code> {
        let (found, is_merchant) = self.payment(command, payment)?;
        authorised(&found)?;
        let is_whole = amount.is_none_or(|amount| amount == self.left(payment));
        if !is_merchant && !is_whole {
            return Err("forbidden");
        }
        if found
            .expires_at
            .is_some_and(|deadline| self.now >= deadline)
        {
            return Err("hold_expired");
        }
        self.must_be_new(id)?;
        let row = self.capture(id, found.org, payment, amount, is_final, code_of("payment"))?;
        let has_ended = self.left(payment) == 0;
        let captured = found.captured + row.amount;
        self.to(
            payment,
            if has_ended { "completed" } else { "authorised" },
            |it| {
                it.captured = captured;
            },
        );
        if has_ended {
            self.correct(payment, captured);
        }
        Ok(self.show(payment))
    }

    pub(crate) fn cancel_payment(
        &mut self,
        command: &Command,
        payment: Uuid,
        id: Uuid,
    ) -> Result<Value, Code> {
        let (found, is_merchant) = self.known(command, payment)?;
        if waits(&found) {
            may_cancel(&found, command.actor)?;
        } else {
            is_payment(&found)?;
            if !is_merchant {
                return Err("forbidden");
            }
            authorised(&found)?;
        }
        self.end_payment(payment, id, "cancelled")
    }

    pub(crate) fn expire_payment(
        &mut self,
        command: &Command,
        payment: Uuid,
        id: Uuid,
    ) -> Result<Value, Code> {
        let (found, _) = self.known(command, payment)?;
        if !waits(&found) {
            is_payment(&found)?;
            authorised(&found)?;
        }
        if found.expires_at.is_none_or(|deadline| self.now < deadline) {
            return Err("hold_not_expired");
        }
        self.end_payment(payment, id, "expired")
    }

    fn end_payment(
        &mut self,
        payment: Uuid,
        id: Uuid,
        status: &'static str,
    ) -> Result<Value, Code> {
        self.must_be_new(id)?;
        let found = self.transactions[&payment].clone();
        self.transactions.get_mut(&payment).unwrap().proposal = None;
        self.release(id, found.org, payment)?;
        self.correct(payment, found.captured);
        // What was captured before stays captured.
        self.to(
            payment,
            if found.captured > 0 {
                "completed"
            } else {
                status
            },
            |_| {},
        );
        Ok(self.show(payment))
    }

    pub(crate) fn refund(
        &mut self,
        command: &Command,
        payment: Uuid,
        id: Uuid,
        amount: Option<i64>,
        reason: Option<&str>,
    ) -> Result<Value, Code> {
        let (found, is_merchant) = self.payment(command, payment)?;
        if !is_merchant {
            return Err("forbidden");
        }
        match found.status {
            "completed" => {}
            "reversed" => return Err("already_reversed"),
            _ => return Err("wrong_state"),
        }
        let left = found.captured - found.refunded;
        let amount = amount.unwrap_or(left);
        if amount > left {
            return Err("refund_exceeds_original");
        }
        self.must_be_new(id)?;
        self.transfer(Request::Post(Posting {
            id: TransferId(id.as_u128()),
            org: found.org,
            debit: AccountId(found.to.unwrap().as_u128()),
            credit: AccountId(found.from.unwrap().as_u128()),
            amount,
            currency: Currency::from_code(found.currency).unwrap(),
            code: code_of("refund"),
        }))?;
        self.answer_asked(payment, left - amount);
        let status = if amount == left {
            "reversed"
        } else {
            "completed"
        };
        self.to(payment, status, |it| it.refunded += amount);
        let refund = Transaction {
            kind: "refund",
            status: "completed",
            amount,
            from: found.to,
            to: found.from,
            captured: amount,
            refunded: 0,
            description: reason.map(str::to_owned),
            external_id: None,
            metadata: None,
            original: Some(payment),
            maker: command.actor.user(),
            created_at: self.now,
            updated_at: self.now,
            completed_at: Some(self.now),
            expires_at: None,
            asked: None,
            risk: None,
            ..found
        };
        self.transactions.insert(id, refund);
        Ok(self.tell(id, self.show(id)))
    }

    pub(crate) fn settle(
        &mut self,
        org: i64,
        transaction: Uuid,
        id: Uuid,
        outcome: &Outcome,
    ) -> Result<Value, Code> {
        let found = self.instruction(org, transaction)?;
        if waits(&found) {
            return Err("wrong_state");
        }
        if matches!(found.status, "processing" | "unresolved") {
            return self.conclude(transaction, id, outcome);
        }
        // It has ended: the answer is written down and changes nothing.
        self.to(transaction, found.status, |_| {});
        Ok(self.show(transaction))
    }

    pub(crate) fn resolve(
        &mut self,
        command: &Command,
        transaction: Uuid,
        id: Uuid,
        completed: bool,
        reason: &str,
    ) -> Result<Value, Code> {
        let found = self.instruction(command.org, transaction)?;
        if found.status != "unresolved" {
            return Err("wrong_state");
        }
        let operator = command.actor.user();
        match found.proposal {
            Some((proposed, by)) if proposed == completed && by == operator => {
                Err("second_operator_needed")
            }
            Some((proposed, _)) if proposed == completed => {
                let outcome = if completed {
                    Outcome::Completed
                } else {
                    Outcome::Failed(Failure {
                        code: "resolved_as_failed".to_owned(),
                        detail: format!(
                            "Two operators decided that the money did not move: {reason}"
                        ),
                    })
                };
                self.transactions.get_mut(&transaction).unwrap().proposal = None;
                self.conclude(transaction, id, &outcome)
            }
            _ => {
                self.to(transaction, "unresolved", |it| {
                    it.proposal = Some((completed, operator))
                });
                Ok(self.show(transaction))
            }
        }
    }

    fn instruction(&self, org: i64, id: Uuid) -> Result<Transaction, Code> {
        let found = self.transactions.get(&id).filter(|it| it.org == org);
        let found = found.ok_or("transaction_not_found")?;
        match found.instrument {
            Some(_) => Ok(found.clone()),
            None => Err("not_possible_for_type"),
        }
    }

    fn conclude(&mut self, transaction: Uuid, id: Uuid, outcome: &Outcome) -> Result<Value, Code> {
        let found = self.transactions[&transaction].clone();
        match outcome {
            Outcome::Unknown { .. } => self.to(transaction, "unresolved", |_| {}),
            Outcome::Failed(failure) => {
                self.must_be_new(id)?;
                self.release(id, found.org, transaction)?;
                self.correct(transaction, 0);
                self.to(transaction, "failed", |it| {
                    it.failure = Some(failure.clone())
                });
            }
            Outcome::Completed => {
                self.must_be_new(id)?;
                self.capture(id, found.org, transaction, None, true, code_of(found.kind))?;
                self.to(transaction, "completed", |it| it.captured = it.amount);
            }
        }
        Ok(self.show(transaction))
    }

    pub(crate) fn must_be_new(&self, id: Uuid) -> Result<(), Code> {
        if self.is_made(id) {
            return Err("id_exists_with_different_fields");
        }
        Ok(())
    }

    /// What left in the end counts against the limits of anyone who it was counted for.
    pub(crate) fn correct(&mut self, transaction: Uuid, amount: i64) {
        if let Some(from) = self.transactions[&transaction].from {
            self.wallets
                .get_mut(&from)
                .unwrap()
                .correct(transaction, amount);
        }
    }

    pub(crate) fn to(
        &mut self,
        id: Uuid,
        status: &'static str,
        change: impl FnOnce(&mut Transaction),
    ) {
        let now = self.now;
        let it = self.transactions.get_mut(&id).unwrap();
        change(it);
        it.status = status;
        it.updated_at = now;
        if status == "completed" && it.completed_at.is_none() {
            it.completed_at = Some(now);
        }
        self.tell(id, self.show(id));
    }

    pub(crate) fn show(&self, id: Uuid) -> Value {
        self.transactions[&id].show(id)
    }
}
