//! Alerts: what was seen amiss is written down, once for each key; operators look after it, and are
//! told. What may become of an alert, `alert.rs` says.

pub(crate) mod alert;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod raised;
pub(crate) mod states;
pub(crate) mod store;
mod suppression;
mod telling;

use std::collections::{BTreeMap, BTreeSet};

use contracts::identity::{OperatorAction, OrgId, Permission, UserId};
use contracts::operations::{AlertId, AlertKey, Signal, Signals};
use db::{DbError, Tx};
use module::{Failure, newest};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use values::Timestamp;

use crate::error::Error;
use crate::service::Service;
use crate::trail::Who;
use alert::{Alert, Seen};
use error::AlertError;
use raised::News;
use states::{Reason, Source};
use store::entries::{self, EntryRow};
use suppression::explained_by;

/// How often a change is tried anew that others have overtaken.
const MOST_TRIES: u32 = 5;
/// How many alerts are worked on at once.
const AT_ONCE: i64 = 100;
/// How much of a timeline is shown.
const MOST_ENTRIES: i64 = 200;
/// The most characters of a comment.
const LONGEST_COMMENT: usize = 500;

/// What ends, beside what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Over {
    /// Nothing.
    Nothing,
    /// Of what looks have seen, all that fires and was not seen now, but for these keys.
    AllBut(BTreeSet<AlertKey>),
    /// The same of some kinds only.
    OfKinds(&'static [&'static str], BTreeSet<AlertKey>),
}

impl Over {
    fn ends(&self, alert: &Alert, seen: &BTreeMap<AlertKey, News>) -> bool {
        let (kinds, but) = match self {
            Self::Nothing => return false,
            Self::AllBut(but) => (None, but),
            Self::OfKinds(kinds, but) => (Some(kinds), but),
        };
        let key = &alert.key;
        alert.source == Source::Look
            && kinds.is_none_or(|kinds| kinds.contains(&key.kind.as_str()))
            && !but.contains(key)
            && !seen.contains_key(key)
    }
}

impl Signals for Service {
    fn raise(&self, signal: Signal) {
        if self.config.alerts.is_off(&signal.key.kind) {
            return;
        }
        let kind = signal.key.kind.clone();
        if !self.waiting.raise(signal) {
            self.metrics.count_dropped();
            tracing::error!(kind, "a signal has no room any more: there are too many");
        }
    }

    fn ended(&self, key: AlertKey) {
        self.waiting.end(key);
    }
}

impl Service {
    /// Writes the signals that were raised on this node: what the background does each second.
    ///
    /// # Errors
    /// A fault: they wait.
    pub async fn write_raised(&self) -> Result<(), Error> {
        let all = self.waiting.take();
        if all.is_empty() {
            return Ok(());
        }
        let written = self.write(&all, &Over::Nothing).await;
        if written.is_err() {
            self.waiting.put_back(all);
        }
        written?;
        self.tell_operators().await
    }

    /// Writes what was seen, and what is over.
    pub(crate) async fn write(
        &self,
        news: &BTreeMap<AlertKey, News>,
        over: &Over,
    ) -> Result<(), Error> {
        for _ in 0..MOST_TRIES {
            match self.try_to_write(news, over).await {
                Err(Error::Overtaken | Error::Database(DbError::Unique(_))) => {}
                other => return other,
            }
        }
        Err(Error::Overtaken)
    }

    async fn try_to_write(
        &self,
        news: &BTreeMap<AlertKey, News>,
        over: &Over,
    ) -> Result<(), Error> {
        let (now, config) = (self.clock.now(), &self.config.alerts);
        let mut tx = self.db.begin().await?;
        for (key, news) in news {
            self.take_up(&mut tx, key, news, now).await?;
        }
        if *over != Over::Nothing {
            for mut alert in store::firing(&mut tx).await? {
                if over.ends(&alert, news) {
                    alert.end(Reason::ConditionEnded, now);
                    store::save(&mut tx, &alert, config).await?;
                }
            }
        }
        let firing = store::firing(&mut tx).await?;
        for alert in &firing {
            let by = explained_by(alert, &firing);
            if alert.suppressed_by != by {
                let mut alert = alert.clone();
                alert.suppress(by, now);
                store::save(&mut tx, &alert, config).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    async fn take_up(
        &self,
        tx: &mut Tx,
        key: &AlertKey,
        news: &News,
        now: Timestamp,
    ) -> Result<(), Error> {
        let config = &self.config.alerts;
        let (seen, is_over) = match news {
            News::Seen(seen) => (Some(seen), false),
            News::Ended(seen) => (seen.as_ref(), true),
        };
        let newest = store::newest_of(tx, key).await?;
        let follows = newest.as_ref().map(|newest| newest.id);
        let same = newest.filter(|newest| newest.takes(config, now));
        let alert = match (same, seen) {
            (Some(mut alert), seen) => {
                if let Some(seen) = seen {
                    alert.see(seen.clone(), config, now);
                }
                if is_over {
                    alert.end(Reason::ConditionEnded, now);
                }
                if alert.news.is_empty() && seen.is_none() {
                    return Ok(());
                }
                return store::save(tx, &alert, config).await;
            }
            (None, Some(seen)) => self.opened(key, seen, follows, is_over, now),
            (None, None) => return Ok(()),
        };
        store::insert(tx, &alert, config).await
    }

    fn opened(
        &self,
        key: &AlertKey,
        seen: &Seen,
        follows: Option<AlertId>,
        is_over: bool,
        now: Timestamp,
    ) -> Alert {
        let id = AlertId(self.ids.next());
        let mut alert = Alert::open(id, key.clone(), seen.clone(), follows, now);
        tracing::warn!(alert = %id, kind = key.kind, subject = key.subject, severity = seen.severity.as_str(), "an alert is opened");
        if is_over {
            alert.end(Reason::ConditionEnded, now);
        }
        alert
    }

    /// Does what is due: snoozes end, owners are reminded, and what is not raised any more is over.
    pub(crate) async fn do_what_is_due(&self) -> Result<(), Error> {
        let (now, config) = (self.clock.now(), &self.config.alerts);
        loop {
            let mut tx = self.db.begin().await?;
            let due = store::due(&mut tx, now, AT_ONCE).await?;
            let count = i64::try_from(due.len()).unwrap_or_default();
            for mut alert in due {
                alert.pass(config, now);
                match store::save(&mut tx, &alert, config).await {
                    // Whatever was done to it, it is looked at again.
                    Err(Error::Overtaken) => return Ok(()),
                    other => other?,
                }
            }
            tx.commit().await?;
            if count < AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Changes an alert as an operator asks for.
    async fn change(
        &self,
        (who, id): (Who<'_>, AlertId),
        action: OperatorAction,
        act: impl Fn(&mut Alert, Timestamp) -> Result<(), AlertError>,
    ) -> Result<Alert, AlertError> {
        for _ in 0..MOST_TRIES {
            let mut tx = self.db.begin().await?;
            let alert = store::one_in(&mut tx, who.0.org, id).await?;
            let mut alert = alert.ok_or(AlertError::NoSuchAlert)?;
            act(&mut alert, self.clock.now())?;
            if alert.news.is_empty() {
                return Ok(alert);
            }
            match store::save(&mut tx, &alert, &self.config.alerts).await {
                Err(Error::Overtaken) => continue,
                other => other?,
            }
            tx.commit().await?;
            self.record(who, action, id.to_string()).await;
            return self.alert(who.0.org, id).await;
        }
        Err(Error::Overtaken.into())
    }

    /// Somebody looks after an alert.
    pub(crate) async fn acknowledge(
        &self,
        of: (Who<'_>, AlertId),
        comment: Option<String>,
    ) -> Result<Alert, AlertError> {
        let (by, comment) = (of.0.0.user, written(comment)?);
        let act = |alert: &mut Alert, now| alert.acknowledge(by, comment.clone(), now);
        self.change(of, OperatorAction::AlertAcknowledged, act)
            .await
    }

    /// Somebody ends an alert.
    pub(crate) async fn resolve(
        &self,
        of: (Who<'_>, AlertId),
        reason: Reason,
        comment: Option<String>,
    ) -> Result<Alert, AlertError> {
        let (by, comment) = (of.0.0.user, written(comment)?);
        if matches!(reason, Reason::ConditionEnded | Reason::Quiet) {
            return Err(AlertError::Reason);
        }
        let act = |alert: &mut Alert, now| alert.resolve(by, reason, comment.clone(), now);
        self.change(of, OperatorAction::AlertResolved, act).await
    }

    /// Nobody is told of an alert until then; none ends that.
    pub(crate) async fn snooze(
        &self,
        of: (Who<'_>, AlertId),
        until: Option<Timestamp>,
        comment: Option<String>,
    ) -> Result<Alert, AlertError> {
        let (by, comment) = (of.0.0.user, written(comment)?);
        let act = |alert: &mut Alert, now| alert.be_quiet(by, until, comment.clone(), now);
        self.change(of, OperatorAction::AlertSnoozed, act).await
    }

    /// Gives an alert to one of the staff, or to nobody.
    pub(crate) async fn assign(
        &self,
        of: (Who<'_>, AlertId),
        owner: Option<UserId>,
    ) -> Result<Alert, AlertError> {
        let (by, org) = (of.0.0.user, of.0.0.org);
        if let Some(owner) = owner {
            let staff = self.contacts.staff(org, Permission::AlertsManage).await;
            let staff = staff.map_err(Error::from)?;
            if !staff.contains(&owner) {
                // Of an alert that is not there nothing else is said.
                self.alert(org, of.1).await?;
                return Err(AlertError::Owner);
            }
        }
        let act = |alert: &mut Alert, now| {
            alert.assign(by, owner, now);
            Ok(())
        };
        self.change(of, OperatorAction::AlertAssigned, act).await
    }

    /// Writes something to an alert; what the same person has just written is not written again.
    pub(crate) async fn comment(
        &self,
        of: (Who<'_>, AlertId),
        comment: String,
    ) -> Result<Alert, AlertError> {
        let comment = written(Some(comment))?.ok_or(AlertError::Comment)?;
        let (by, org) = (of.0.0.user, of.0.0.org);
        let last = entries::of_alert(&self.db, of.1, 1).await?;
        let is_repeated = last.first().is_some_and(|last| {
            last.actor == Some(by.uuid()) && last.comment.as_ref() == Some(&comment)
        });
        if is_repeated {
            return self.alert(org, of.1).await;
        }
        let act = |alert: &mut Alert, now| {
            alert.comment(by, comment.clone(), now);
            Ok(())
        };
        self.change(of, OperatorAction::AlertCommented, act).await
    }

    /// One alert.
    pub(crate) async fn alert(&self, org: OrgId, id: AlertId) -> Result<Alert, AlertError> {
        let alert = store::one(&self.db, org, id).await?;
        alert.ok_or(AlertError::NoSuchAlert)
    }

    /// How many alerts of a kind are open and acknowledged.
    pub(crate) async fn group(
        &self,
        org: OrgId,
        kind: &str,
    ) -> Result<Vec<(states::Status, i64)>, Error> {
        store::group(&self.db, org, kind).await
    }

    /// What happened to an alert, the newest first.
    pub(crate) async fn timeline(&self, id: AlertId) -> Result<Vec<EntryRow>, Error> {
        Ok(entries::of_alert(&self.db, id, MOST_ENTRIES).await?)
    }

    /// Alerts before an id, the newest first.
    pub(crate) async fn alerts(
        &self,
        org: OrgId,
        filter: &store::Filter,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<Alert>, Error> {
        store::list(&self.db, org, filter, before, limit).await
    }

    /// What somebody did to alerts.
    pub(crate) async fn data_of(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Map<String, Value>, Failure> {
        let mut found = entries::of_actor(&self.db, (org, user), AT_ONCE + 1).await?;
        let is_complete = i64::try_from(found.len())? <= AT_ONCE;
        found.truncate(usize::try_from(AT_ONCE)?);
        let acts = found.into_iter().map(|entry| {
            json!({
                "alert": AlertId(entry.alert), "at": Timestamp(entry.at), "what": entry.what,
                "comment": entry.comment,
            })
        });
        let acts = newest(acts, is_complete)?;
        Ok(Map::from_iter([("alerts".to_owned(), acts)]))
    }
}

/// A comment as it is kept; an empty one is none.
fn written(comment: Option<String>) -> Result<Option<String>, AlertError> {
    let Some(comment) = comment.filter(|comment| !comment.is_empty()) else {
        return Ok(None);
    };
    let is_line = comment.chars().count() <= LONGEST_COMMENT
        && !comment.contains('\n')
        && platform::text::free_text(&comment);
    match is_line {
        true => Ok(Some(comment)),
        false => Err(AlertError::Comment),
    }
}
