//! A user's sessions: which there are, and the end of one, of the others, or of all.

use access::Principal;
use contracts::identity::{Credential, OrgId, SessionId, UserId};
use db::Tx;
use values::Timestamp;
use web::client::Client;

use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::KeptSessions;
use crate::fault::Fault;
use crate::service::Service;
use crate::sessions::error::SessionError;
use crate::sessions::session::ListedSession;
use crate::sessions::store;
use crate::{audit, credentials};

impl Service {
    /// The sessions of a user that go on and were created before this time, the newest first.
    pub(crate) async fn list_sessions(
        &self,
        whose: (OrgId, UserId),
        created_before: Timestamp,
        rows: i64,
    ) -> Result<Vec<ListedSession>, Fault> {
        let now = self.clock.now();
        let used_after = (
            now.plus(-self.lifetimes.refresh),
            now.plus(-self.lifetimes.browser_idle),
        );
        let found =
            store::sessions_of_user(&self.db, whose, now, used_after, created_before, rows).await?;
        Ok(found)
    }

    /// Ends a session of the caller, and whatever they have under way: it may have been asked for
    /// by that session.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] where it is not theirs or has ended; or a fault.
    pub async fn end_session(
        &self,
        principal: &Principal,
        session: SessionId,
        client: &Client,
    ) -> Result<(), SessionError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let whose = (principal.org, principal.user);
        credentials::end(&mut tx, whose, KeptSessions::All, now).await?;
        if !store::end_session_of_user(&mut tx, whose, session, now).await? {
            return Err(SessionError::Unknown(session));
        }
        self.record_ended(&mut tx, principal, session, client, now)
            .await?;
        tx.commit().await?;
        self.forget_session(session);
        Ok(())
    }

    /// Ends the sessions of the caller, the one that asks only where `all` are meant, and whatever
    /// they have under way.
    ///
    /// # Errors
    /// A fault.
    pub async fn end_sessions(
        &self,
        principal: &Principal,
        all: bool,
        client: &Client,
    ) -> Result<(), Fault> {
        let now = self.clock.now();
        let kept = match principal.credential {
            Credential::Session(id) if !all => KeptSessions::One(id),
            Credential::Session(_) | Credential::ApiKey(_) => KeptSessions::None,
        };
        let mut tx = self.db.begin().await?;
        let whose = (principal.org, principal.user);
        let ended = credentials::end(&mut tx, whose, kept, now).await?;
        for session in &ended {
            self.record_ended(&mut tx, principal, *session, client, now)
                .await?;
        }
        tx.commit().await?;
        self.forget_sessions(&ended);
        Ok(())
    }

    pub(crate) async fn record_ended(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        session: SessionId,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let actor = Actor::User(principal.user, Some(principal.credential));
        let act = AuditAction::SessionEnded;
        let ended = Entry::done(principal.org, act, actor, Some(client)).to(session);
        audit::record(tx, now, &ended).await
    }
}
