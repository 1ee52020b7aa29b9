//! What risk knows in memory: users, who has paid whom, and per organisation its policy and its
//! counters. It is filled from the database and follows the feeds.

pub(crate) mod conditions;
pub(crate) mod contacts;
pub(crate) mod filling;
pub(crate) mod org;
pub(crate) mod pairs;
pub(crate) mod policy;
pub(crate) mod subjects;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use contracts::events::{Event, Party};
use contracts::identity::OrgId;
use contracts::payments::TransactionId;
use money::Currency;
use risk_core::velocity;
use values::Timestamp;

use crate::config::Config;
use crate::error::Error;
use crate::feeds::told::{Told, Transaction};
use crate::memory::contacts::Emails;
use crate::memory::org::Org;
use crate::memory::pairs::Pairs;
use crate::memory::policy::Policy;
use crate::memory::subjects::Subjects;
use crate::rates::Rates;

/// What is known in memory.
pub(crate) struct Memory {
    pub(crate) subjects: Subjects,
    pub(crate) emails: Emails,
    pub(crate) pairs: Pairs,
    pub(crate) rates: Rates,
    orgs: RwLock<HashMap<i64, Arc<Org>>>,
    complete: AtomicBool,
}

impl Memory {
    /// Memory of nothing.
    ///
    /// # Errors
    /// A setting that cannot work.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        Ok(Self {
            subjects: Subjects::default(),
            emails: Emails::default(),
            pairs: Pairs::default(),
            rates: config.rates()?,
            orgs: RwLock::default(),
            complete: AtomicBool::new(false),
        })
    }

    /// It has all that the feeds told when risk began.
    pub(crate) fn is_complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Whether it has all that the feeds told when risk began.
    pub(crate) fn has_all(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// The organisations that are known.
    pub(crate) fn orgs(&self) -> Vec<(OrgId, Arc<Org>)> {
        let orgs = self.orgs.read().unwrap_or_else(PoisonError::into_inner);
        let orgs = orgs.iter();
        orgs.map(|(org, known)| (OrgId(*org), known.clone()))
            .collect()
    }

    /// An organisation. Of one that is new, all that there ever was is counted.
    ///
    /// # Errors
    /// As [`Policy::first`].
    pub(crate) fn org(&self, org: OrgId) -> Result<Arc<Org>, Error> {
        let orgs = self.orgs.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = orgs.get(&org.0) {
            return Ok(known.clone());
        }
        drop(orgs);
        let policy = Policy::first()?;
        let counters = org::counters(&policy, Timestamp::FIRST);
        let first = Org::new(policy, counters);
        let mut orgs = self.orgs.write().unwrap_or_else(PoisonError::into_inner);
        Ok(orgs.entry(org.0).or_insert_with(|| Arc::new(first)).clone())
    }

    fn put_org(&self, org: OrgId, known: Org) {
        let mut orgs = self.orgs.write().unwrap_or_else(PoisonError::into_inner);
        orgs.insert(org.0, Arc::new(known));
    }

    /// Takes in what an event says. Heard again, it says nothing new.
    pub(crate) fn hear(&self, event: &Event, told: &Told) {
        let (org, owner) = (event.org, event.party(Party::Owner));
        match (told, owner) {
            (Told::Transaction(made), _) => self.hear_of(made),
            (Told::Registered | Told::Imported, Some(user)) => {
                self.subjects.registered(org, user, event.time);
            }
            (Told::Verified | Told::EmailChanged, Some(user)) => self.emails.forget(org, user),
            (Told::Verification(level, version), Some(user)) => {
                self.subjects.verified(org, user, (*level, *version));
            }
            (Told::Closed, Some(user)) => {
                self.subjects.closed(org, user);
                self.emails.forget(org, user);
            }
            (Told::Owned(_) | Told::Renamed, _) | (_, None) => {}
        }
    }

    fn hear_of(&self, made: &Transaction) {
        if let Some((payer, payee)) = made.paid() {
            let pair = (made.org.0, payer.uuid(), payee.uuid());
            self.pairs.add([pair]);
        }
        if !made.is_new {
            return;
        }
        match self.org(made.org) {
            Ok(org) if made.counts() => {
                let base = org.policy().set.base();
                org.count(made.sequence, &self.counted(base, made));
            }
            Ok(org) => org.dropped(made.id),
            Err(error) => tracing::error!(%error, "a transaction is not counted"),
        }
    }

    /// A transaction as it is counted.
    fn counted(&self, base: Currency, made: &Transaction) -> velocity::Event {
        velocity::Event {
            transaction: made.id,
            kind: made.kind,
            at: made.created_at,
            amount: self.rates.convert(made.amount_minor, made.currency, base),
            payer: made.payer,
            payee: made.payee,
            instrument: made.instrument.clone(),
        }
    }

    /// A transaction that was asked about was not made.
    pub(crate) fn dropped(&self, transaction: TransactionId) {
        for (_, org) in self.orgs() {
            org.dropped(transaction);
        }
    }
}
