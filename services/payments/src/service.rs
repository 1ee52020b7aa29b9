//! The use cases of payments: who asks for what becomes a command, the journal decides and commits it, and what has
//! to happen outside follows. Reads go to the store.

use std::sync::Arc;

use access::Principal;
use contracts::identity::{Deed, OperatorEntry, OrgId, Permission, SharedIdentity};
use contracts::payments::{TransactionId, WalletId};
use db::Db;
use money::Currency;
use platform::clock::SharedClock;
use platform::ids::Ids;
use platform::metrics::Metrics;
use uuid::Uuid;
use values::Timestamp;
use web::client::Client;

use crate::acquirer::{self, Connected};
use crate::alarms::Alarms;
use crate::command::{Act, Actor, Answer, Command, IdempotencyKey, WalletChange};
use crate::config::Config;
use crate::error::Error;
use crate::flows::instructions::Instructions;
use crate::journal::Journal;
use crate::recipients::LookupLimiter;
use crate::store::survey;
use crate::store::zones::Zones;

/// Payments in this process.
#[derive(Clone)]
pub struct Service {
    pub(crate) journal: Arc<Journal>,
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) identity: SharedIdentity,
    pub(crate) config: Arc<Config>,
    pub(crate) instructions: Arc<Instructions>,
    pub(crate) lookups: Arc<LookupLimiter>,
    pub(crate) zones: Arc<Zones>,
    pub(crate) alarms: Arc<Alarms>,
}

/// What payments stands on.
pub struct Deps {
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: Ids,
    /// Who is who.
    pub identity: SharedIdentity,
    /// Settings, validated.
    pub config: Config,
}

impl Service {
    /// Payments over a journal, and a database that reads the same tables.
    ///
    /// # Errors
    /// What is wrong with the acquirer's settings.
    pub fn new(journal: Arc<Journal>, db: Db, deps: Deps) -> Result<Self, String> {
        let connected = acquirer::build(&deps.config.acquirer)?;
        Ok(Self::with_acquirer(journal, db, deps, connected))
    }

    /// The same with an acquirer of the caller's own.
    #[must_use]
    pub fn with_acquirer(journal: Arc<Journal>, db: Db, deps: Deps, acquirer: Connected) -> Self {
        let config = Arc::new(deps.config);
        Self {
            instructions: Arc::new(Instructions::new(
                journal.clone(),
                db.clone(),
                deps.clock.clone(),
                deps.ids.clone(),
                acquirer,
                &config,
            )),
            lookups: Arc::new(LookupLimiter::new(config.recipient_lookups_per_minute)),
            zones: Arc::new(Zones::new(config.lists)),
            alarms: Alarms::new(config.alarms),
            journal,
            db,
            clock: deps.clock,
            ids: deps.ids,
            identity: deps.identity,
            config,
        }
    }

    /// The journal, for whoever brings commands of their own: the import, the benchmark.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// Shows in the metrics how PayFlow's own accounts stand, as the background finds them.
    pub fn show_in(&self, metrics: &Metrics) {
        self.alarms.register(metrics);
    }

    /// Work that nobody asks for: deadlines, enquiries, notifications, old idempotency records, summaries for lists, alarms. Ends when
    /// dropped.
    #[must_use]
    pub fn start_background(&self) -> crate::flows::Background {
        crate::flows::Background::start(self)
    }

    /// Does once what the background does every second, and waits until it is done.
    pub async fn tick(&self) {
        crate::flows::tick(self).await;
    }

    /// The database that is read from.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The makers' own ids that `owner` has used and that begin with `prefix`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn external_ids(&self, owner: Uuid, prefix: &str) -> Result<Vec<String>, Error> {
        survey::external_ids(&self.db, owner, prefix).await
    }

    /// What can be spent from each wallet of a currency, in minor units.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn spendable(
        &self,
        org: OrgId,
        currency: Currency,
    ) -> Result<Vec<(Uuid, i64)>, Error> {
        survey::spendable(&self.db, org.0, currency.numeric()).await
    }

    /// The end of a time that somebody asks for, if it has passed. Until then everything counts that has happened, whatever the
    /// clock said when it did.
    pub(crate) fn past(&self, end: Option<Timestamp>) -> Option<Timestamp> {
        end.filter(|end| *end <= self.clock.now())
    }

    /// Submits what an operator, or somebody for themselves, asks for, and tells the audit trail what operators did. It is
    /// told afterwards: the journal has it in any case, and cannot take it back where the trail cannot be written.
    ///
    /// # Errors
    /// [`Error`].
    pub(crate) async fn submit_told(
        &self,
        (principal, client): (&Principal, &Client),
        actor: Actor,
        idempotency: Option<IdempotencyKey>,
        act: Act,
    ) -> Result<Answer, Error> {
        let deed = match actor {
            Actor::Operator(_) => deed(&act),
            Actor::User(_) | Actor::System | Actor::Acquirer => None,
        };
        let answer = self.submit(principal, actor, idempotency, act).await;
        if let Some((deed, subject)) = deed
            && let Some(refusal) = news(&answer)
        {
            let entry = OperatorEntry {
                org: principal.org,
                user: principal.user,
                credential: principal.credential,
                address: client.address,
                user_agent: client.user_agent.as_deref(),
                deed,
                subject,
                refusal,
            };
            if let Err(error) = self.identity.record(entry).await {
                tracing::error!(%error, ?deed, "an operator's act is not in the audit trail yet");
            }
        }
        answer
    }

    /// Submits what a caller asks for.
    ///
    /// # Errors
    /// [`Error`].
    pub(crate) async fn submit(
        &self,
        principal: &Principal,
        actor: Actor,
        idempotency: Option<IdempotencyKey>,
        act: Act,
    ) -> Result<Answer, Error> {
        let command = Command {
            org: principal.org.0,
            actor,
            idempotency,
            request_id: platform::request_id::current(),
            act,
        };
        match self.journal.submit(command).await? {
            Answer::Refused(refused) => Err(refused.into()),
            answer => Ok(answer),
        }
    }
}

/// What the audit trail calls an act of operators, and what it is done to.
fn deed(act: &Act) -> Option<(Deed, String)> {
    let wallet = |id: &Uuid| WalletId(*id).to_string();
    let transaction = |id: &Uuid| TransactionId(*id).to_string();
    Some(match act {
        Act::ChangeWallet { wallet: id, change } => {
            let deed = match change {
                WalletChange::Freeze { .. } => Deed::WalletFrozen,
                WalletChange::Unfreeze { .. } => Deed::WalletUnfrozen,
                WalletChange::Limit(_) => Deed::WalletLimited,
                WalletChange::Close => Deed::WalletClosed,
            };
            (deed, wallet(id))
        }
        Act::Capture {
            transaction: id, ..
        } => (Deed::TransactionCaptured, transaction(id)),
        Act::Cancel {
            transaction: id, ..
        } => (Deed::TransactionCancelled, transaction(id)),
        Act::Refund {
            transaction: id, ..
        } => (Deed::TransactionRefunded, transaction(id)),
        Act::Resolve {
            transaction: id, ..
        } => (Deed::TransactionResolved, transaction(id)),
        // What follows is PayFlow's own, or is a record of itself in the ledger, or makes a transaction of the operator's own.
        Act::Create(_)
        | Act::OpenWallet(_)
        | Act::CloseOwner(_)
        | Act::OpenAccounts(_)
        | Act::Post(_)
        | Act::Expire { .. }
        | Act::ExpireHold { .. }
        | Act::Settle { .. }
        | Act::AcceptClock { .. } => return None,
    })
}

/// What the trail learns of an answer: nothing where it was given before or somebody has to try again, else the code of the
/// refusal, if it is one.
fn news(answer: &Result<Answer, Error>) -> Option<Option<String>> {
    match answer {
        Ok(Answer::Json { replayed: true, .. }) => None,
        Ok(_) => Some(None),
        Err(Error::Refused(refused)) => Some(Some(refused.code().to_owned())),
        Err(_) => None,
    }
}

/// As whom a caller follows a transaction up: operators act on anything of their organisation.
pub(crate) fn follow_up_actor(principal: &Principal) -> Actor {
    let user = principal.user.uuid();
    if principal.may(Permission::TransactionsResolve) {
        Actor::Operator(user)
    } else {
        Actor::User(user)
    }
}
