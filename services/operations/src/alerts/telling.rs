//! Operators are told of alerts: that there is one, that it is worse, that somebody waits. What is
//! to be told stands in the database and is handed over until notifications has taken it, which
//! tells the same once.

use contracts::identity::Permission;
use contracts::notifications::{StaffNews, StaffReader};
use contracts::operations::Severity;
use events::event_id;
use serde_json::json;
use values::SECOND;

use super::alert::Alert;
use super::states::Notice;
use super::{AT_ONCE, store};
use crate::error::Error;
use crate::service::Service;

impl Service {
    /// Tells operators what they are still to be told.
    ///
    /// # Errors
    /// A fault of the database; what notifications does not take is told later.
    pub(crate) async fn tell_operators(&self) -> Result<(), Error> {
        let to_tell = store::to_tell(&self.db, self.clock.now(), AT_ONCE).await?;
        for alert in to_tell {
            let Some(notice) = alert.notice else { continue };
            match self.tell(alert, notice).await {
                // Whatever was done to it: what is still to be told is told next time.
                Ok(()) | Err(Error::Overtaken) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn tell(&self, mut alert: Alert, notice: Notice) -> Result<(), Error> {
        let now = self.clock.now();
        if alert.is_quiet(now) {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        if notice == Notice::Opened && store::is_another_open(&mut tx, &alert).await? {
            alert.need_not_be_told(now);
        } else {
            // What others do meanwhile goes on: nothing is held while notifications is asked.
            drop(tx);
            if let Err(error) = self.messages.tell_staff(&news(&alert, notice)).await {
                tracing::warn!(%error, alert = %alert.id, "operators cannot be told of an alert now");
                return Ok(());
            }
            alert.was_told(notice, now);
            tx = self.db.begin().await?;
        }
        store::save(&mut tx, &alert, &self.config.alerts).await?;
        Ok(tx.commit().await?)
    }
}

/// What operators are told. Its id is the same however often it is sent.
fn news(alert: &Alert, notice: Notice) -> StaffNews {
    let (kind, to) = match (notice, alert.owner, &alert.acknowledged) {
        (Notice::Waiting, Some(owner), _) => ("operator_alert_waiting", StaffReader::One(owner)),
        (Notice::Waiting, None, Some(by)) => ("operator_alert_waiting", StaffReader::One(by.by)),
        (Notice::Waiting | Notice::Opened | Notice::Escalated, _, _) => {
            let kind = match alert.severity {
                Severity::Critical => "operator_alert_critical",
                Severity::Warning | Severity::Info => "operator_alert",
            };
            (kind, StaffReader::Who(Permission::AlertsManage))
        }
    };
    let since = alert.acknowledged.as_ref().map(|it| it.at);
    let waits = since.map(|at| alert.reminded_at.unwrap_or(at).micros() - at.micros());
    let (severity, told) = (alert.severity.as_str(), notice.as_str());
    let of = format!("alert {} {told} {severity}", alert.id);
    StaffNews {
        event: event_id(&of, alert.notices, alert.first_at),
        org: alert.key.org,
        to,
        kind: kind.to_owned(),
        subject: alert.id.to_string(),
        facts: json!({
            "alert": alert.key.kind,
            "about": about(alert),
            "severity": alert.severity,
            "says": alert.evidence.last().map(|last| &last.says),
            "hours": waits.map(|micros| micros / (3_600 * SECOND)),
        }),
    }
}

fn about(alert: &Alert) -> String {
    match alert.key.scenario.as_str() {
        "" => alert.key.subject.clone(),
        scenario => format!("{} ({scenario})", alert.key.subject),
    }
}
