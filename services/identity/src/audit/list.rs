//! The audit trail as an auditor reads it: a page, or all of it piece by piece. To it, it adds only
//! that somebody took a copy.

use access::Principal;
use contracts::identity::OrgId;
use db::{Db, DbError};
use values::Timestamp;
use web::client::Client;

use crate::audit;
use crate::audit::entry::{StoredEntry, TrailFilter};
use crate::audit::{Actor, AuditAction, Entry, store};
use crate::credentials::store as credentials;
use crate::fault::Fault;
use crate::service::Service;

/// How many entries are read at once for a file.
const PIECE: usize = 1_000;

/// All entries that fit, newest first, piece by piece.
pub(crate) struct Export {
    /// The first piece.
    pub(crate) first: Vec<StoredEntry>,
    db: Db,
    org: OrgId,
    filter: TrailFilter,
    /// Where the next piece begins; none after the last.
    next_before: Option<i64>,
}

impl Export {
    /// The piece after the one before; none after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<StoredEntry>>, DbError> {
        let Some(before) = self.next_before else {
            return Ok(None);
        };
        let piece = store::trail(&self.db, self.org, &self.filter, Some(before), PIECE).await?;
        self.next_before = end_of(&piece);
        Ok(Some(piece))
    }
}

/// Where a piece ends that others may follow.
fn end_of(piece: &[StoredEntry]) -> Option<i64> {
    let last = piece.last().filter(|_| piece.len() >= PIECE);
    last.map(|entry| entry.no)
}

impl Service {
    /// Adds that somebody accepted the clock's time, and what it was before; deletes what was made
    /// ahead of it.
    ///
    /// # Errors
    /// A fault.
    pub async fn record_accepted_time(
        &self,
        last_commit: Timestamp,
        accepted: Timestamp,
        reason: &str,
    ) -> Result<(), Fault> {
        let entry = Entry::done(
            OrgId::DEFAULT,
            AuditAction::ClockAccepted,
            Actor::System,
            None,
        )
        .with("last_commit", last_commit.to_string())
        .with("accepted", accepted.to_string())
        .with("reason", reason);
        self.record_alone(&entry).await?;
        self.delete_made_ahead(accepted).await
    }

    /// Adds that somebody accepted that what these services had committed last is gone. Where that
    /// is so of identity itself, sessions that had ended go on again, and links and passwords that
    /// had changed are good again: all sessions end, and what users have begun.
    ///
    /// # Errors
    /// A fault.
    pub async fn record_accepted_history(
        &self,
        services: &[String],
        reason: &str,
    ) -> Result<(), Fault> {
        let action = AuditAction::HistoryAccepted;
        let entry = Entry::done(OrgId::DEFAULT, action, Actor::System, None)
            .with("services", services.join(", "))
            .with("reason", reason);
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        if services.iter().any(|service| service == crate::SCHEMA) {
            credentials::end_all(&mut tx, now).await?;
        }
        audit::record(&mut tx, now, &entry).await?;
        Ok(tx.commit().await?)
    }

    /// Adds an entry in a transaction of its own: nothing else is written.
    pub(crate) async fn record_alone(&self, entry: &Entry<'_>) -> Result<(), Fault> {
        let mut tx = self.db.begin().await?;
        audit::record(&mut tx, self.clock.now(), entry).await?;
        Ok(tx.commit().await?)
    }

    /// Entries of the organisation that fit, newest first, up to so many.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn trail(
        &self,
        principal: &Principal,
        filter: &TrailFilter,
        before: Option<i64>,
        rows: usize,
    ) -> Result<Vec<StoredEntry>, Fault> {
        Ok(store::trail(&self.db, principal.org, filter, before, rows).await?)
    }

    /// All entries that fit, and the one that says that they were asked for in this form. The first
    /// piece is read before, so that a store that does not answer is an error and no broken file.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn export_trail(
        &self,
        principal: &Principal,
        filter: TrailFilter,
        before: Option<i64>,
        form: &str,
        client: &Client,
    ) -> Result<Export, Fault> {
        let (db, org) = (self.db.clone(), principal.org);
        let first = store::trail(&db, org, &filter, before, PIECE).await?;
        let actor = Actor::of(principal);
        let exported = Entry::done(org, AuditAction::AuditExported, actor, Some(client));
        self.record_alone(&exported.with("format", form)).await?;
        let next_before = end_of(&first);
        Ok(Export {
            first,
            db,
            org,
            filter,
            next_before,
        })
    }
}
