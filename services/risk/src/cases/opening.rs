//! How cases come to be: in the transaction of whatever says so. There is one open case of a
//! subject in a queue, which the database sees to; what comes later joins it.

use std::sync::Arc;

use contracts::identity::{OrgId, UserId};
use contracts::payments::TransactionId;
use db::Tx;
use money::Currency;
use platform::clock::SharedClock;
use platform::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use values::Timestamp;

use crate::cases::CaseId;
use crate::cases::config::CasesConfig;
use crate::cases::priority::{Stake, Times, priority};
use crate::cases::queue::Queue;
use crate::cases::store::{self, CaseRow, NewCase, NewEvent};
use crate::config::Config;
use crate::decisions::store as decisions;
use crate::error::Error;
use crate::rates::Rates;

/// How much evidence of a case is kept: what the newest hits have brought.
const MOST_EVIDENCE: i64 = 20;

/// What an operator has to look at.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) org: OrgId,
    pub(crate) queue: Queue,
    /// What it is about, as the API writes its id: one case of it is open in a queue.
    pub(crate) subject: String,
    /// One line for operators.
    pub(crate) title: String,
    /// How grave it is, 0 to 100.
    pub(crate) priority: i64,
    /// What is at stake, in minor units.
    pub(crate) amount: Option<(i64, Currency)>,
    /// What is to be compared.
    pub(crate) evidence: Vec<EvidenceRow>,
    /// Users whom it is about: none of them decides it. Of a subject that is a user or a
    /// transaction they are known.
    pub(crate) people: Vec<UserId>,
}

/// A row of evidence: what is known, and beside it what that is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EvidenceRow {
    /// What it is.
    #[schema(example = "birth_date")]
    pub(crate) label: String,
    /// What is known.
    #[schema(value_type = Object)]
    pub(crate) value: Value,
    /// What it is compared with; `null` where there is nothing to compare.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(crate) compared_with: Option<Value>,
}

/// Opens cases, and ends those whose evidence is there: in the transaction of others.
pub(crate) struct Cases {
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) config: CasesConfig,
    pub(crate) rates: Rates,
    base: Currency,
    /// From which amount in the base currency on a decision takes two.
    pub(crate) limit: i64,
}

impl Cases {
    /// By the settings.
    ///
    /// # Errors
    /// Which setting, and why.
    pub(crate) fn new(config: &Config, clock: SharedClock, ids: Ids) -> Result<Arc<Self>, String> {
        let base = config.base()?;
        Ok(Arc::new(Self {
            clock,
            ids,
            rates: config.rates()?,
            limit: config.cases.limit(base)?,
            config: config.cases.clone(),
            base,
        }))
    }

    /// Opens a case, or joins the one that is open: the hit is counted, its evidence is kept, and
    /// the priority may rise.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn open_or_join(
        &self,
        tx: &mut Tx,
        opening: Opening,
    ) -> Result<CaseId, Error> {
        let risk = Some(opening.priority);
        self.open_with(tx, opening, (risk, false)).await
    }

    /// The same, where it is not known yet how grave it is, or it takes two operators.
    pub(crate) async fn open_with(
        &self,
        tx: &mut Tx,
        opening: Opening,
        (risk, needs_two): (Option<i64>, bool),
    ) -> Result<CaseId, Error> {
        let now = self.clock.now();
        let people = people(tx, &opening).await?;
        let evidence = serde_json::to_string(&opening.evidence);
        let evidence = evidence.map_err(|_| Error::Row("case_evidence"))?;
        let has_evidence = !opening.evidence.is_empty();
        let new = self.new_case(opening, (risk, needs_two), now);
        let before = store::open_one(tx, new.org, new.queue, &new.subject).await?;
        let opened = store::open_or_join(tx, &new).await?;
        let id = opened.id;
        if let Some(before) = before {
            self.rose(tx, &before, opened.priority, now).await?;
        } else if opened.hits == 1 {
            let event = NewEvent::by_itself("opened");
            self.note(tx, id, event, now).await?;
        }
        for (user, is_subject) in people {
            store::add_person(tx, id, user.uuid(), is_subject).await?;
        }
        if has_evidence {
            store::add_evidence(tx, (self.ids.next(), id), evidence, now).await?;
            store::keep_newest_evidence(tx, id, MOST_EVIDENCE).await?;
        }
        Ok(CaseId(id))
    }

    fn new_case(
        &self,
        opening: Opening,
        (risk, needs_two): (Option<i64>, bool),
        now: Timestamp,
    ) -> NewCase {
        let due = now.plus(self.config.due_after(opening.queue));
        let times = Times { opened: now, due };
        let amount = opening.amount;
        let minor = amount.map(|(minor, _)| minor);
        let base = amount.and_then(|(minor, of)| self.rates.convert(minor, of, self.base));
        let stake = (Stake::of(minor, base), self.limit);
        let risk = risk.map(|risk| risk.clamp(0, 100));
        NewCase {
            id: self.ids.next(),
            org: opening.org,
            queue: opening.queue,
            transaction: opening.subject.parse().ok().map(TransactionId::uuid),
            subject: opening.subject,
            title: opening.title,
            risk,
            amount_minor: minor,
            currency: amount.map(|(_, currency)| currency.code()),
            amount_base: base,
            priority: priority(risk, stake, times, now),
            rises_at: times.next_rise(now),
            due,
            needs_two,
            now,
        }
    }

    /// Notes that a priority has risen, where it has.
    pub(crate) async fn rose(
        &self,
        tx: &mut Tx,
        before: &CaseRow,
        to: i64,
        now: Timestamp,
    ) -> Result<(), Error> {
        if to <= before.priority {
            return Ok(());
        }
        let event = NewEvent::by_itself("priority_raised").changing(&before.priority, &to)?;
        self.note(tx, before.id, event, now).await
    }

    /// Adds to the timeline of a case.
    pub(crate) async fn note(
        &self,
        tx: &mut Tx,
        case: uuid::Uuid,
        event: NewEvent,
        now: Timestamp,
    ) -> Result<(), Error> {
        Ok(store::add_event(tx, (self.ids.next(), case), event, now).await?)
    }
}

/// Whom a case is about, and who else takes part in it: the user that is its subject, or those of a
/// transaction.
async fn people(tx: &mut Tx, opening: &Opening) -> Result<Vec<(UserId, bool)>, Error> {
    let mut people: Vec<_> = opening.people.iter().map(|user| (*user, true)).collect();
    if let Ok(user) = opening.subject.parse::<UserId>() {
        people.push((user, true));
    }
    if let Ok(transaction) = opening.subject.parse::<TransactionId>() {
        let row = decisions::of_transaction(tx, opening.org, transaction).await?;
        let row = row.as_ref();
        let (payer, payee) = (row.and_then(|it| it.payer), row.and_then(|it| it.payee));
        let maker = row.and_then(|it| it.made_by);
        // The customer first: who gives, or who receives where nobody gives.
        let customer = payer.or(payee);
        people.extend(customer.map(|user| (UserId(user), true)));
        let others = payee.into_iter().chain(maker);
        let others = others.filter(|user| Some(*user) != customer);
        people.extend(others.map(|user| (UserId(user), false)));
    }
    Ok(people)
}
