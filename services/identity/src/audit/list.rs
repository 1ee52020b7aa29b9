//! The audit trail as an auditor reads it: a page, or a file that is read and sent piece by piece. To it, it adds only that
//! somebody took a copy.

use access::Principal;
use axum::body::{Body, Bytes};
use contracts::identity::OrgId;
use db::{Db, args};
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::page::Page;

use crate::audit;
use crate::audit::{Act, Actor, Entry, store};
use crate::error::Error;
use crate::fault::{Fault, log};
use crate::service::Service;

/// How many entries are read at once for a file.
const PIECE: usize = 1_000;

/// Which entries.
#[derive(Debug, Clone)]
pub(crate) struct TrailFilter {
    pub(crate) since: Timestamp,
    pub(crate) before: Timestamp,
    pub(crate) actor: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) act: Option<String>,
    pub(crate) outcome: Option<&'static str>,
    pub(crate) address: Option<String>,
    /// What an entry must contain, whatever the case.
    pub(crate) text: Option<String>,
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct TrailEntry {
    /// Its place in the trail of the installation; rises with time.
    no: i64,
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// `user`, `nobody` (somebody whom no token made known) or `system`.
    #[schema(example = "user")]
    actor_kind: String,
    /// Who did it.
    actor: Option<String>,
    /// The session or API key that it was done with.
    credential: Option<String>,
    #[schema(example = "login.failed")]
    act: String,
    /// The id of what it was done to.
    subject: Option<String>,
    /// `done` or `refused`.
    #[schema(example = "refused")]
    outcome: String,
    address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    /// More, by name.
    #[schema(value_type = Object)]
    details: Value,
    /// The BLAKE3 hash over this entry and the one before, hexadecimal.
    hash: String,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportForm {
    /// RFC 4180, with a header.
    Csv,
    /// An object per line.
    Ndjson,
}

impl ExportForm {
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    pub(crate) const fn disposition(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"audit.csv\"",
            Self::Ndjson => "attachment; filename=\"audit.ndjson\"",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

impl Service {
    /// Adds that somebody accepted the clock's time, and what it was before.
    ///
    /// # Errors
    /// A fault.
    pub async fn record_accepted_time(
        &self,
        last_commit: Timestamp,
        accepted: Timestamp,
        reason: &str,
    ) -> Result<(), Error> {
        let entry = Entry::done(OrgId::DEFAULT, Act::ClockAccepted, Actor::System, None)
            .with("last_commit", last_commit.to_string())
            .with("accepted", accepted.to_string())
            .with("reason", reason);
        let mut tx = self.db.begin().await?;
        audit::record(&mut tx, self.clock.now(), &entry).await?;
        Ok(tx.commit().await?)
    }

    /// A page of the organisation's trail, newest first.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn trail(
        &self,
        principal: &Principal,
        filter: &TrailFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Page<TrailEntry>, Fault> {
        let rows = read(&self.db, principal.org, filter, before, limit + 1).await?;
        Ok(Page::from_rows(rows, limit, |entry| entry.no))
    }

    /// All entries that fit, newest first. The first piece is read before this returns, so that a store that does not
    /// answer is an error and no broken file.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn export_trail(
        &self,
        principal: &Principal,
        filter: TrailFilter,
        before: Option<i64>,
        form: ExportForm,
        client: &Client,
    ) -> Result<Body, Error> {
        let (db, org) = (self.db.clone(), principal.org);
        let first = read(&db, org, &filter, before, PIECE).await?;
        let actor = Actor::User(principal.user, Some(principal.credential));
        let mut entry = Entry::done(org, Act::AuditExported, actor, Some(client));
        let details = [("format".to_owned(), form.name().into())];
        entry.details.extend(details);
        let mut tx = self.db.begin().await?;
        audit::record(&mut tx, self.clock.now(), &entry).await?;
        tx.commit().await?;
        let (mut sender, body) = Channel::<Bytes, Fault>::new(2);
        tokio::spawn(async move {
            if let Err(fault) = send(&db, org, &filter, form, first, &mut sender).await {
                log(&fault);
                sender.abort(fault);
            }
        });
        Ok(Body::new(body))
    }
}

async fn read(
    db: &Db,
    org: OrgId,
    filter: &TrailFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<TrailEntry>, Fault> {
    // The one whose index leads to the fewest entries.
    let sql = match filter {
        TrailFilter {
            subject: Some(_), ..
        } => store::TRAIL_OF_SUBJECT,
        TrailFilter { actor: Some(_), .. } => store::TRAIL_OF_ACTOR,
        _ => store::TRAIL,
    };
    let rows = db
        .fetch_all::<store::EntryRow>(
            sql,
            args![
                org.0,
                before.unwrap_or(i64::MAX),
                i64::try_from(limit).unwrap_or(i64::MAX),
                filter.since,
                filter.before,
                filter.act.clone(),
                filter.outcome.map(str::to_owned),
                filter.address.clone(),
                filter.text.as_deref().map(pattern),
                filter.actor.clone(),
                filter.subject.clone()
            ],
        )
        .await?;
    rows.into_iter().map(entry_of).collect()
}

/// A pattern of LIKE that means the text anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern + "%"
}

fn entry_of(row: store::EntryRow) -> Result<TrailEntry, Fault> {
    let details = serde_json::from_str(&row.details).map_err(|_| Fault::Row("audit_entries"))?;
    let hash = <[u8; blake3::OUT_LEN]>::try_from(row.hash.as_slice())
        .map_err(|_| Fault::Row("audit_entries"))?;
    Ok(TrailEntry {
        no: row.no,
        time: Timestamp(row.time),
        actor_kind: row.actor_kind,
        actor: row.actor,
        credential: row.credential,
        act: row.act,
        subject: row.subject,
        outcome: row.outcome,
        address: row.address,
        user_agent: row.user_agent,
        request_id: row.request_id,
        details,
        hash: blake3::Hash::from(hash).to_hex().to_string(),
    })
}

async fn send(
    db: &Db,
    org: OrgId,
    filter: &TrailFilter,
    form: ExportForm,
    first: Vec<TrailEntry>,
    sender: &mut Sender<Bytes, Fault>,
) -> Result<(), Fault> {
    let mut piece = first;
    let mut with_header = true;
    loop {
        let text = match form {
            ExportForm::Csv => csv_of(&piece, with_header),
            ExportForm::Ndjson => lines_of(&piece),
        };
        // Whoever went away does not want the rest.
        if sender.send_data(text.into()).await.is_err() {
            return Ok(());
        }
        with_header = false;
        let Some(last) = piece.last().filter(|_| piece.len() >= PIECE) else {
            return Ok(());
        };
        piece = read(db, org, filter, Some(last.no), PIECE).await?;
    }
}

fn lines_of(entries: &[TrailEntry]) -> Vec<u8> {
    let mut text = Vec::new();
    for entry in entries {
        // Texts and numbers always have a form in JSON.
        let written = serde_json::to_writer(&mut text, entry);
        debug_assert!(written.is_ok(), "{written:?}");
        text.push(b'\n');
    }
    text
}

/// The columns of the CSV form.
const COLUMNS: [&str; 13] = [
    "no",
    "time",
    "actor_kind",
    "actor",
    "credential",
    "act",
    "subject",
    "outcome",
    "address",
    "user_agent",
    "request_id",
    "details",
    "hash",
];

fn csv_of(entries: &[TrailEntry], with_header: bool) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut write = |fields: [&str; 13]| {
        // A Vec takes everything, and every row has the same number of fields.
        let written = writer.write_record(fields);
        debug_assert!(written.is_ok(), "{written:?}");
    };
    if with_header {
        write(COLUMNS);
    }
    for entry in entries {
        let text = |text: &Option<String>| no_formula(text.as_deref().unwrap_or_default());
        write([
            &entry.no.to_string(),
            &entry.time.to_string(),
            &entry.actor_kind,
            &text(&entry.actor),
            &text(&entry.credential),
            &entry.act,
            &text(&entry.subject),
            &entry.outcome,
            &text(&entry.address),
            &text(&entry.user_agent),
            &text(&entry.request_id),
            &entry.details.to_string(),
            &entry.hash,
        ]);
    }
    writer.into_inner().unwrap_or_default()
}

/// A text that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
fn no_formula(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if formula { "'" } else { "" };
    format!("{apostrophe}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pattern_is_looked_for_as_it_is() {
        assert_eq!(pattern("50% a_b\\"), "%50\\% a\\_b\\\\%");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            assert_eq!(no_formula(text), format!("'{text}"));
        }
        assert_eq!(no_formula("curl/8.0"), "curl/8.0");
    }
}
