//! Rules that are quiet for a customer, until a time and for a reason.

use contracts::identity::{OperatorAction, OrgId, UserId};
use risk_core::rules::compile;
use values::{DAY, Timestamp};

use crate::error::Error;
use crate::rules::error::RuleError;
use crate::rules::reason;
use crate::rules::store::{self, SnoozeRow};
use crate::service::Service;
use crate::trail::Who;

/// The longest that a rule is quiet.
const LONGEST: i64 = 180 * DAY;

/// A rule is to be quiet for somebody.
pub(crate) struct NewSnooze<'a> {
    pub(crate) rule: &'a str,
    pub(crate) user: UserId,
    pub(crate) until: Timestamp,
    pub(crate) reason: &'a str,
}

impl Service {
    /// Has a rule be quiet for a customer.
    pub(crate) async fn snooze(
        &self,
        who: Who<'_>,
        new: NewSnooze<'_>,
    ) -> Result<SnoozeRow, RuleError> {
        reason(new.reason)?;
        let (org, now) = (who.0.org, self.clock.now());
        if new.until <= now || now.plus(LONGEST) < new.until {
            return Err(RuleError::Until);
        }
        if new.user == who.0.user {
            return Err(RuleError::OwnCase);
        }
        let customer = self.contacts.contact(org, new.user).await;
        let customer = customer.map_err(Error::from)?;
        customer.ok_or(RuleError::NoSuchUser)?;
        let rules = self.rules(org, 0).await?;
        let set = compile(&rules.set, rules.in_force.version).map_err(RuleError::Faults)?;
        let found = set.rules().iter().find(|rule| rule.code() == new.rule);
        if found.ok_or(RuleError::NoSuchRule)?.is_sanctions() {
            return Err(RuleError::Sanctions);
        }
        let row = SnoozeRow {
            rule: new.rule.to_owned(),
            user_id: new.user.uuid(),
            until: new.until.micros(),
            reason: new.reason.to_owned(),
            author: who.0.user.uuid(),
            created_at: now.micros(),
        };
        let mut tx = self.db.begin().await?;
        store::snooze(&mut tx, org, &row).await?;
        tx.commit().await?;
        self.refresh().await?;
        let subject = format!("{} {}", new.rule, new.user);
        self.record(who, OperatorAction::RuleSnoozed, subject).await;
        Ok(row)
    }

    /// A rule is not quiet for a customer any more.
    pub(crate) async fn wake(
        &self,
        who: Who<'_>,
        code: &str,
        user: UserId,
    ) -> Result<(), RuleError> {
        let org = who.0.org;
        let mut tx = self.db.begin().await?;
        if !store::wake(&mut tx, org, code, user).await? {
            return Err(RuleError::NoSuchRule);
        }
        tx.commit().await?;
        self.refresh().await?;
        let subject = format!("{code} {user}");
        self.record(who, OperatorAction::RuleWoken, subject).await;
        Ok(())
    }

    /// What is quiet now.
    pub(crate) async fn snoozes(&self, org: OrgId) -> Result<Vec<SnoozeRow>, Error> {
        Ok(store::snoozes(&self.db, org, self.clock.now()).await?)
    }
}
