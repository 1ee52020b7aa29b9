//! A case, and what may be decided about it. Pure: who may, whether it takes a second operator, and
//! whether payments has to be told.

use contracts::identity::UserId;
use contracts::payments::TransactionStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

use crate::cases::error::CaseError;
use crate::cases::priority::{Stake, Times};
use crate::cases::queue::{Automatic, CaseState, Queue, Verdict};
use crate::cases::store::CaseRow;
use crate::error::Error;

/// What becomes of the transaction of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CaseTransaction)]
pub(crate) enum Word {
    /// It goes on.
    Approve,
    /// It fails, and its money is free.
    Decline,
}

impl Word {
    /// Whether a transaction in review has come to that.
    pub(crate) fn is_what_became(self, status: TransactionStatus) -> bool {
        let has_failed = match status {
            TransactionStatus::Failed => true,
            TransactionStatus::Authorised
            | TransactionStatus::Processing
            | TransactionStatus::Unresolved
            | TransactionStatus::Completed
            | TransactionStatus::Reversed => false,
            TransactionStatus::RequiresVerification
            | TransactionStatus::InReview
            | TransactionStatus::Cancelled
            | TransactionStatus::Expired => return false,
        };
        has_failed == (self == Self::Decline)
    }
}

/// What an operator has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decision {
    /// What they found.
    pub(crate) outcome: Verdict,
    /// Why: of the list of the queue.
    pub(crate) reason: String,
    /// In their own words.
    pub(crate) note: String,
    /// What becomes of its transaction, where that waits for it.
    pub(crate) transaction: Option<Word>,
    /// Who.
    pub(crate) by: UserId,
    /// When.
    pub(crate) at: Timestamp,
}

impl Decision {
    /// Whether two operators say the same; the words of the second stay.
    fn says_the_same(&self, other: &Self) -> bool {
        (self.outcome, self.transaction) == (other.outcome, other.transaction)
    }

    /// Whether it is the same decision, sent again.
    fn is_repeated(&self, other: &Self) -> bool {
        let same_words = (&self.reason, &self.note) == (&other.reason, &other.note);
        self.says_the_same(other) && same_words && self.by == other.by
    }
}

/// A decision that is being carried out: payments is asked, and then the case ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnderWay {
    /// What was decided.
    pub(crate) decision: Decision,
    /// Who has proposed it, where it took two.
    pub(crate) proposed_by: Option<UserId>,
    /// Since when.
    pub(crate) since: Timestamp,
}

/// What a decision comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The same was done already: the request was repeated.
    Done,
    /// Somebody else has to say the same.
    Propose,
    /// It counts.
    CarryOut {
        /// Who has proposed it.
        proposed_by: Option<UserId>,
    },
}

/// A case as decisions are judged by it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) row: CaseRow,
    pub(crate) queue: Queue,
    pub(crate) proposal: Option<Decision>,
    pub(crate) under_way: Option<UnderWay>,
}

fn read<'a, T: Deserialize<'a>>(json: Option<&'a str>) -> Result<Option<T>, Error> {
    let read = json.map(serde_json::from_str).transpose();
    read.map_err(|_| Error::Row("cases"))
}

impl TryFrom<CaseRow> for Case {
    type Error = Error;

    fn try_from(row: CaseRow) -> Result<Self, Error> {
        let unknown = Error::Row("cases");
        let outcome = row.outcome.as_deref();
        let is_known =
            |name| Verdict::from_name(name).is_some() || Automatic::from_name(name).is_some();
        if outcome.is_some() != row.closed_at.is_some() || !outcome.is_none_or(is_known) {
            return Err(unknown);
        }
        Ok(Self {
            queue: Queue::from_name(&row.queue).ok_or(unknown)?,
            proposal: read(row.proposal.as_deref())?,
            under_way: read(row.under_way.as_deref())?,
            row,
        })
    }
}

impl Case {
    /// Where it is.
    pub(crate) fn state(&self, now: Timestamp) -> CaseState {
        let row = &self.row;
        if row.closed_at.is_some() {
            CaseState::Closed
        } else if row.snoozed_until.is_some_and(|until| until > now.micros()) {
            CaseState::Snoozed
        } else if row.owner.is_some() {
            CaseState::Assigned
        } else {
            CaseState::Open
        }
    }

    pub(crate) fn stake(&self) -> Stake {
        Stake::of(self.row.amount_minor, self.row.amount_base)
    }

    pub(crate) const fn times(&self) -> Times {
        Times {
            opened: Timestamp(self.row.opened_at),
            due: Timestamp(self.row.due_at),
        }
    }

    /// Whether a decision takes two operators. `limit` is in minor units of the base currency.
    pub(crate) fn needs_two(&self, verdict: Verdict, limit: i64) -> bool {
        let confirmed_sanction = self.queue == Queue::Sanctions && verdict == Verdict::Confirmed;
        self.row.needs_two != 0 || confirmed_sanction || self.stake().reaches(limit)
    }

    /// That it can be worked on by somebody.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) fn may_work(&self, by: UserId, people: &[Uuid]) -> Result<(), CaseError> {
        if people.contains(&by.uuid()) {
            return Err(CaseError::OwnCase);
        }
        match self.row.closed_at {
            None => Ok(()),
            Some(_) => Err(CaseError::Closed),
        }
    }

    /// What a decision comes to. `waits` says whether a transaction waits for it, `people` who
    /// takes part in the case.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) fn judge(
        &self,
        decision: &Decision,
        (waits, limit): (bool, i64),
        people: &[Uuid],
    ) -> Result<Step, CaseError> {
        let by = decision.by;
        if self.was_repeated(decision) {
            return Ok(Step::Done);
        }
        self.may_work(by, people)?;
        let reasons = self.queue.reasons();
        if reasons.is_empty() {
            return Err(CaseError::ByEvidence);
        }
        if !reasons.contains(&decision.reason.as_str()) {
            return Err(CaseError::Reason(reasons));
        }
        check_word(decision, waits)?;
        if self.under_way.is_some() {
            return Err(CaseError::UnderWay);
        }
        let Some(proposal) = &self.proposal else {
            if self.row.owner.is_some_and(|owner| owner != by.uuid()) {
                return Err(CaseError::Assigned);
            }
            return Ok(match self.needs_two(decision.outcome, limit) {
                true => Step::Propose,
                false => Step::CarryOut { proposed_by: None },
            });
        };
        if !proposal.says_the_same(decision) {
            // Whatever it is: it takes the place of what another has proposed, and does not count
            // alone.
            return Ok(Step::Propose);
        }
        if proposal.by == by {
            return Err(CaseError::SecondOperator);
        }
        Ok(Step::CarryOut {
            proposed_by: Some(proposal.by),
        })
    }

    fn was_repeated(&self, decision: &Decision) -> bool {
        let under_way = self.under_way.as_ref().map(|it| &it.decision);
        let mut known = self.proposal.iter().chain(under_way);
        if known.any(|it| it.is_repeated(decision)) {
            return true;
        }
        let row = &self.row;
        row.decided_by == Some(decision.by.uuid())
            && row.outcome.as_deref() == Some(decision.outcome.as_str())
            && row.reason.as_deref() == Some(&decision.reason)
            && row.note.as_deref() == Some(&decision.note)
    }
}

/// What is said of the transaction fits the case.
fn check_word(decision: &Decision, waits: bool) -> Result<(), CaseError> {
    let Some(word) = decision.transaction else {
        return if waits {
            Err(CaseError::WordMissing)
        } else {
            Ok(())
        };
    };
    if !waits {
        return Err(CaseError::NothingWaits);
    }
    match (decision.outcome, word) {
        (Verdict::Confirmed, Word::Approve) | (Verdict::FalsePositive, Word::Decline) => {
            Err(CaseError::Contradiction)
        }
        (Verdict::Confirmed, Word::Decline)
        | (Verdict::FalsePositive, Word::Approve)
        | (Verdict::Valuable | Verdict::Inconclusive, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: i64 = 1_000_000;

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    fn row(queue: Queue) -> CaseRow {
        CaseRow {
            id: Uuid::nil(),
            org: 1,
            queue: queue.as_str().to_owned(),
            subject: "usr_1".to_owned(),
            transaction_id: None,
            title: "A case".to_owned(),
            risk: Some(50),
            amount_minor: Some(100),
            currency: Some("USD".to_owned()),
            amount_base: Some(100),
            priority: 25,
            pinned: 0,
            rises_at: None,
            needs_two: 0,
            owner: None,
            snoozed_until: None,
            hits: 1,
            last_hit_at: 0,
            opened_at: 0,
            due_at: 10,
            revision: 1,
            proposal: None,
            under_way: None,
            outcome: None,
            reason: None,
            note: None,
            proposed_by: None,
            decided_by: None,
            closed_at: None,
        }
    }

    fn case(queue: Queue, change: impl FnOnce(&mut CaseRow)) -> Case {
        let mut row = row(queue);
        change(&mut row);
        Case::try_from(row).unwrap()
    }

    fn decision(by: u128, outcome: Verdict, word: Option<Word>) -> Decision {
        Decision {
            outcome,
            reason: "not_enough_evidence".to_owned(),
            note: String::new(),
            transaction: word,
            by: user(by),
            at: Timestamp(5),
        }
    }

    fn code<T: std::fmt::Debug>(of: Result<T, CaseError>) -> &'static str {
        of.unwrap_err().code()
    }

    #[test]
    fn a_second_operator_is_needed_from_the_limit_on_and_for_confirmed_sanctions() {
        use Verdict::{Confirmed, FalsePositive};
        let of = |queue, minor, base, needs_two| {
            case(queue, |row| {
                (row.amount_minor, row.amount_base) = (minor, base);
                row.needs_two = needs_two;
            })
        };
        let (some, none) = (Some(7), None);
        for (case, verdict, expected) in [
            (
                of(Queue::Transactions, some, Some(LIMIT - 1), 0),
                Confirmed,
                false,
            ),
            (
                of(Queue::Transactions, some, Some(LIMIT), 0),
                Confirmed,
                true,
            ),
            (
                of(Queue::Transactions, some, Some(LIMIT), 0),
                FalsePositive,
                true,
            ),
            (of(Queue::Transactions, some, none, 0), FalsePositive, true),
            (
                of(Queue::Transactions, some, Some(1), 1),
                FalsePositive,
                true,
            ),
            (of(Queue::Sanctions, none, none, 0), Confirmed, true),
            (of(Queue::Sanctions, none, none, 0), FalsePositive, false),
            (of(Queue::Kyc, none, none, 0), Confirmed, false),
        ] {
            assert_eq!(case.needs_two(verdict, LIMIT), expected, "{case:?}");
        }
    }

    #[test]
    fn one_decides_a_small_case_and_two_a_large_one() {
        let kyc = |by, verdict| decision(by, verdict, None);
        let small = case(Queue::Kyc, |_| {});
        let asked = (false, LIMIT);
        let step = small.judge(&kyc(1, Verdict::Confirmed), asked, &[]);
        assert_eq!(step.unwrap(), Step::CarryOut { proposed_by: None });
        let large = case(Queue::Kyc, |row| row.amount_base = Some(LIMIT));
        let first = kyc(1, Verdict::Confirmed);
        assert_eq!(large.judge(&first, asked, &[]).unwrap(), Step::Propose);
        let proposed = case(Queue::Kyc, |row| {
            row.amount_base = Some(LIMIT);
            row.owner = Some(user(1).uuid());
            row.proposal = Some(serde_json::to_string(&first).unwrap());
        });
        let second = proposed.judge(&kyc(2, Verdict::Confirmed), asked, &[]);
        let by_first = Some(user(1));
        assert_eq!(
            second.unwrap(),
            Step::CarryOut {
                proposed_by: by_first
            }
        );
        let other = proposed.judge(&kyc(2, Verdict::FalsePositive), asked, &[]);
        assert_eq!(other.unwrap(), Step::Propose);
        assert_eq!(proposed.judge(&first, asked, &[]).unwrap(), Step::Done);
        let mut again = first.clone();
        again.note = "I am sure".to_owned();
        assert_eq!(
            code(proposed.judge(&again, asked, &[])),
            "second_operator_needed"
        );
    }

    #[test]
    fn what_is_said_of_the_transaction_has_to_fit() {
        use Verdict::{Confirmed, FalsePositive, Inconclusive, Valuable};
        let case = case(Queue::Transactions, |_| {});
        let (approve, decline) = (Some(Word::Approve), Some(Word::Decline));
        for (verdict, word, waits, expected) in [
            (Confirmed, decline, true, None),
            (FalsePositive, approve, true, None),
            (Valuable, approve, true, None),
            (Valuable, decline, true, None),
            (Inconclusive, decline, true, None),
            (Confirmed, None, false, None),
            (Confirmed, approve, true, Some("contradictory_decision")),
            (FalsePositive, decline, true, Some("contradictory_decision")),
            (Confirmed, None, true, Some("transaction_required")),
            (Confirmed, decline, false, Some("nothing_waits")),
        ] {
            let step = case.judge(&decision(1, verdict, word), (waits, LIMIT), &[]);
            let refused = step.err().map(|error| error.code());
            assert_eq!(refused, expected, "{verdict:?} {word:?} {waits}");
        }
    }

    #[test]
    fn nobody_decides_their_own_case_one_of_somebody_else_or_one_that_ends_by_evidence() {
        let asked = (false, LIMIT);
        let mine = decision(1, Verdict::Valuable, None);
        let open = case(Queue::Kyc, |_| {});
        assert_eq!(
            code(open.judge(&mine, asked, &[user(1).uuid()])),
            "own_case"
        );
        let taken = case(Queue::Kyc, |row| row.owner = Some(user(2).uuid()));
        assert_eq!(code(taken.judge(&mine, asked, &[])), "case_assigned");
        let unresolved = case(Queue::Unresolved, |_| {});
        assert_eq!(
            code(unresolved.judge(&mine, asked, &[])),
            "ends_by_evidence"
        );
        let mut other_reason = mine.clone();
        other_reason.reason = "because".to_owned();
        assert_eq!(
            code(open.judge(&other_reason, asked, &[])),
            "invalid_reason_code"
        );
    }

    #[test]
    fn a_closed_case_is_decided_no_more_and_a_repetition_says_the_same() {
        let closed = case(Queue::Kyc, |row| {
            (row.closed_at, row.outcome) = (Some(9), Some("valuable".to_owned()));
            (row.reason, row.note) = (Some("not_enough_evidence".to_owned()), Some(String::new()));
            row.decided_by = Some(user(1).uuid());
        });
        let asked = (false, LIMIT);
        let same = closed.judge(&decision(1, Verdict::Valuable, None), asked, &[]);
        assert_eq!(same.unwrap(), Step::Done);
        for other in [
            decision(2, Verdict::Valuable, None),
            decision(1, Verdict::Confirmed, None),
        ] {
            assert_eq!(code(closed.judge(&other, asked, &[])), "case_closed");
        }
    }

    #[test]
    fn where_a_case_is_follows_from_its_row() {
        let now = Timestamp(100);
        for (change, expected) in [
            ((None, None, None), CaseState::Open),
            ((Some(1), None, None), CaseState::Assigned),
            ((Some(1), Some(101), None), CaseState::Snoozed),
            ((Some(1), Some(100), None), CaseState::Assigned),
            ((None, Some(99), None), CaseState::Open),
            ((Some(1), Some(101), Some(50)), CaseState::Closed),
        ] {
            let (owner, snoozed, closed): (Option<u128>, _, _) = change;
            let case = case(Queue::Kyc, |row| {
                row.owner = owner.map(Uuid::from_u128);
                (row.snoozed_until, row.closed_at) = (snoozed, closed);
                row.outcome = closed.map(|_| "no_longer_needed".to_owned());
            });
            assert_eq!(case.state(now), expected, "{change:?}");
        }
    }

    #[test]
    fn a_row_that_nobody_could_have_written_is_a_fault() {
        for (outcome, closed) in [
            (Some("confirmed"), None),
            (None, Some(1)),
            (Some("odd"), Some(1)),
        ] {
            let mut row = row(Queue::Kyc);
            (row.outcome, row.closed_at) = (outcome.map(str::to_owned), closed);
            assert!(Case::try_from(row).is_err(), "{outcome:?} {closed:?}");
        }
    }

    #[test]
    fn what_became_of_a_transaction_is_what_was_said_or_not() {
        use TransactionStatus::{Authorised, Cancelled, Completed, Expired, Failed, Processing};
        for status in [Authorised, Processing, Completed] {
            assert!(Word::Approve.is_what_became(status));
            assert!(!Word::Decline.is_what_became(status));
        }
        assert!(Word::Decline.is_what_became(Failed) && !Word::Approve.is_what_became(Failed));
        for status in [Cancelled, Expired] {
            assert!(!Word::Approve.is_what_became(status));
            assert!(!Word::Decline.is_what_became(status));
        }
    }
}
