//! An entry of the audit trail as a client gets it, and many of them as a file that is sent piece
//! by piece.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use values::Timestamp;
use web::csv;

use crate::audit::entry::StoredEntry;
use crate::audit::list::Export;
use crate::fault::{Fault, log};

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct TrailEntry {
    /// Its place in the trail of the installation; rises with time.
    pub(crate) no: i64,
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

impl TryFrom<StoredEntry> for TrailEntry {
    type Error = Fault;

    fn try_from(entry: StoredEntry) -> Result<Self, Fault> {
        let unreadable = || Fault::Row("audit_entries");
        let hash = <[u8; blake3::OUT_LEN]>::try_from(entry.hash.as_slice());
        Ok(Self {
            no: entry.no,
            time: Timestamp(entry.time),
            actor_kind: entry.actor_kind,
            actor: entry.actor,
            credential: entry.credential,
            act: entry.act,
            subject: entry.subject,
            outcome: entry.outcome,
            address: entry.address,
            user_agent: entry.user_agent,
            request_id: entry.request_id,
            details: serde_json::from_str(&entry.details).map_err(|_| unreadable())?,
            hash: blake3::Hash::from(hash.map_err(|_| unreadable())?)
                .to_hex()
                .to_string(),
        })
    }
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
            Self::Csv => csv::MEDIA_TYPE,
            Self::Ndjson => "application/x-ndjson",
        }
    }

    pub(crate) const fn disposition(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"audit.csv\"",
            Self::Ndjson => "attachment; filename=\"audit.ndjson\"",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// The body of a file, which is read while it is sent. Its first piece is made before this returns:
/// entries that cannot be read are an error then, and no broken file.
pub(crate) fn export(form: ExportForm, export: Export) -> Result<Body, Fault> {
    let first = written(form, &export.first, true)?;
    let (mut sender, body) = Channel::<Bytes, Fault>::new(2);
    tokio::spawn(async move {
        if let Err(fault) = send(form, export, first, &mut sender).await {
            log(&fault);
            sender.abort(fault);
        }
    });
    Ok(Body::new(body))
}

async fn send(
    form: ExportForm,
    mut export: Export,
    first: Vec<u8>,
    sender: &mut Sender<Bytes, Fault>,
) -> Result<(), Fault> {
    let mut text = first;
    // Anyone who went away does not want the rest.
    while sender.send_data(text.into()).await.is_ok() {
        let Some(piece) = export.next().await? else {
            return Ok(());
        };
        text = written(form, &piece, false)?;
    }
    Ok(())
}

fn written(form: ExportForm, piece: &[StoredEntry], with_header: bool) -> Result<Vec<u8>, Fault> {
    let entries = piece.iter().cloned().map(TrailEntry::try_from);
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    Ok(match form {
        ExportForm::Csv => csv_of(&entries, with_header),
        ExportForm::Ndjson => lines_of(&entries),
    })
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
    csv::piece(with_header.then_some(COLUMNS), entries.iter().map(csv_row))
}

fn csv_row(entry: &TrailEntry) -> [Cow<'_, str>; COLUMNS.len()] {
    fn text(text: &Option<String>) -> Cow<'_, str> {
        csv::text(text.as_deref().unwrap_or_default())
    }
    [
        entry.no.to_string().into(),
        entry.time.to_string().into(),
        entry.actor_kind.as_str().into(),
        text(&entry.actor),
        text(&entry.credential),
        entry.act.as_str().into(),
        text(&entry.subject),
        entry.outcome.as_str().into(),
        text(&entry.address),
        text(&entry.user_agent),
        text(&entry.request_id),
        entry.details.to_string().into(),
        entry.hash.as_str().into(),
    ]
}
