//! Cases as the API shows them.

use contracts::identity::UserId;
use contracts::payments::{TransactionId, TransactionStatus};
use money::{Amount, Currency};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use values::Timestamp;

use crate::cases::attachments::AttachmentId;
use crate::cases::case::{Case, Decision, Word};
use crate::cases::evidence::EvidenceBody;
use crate::cases::queue::{CaseState, Queue, Verdict};
use crate::cases::store::CaseRow;
use crate::cases::store::reading::{AttachmentRow, EventRow, LinkedTransaction};
use crate::cases::{CaseId, Whole, time};
use crate::error::Error;
use crate::service::Service;

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseBody {
    /// Its id.
    id: CaseId,
    /// Where it waits.
    queue: Queue,
    /// What it is about: the id of a transaction, a user, or whatever opened it.
    subject: String,
    /// One line for operators.
    title: String,
    /// Where it is.
    state: CaseState,
    /// How urgent it is, 0 to 100: the risk, the amount and the time that has gone.
    priority: i64,
    /// Whether an operator has set that; else it rises.
    pinned: bool,
    /// Whose it is.
    owner: Option<UserId>,
    /// Until when it sleeps.
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Timestamp>,
    /// What is at stake, as decimal text.
    amount: Option<String>,
    /// Its currency.
    currency: Option<String>,
    /// How often it was hit.
    hits: i64,
    /// When last.
    #[schema(value_type = String, format = DateTime)]
    last_hit_at: Timestamp,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// When it is due.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// Whether it is open and that time is over.
    overdue: bool,
    /// Whether each decision about it takes two operators. Confirmed matches of sanctions lists
    /// always do.
    needs_two: bool,
    /// What an operator has proposed: somebody else has to say the same.
    proposal: Option<ProposalBody>,
    /// A decision that is being carried out.
    under_way: Option<ProposalBody>,
    /// What it came to.
    decision: Option<OutcomeBody>,
}

/// A decision that does not count yet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseProposal)]
pub(crate) struct ProposalBody {
    /// What they found.
    outcome: Verdict,
    /// Why: a code.
    reason: String,
    /// In their own words.
    note: String,
    /// What is to become of the transaction that waits.
    transaction: Option<Word>,
    /// Who.
    by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<&Decision> for ProposalBody {
    fn from(decision: &Decision) -> Self {
        Self {
            outcome: decision.outcome,
            reason: decision.reason.clone(),
            note: decision.note.clone(),
            transaction: decision.transaction,
            by: decision.by,
            at: decision.at,
        }
    }
}

/// What a case came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseDecision)]
pub(crate) struct OutcomeBody {
    /// What an operator found, or what ended it by itself: `transaction_approved`,
    /// `transaction_declined`, `transaction_expired`, `transaction_cancelled`,
    /// `transaction_resolved` or `no_longer_needed`.
    #[schema(example = "false_positive")]
    outcome: String,
    /// Whether it ended by itself.
    automatic: bool,
    /// Why: a code.
    reason: Option<String>,
    /// In the operator's own words.
    note: Option<String>,
    /// Who has proposed it, where it took two.
    proposed_by: Option<UserId>,
    /// Who has decided it.
    decided_by: Option<UserId>,
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl CaseBody {
    /// A case as it is now.
    pub(crate) fn of(service: &Service, case: &Case) -> Self {
        let (row, now) = (&case.row, service.clock.now());
        let outcome = row.outcome.clone().zip(row.closed_at);
        let decision = outcome.map(|(outcome, closed)| OutcomeBody {
            automatic: Verdict::from_name(&outcome).is_none(),
            outcome,
            reason: row.reason.clone(),
            note: row.note.clone(),
            proposed_by: row.proposed_by.map(UserId),
            decided_by: row.decided_by.map(UserId),
            at: Timestamp(closed),
        });
        let under_way = case.under_way.as_ref().map(|it| &it.decision);
        Self {
            id: CaseId(row.id),
            queue: case.queue,
            subject: row.subject.clone(),
            title: row.title.clone(),
            state: case.state(now),
            priority: row.priority,
            pinned: row.pinned != 0,
            owner: row.owner.map(UserId),
            snoozed_until: time(row.snoozed_until.filter(|until| *until > now.micros())),
            amount: amount(row),
            currency: row.currency.clone(),
            hits: row.hits,
            last_hit_at: Timestamp(row.last_hit_at),
            opened_at: Timestamp(row.opened_at),
            due_at: Timestamp(row.due_at),
            overdue: row.closed_at.is_none() && now.micros() >= row.due_at,
            needs_two: case.needs_two(Verdict::FalsePositive, service.cases.limit),
            proposal: case.proposal.as_ref().map(ProposalBody::from),
            under_way: under_way.map(ProposalBody::from),
            decision,
        }
    }
}

fn amount(row: &CaseRow) -> Option<String> {
    let currency = Currency::from_code(row.currency.as_deref()?).ok()?;
    Some(Amount::from_minor(row.amount_minor?, currency).to_decimal_string())
}

/// Somebody who takes part in a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CasePerson)]
pub(crate) struct PersonBody {
    /// Who.
    user: UserId,
    /// Whether it is about them; else they are another side of it.
    is_subject: bool,
}

/// Something that happened to a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseEvent)]
pub(crate) struct EventBody {
    /// What: `opened`, `priority_raised`, `pinned`, `assigned`, `commented`, `attached`, `snoozed`,
    /// `woken`, `proposed`, `decided`, `closed` (by itself) or `reopened`.
    #[schema(example = "assigned")]
    kind: String,
    /// Who; `null`: PayFlow itself.
    by: Option<UserId>,
    /// The value before.
    #[schema(value_type = Object)]
    before: Value,
    /// The value after.
    #[schema(value_type = Object)]
    after: Value,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl TryFrom<EventRow> for EventBody {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self, Error> {
        let read = |json: Option<String>| {
            let value = json.map(|json| serde_json::from_str(&json)).transpose();
            value.map_err(|_| Error::Row("case_events"))
        };
        Ok(Self {
            kind: row.kind,
            by: row.actor.map(UserId),
            before: read(row.before)?.unwrap_or(Value::Null),
            after: read(row.after)?.unwrap_or(Value::Null),
            at: Timestamp(row.at),
        })
    }
}

/// A file at a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseFile)]
pub(crate) struct AttachmentBody {
    /// Its id: `GET /case-attachments/{id}` has what is in it.
    id: AttachmentId,
    /// Its name.
    name: String,
    /// Its media type, by its content.
    kind: String,
    /// Its bytes.
    size: i64,
    /// Who has attached it.
    added_by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
}

impl From<AttachmentRow> for AttachmentBody {
    fn from(row: AttachmentRow) -> Self {
        Self {
            id: AttachmentId(row.id),
            name: row.name,
            kind: row.kind,
            size: row.size,
            added_by: UserId(row.added_by),
            added_at: Timestamp(row.added_at),
        }
    }
}

/// What has something in common with a case. Devices are not known to risk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseLinks)]
pub(crate) struct LinksBody {
    /// Other cases of the same subject, the newest 20.
    same_subject: Vec<CaseBody>,
    /// Other cases in which somebody takes part who takes part in this one, the newest 20.
    same_people: Vec<CaseBody>,
    /// Other transactions with the same card or bank account, the newest 20.
    same_instrument: Vec<TransactionBody>,
}

/// A transaction that has something in common with a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkedTransaction)]
pub(crate) struct TransactionBody {
    /// The transaction.
    transaction: TransactionId,
    /// Where it is; `null` where it was not made.
    status: Option<TransactionStatus>,
    /// Who gives.
    payer: Option<UserId>,
    /// Who receives.
    payee: Option<UserId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<LinkedTransaction> for TransactionBody {
    fn from(row: LinkedTransaction) -> Self {
        Self {
            transaction: TransactionId(row.transaction_id),
            status: row.status.and_then(TransactionStatus::from_number),
            payer: row.payer.map(UserId),
            payee: row.payee.map(UserId),
            created_at: Timestamp(row.created_at),
        }
    }
}

/// A case with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeCaseBody {
    #[serde(flatten)]
    case: CaseBody,
    /// Where its transaction is, as far as risk has heard.
    transaction_status: Option<TransactionStatus>,
    /// Who takes part in it: none of them may work on it.
    people: Vec<PersonBody>,
    /// What is to be compared: of its transaction, then of its newest 20 hits.
    evidence: Vec<EvidenceBody>,
    /// What has something in common with it.
    links: LinksBody,
    /// What happened to it, the newest 500 first.
    timeline: Vec<EventBody>,
    /// Its files.
    attachments: Vec<AttachmentBody>,
    /// The reasons that a decision may have; none: it ends by evidence only.
    #[schema(value_type = Vec<String>)]
    reasons: &'static [&'static str],
}

impl WholeCaseBody {
    /// A case as it is now.
    ///
    /// # Errors
    /// A row that cannot be read.
    pub(crate) fn of(service: &Service, whole: Whole) -> Result<Self, Error> {
        let linked = |rows: Vec<CaseRow>| -> Result<Vec<CaseBody>, Error> {
            let cases = rows.into_iter().map(Case::try_from);
            let bodies = cases.map(|case| case.map(|case| CaseBody::of(service, &case)));
            bodies.collect()
        };
        let people = whole.people.into_iter();
        let timeline = whole.events.into_iter().map(EventBody::try_from);
        let attachments = whole.attachments.into_iter().map(AttachmentBody::from);
        let same_instrument = whole.of_instrument.into_iter().map(TransactionBody::from);
        Ok(Self {
            case: CaseBody::of(service, &whole.case),
            transaction_status: whole.transaction,
            people: people
                .map(|(user, is_subject)| PersonBody { user, is_subject })
                .collect(),
            evidence: whole.evidence,
            links: LinksBody {
                same_subject: linked(whole.of_subject)?,
                same_people: linked(whole.of_people)?,
                same_instrument: same_instrument.collect(),
            },
            timeline: timeline.collect::<Result<_, _>>()?,
            attachments: attachments.collect(),
            reasons: whole.case.queue.reasons(),
        })
    }
}
