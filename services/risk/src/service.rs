//! Risk in this process: what its use cases share, and its background work.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use contracts::identity::{Contacts, OrgId, SharedIdentity, UserId};
use contracts::kyc::KycStandings;
use contracts::notifications::{CodeNotSent, CodeSent, Codes};
use contracts::payments::TransactionId;
use contracts::risk::{
    CodeCheck, CodeState, ProposedTransaction, Reviews, Risk, RiskDecision, RiskUnavailable, Terms,
};
use db::Db;
use events::queue::QueueError;
use events::{Consumer, DeadLetters, Feed, LogEnds, Queue};
use module::{Failure, QueueFigures};
use platform::clock::SharedClock;
use platform::ids::Ids;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::interval;
use values::{DAY, Timestamp};
use vault::Vault;

use crate::breakers::Watch;
use crate::cases::Cases;
use crate::cases::metrics::CaseMetrics;
use crate::cases::store::sweeps;
use crate::config::Config;
use crate::decisions::store as decisions;
use crate::decisions::written::Written;
use crate::error::Error;
use crate::feeds::following::Follower;
use crate::feeds::learning::{self, Learning};
use crate::kyc::closing::Closing;
use crate::kyc::provider::{self, Connected};
use crate::lists::store as lists;
use crate::memory::Memory;
use crate::sanctions::state::Sanctions;
use crate::subjects::store as subjects;

/// What risk stands on, beside its tables.
pub struct Deps {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: SharedClock,
    /// Where ids come from.
    pub ids: Ids,
    /// What makes the keyed hashes in its tables.
    pub vault: Vault,
    /// Who keeps the audit trail.
    pub identity: SharedIdentity,
    /// Whose an e-mail address is.
    pub contacts: Arc<dyn Contacts>,
    /// Who keeps how verifications stand: identity.
    pub standings: Arc<dyn KycStandings>,
    /// What identity and payments have committed.
    pub feeds: Vec<Arc<dyn Feed>>,
}

/// Risk: its store, and what it knows in memory.
pub struct Service {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) vault: Vault,
    pub(crate) identity: SharedIdentity,
    pub(crate) contacts: Arc<dyn Contacts>,
    pub(crate) config: Config,
    pub(crate) memory: Arc<Memory>,
    /// What opens cases, in the transactions of whatever says so.
    pub(crate) cases: Arc<Cases>,
    pub(crate) sanctions: Arc<Sanctions>,
    /// Who keeps how verifications stand.
    pub(crate) standings: Arc<dyn KycStandings>,
    /// Who checks identities.
    pub(crate) kyc: Connected,
    /// What sends codes: it stands behind risk, and is named later.
    pub(crate) codes: OnceLock<Arc<dyn Codes>>,
    /// What decides about transactions in review.
    pub(crate) reviews: OnceLock<Arc<dyn Reviews>>,
    pub(crate) case_metrics: CaseMetrics,
    pub(crate) written: Written,
    pub(crate) watch: Watch,
    /// Held while rules are tried on what has happened.
    pub(crate) previews: Mutex<()>,
    consumers: Vec<Arc<Consumer>>,
    letters: DeadLetters,
    followers: Vec<Arc<Follower>>,
    /// Held while memory hears.
    hearing: Arc<Mutex<()>>,
    log_ends: LogEnds,
}

/// The feed of users.
const IDENTITY: &str = "identity";
/// How often what was decided is written.
const WRITE_EVERY: Duration = Duration::from_millis(200);
/// How often it is looked whether another node has changed a policy.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After so many looks, what is old is forgotten.
const FORGET_EVERY: u64 = 600;
/// After so many looks, cases are swept.
const SWEEP_EVERY: u64 = 10;
/// How long a start waits until memory has what the feeds tell; the rest is read afterwards, and
/// until then nothing is assessed.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(10);

/// Why risk was not opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting.
    #[error("{0}")]
    Setting(String),
    /// Its store cannot be read.
    #[error(transparent)]
    Store(#[from] Error),
    /// A feed cannot be read.
    #[error(transparent)]
    Feed(#[from] events::FeedError),
}

/// Work that nobody asks for. Ends when dropped; what was under way is left to the next start.
#[derive(Debug)]
pub struct Background(
    #[expect(dead_code, reason = "held for its drop, which ends the tasks")] JoinSet<()>,
);

impl Service {
    /// Risk over its tables, with its memory filled.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(db: Db, deps: Deps) -> Result<Arc<Self>, StartError> {
        db.count_commits();
        let sealed = idempotency::seal_anew(&db, &deps.vault).await;
        sealed.map_err(Error::from)?;
        let memory = Memory::new(&deps.config).map_err(StartError::Setting)?;
        let memory = Arc::new(memory);
        let cases = Cases::new(&deps.config, deps.clock.clone(), deps.ids.clone());
        let cases = cases.map_err(StartError::Setting)?;
        let sanctions = Sanctions::new(deps.config.sanctions.clone());
        let sanctions = Arc::new(sanctions.map_err(StartError::Setting)?);
        let kyc = provider::build(&deps.config.kyc).map_err(StartError::Setting)?;
        let hearing = Arc::new(Mutex::new(()));
        let (mut consumers, mut followers) = (Vec::new(), Vec::new());
        let log_ends = LogEnds::new(db.clone(), deps.feeds.clone());
        for feed in deps.feeds {
            // Before memory is filled: what comes after is followed.
            let position = decisions::position(&db, learning::NAME, feed.name());
            let position = position.await.map_err(Error::from)?;
            let knows = (memory.clone(), sanctions.clone());
            let follower = Follower::new(feed.clone(), knows, position, hearing.clone());
            followers.push(Arc::new(follower));
            let kyc = Closing {
                cases: cases.clone(),
                keep_days: deps.config.kyc.keep_closed_days,
            };
            let handler = Arc::new(Learning {
                cases: cases.clone(),
                kyc,
            });
            let (clock, ids) = (deps.clock.clone(), deps.ids.clone());
            let consumer = Consumer::new(db.clone(), feed, handler, clock, ids);
            consumers.push(Arc::new(consumer));
        }
        memory.fill(&db, deps.clock.now()).await?;
        let made_from = (deps.clock.clone(), deps.ids.clone());
        let letters = DeadLetters::new(db.clone(), consumers.clone(), made_from.0, made_from.1);
        let service = Arc::new(Self {
            clock: deps.clock,
            ids: deps.ids,
            vault: deps.vault,
            identity: deps.identity,
            contacts: deps.contacts,
            config: deps.config,
            memory,
            cases,
            sanctions,
            standings: deps.standings,
            kyc,
            codes: OnceLock::new(),
            reviews: OnceLock::new(),
            case_metrics: CaseMetrics::default(),
            written: Written::default(),
            watch: Watch::default(),
            previews: Mutex::new(()),
            consumers,
            letters,
            followers,
            hearing,
            log_ends,
            db,
        });
        service.catch_up_at_start().await?;
        service.open_lists().await;
        Ok(service)
    }

    /// Names what sends codes. Once.
    pub fn set_codes(&self, codes: Arc<dyn Codes>) {
        if self.codes.set(codes).is_err() {
            tracing::error!("it was said twice who sends codes");
        }
    }

    /// Names what decides about transactions in review. Once.
    pub fn set_reviews(&self, reviews: Arc<dyn Reviews>) {
        if self.reviews.set(reviews).is_err() {
            tracing::error!("it was said twice who decides about transactions in review");
        }
    }

    async fn catch_up_at_start(&self) -> Result<(), StartError> {
        let begun = Instant::now();
        for follower in &self.followers {
            while follower.step().await? {
                if begun.elapsed() > CATCH_UP_WITHIN {
                    tracing::warn!(
                        "there is much that risk has not heard of: until it has, nothing is assessed"
                    );
                    return Ok(());
                }
            }
        }
        self.memory.is_complete();
        Ok(())
    }

    /// Begins to read the feeds.
    pub fn start_background(self: &Arc<Self>) -> Background {
        let mut tasks = JoinSet::new();
        for consumer in &self.consumers {
            tasks.spawn(consumer.clone().run());
        }
        tasks.spawn(self.clone().keep_following());
        tasks.spawn(self.clone().keep_writing());
        tasks.spawn(self.clone().keep_house());
        if self.config.enabled && !self.sanctions.sources.is_empty() {
            tasks.spawn(self.clone().keep_loading());
            tasks.spawn(self.clone().keep_screening());
        }
        tasks.spawn(self.clone().keep_checking());
        Background(tasks)
    }

    async fn keep_following(self: Arc<Self>) {
        // Where the start did not wait for it.
        for follower in &self.followers {
            while let Err(error) = follower.catch_up().await {
                tracing::error!(%error, "risk does not hear of what happens, and assesses nothing");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        self.memory.is_complete();
        let mut following = JoinSet::new();
        for follower in &self.followers {
            following.spawn(follower.clone().run());
        }
        following.join_all().await;
    }

    async fn keep_writing(self: Arc<Self>) {
        let mut ticks = interval(WRITE_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let written = self.write_decided().await;
            if let Err(error) = &written
                && !failing
            {
                tracing::error!(%error, "what was decided cannot be written");
            }
            failing = written.is_err();
        }
    }

    async fn keep_checking(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let done = self.keep_kyc().await;
            if let Err(error) = &done
                && !failing
            {
                tracing::error!(%error, "identities are not checked");
            }
            failing = done.is_err();
        }
    }

    /// Asks the provider of identity checks what is due, ends levels whose time is over, and tells
    /// identity what it does not know yet.
    ///
    /// # Errors
    /// A fault.
    pub async fn keep_kyc(&self) -> Result<(), Error> {
        self.check_due_submissions().await?;
        self.end_levels().await?;
        self.tell_standings().await
    }

    /// Whether it hears of what happens elsewhere.
    pub(crate) fn follows(&self) -> bool {
        !self.followers.is_empty()
    }

    async fn keep_house(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        let mut failing = false;
        for tick in 0_u64.. {
            ticks.tick().await;
            let noted = self.note_log_ends().await;
            let refreshed = noted.and(self.refresh().await);
            self.count_rules_in_shadow();
            if let Err(error) = &refreshed
                && !failing
            {
                tracing::error!(%error, "what organisations have changed may not be in force here");
            }
            failing = refreshed.is_err();
            if tick.is_multiple_of(SWEEP_EVERY)
                && let Err(error) = self.sweep_cases().await
            {
                tracing::error!(%error, "cases could not be swept");
            }
            if tick.is_multiple_of(FORGET_EVERY)
                && let Err(error) = self.delete_old().await
            {
                tracing::error!(%error, "what is old could not be deleted");
            }
        }
    }

    /// Notes how far the logs of other services go.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn note_log_ends(&self) -> Result<(), Error> {
        Ok(self.log_ends.note().await?)
    }

    /// Takes up what organisations have changed, here or on another node.
    ///
    /// # Errors
    /// A fault: what is in force stays.
    pub async fn refresh(&self) -> Result<(), Error> {
        if self.memory.is_fresh(&self.db).await? {
            return Ok(());
        }
        let _hearing = self.hearing.lock().await;
        let mut heard = Vec::new();
        for follower in &self.followers {
            // Before the counters are read: the database may have more by then, which counts once.
            let name = follower.feed_name();
            let position = decisions::position(&self.db, learning::NAME, name).await?;
            heard.extend(follower.heard_since(position).await?);
        }
        self.memory
            .refresh(&self.db, self.clock.now(), &heard)
            .await
    }

    /// Hears of what users have done, now.
    pub(crate) async fn hear_of_users(&self) -> Result<(), events::FeedError> {
        let of_users = |it: &&Arc<Follower>| it.feed_name() == IDENTITY;
        for follower in self.followers.iter().filter(of_users) {
            follower.catch_up().await?;
        }
        Ok(())
    }

    /// Deletes what is old.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn delete_old(&self) -> Result<(), Error> {
        let now = self.clock.now();
        for (_, org) in self.memory.orgs() {
            org.sweep(now);
        }
        lists::delete_expired(&self.db, now).await?;
        idempotency::delete_old(&self.db, now).await?;
        self.delete_old_codes().await?;
        self.keep_breakers().await?;
        self.keep_kyc_house().await?;
        self.seal_kyc_anew().await?;
        let before = now.plus(-i64::from(self.config.keep_days) * DAY);
        sweeps::delete_outcomes(&self.db, before.day()).await?;
        self.delete_decisions_before(before).await
    }

    /// Handles what the feeds have, and returns when there is nothing left: what the background
    /// does, for tests.
    ///
    /// # Errors
    /// As [`Consumer::step`].
    pub async fn catch_up(&self) -> Result<(), events::queue::QueueError> {
        for consumer in &self.consumers {
            while !matches!(consumer.step().await?, events::Step::Idle(_)) {}
        }
        for follower in &self.followers {
            follower.catch_up().await?;
        }
        Ok(())
    }

    /// Goes on with an older state of a service: what was noted of its log is forgotten, and
    /// consumers that stand behind the end of its feed are put there.
    ///
    /// # Errors
    /// A fault of the database or of the feed.
    pub async fn accept_history(&self, service: &str) -> Result<(), events::queue::QueueError> {
        for consumer in &self.consumers {
            let (position, newest) = consumer.place().await?;
            if consumer.feed_name() == service && position > newest {
                consumer.rewind(newest).await?;
            }
        }
        Ok(self.log_ends.forget(service).await?)
    }

    /// How its consumers do.
    pub(crate) async fn queue_figures(&self) -> Result<Vec<QueueFigures>, QueueError> {
        let mut figures = Vec::new();
        for consumer in &self.consumers {
            let reports = consumer.reports().await?.into_iter();
            figures.extend(reports.map(|report| QueueFigures {
                name: report.name.replace('/', ":"),
                depth: report.depth,
                oldest: report.oldest,
                dead_letters: report.dead_letters,
                paused: i64::from(report.paused),
            }));
        }
        Ok(figures)
    }

    /// The events that its consumers gave up.
    #[must_use]
    pub const fn dead_letters(&self) -> &DeadLetters {
        &self.letters
    }

    /// Its consumer of a feed.
    #[must_use]
    pub fn consumer(&self, name: &str, feed: &str) -> Option<&Consumer> {
        let mut consumers = self.consumers.iter();
        let named = consumers.find(|it| it.full_name() == format!("{name}/{feed}"));
        named.map(|consumer| &**consumer)
    }

    pub(crate) async fn data_of(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Map<String, Value>, Failure> {
        let known = subjects::one(&self.db, (org, user)).await?;
        let known = known.map(|row| {
            json!({
                "registered_at": Timestamp(row.created_at),
                "email_verified_at": row.email_verified_at.map(Timestamp),
                "kyc_level": row.kyc,
            })
        });
        Ok(Map::from_iter([
            ("risk".to_owned(), json!(known)),
            ("kyc".to_owned(), self.kyc_data_of(org, user).await?),
        ]))
    }
}

#[async_trait]
impl Risk for Service {
    async fn assess(
        &self,
        proposed: &ProposedTransaction,
    ) -> Result<RiskDecision, RiskUnavailable> {
        self.assess_now(proposed).await
    }

    fn dropped(&self, transaction: TransactionId) {
        self.memory.dropped(transaction);
    }

    async fn send_code(&self, terms: &Terms) -> Result<CodeSent, CodeNotSent> {
        self.send_step_up(terms).await
    }

    async fn code_state(&self, terms: &Terms) -> Result<CodeState, RiskUnavailable> {
        self.state_of_step_up(terms).await.map_err(|error| {
            tracing::error!(%error, transaction = %terms.transaction, "a code cannot be looked up");
            RiskUnavailable("codes cannot be looked up".to_owned())
        })
    }

    async fn check_code(&self, terms: &Terms, code: &str) -> Result<CodeCheck, RiskUnavailable> {
        self.check_step_up(terms, code).await.map_err(|error| {
            tracing::error!(%error, transaction = %terms.transaction, "a code cannot be checked");
            RiskUnavailable("codes cannot be checked".to_owned())
        })
    }
}
