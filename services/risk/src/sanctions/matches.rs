//! What operators say of matches: somebody else is meant, or they are. A match that was cleared is
//! remembered until either side changes; who is confirmed neither sends nor receives.

use contracts::identity::{OperatorAction, OrgId, UserId};
use db::Tx;
use serde_json::{Value, json};
use values::Timestamp;

use crate::cases::store as cases;
use crate::cases::{Automatic, EvidenceRow, Opening, Queue};
use crate::error::Error;
use crate::rules::store as rules;
use crate::sanctions::MatchId;
use crate::sanctions::standing::MatchState;
use crate::sanctions::store::matches::{self as store, Compared, MatchRow, NewDecision, Which};
use crate::sanctions::store::screenings::{self, ScreeningRow};
use crate::service::Service;
use crate::trail::Who;

/// The most characters of a reason.
const LONGEST: usize = 500;

/// What somebody says of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Somebody else is meant.
    Clear,
    /// They are meant.
    Confirm,
}

impl Verdict {
    const fn state(self) -> MatchState {
        match self {
            Self::Clear => MatchState::Cleared,
            Self::Confirm => MatchState::Confirmed,
        }
    }

    const fn action(self) -> OperatorAction {
        match self {
            Self::Clear => OperatorAction::SanctionsMatchCleared,
            Self::Confirm => OperatorAction::SanctionsMatchConfirmed,
        }
    }
}

/// Why a match was not decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MatchError {
    /// There is none, or it is of another organisation.
    #[error("There is no such match.")]
    NoSuchMatch,
    /// It is in that state already.
    #[error("The match is {0} already.")]
    Already(&'static str),
    /// It has ended.
    #[error(
        "The match has ended: the entry is gone or has changed. Look at the newer matches of the customer."
    )]
    Ended,
    /// Its case is open.
    #[error(
        "A case of this match is open: decide that one (POST /cases/{{id}}/decide, queue `sanctions`)."
    )]
    CaseOpen,
    /// It is about who decides.
    #[error("The match is about you: another operator has to decide it.")]
    Own,
    /// It takes two operators.
    #[error(
        "A match is confirmed through its case, by two operators: reopen it, and decide it there."
    )]
    CaseNeeded,
    /// Who confirmed it may not clear it.
    #[error("You have confirmed this match: another operator has to clear it.")]
    SecondNeeded,
    /// The reason is none.
    #[error("Write why, in one line of 1 to 500 characters, none of them a control or invisible.")]
    Reason,
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<db::DbError> for MatchError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}

/// Whether somebody may say so of a match that is in a state. Pure.
fn may(row: &MatchRow, by: UserId, verdict: Verdict) -> Result<(), MatchError> {
    let state = MatchState::read(&row.state)?;
    if row.user_id == by.uuid() {
        return Err(MatchError::Own);
    }
    match (state, verdict) {
        (MatchState::Ended, _) => Err(MatchError::Ended),
        (MatchState::Cleared, Verdict::Clear) | (MatchState::Confirmed, Verdict::Confirm) => {
            Err(MatchError::Already(state.as_str()))
        }
        (MatchState::Confirmed, Verdict::Clear) if row.decided_by == Some(by.uuid()) => {
            Err(MatchError::SecondNeeded)
        }
        (MatchState::Open | MatchState::Confirmed, Verdict::Clear)
        | (MatchState::Open | MatchState::Cleared, Verdict::Confirm) => Ok(()),
    }
}

fn check_reason(reason: &str) -> Result<(), MatchError> {
    let fits = (1..=LONGEST).contains(&reason.chars().count())
        && !reason.contains('\n')
        && platform::text::free_text(reason);
    match fits {
        true => Ok(()),
        false => Err(MatchError::Reason),
    }
}

/// Decides a match in the transaction of whatever decides it: of an endpoint, or of the decision of
/// a case. After the commit [`Service::refresh`] has it in force on this node.
///
/// # Errors
/// [`MatchError`].
pub(crate) async fn decide(
    tx: &mut Tx,
    (org, id): (OrgId, MatchId),
    verdict: Verdict,
    (by, at, reason): (UserId, Timestamp, &str),
) -> Result<(), MatchError> {
    let row = store::one_in(tx, org, id.uuid()).await?;
    let row = row.ok_or(MatchError::NoSuchMatch)?;
    may(&row, by, verdict)?;
    let to = verdict.state().as_str();
    let new = NewDecision {
        from: &row.state,
        to,
        by,
        at,
        reason,
    };
    if !store::decide(tx, (org, id.uuid()), new).await? {
        return Err(MatchError::Already(to));
    }
    rules::change(tx, org).await?;
    Ok(())
}

impl Service {
    /// Says of a match whether somebody is meant: of one whose case has ended. Confirmed it is only
    /// through a case, which takes two operators.
    pub(crate) async fn decide_match(
        &self,
        who: Who<'_>,
        id: MatchId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<MatchRow, MatchError> {
        check_reason(reason)?;
        let (org, now) = (who.0.org, self.clock.now());
        let mut tx = self.db.begin().await?;
        decide(&mut tx, (org, id), verdict, (who.0.user, now, reason)).await?;
        // Past its case nobody decides: that takes reasons, and two operators to confirm.
        let subject = id.to_string();
        if cases::open_one(&mut tx, org, Queue::Sanctions, &subject)
            .await?
            .is_some()
        {
            return Err(MatchError::CaseOpen);
        }
        if verdict == Verdict::Confirm {
            return Err(MatchError::CaseNeeded);
        }
        tx.commit().await?;
        self.refresh().await?;
        self.record(who, verdict.action(), id.to_string()).await;
        self.sanctions_match(org, id).await
    }

    /// One match.
    pub(crate) async fn sanctions_match(
        &self,
        org: OrgId,
        id: MatchId,
    ) -> Result<MatchRow, MatchError> {
        let row = store::one(&self.db, org, id.uuid()).await?;
        row.ok_or(MatchError::NoSuchMatch)
    }

    /// Matches, the newest first.
    pub(crate) async fn sanctions_matches(
        &self,
        org: OrgId,
        which: Which,
    ) -> Result<Vec<MatchRow>, Error> {
        Ok(store::newest(&self.db, org, which).await?)
    }

    /// With what somebody was last compared.
    pub(crate) async fn screening_of(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Option<ScreeningRow>, Error> {
        Ok(screenings::one(&self.db, (org, user)).await?)
    }

    /// A match ends by itself, and its case with it.
    pub(crate) async fn end_match(
        &self,
        tx: &mut Tx,
        org: OrgId,
        row: &MatchRow,
        now: Timestamp,
    ) -> Result<(), Error> {
        store::end(tx, row.id, now).await?;
        self.close_case(tx, org, MatchId(row.id)).await
    }

    /// Opens the case of a match that is new.
    pub(crate) async fn open_match_case(
        &self,
        tx: &mut Tx,
        (org, user): (OrgId, UserId),
        (id, name): (MatchId, &str),
        found: &Compared,
    ) -> Result<(), Error> {
        let (list, entry, score) = (found.list, &found.entry, found.score);
        tracing::warn!(org = org.0, %user, %id, list, entry, score, "a customer matches a sanctions list");
        let opening = Opening {
            org,
            queue: Queue::Sanctions,
            subject: id.to_string(),
            title: format!("{} on the list {list}", found.listed_name),
            priority: score / 10,
            amount: None,
            evidence: evidence(user, name, found)?,
            people: vec![user],
        };
        self.cases.open_or_join(tx, opening).await?;
        Ok(())
    }

    /// Ends the open case of a match, where there is one.
    async fn close_case(&self, tx: &mut Tx, org: OrgId, id: MatchId) -> Result<(), Error> {
        let case = (org, Queue::Sanctions, &*id.to_string());
        let outcome = Automatic::NoLongerNeeded;
        self.cases.close_by_evidence(tx, case, outcome).await?;
        Ok(())
    }
}

/// What is known of the customer beside what the list says.
fn evidence(user: UserId, name: &str, found: &Compared) -> Result<Vec<EvidenceRow>, Error> {
    let read = |json: &str| -> Result<Value, Error> {
        serde_json::from_str(json).map_err(|_| Error::Row("sanctions_matches"))
    };
    let listed = read(&found.listed)?;
    let row = |label: &str, value: Value, compared_with: Option<Value>| EvidenceRow {
        label: label.to_owned(),
        value,
        compared_with,
    };
    let entry = json!({ "list": found.list, "id": found.entry });
    let of_list = |label: &str, part: &str| row(label, Value::Null, listed.get(part).cloned());
    Ok(vec![
        row("customer", json!(user), Some(entry)),
        row("name", json!(name), listed.get("names").cloned()),
        of_list("kind", "kind"),
        of_list("births", "births"),
        of_list("gender", "gender"),
        of_list("countries", "countries"),
        of_list("programs", "programs"),
        of_list("papers", "papers"),
        row("score", json!(found.score), None),
        row("comparison", read(&found.explanation)?, None),
    ])
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn row(state: &str) -> MatchRow {
        MatchRow {
            id: Uuid::nil(),
            user_id: Uuid::from_u128(1),
            list: "un".to_owned(),
            entry: "1".to_owned(),
            state: state.to_owned(),
            score: 900,
            listed_name: "Somebody".to_owned(),
            listed: "{}".to_owned(),
            explanation: "{}".to_owned(),
            version: 1,
            person: vec![],
            entry_digest: vec![],
            found_at: 0,
            ended_at: None,
            decided_by: Some(Uuid::from_u128(2)),
            decided_at: None,
            reason: None,
        }
    }

    #[test]
    fn who_may_decide_a_match_is_by_its_state_and_by_whom_it_is_about() {
        let (own, confirmer, other) = (1, 2, 3);
        let own_one = "The match is about you: another operator has to decide it.";
        let second = "You have confirmed this match: another operator has to clear it.";
        let ended = MatchError::Ended.to_string();
        for (state, by, verdict, refused) in [
            ("open", other, Verdict::Clear, None),
            ("open", other, Verdict::Confirm, None),
            ("open", own, Verdict::Clear, Some(own_one)),
            ("confirmed", own, Verdict::Clear, Some(own_one)),
            (
                "cleared",
                other,
                Verdict::Clear,
                Some("The match is cleared already."),
            ),
            ("cleared", other, Verdict::Confirm, None),
            (
                "confirmed",
                other,
                Verdict::Confirm,
                Some("The match is confirmed already."),
            ),
            ("confirmed", confirmer, Verdict::Clear, Some(second)),
            ("confirmed", other, Verdict::Clear, None),
            ("ended", other, Verdict::Clear, Some(&*ended)),
            ("ended", other, Verdict::Confirm, Some(&*ended)),
        ] {
            let said = may(&row(state), UserId(Uuid::from_u128(by)), verdict);
            let said = said.err().map(|error| error.to_string());
            assert_eq!(said.as_deref(), refused, "{state} {by} {verdict:?}");
        }
    }
}
