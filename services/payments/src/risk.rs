//! What risk is asked before a transaction is made, what holds where it cannot answer, and the
//! codes by which makers show that it is them. It decides nothing about a transaction: the core
//! does.

use std::sync::Arc;
use std::time::Duration;

use access::Principal;
use contracts::identity::{OrgId, UserId};
use contracts::notifications::{CodeNotSent, CodeSent};
use contracts::payments::{TransactionId, TransactionType, WalletId};
use contracts::risk::{
    CodeCheck, CodeState, DecisionId, NotReviewed, Party, ProposedTransaction, Review, Reviewed,
    Reviews, RiskDecision, RiskFactor, RiskLevel, RiskOutcome, SharedRisk, Terms,
};
use payments_core::assessment::{Assessment, ReviewProposal, RiskView, waits};
use payments_core::command::{Actor, Answer, Command, Movement, NewTransaction, Operation};
use payments_core::document::{Document, TransactionRecord};
use payments_core::refusal::Refused;
use payments_core::transaction::Transaction;
use payments_core::wallet::decimal;
use uuid::Uuid;

use crate::error::Error;
use crate::journal::Fault;
use crate::service::Service;
use crate::store::wallets::owner;

/// Which wallets a movement is from and to, its type, and the token of the outside.
fn sides(what: &Movement) -> (TransactionType, Option<Uuid>, Option<Uuid>, Option<String>) {
    match what {
        Movement::Transfer { from, to } => {
            (TransactionType::Transfer, Some(*from), Some(*to), None)
        }
        Movement::Payment { from, to, .. } => {
            (TransactionType::Payment, Some(*from), Some(*to), None)
        }
        Movement::Deposit { to, instrument, .. } => {
            let token = instrument.as_ref().map(|it| it.token.clone());
            (TransactionType::Deposit, None, Some(*to), token)
        }
        Movement::Withdrawal { from, instrument } => {
            let token = Some(instrument.token.clone());
            (TransactionType::Withdrawal, Some(*from), None, token)
        }
    }
}

// --- before a transaction is made ---

impl Service {
    /// Hands in who assesses transactions; without it none is assessed.
    pub fn set_risk(&self, risk: SharedRisk) {
        self.gate.set(risk);
    }

    /// From now on operators decide about transactions through the cases of risk, which asks
    /// [`Reviews`]; the endpoints here refuse.
    pub fn decide_by_cases(&self) {
        self.gate.decide_by_cases();
    }

    /// Whether transactions are assessed.
    pub(crate) fn assesses(&self) -> bool {
        self.gate.risk().is_some()
    }

    /// Has a new transaction assessed, where there is who does.
    ///
    /// # Errors
    /// [`Refused::WalletNotFound`]; [`Error::RiskUnavailable`]; a fault.
    pub(crate) async fn assess(
        &self,
        principal: &Principal,
        new: &mut NewTransaction,
    ) -> Result<(), Error> {
        let Some(risk) = self.gate.risk() else {
            return Ok(());
        };
        let proposed = self.proposed(principal, new).await?;
        let deadline = Duration::from_millis(self.config.risk.deadline_ms);
        let answer = tokio::time::timeout(deadline, risk.assess(&proposed)).await;
        let why = match answer {
            Ok(Ok(decision)) => {
                new.risk = Some(self.assessment(decision, &new.what));
                return Ok(());
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it did not answer in time".to_owned(),
        };
        tracing::warn!(transaction = %proposed.id, why, "not assessed: the policy decides");
        let Some(decision) = self.policy(&proposed) else {
            risk.dropped(proposed.id);
            return Err(Error::RiskUnavailable);
        };
        new.risk = Some(self.assessment(decision, &new.what));
        Ok(())
    }

    fn assessment(&self, decision: RiskDecision, what: &Movement) -> Assessment {
        let waits = match decision.outcome {
            RiskOutcome::StepUp => {
                i64::from(self.config.verification_minutes) * 60 * values::SECOND
            }
            RiskOutcome::Review => i64::from(self.config.review_days) * values::DAY,
            RiskOutcome::Approve | RiskOutcome::Decline => 0,
        };
        Assessment::new(decision, waits, what.hold_for())
    }

    /// What holds without an answer: a code up to an amount, nothing above it.
    fn policy(&self, proposed: &ProposedTransaction) -> Option<RiskDecision> {
        let currency = money::Currency::from_code(proposed.currency).ok()?;
        let most = self.config.risk.step_up_up_to(proposed.kind, currency);
        if most.is_some_and(|most| proposed.amount_minor > most) {
            return None;
        }
        Some(RiskDecision {
            id: DecisionId(self.ids.next()),
            outcome: RiskOutcome::StepUp,
            score: 0,
            level: RiskLevel::High,
            factors: vec![RiskFactor {
                code: "risk_unavailable".to_owned(),
                points: 0,
                detail: "The risk could not be assessed, so the policy for that asks for a code."
                    .to_owned(),
            }],
            rule_set: 0,
            needs_two: false,
            took_us: (self.clock.now().micros() - proposed.at.micros()).max(0),
        })
    }

    async fn proposed(
        &self,
        principal: &Principal,
        new: &NewTransaction,
    ) -> Result<ProposedTransaction, Error> {
        let (kind, from, to, instrument) = sides(&new.what);
        let org = principal.org;
        Ok(ProposedTransaction {
            org,
            id: TransactionId(new.id),
            kind,
            amount_minor: new.amount,
            currency: new.currency.code(),
            from: self.party(org, from, "from_wallet").await?,
            to: self.party(org, to, "to_wallet").await?,
            instrument,
            by: principal.user,
            at: self.clock.now(),
        })
    }

    /// A wallet that does not exist would pass unassessed if it came to be meanwhile: it is refused
    /// here.
    async fn party(
        &self,
        org: OrgId,
        wallet: Option<Uuid>,
        param: &'static str,
    ) -> Result<Option<Party>, Error> {
        let Some(id) = wallet else { return Ok(None) };
        let owner = self.owner_of(org, id).await?;
        let owner = owner.ok_or(Refused::WalletNotFound { param })?;
        let wallet = WalletId(id);
        Ok(Some(Party { wallet, owner }))
    }

    /// Whose a wallet is. That never changes, so what was read once is true for ever.
    async fn owner_of(&self, org: OrgId, wallet: Uuid) -> Result<Option<UserId>, Error> {
        let key = (org.0, wallet);
        if let Some(known) = self.gate.known_owner(key) {
            return Ok(Some(known));
        }
        let read = owner(&self.db, org.0, wallet).await?.map(UserId);
        if let Some(owner) = read {
            self.gate.remember_owner(key, owner);
        }
        Ok(read)
    }
}

/// Whether a transaction that risk was asked about may have been made: where nobody knows, the feed
/// tells.
pub(crate) const fn may_be_made(answer: &Result<Answer, Error>) -> bool {
    matches!(
        answer,
        Ok(Answer::Created(_)) | Err(Error::Journal(Fault::OutcomeUnknown))
    )
}

// --- what its readers see ---

/// What a caller may know of what risk decided about a transaction: those who see all of the
/// organisation, why; its maker, how great the risk is; the other side, nothing.
pub(crate) fn seen_risk(principal: &Principal, row: &Transaction) -> Option<RiskView> {
    let decision = row.risk.as_ref()?.decision();
    if principal.may(contracts::identity::Permission::TransactionsReadAll) {
        return Some(RiskView::of_operator(
            decision,
            ReviewProposal::of(row.status, row.proposal.as_deref()),
        ));
    }
    (row.created_by == principal.user.uuid()).then(|| RiskView::of_maker(decision))
}

// --- codes ---

impl Service {
    /// A transaction of the caller's that waits for a code.
    ///
    /// # Errors
    /// [`Refused`], as the confirmation itself would be; a fault.
    pub(crate) async fn to_confirm(
        &self,
        principal: &Principal,
        id: TransactionId,
    ) -> Result<TransactionRecord, Error> {
        let record = self.visible_transaction(principal, id).await?;
        let row = &record.row;
        if row.created_by != principal.user.uuid() {
            return Err(Refused::OnlyMaker.into());
        }
        let is_over = row.expires_at.is_none_or(|end| self.clock.now() >= end);
        let asks = row.status == contracts::payments::TransactionStatus::RequiresVerification;
        if asks && !is_over {
            return Ok(record);
        }
        let has_expired = row.status == contracts::payments::TransactionStatus::Expired;
        if asks || (has_expired && row.had_to_wait()) {
            return Err(Refused::TransactionExpired.into());
        }
        Err(Refused::WrongState { from: row.status }.into())
    }

    /// Checks a code for a transaction of its maker's.
    ///
    /// # Errors
    /// [`Error::RiskUnavailable`]; a fault.
    pub(crate) async fn check_code(
        &self,
        org: OrgId,
        record: &TransactionRecord,
        code: &str,
    ) -> Result<CodeCheck, Error> {
        let risk = self.gate.risk().ok_or(Error::RiskUnavailable)?;
        let terms = self.terms(org, record).await?;
        let checked = risk.check_code(&terms, code).await;
        checked.map_err(|error| {
            tracing::warn!(transaction = %terms.transaction, %error, "a code was not checked");
            Error::RiskUnavailable
        })
    }

    /// What its maker may know of the code of a transaction, and whom its message names as payee.
    ///
    /// # Errors
    /// [`Error::RiskUnavailable`]; a fault.
    pub(crate) async fn code_state(
        &self,
        org: OrgId,
        record: &TransactionRecord,
    ) -> Result<(Terms, CodeState), Error> {
        let risk = self.gate.risk().ok_or(Error::RiskUnavailable)?;
        let terms = self.terms(org, record).await?;
        let state = risk.code_state(&terms).await;
        let state = state.map_err(|error| {
            tracing::warn!(transaction = %terms.transaction, %error, "a code was not looked up");
            Error::RiskUnavailable
        })?;
        Ok((terms, state))
    }

    /// Has a new code sent for a transaction, to its maker.
    ///
    /// # Errors
    /// [`Error::RiskUnavailable`]; a fault.
    pub(crate) async fn send_code(
        &self,
        org: OrgId,
        record: &TransactionRecord,
    ) -> Result<Result<CodeSent, CodeNotSent>, Error> {
        let risk = self.gate.risk().ok_or(Error::RiskUnavailable)?;
        let terms = self.terms(org, record).await?;
        Ok(risk.send_code(&terms).await)
    }

    /// Has the first code sent for a new transaction that waits for one; nobody waits for that.
    /// Where it cannot be sent, its maker asks for another.
    pub(crate) fn send_first_code(self: &Arc<Self>, org: OrgId, answer: &Answer) {
        let Answer::Created(Document::Transaction(record)) = answer else {
            return;
        };
        if record.row.status != contracts::payments::TransactionStatus::RequiresVerification {
            return;
        }
        let (service, record) = (self.clone(), record.clone());
        platform::request_id::spawn(async move {
            let transaction = TransactionId(record.row.id);
            match service.send_code(org, &record).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%transaction, %error, "the code was not sent; its maker can ask for one");
                }
                Err(error) => {
                    tracing::warn!(%transaction, %error, "the code was not sent; its maker can ask for one");
                }
            }
        });
    }

    /// What the message with the code names: it is good for these terms only.
    async fn terms(&self, org: OrgId, record: &TransactionRecord) -> Result<Terms, Error> {
        let row = &record.row;
        Ok(Terms {
            org,
            transaction: TransactionId(row.id),
            user: UserId(row.created_by),
            amount: decimal(row.amount, row.currency),
            currency: row.currency.code().to_owned(),
            payee: self.payee(org, record).await?,
        })
    }

    /// Who receives, in words that its maker knows: a name; what is their own, by its kind.
    async fn payee(&self, org: OrgId, record: &TransactionRecord) -> Result<String, Error> {
        if let Some(instrument) = &record.row.instrument
            && record.to_wallet.is_none()
        {
            let kind = match instrument.kind {
                payments_core::transaction::InstrumentKind::Card => "your card",
                payments_core::transaction::InstrumentKind::BankAccount => "your bank account",
            };
            return Ok(kind.to_owned());
        }
        let wallet = record.to_wallet.unwrap_or_default();
        let owner = self.owner_of(org, wallet).await?;
        let Some(owner) = owner.filter(|owner| owner.uuid() != record.row.created_by) else {
            return Ok("your own wallet".to_owned());
        };
        let mut known = self.identity.names(org, &[owner]).await?;
        Ok(match known.pop() {
            Some(known) => known.name,
            None => WalletId(wallet).to_string(),
        })
    }
}

// --- reviews ---

#[async_trait::async_trait]
impl Reviews for Service {
    /// Whether the operator may, and what the audit trail learns of it, is the caller's.
    async fn review(&self, review: &Review) -> Result<Reviewed, NotReviewed> {
        let unavailable = |error: Error| NotReviewed::Unavailable(Box::new(error));
        let transaction = review.transaction.uuid();
        let command = Command {
            org: review.org.0,
            actor: Actor::Operator(review.by.uuid()),
            idempotency: None,
            request_id: platform::request_id::current(),
            operation: Operation::Review {
                transaction,
                id: self.ids.next(),
                approve: review.approve,
                reason: review.reason.clone(),
            },
        };
        let answer = self.journal.submit(command).await;
        let record = match answer.map_err(|fault| unavailable(fault.into()))? {
            Answer::Done(Document::Transaction(record)) => record,
            Answer::Refused(Refused::OwnCase | Refused::SecondOperatorNeeded) => {
                return Err(NotReviewed::NotYours);
            }
            Answer::Refused(
                Refused::TransactionNotFound
                | Refused::WrongState { .. }
                | Refused::TransactionExpired,
            ) => return Err(NotReviewed::NotWaiting),
            Answer::Refused(refused) => return Err(NotReviewed::Refused(refused.to_string())),
            Answer::Done(Document::Text(_))
            | Answer::Created(_)
            | Answer::Ledger(_)
            | Answer::Accounts(_)
            | Answer::Replayed(_) => return Err(unavailable(Fault::Internal.into())),
        };
        self.instructions.tell_acquirer(review.org.0, &record);
        Ok(match waits(record.row.status) {
            true => Reviewed::Proposed,
            false => Reviewed::Decided,
        })
    }
}
