//! The use cases of payments: who asks for what becomes a command, the journal decides and commits
//! it, and what has to happen outside follows. Reads go to the store.

use std::sync::Arc;

use access::Principal;
use contracts::identity::{OperatorAction, OperatorEntry, OrgId, Permission, SharedIdentity};
use contracts::payments::{TransactionId, WalletId};
use db::Db;
use module::LedgerCheck;
use money::Currency;
use payments_core::command::{Actor, Answer, Command, IdempotencyKey, Operation, WalletChange};
use platform::clock::SharedClock;
use platform::ids::Ids;
use platform::metrics::Metrics;
use tokio::sync::Mutex;
use uuid::Uuid;
use values::Timestamp;
use web::client::Client;
use web::rate_limit::RateLimiter;

use crate::acquirer::{self, Connected};
use crate::alarms::Alarms;
use crate::config::Config;
use crate::error::Error;
use crate::flows::instructions::Instructions;
use crate::gate::Gate;
use crate::journal::Journal;
use crate::recipients::{Lookups, Recipient};
use crate::store::import;
use crate::store::wallets::receiving_wallet;
use crate::store::zones::Zones;

/// Payments in this process.
pub struct Service {
    pub(crate) journal: Arc<Journal>,
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) identity: SharedIdentity,
    pub(crate) config: Config,
    pub(crate) instructions: Arc<Instructions>,
    pub(crate) lookups: Lookups,
    pub(crate) zones: Zones,
    pub(crate) alarms: Arc<Alarms>,
    pub(crate) gate: Gate,
    /// The last check of the ledger; held while it is computed, so that who comes meanwhile waits
    /// for it.
    pub(crate) ledger_check: Mutex<Option<LedgerCheck>>,
}

/// What payments stands on.
pub struct Deps {
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: Ids,
    /// Who is who.
    pub identity: SharedIdentity,
    /// What counts callers.
    pub limiter: RateLimiter,
    /// Settings, validated.
    pub config: Config,
}

impl Service {
    /// Payments over a journal, and a database that reads the same tables.
    ///
    /// # Errors
    /// What is wrong with the acquirer's settings.
    pub fn new(journal: Arc<Journal>, db: Db, deps: Deps) -> Result<Arc<Self>, String> {
        let connected = acquirer::build(&deps.config.acquirer)?;
        Ok(Self::with_acquirer(journal, db, deps, connected))
    }

    /// The same with an acquirer of the caller's own.
    #[must_use]
    pub fn with_acquirer(
        journal: Arc<Journal>,
        db: Db,
        deps: Deps,
        acquirer: Connected,
    ) -> Arc<Self> {
        let config = deps.config;
        Arc::new(Self {
            instructions: Arc::new(Instructions::new(
                journal.clone(),
                db.clone(),
                deps.clock.clone(),
                deps.ids.clone(),
                acquirer,
                &config,
            )),
            lookups: Lookups::new(deps.limiter, config.recipient_lookups_per_minute),
            zones: Zones::new(config.lists),
            alarms: Alarms::new(config.alarms),
            gate: Gate::default(),
            ledger_check: Mutex::default(),
            journal,
            db,
            clock: deps.clock,
            ids: deps.ids,
            identity: deps.identity,
            config,
        })
    }

    /// The journal, for anyone who brings commands of their own: the import, the benchmark.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// Shows in the metrics how PayFlow's own accounts stand, as the background finds them.
    pub fn show_in(&self, metrics: &Metrics) {
        self.alarms.register(metrics);
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
        import::external_ids(&self.db, owner, prefix).await
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
        import::spendable(&self.db, org.0, currency.numeric()).await
    }

    /// The user with this e-mail and their oldest active wallet of this currency. Limited to
    /// nobody: callers that act for a user ask [`Lookups`] first.
    ///
    /// # Errors
    /// A fault of the store or of identity.
    pub(crate) async fn recipient(
        &self,
        org: OrgId,
        email: &str,
        currency: Currency,
    ) -> Result<Option<Recipient>, Error> {
        let Some(user) = self.identity.user_by_email(org, email).await? else {
            return Ok(None);
        };
        let wallet = receiving_wallet(&self.db, org.0, user.id.uuid(), currency).await?;
        Ok(wallet.map(|id| Recipient {
            wallet_id: WalletId(id),
            display_name: user.name,
        }))
    }

    /// The end of a time that somebody asks for, if it has passed. Until then everything counts
    /// that has happened, whatever the clock said when it did.
    pub(crate) fn past(&self, end: Option<Timestamp>) -> Option<Timestamp> {
        end.filter(|end| *end <= self.clock.now())
    }

    /// Submits what an operator, or somebody for themselves, asks for, and records in the audit
    /// trail what operators did. It is recorded afterwards: the journal has it in any case, and
    /// cannot take it back where the trail cannot be written.
    ///
    /// # Errors
    /// [`Error`].
    pub(crate) async fn submit_audited(
        &self,
        (principal, client): (&Principal, &Client),
        actor: Actor,
        idempotency: Option<IdempotencyKey>,
        operation: Operation,
    ) -> Result<Answer, Error> {
        let action = match actor {
            Actor::Operator(_) => action(&operation),
            Actor::User(_) | Actor::System | Actor::Acquirer => None,
        };
        let answer = self.submit(principal, actor, idempotency, operation).await;
        if let Some((action, subject)) = action
            && let Some(refusal) = audited_outcome(&answer)
        {
            let entry = OperatorEntry {
                org: principal.org,
                user: principal.user,
                credential: principal.credential,
                address: client.address,
                user_agent: client.user_agent.as_deref(),
                action,
                subject,
                refusal,
                kept: None,
            };
            if let Err(error) = self.identity.record(entry).await {
                tracing::error!(%error, ?action, "an operator's act is not in the audit trail yet");
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
        operation: Operation,
    ) -> Result<Answer, Error> {
        let command = Command {
            org: principal.org.0,
            actor,
            idempotency,
            request_id: platform::request_id::current(),
            operation,
        };
        match self.journal.submit(command).await? {
            Answer::Refused(refused) => Err(refused.into()),
            answer => Ok(answer),
        }
    }
}

/// What the audit trail calls an act of operators, and what it is done to.
fn action(operation: &Operation) -> Option<(OperatorAction, String)> {
    let wallet = |id: &Uuid| WalletId(*id).to_string();
    let transaction = |id: &Uuid| TransactionId(*id).to_string();
    Some(match operation {
        Operation::ChangeWallet { wallet: id, change } => {
            let action = match change {
                WalletChange::Freeze { .. } => OperatorAction::WalletFrozen,
                WalletChange::Unfreeze { .. } => OperatorAction::WalletUnfrozen,
                WalletChange::Limit(_) => OperatorAction::WalletLimited,
                WalletChange::Close => OperatorAction::WalletClosed,
            };
            (action, wallet(id))
        }
        Operation::Capture {
            transaction: id, ..
        } => (OperatorAction::TransactionCaptured, transaction(id)),
        Operation::Cancel {
            transaction: id, ..
        } => (OperatorAction::TransactionCancelled, transaction(id)),
        Operation::Refund {
            transaction: id, ..
        } => (OperatorAction::TransactionRefunded, transaction(id)),
        Operation::Resolve {
            transaction: id, ..
        } => (OperatorAction::TransactionResolved, transaction(id)),
        Operation::Review {
            transaction: id,
            approve,
            ..
        } => {
            let action = match approve {
                true => OperatorAction::TransactionApproved,
                false => OperatorAction::TransactionDeclined,
            };
            (action, transaction(id))
        }
        // What follows is PayFlow's own, or is a record of itself in the ledger, or makes a
        // transaction of the operator's own.
        Operation::Create(_)
        | Operation::RefundRequest { .. }
        | Operation::OpenWallet(_)
        | Operation::CloseOwner(_)
        | Operation::OpenAccounts(_)
        | Operation::Post(_)
        | Operation::Expire { .. }
        | Operation::Confirm { .. }
        | Operation::ExpireHold { .. }
        | Operation::Settle { .. }
        | Operation::AcceptClock { .. } => return None,
    })
}

/// What the trail learns of an answer: nothing where it was given before or somebody has to try
/// again, else the code of the refusal, if it is one.
fn audited_outcome(answer: &Result<Answer, Error>) -> Option<Option<String>> {
    match answer {
        Ok(Answer::Replayed(_)) => None,
        Ok(_) => Some(None),
        Err(Error::Refused(refused)) => Some(Some(refused.code().to_owned())),
        Err(_) => None,
    }
}

/// As whom a caller changes a wallet: those who may freeze any act on anything of their
/// organisation.
pub(crate) fn wallet_actor(principal: &Principal) -> Actor {
    let user = principal.user.uuid();
    if principal.may(Permission::WalletsFreeze) {
        Actor::Operator(user)
    } else {
        Actor::User(user)
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
