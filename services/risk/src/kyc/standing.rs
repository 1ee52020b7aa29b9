//! How the verification of a user stands: the level that follows from a submission, when it ends,
//! and who is told. A level rises and ends; no answer of a provider takes one back.

use contracts::identity::{OperatorAction, OrgId, UserId};
use contracts::kyc::{KycLevel, KycLevels, KycStatus, KycUnavailable};
use db::Tx;
use values::{DAY, Timestamp};

use crate::error::Error;
use crate::kyc::error::KycError;
use crate::kyc::store::standings::{self, Standing};
use crate::kyc::store::submissions;
use crate::kyc::submission::{Status, Submission};
use crate::service::Service;
use crate::subjects::store as subjects;
use crate::trail::Who;

/// How many are told, or end, at once.
const BATCH: i64 = 100;

impl Service {
    /// How the verification of a user stands.
    pub(crate) async fn standing(&self, org: OrgId, user: UserId) -> Result<Standing, Error> {
        standings::one(&self.db, (org, user)).await
    }

    /// Whether there is such a user, whose account is open.
    pub(crate) async fn is_known(&self, org: OrgId, user: UserId) -> Result<bool, Error> {
        Ok(self.contacts.contact(org, user).await?.is_some())
    }

    /// Sets what follows from a submission for its user; nothing where nothing changes.
    pub(crate) async fn follow(
        &self,
        tx: &mut Tx,
        of: &Submission,
        now: Timestamp,
    ) -> Result<Option<Standing>, Error> {
        let before = standings::lock(tx, (of.org, of.user), now).await?;
        let mut after = before.clone();
        if of.status == Status::Approved {
            after.of.level = before.of.level.max(of.level);
            after.of.status = KycStatus::Approved;
            after.expires_at = Some(now.plus(self.valid_for(after.of.level)));
            after.reason.clear();
        } else if before.of.level == KycLevel::None {
            after.of.status = of.status.shown().unwrap_or(before.of.status);
        }
        if after == before {
            return Ok(None);
        }
        after.of.at = now;
        standings::set(tx, &mut after).await?;
        Ok(Some(after))
    }

    pub(crate) fn valid_for(&self, level: KycLevel) -> i64 {
        let days = match level {
            KycLevel::Full => self.config.kyc.valid_days.full,
            KycLevel::Basic | KycLevel::None => self.config.kyc.valid_days.basic,
        };
        i64::from(days) * DAY
    }

    /// What was committed is in force here at once, and identity is told. Where that fails, the
    /// background tells it.
    pub(crate) async fn stands(&self, changed: Option<Standing>) {
        let Some(Standing { of, .. }) = changed else {
            return;
        };
        let level = (of.level, of.version);
        self.memory.subjects.verified(of.org, of.user, level);
        if let Err(error) = self.tell_standing(&of).await {
            tracing::warn!(%error, user = %of.user, "identity does not know how a verification stands yet");
        }
    }

    async fn tell_standing(&self, of: &contracts::kyc::KycStanding) -> Result<(), Error> {
        self.standings.set_standing(of).await?;
        Ok(standings::told(&self.db, of).await?)
    }

    /// Tells identity what it does not know yet.
    ///
    /// # Errors
    /// A fault; it is told again.
    pub(crate) async fn tell_standings(&self) -> Result<(), Error> {
        for standing in standings::untold(&self.db, BATCH).await? {
            self.tell_standing(&standing.of).await?;
        }
        Ok(())
    }

    /// Ends levels whose time is over.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn end_levels(&self) -> Result<(), Error> {
        let now = self.clock.now();
        for whose in standings::ended(&self.db, now, BATCH).await? {
            let mut tx = self.db.begin().await?;
            let standing = standings::lock(&mut tx, whose, now).await?;
            if standing.expires_at.is_none_or(|until| until > now) {
                continue;
            }
            let ended = self.ended(&mut tx, standing, String::new(), now).await?;
            tx.commit().await?;
            self.stands(Some(ended)).await;
        }
        Ok(())
    }

    /// A level is no more: what is under way for a user is what they see.
    async fn ended(
        &self,
        tx: &mut Tx,
        mut standing: Standing,
        reason: String,
        now: Timestamp,
    ) -> Result<Standing, Error> {
        let (org, user) = (standing.of.org, standing.of.user);
        let open = submissions::open_in(tx, (org, user)).await?;
        let shown = open.and_then(|open| open.status.shown());
        standing.of.level = KycLevel::None;
        standing.of.status = shown.unwrap_or(KycStatus::Expired);
        standing.of.at = now;
        standing.expires_at = None;
        standing.reason = reason;
        standings::set(tx, &mut standing).await?;
        Ok(standing)
    }

    /// An operator wants a user to show anew who they are: their level ends.
    pub(crate) async fn require_anew(
        &self,
        who: Who<'_>,
        user: UserId,
        reason: String,
    ) -> Result<Standing, KycError> {
        let (org, now) = (who.0.org, self.clock.now());
        if who.0.user == user {
            return Err(KycError::Own);
        }
        let mut tx = self.db.begin().await?;
        let standing = standings::lock(&mut tx, (org, user), now).await?;
        if standing.of.level == KycLevel::None {
            return Err(KycError::NoLevel);
        }
        let ended = self.ended(&mut tx, standing, reason, now).await?;
        tx.commit().await?;
        self.stands(Some(ended.clone())).await;
        let action = OperatorAction::KycReverificationRequired;
        self.record(who, action, user.to_string()).await;
        Ok(ended)
    }
}

#[async_trait::async_trait]
impl KycLevels for Service {
    async fn level(&self, org: OrgId, user: UserId) -> Result<KycLevel, KycUnavailable> {
        if let Some(known) = self.memory.subjects.get(org, user)
            && self.follows()
        {
            return Ok(known.kyc);
        }
        let row = subjects::one(&self.db, (org, user)).await;
        let row = row.map_err(|error| KycUnavailable(error.to_string()))?;
        let level = row.and_then(|row| KycLevel::from_name(&row.kyc));
        Ok(level.unwrap_or(KycLevel::None))
    }
}
