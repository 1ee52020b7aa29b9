//! Whether a transaction may pass: gathers what is known, mostly in memory, has the rules asked,
//! and has the decision written behind the answer.

mod facts;

use std::time::Instant;

use contracts::identity::{OrgId, UserId};
use contracts::risk::{DecisionId, Party, ProposedTransaction, RiskDecision, RiskUnavailable};
use money::Currency;
use risk_core::decide::{Confirmed, Inputs, Parties, PartySubjects, decide};
use risk_core::facts::Facts;
use risk_core::rules::Question;
use risk_core::seen::{Seen, Unknown};
use risk_core::velocity::Event;
use values::Timestamp;

use crate::decisions::written::Made;
use crate::memory::contacts::Email;
use crate::memory::policy::Policy;
use crate::memory::subjects::Subject;
use crate::service::Service;
use crate::subjects::made_at;
use facts::{Known, OfParty, facts};

impl Service {
    /// Whether a transaction may pass.
    pub(crate) async fn assess_now(
        &self,
        proposed: &ProposedTransaction,
    ) -> Result<RiskDecision, RiskUnavailable> {
        let begun = Instant::now();
        if !self.memory.has_all() {
            return Err(unavailable("what has happened is still being read"));
        }
        let org = self.memory.org(proposed.org).map_err(unavailable)?;
        // What takes a look at a database comes before anything is counted.
        let policy = org.policy();
        let giver = self.party(proposed, proposed.from, &policy).await?;
        let receiver = self.party(proposed, proposed.to, &policy).await?;
        let currency = Currency::from_code(proposed.currency).map_err(unavailable)?;
        let base = policy.set.base();
        let rates = &self.memory.rates;
        let amount = rates.convert(proposed.amount_minor, currency, base);
        let now = self.clock.now();
        let event = event(proposed, amount);
        let asked = org.assess(&event, now).map_err(unavailable)?;
        let policy = asked.policy;
        let known = Known {
            amount,
            giver,
            receiver,
            has_paid_before: self.has_paid_before(proposed),
            confirmed_before: proposed.from.map(|it| policy.was_confirmed(it.owner)),
        };
        let facts = facts(proposed, &known);
        let confirmed = confirmed(&known);
        let parties = parties(proposed);
        let inputs = Inputs {
            at: proposed.at,
            memberships: memberships(&policy, policy.set.questions(), &facts, proposed.at),
            facts,
            velocities: asked.velocities,
            conditions: policy.conditions.about(&parties, proposed.at),
            parties,
            confirmed,
            snoozes: customer(proposed).map_or_else(Vec::new, |user| policy.snoozes_of(user)),
            tripped: asked.tripped,
        };
        let decided = decide(&policy.set, &inputs);
        self.watch_rules((proposed.org, &org), &policy, &decided, now);
        let took = i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX);
        let decision = decided.decision(DecisionId(self.ids.next()), took);
        self.written.push(Made {
            org: proposed.org,
            transaction: proposed.id,
            decision: decision.clone(),
            inputs,
            decided,
        });
        Ok(decision)
    }

    /// What is known of somebody who takes part.
    async fn party(
        &self,
        proposed: &ProposedTransaction,
        party: Option<Party>,
        policy: &Policy,
    ) -> Result<Option<OfParty>, RiskUnavailable> {
        let Some(Party { owner, .. }) = party else {
            return Ok(None);
        };
        let org = proposed.org;
        let email = match policy.asks_for_email {
            true => self.email(org, owner).await,
            false => None,
        };
        let compared = self.compared(org, owner).await;
        Ok(Some(OfParty {
            user: owner,
            subject: self.subject(org, owner).await?,
            email,
            sanctions: policy.matches.standing(owner, &compared),
        }))
    }

    /// A user; none where there is no open account.
    async fn subject(&self, org: OrgId, user: UserId) -> Result<Option<Subject>, RiskUnavailable> {
        let subjects = &self.memory.subjects;
        if let Some(known) = subjects.get(org, user) {
            return Ok(Some(known));
        }
        // Somebody who has registered this moment.
        self.hear_of_users().await.map_err(unavailable)?;
        if let Some(known) = subjects.get(org, user) {
            return Ok(Some(known));
        }
        // Of those who were imported the feed does not tell.
        let contact = self.contacts.contact(org, user).await;
        let known = contact.map_err(unavailable)?;
        Ok(known.map(|_| subjects.registered(org, user, made_at(user))))
    }

    /// The e-mail address of a user; none where it cannot be found out.
    async fn email(&self, org: OrgId, user: UserId) -> Option<Email> {
        if let Some(known) = self.memory.emails.get(org, user) {
            return Some(known);
        }
        let contact = self.contacts.contact(org, user).await.ok()??;
        let email = Email {
            address: contact.email.to_lowercase(),
            verified: contact.email_verified,
        };
        self.memory.emails.put(org, user, email.clone());
        Some(email)
    }

    /// Whether who gives has paid who receives before; none where one of them is not here.
    fn has_paid_before(&self, proposed: &ProposedTransaction) -> Option<bool> {
        let (from, to) = proposed.from.zip(proposed.to)?;
        let pair = (proposed.org.0, from.owner.uuid(), to.owner.uuid());
        Some(self.memory.pairs.has(pair))
    }
}

fn unavailable(why: impl ToString) -> RiskUnavailable {
    RiskUnavailable(why.to_string())
}

/// Those who are confirmed to be on a sanctions list.
fn confirmed(known: &Known) -> Vec<Confirmed> {
    let parties = [&known.giver, &known.receiver].into_iter().flatten();
    let reason = |it: &OfParty| {
        it.sanctions.confirmed.clone().map(|reason| Confirmed {
            person: it.user,
            reason,
        })
    };
    parties.filter_map(reason).collect()
}

fn event(proposed: &ProposedTransaction, amount: Option<i64>) -> Event {
    Event {
        transaction: proposed.id,
        kind: proposed.kind,
        at: proposed.at,
        amount,
        payer: proposed.from.map(|party| party.owner),
        payee: proposed.to.map(|party| party.owner),
        instrument: proposed.instrument.clone(),
    }
}

/// Who a snooze is for: who gives, or who receives where nobody gives.
fn customer(proposed: &ProposedTransaction) -> Option<UserId> {
    proposed.from.or(proposed.to).map(|party| party.owner)
}

fn parties(proposed: &ProposedTransaction) -> Parties {
    let subjects = |party: Option<Party>| {
        party.map(|Party { wallet, owner }| PartySubjects {
            person: owner,
            wallet,
        })
    };
    Parties {
        giver: subjects(proposed.from),
        receiver: subjects(proposed.to),
        counterparty: proposed.instrument.clone(),
        device: None,
    }
}

/// The answers to what rules ask of lists. A list that is not there any more is an error.
pub(crate) fn memberships(
    policy: &Policy,
    questions: &[Question],
    facts: &Facts,
    at: Timestamp,
) -> Vec<Seen> {
    questions
        .iter()
        .map(|question| match facts.get(question.field) {
            Seen::Text(text) => match policy.is_on(&question.list, text, at) {
                Some(is_on) => Seen::Flag(is_on),
                None => Seen::Unknown(Unknown::Error),
            },
            Seen::Unknown(why) => Seen::Unknown(*why),
            Seen::Number(_) | Seen::Flag(_) => Seen::Unknown(Unknown::Error),
        })
        .collect()
}
