//! What operators do with cases beside deciding them: each act is in the timeline with the value
//! before and after, in the same transaction.

use contracts::identity::{OperatorAction, OrgId, Permission, UserId};
use db::Tx;
use idempotency::{IdempotentRequest, keep_answer};
use serde_json::json;
use uuid::Uuid;
use values::{DAY, Timestamp};

use crate::cases::case::Case;
use crate::cases::error::CaseError;
use crate::cases::priority::priority;
use crate::cases::queue::{Queue, Verdict};
use crate::cases::store::{self, NewEvent, acts};
use crate::cases::{CaseId, long_text};
use crate::service::Service;
use crate::trail::Who;

/// The most characters of a comment, and of a reason.
const LONGEST_COMMENT: usize = 4_000;
const LONGEST_REASON: usize = 500;
/// The most days that a case sleeps.
const LONGEST_SLEEP: i64 = 90;
/// The most cases that are assigned at once.
pub(crate) const MOST_AT_ONCE: usize = 100;

/// What became of each of several cases.
#[derive(Debug, Default)]
pub(crate) struct Assigned {
    pub(crate) assigned: Vec<CaseId>,
    pub(crate) refused: Vec<(CaseId, CaseError)>,
}

impl Service {
    pub(crate) async fn case_in(
        &self,
        tx: &mut Tx,
        org: OrgId,
        id: CaseId,
    ) -> Result<Case, CaseError> {
        let row = acts::one_in(tx, org, id.uuid()).await?;
        Ok(Case::try_from(row.ok_or(CaseError::NoSuchCase)?)?)
    }

    /// A case that somebody may work on.
    async fn case_to_work_on(
        &self,
        tx: &mut Tx,
        who: Who<'_>,
        id: CaseId,
    ) -> Result<Case, CaseError> {
        let case = self.case_in(tx, who.0.org, id).await?;
        case.may_work(who.0.user, &people(tx, id).await?)?;
        Ok(case)
    }

    /// Gives the most urgent case that waits in these queues to the operator.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn next_case<T>(
        &self,
        who: Who<'_>,
        queues: &[Queue],
        (once, show): (&IdempotentRequest<T>, impl FnOnce(&Case) -> T),
    ) -> Result<T, CaseError> {
        let (org, user, now) = (who.0.org, who.0.user, self.clock.now());
        let mut tx = self.db.begin().await?;
        let taken = acts::next(&mut tx, (org, user), queues, now).await?;
        let id = CaseId(taken.ok_or(CaseError::NothingWaiting)?);
        let event = NewEvent::by(user.uuid(), "assigned").changing(&json!(null), &user)?;
        self.cases.note(&mut tx, id.uuid(), event, now).await?;
        let shown = show(&self.case_in(&mut tx, org, id).await?);
        keep_answer(&mut tx, &self.vault, once, &shown, now).await?;
        tx.commit().await?;
        let action = OperatorAction::CaseAssigned;
        self.record(who, action, id.to_string()).await;
        Ok(shown)
    }

    /// That somebody can be given cases.
    async fn must_be_operator(&self, org: OrgId, owner: UserId) -> Result<(), CaseError> {
        let known = self.contacts.contact(org, owner).await;
        let known = known.map_err(|error| CaseError::Fault(error.into()))?;
        match known.is_some_and(|it| it.role.allows(Permission::CasesWork)) {
            true => Ok(()),
            false => Err(CaseError::NoOperator),
        }
    }

    /// Gives a case to an operator, or to nobody.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn assign_case(
        &self,
        who: Who<'_>,
        id: CaseId,
        owner: Option<UserId>,
    ) -> Result<Case, CaseError> {
        if let Some(owner) = owner {
            self.must_be_operator(who.0.org, owner).await?;
        }
        self.assign_one(who, id, owner).await?;
        self.case(who.0.org, id).await
    }

    /// Gives several cases to an operator, or to nobody: those that can be.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn assign_cases(
        &self,
        who: Who<'_>,
        ids: &[CaseId],
        owner: Option<UserId>,
    ) -> Result<Assigned, CaseError> {
        if !(1..=MOST_AT_ONCE).contains(&ids.len()) {
            return Err(CaseError::HowMany(MOST_AT_ONCE));
        }
        if let Some(owner) = owner {
            self.must_be_operator(who.0.org, owner).await?;
        }
        let mut done = Assigned::default();
        for id in ids {
            match self.assign_one(who, *id, owner).await {
                Ok(()) => done.assigned.push(*id),
                Err(fault @ CaseError::Fault(_)) => return Err(fault),
                Err(refused) => done.refused.push((*id, refused)),
            }
        }
        Ok(done)
    }

    async fn assign_one(
        &self,
        who: Who<'_>,
        id: CaseId,
        owner: Option<UserId>,
    ) -> Result<(), CaseError> {
        let mut tx = self.db.begin().await?;
        let case = self.case_to_work_on(&mut tx, who, id).await?;
        let before = case.row.owner.map(UserId);
        if before == owner {
            return Ok(());
        }
        let people = people(&mut tx, id).await?;
        if owner.is_some_and(|owner| people.contains(&owner.uuid())) {
            return Err(CaseError::TheirCase);
        }
        let changed = acts::assign(&mut tx, &case.row, owner).await?;
        let event = NewEvent::by(who.0.user.uuid(), "assigned").changing(&before, &owner)?;
        self.acted(tx, who, id, (changed, event)).await?;
        let action = OperatorAction::CaseAssigned;
        self.record(who, action, id.to_string()).await;
        Ok(())
    }

    /// Notes and commits what an operator has changed.
    async fn acted(
        &self,
        mut tx: Tx,
        who: Who<'_>,
        id: CaseId,
        (changed, event): (bool, NewEvent),
    ) -> Result<(), CaseError> {
        if !changed {
            return Err(CaseError::Changed);
        }
        tracing::debug!(case = %id, user = %who.0.user, "a case was changed");
        let now = self.clock.now();
        self.cases.note(&mut tx, id.uuid(), event, now).await?;
        Ok(tx.commit().await?)
    }

    /// Adds a comment, also to a case that has ended.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn comment_case(
        &self,
        who: Who<'_>,
        (id, text): (CaseId, &str),
        once: &IdempotentRequest<()>,
    ) -> Result<(), CaseError> {
        long_text(text, 1, LONGEST_COMMENT)?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        match self.case_to_work_on(&mut tx, who, id).await {
            Ok(_) | Err(CaseError::Closed) => {}
            Err(error) => return Err(error),
        }
        let event = NewEvent::by(who.0.user.uuid(), "commented").to(&text)?;
        self.cases.note(&mut tx, id.uuid(), event, now).await?;
        keep_answer(&mut tx, &self.vault, once, &(), now).await?;
        tx.commit().await?;
        let action = OperatorAction::CaseCommented;
        self.record(who, action, id.to_string()).await;
        Ok(())
    }

    /// Lets a case sleep until a time, or wakes it.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn snooze_case(
        &self,
        who: Who<'_>,
        id: CaseId,
        (until, reason): (Option<Timestamp>, &str),
    ) -> Result<Case, CaseError> {
        long_text(reason, 1, LONGEST_REASON)?;
        let now = self.clock.now();
        if until.is_some_and(|until| until <= now || until > now.plus(LONGEST_SLEEP * DAY)) {
            return Err(CaseError::Until);
        }
        let mut tx = self.db.begin().await?;
        let case = self.case_to_work_on(&mut tx, who, id).await?;
        let before = case.row.snoozed_until.map(Timestamp);
        let changed = acts::snooze(&mut tx, &case.row, until, who.0.user).await?;
        let after = json!({ "until": until, "reason": reason });
        let event = NewEvent::by(who.0.user.uuid(), "snoozed");
        let event = event.changing(&json!({ "until": before }), &after)?;
        self.acted(tx, who, id, (changed, event)).await?;
        let action = OperatorAction::CaseSnoozed;
        self.record(who, action, id.to_string()).await;
        self.case(who.0.org, id).await
    }

    /// Pins the priority of a case, or lets it follow from the case again.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn pin_case(
        &self,
        who: Who<'_>,
        id: CaseId,
        (pinned, reason): (Option<i64>, &str),
    ) -> Result<Case, CaseError> {
        long_text(reason, 1, LONGEST_REASON)?;
        if pinned.is_some_and(|priority| !(0..=100).contains(&priority)) {
            return Err(CaseError::Priority);
        }
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let case = self.case_to_work_on(&mut tx, who, id).await?;
        let (stake, times) = ((case.stake(), self.cases.limit), case.times());
        let to = pinned.unwrap_or_else(|| priority(case.row.risk, stake, times, now));
        let pin = (to, pinned.is_some());
        let changed = acts::pin(&mut tx, &case.row, pin, times.next_rise(now)).await?;
        let before = json!({ "priority": case.row.priority, "pinned": case.row.pinned != 0 });
        let after = json!({ "priority": to, "pinned": pinned.is_some(), "reason": reason });
        let event = NewEvent::by(who.0.user.uuid(), "pinned").changing(&before, &after)?;
        self.acted(tx, who, id, (changed, event)).await?;
        let action = OperatorAction::CasePinned;
        self.record(who, action, id.to_string()).await;
        self.case(who.0.org, id).await
    }

    /// Opens a case again that has ended. What it came to does not count any more; what became of
    /// a transaction by it stays.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn reopen_case(
        &self,
        who: Who<'_>,
        id: CaseId,
        reason: &str,
    ) -> Result<Case, CaseError> {
        long_text(reason, 1, LONGEST_REASON)?;
        let (user, now) = (who.0.user, self.clock.now());
        let mut tx = self.db.begin().await?;
        let case = self.case_in(&mut tx, who.0.org, id).await?;
        match case.may_work(user, &people(&mut tx, id).await?) {
            Ok(()) => return Err(CaseError::NotClosed),
            Err(CaseError::Closed) => {}
            Err(error) => return Err(error),
        }
        if case.queue.reasons().is_empty() {
            // Nobody could end it.
            return Err(CaseError::ByEvidence);
        }
        let due = now.plus(self.cases.config.due_after(case.queue));
        let times = crate::cases::priority::Times { opened: now, due };
        let at = (due, times.next_rise(now));
        let changed = match acts::reopen(&mut tx, &case.row, user, at).await {
            Ok(changed) => changed,
            Err(db::DbError::Unique(_)) => return Err(CaseError::OpenAlready),
            Err(error) => return Err(error.into()),
        };
        let outcome = case.row.outcome.as_deref();
        if let (Some(verdict), Some(closed)) = (
            outcome.and_then(Verdict::from_name),
            case.row.closed_at.map(Timestamp),
        ) {
            let undone = (-1, closed);
            self.cases
                .follow(&mut tx, &case.row, verdict, undone)
                .await?;
        }
        let before = json!({ "outcome": case.row.outcome, "reason": case.row.reason });
        let after = json!({ "reason": reason });
        let event = NewEvent::by(user.uuid(), "reopened").changing(&before, &after)?;
        self.acted(tx, who, id, (changed, event)).await?;
        let action = OperatorAction::CaseReopened;
        self.record(who, action, id.to_string()).await;
        self.case(who.0.org, id).await
    }
}

async fn people(tx: &mut Tx, id: CaseId) -> Result<Vec<Uuid>, CaseError> {
    let people = store::people(tx, id.uuid()).await?;
    Ok(people.into_iter().map(|(user, _)| user).collect())
}
