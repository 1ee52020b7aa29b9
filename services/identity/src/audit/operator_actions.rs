//! What operators and users did in other services, as those tell it. It is done by then, so what
//! the audit trail cannot take is kept, by the other service or here, and told again until it does.
//! What is kept here, a process that ends before that loses; its log has it.

use contracts::identity::{KeptEntry, OperatorAction, OperatorEntry, OrgId};
use values::SECOND;
use web::client::Client;

use crate::audit::waiting_actions::WaitingAction;
use crate::audit::{self, Actor, AuditAction, Entry};
use crate::fault::Fault;
use crate::service::Service;

impl Service {
    /// Adds what an operator did in another service; later, where the trail cannot be written now
    /// and the other service does not keep it.
    ///
    /// # Errors
    /// A fault; the action is kept.
    pub(crate) async fn record_operator_action(
        &self,
        entry: OperatorEntry<'_>,
    ) -> Result<(), Fault> {
        let told = WaitingAction {
            org: entry.org,
            actor: Actor::User(entry.user, Some(entry.credential)),
            client: Client::new(entry.address, entry.user_agent),
            action: entry.action,
            subject: entry.subject,
            refusal: entry.refusal,
            at: entry.kept.map_or(self.clock.now(), |kept| kept.at),
        };
        if let Some(kept) = entry.kept {
            return self.add_once(&told, kept).await;
        }
        let recorded = self.record_alone(&entry_of(&told, false)).await;
        if recorded.is_err() {
            self.waiting_actions.keep(told);
        }
        recorded
    }

    /// Adds what somebody did beside the server, at the command line, or a service by itself.
    ///
    /// # Errors
    /// A fault.
    pub async fn record_at_command_line(
        &self,
        org: OrgId,
        action: OperatorAction,
        subject: &str,
    ) -> Result<(), Fault> {
        let act = AuditAction::Elsewhere(action);
        let entry = Entry::done(org, act, Actor::System, None).to(subject);
        self.record_alone(&entry).await
    }

    /// Adds what the trail could not take before.
    ///
    /// # Errors
    /// A fault; what was not recorded is kept.
    pub async fn record_waiting_actions(&self) -> Result<(), Fault> {
        while let Some(oldest) = self.waiting_actions.oldest() {
            self.record_alone(&entry_of(&oldest, true)).await?;
            self.waiting_actions.remove_oldest();
        }
        Ok(())
    }

    async fn add_once(&self, told: &WaitingAction, kept: KeptEntry) -> Result<(), Fault> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        if audit::store::record_act(&mut tx, kept, now).await? {
            let is_late = now >= kept.at.plus(SECOND);
            audit::record(&mut tx, now, &entry_of(told, is_late)).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn entry_of(told: &WaitingAction, is_late: bool) -> Entry<'_> {
    let (act, client) = (AuditAction::Elsewhere(told.action), Some(&told.client));
    let mut entry = match &told.refusal {
        None => Entry::done(told.org, act, told.actor, client),
        Some(code) => Entry::refused(told.org, act, told.actor, client).with("code", code.as_str()),
    };
    if is_late {
        entry = entry.with("happened_at", told.at.to_string());
    }
    entry.to(&told.subject)
}
