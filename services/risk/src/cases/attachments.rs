//! Files at a case: sealed in the database, of a few kinds, which their content says.

use access::Principal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::OperatorAction;
use db::Db;
use idempotency::{IdempotentRequest, keep_answer};
use serde_json::json;
use uuid::Uuid;
use values::typed_id;
use vault::{SealContext, Vault};

use crate::cases::CaseId;
use crate::cases::error::CaseError;
use crate::cases::store::acts::{self, NewAttachment};
use crate::cases::store::{self, NewEvent, reading, sweeps};
use crate::error::Error;
use crate::service::Service;
use crate::trail::Who;

typed_id!(
    /// A file at a case: `att_…`.
    AttachmentId,
    "att"
);

/// The most files of a case, and characters of a name.
const MOST_FILES: i64 = 20;
const LONGEST_NAME: usize = 100;

/// A file as it is given out.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) case: CaseId,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) size: usize,
    /// As base64.
    pub(crate) content: String,
}

/// The type of a file by what is in it; none for what is not taken.
fn kind(content: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| content.starts_with(with);
    if begins(b"%PDF-") {
        return Some("application/pdf");
    }
    if begins(b"\x89PNG\r\n\x1a\n") {
        return Some("image/png");
    }
    if begins(b"\xff\xd8\xff") {
        return Some("image/jpeg");
    }
    let text = std::str::from_utf8(content).ok()?;
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    text.chars()
        .all(is_text)
        .then_some("text/plain; charset=utf-8")
}

fn check_name(name: &str) -> Result<(), CaseError> {
    let length = name.chars().count();
    let is_name = (1..=LONGEST_NAME).contains(&length)
        && platform::text::display_name(name) == Some(name)
        && !name.contains(['/', '\\', '"'])
        && !name.starts_with('.');
    match is_name {
        true => Ok(()),
        false => Err(CaseError::FileName),
    }
}

fn context(id: &Uuid) -> SealContext<'_> {
    SealContext {
        what: "case_attachments.sealed",
        whose: id.as_bytes(),
    }
}

impl Service {
    /// Attaches a file, which comes as base64.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn attach_to_case(
        &self,
        who: Who<'_>,
        (id, name, content): (CaseId, &str, &str),
        once: &IdempotentRequest<AttachmentId>,
    ) -> Result<AttachmentId, CaseError> {
        check_name(name)?;
        let content = STANDARD.decode(content).map_err(|_| CaseError::FileKind)?;
        let most = self.config.cases.attachment_bytes;
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        if !(1..=most).contains(&size) {
            return Err(CaseError::FileSize(most));
        }
        let kind = kind(&content).ok_or(CaseError::FileKind)?;
        let (attachment, now) = (AttachmentId(self.ids.next()), self.clock.now());
        let sealed = self.vault.seal(context(&attachment.uuid()), &content)?;
        let mut tx = self.db.begin().await?;
        let case = self.case_in(&mut tx, who.0.org, id).await?;
        let people = store::people(&mut tx, id.uuid()).await?;
        let people: Vec<Uuid> = people.into_iter().map(|(user, _)| user).collect();
        case.may_work(who.0.user, &people)?;
        let new = NewAttachment {
            id: attachment.uuid(),
            case: id.uuid(),
            name: name.to_owned(),
            kind,
            size: i64::from(size),
            sealed,
            by: who.0.user,
            at: now,
        };
        if !acts::attach(&mut tx, new, MOST_FILES).await? {
            return Err(CaseError::TooManyFiles(MOST_FILES));
        }
        let file = json!({ "id": attachment, "name": name, "kind": kind, "size": size });
        let event = NewEvent::by(who.0.user.uuid(), "attached").to(&file)?;
        self.cases.note(&mut tx, id.uuid(), event, now).await?;
        keep_answer(&mut tx, &self.vault, once, &attachment, now).await?;
        tx.commit().await?;
        let action = OperatorAction::CaseAttached;
        self.record(who, action, id.to_string()).await;
        Ok(attachment)
    }

    /// A file of the caller's organisation.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn case_attachment(
        &self,
        principal: &Principal,
        id: AttachmentId,
    ) -> Result<File, CaseError> {
        let found = reading::attachment(&self.db, principal.org, id.uuid()).await?;
        let found = found.ok_or(CaseError::NoSuchAttachment)?;
        let content = self.vault.open(context(&id.uuid()), &found.sealed)?;
        Ok(File {
            case: CaseId(found.case_id),
            name: found.name,
            kind: found.kind,
            size: content.len(),
            content: STANDARD.encode(content),
        })
    }
}

/// Seals files and stored answers with the newest master key, so that older ones can go. What
/// cannot be opened stays as it is.
///
/// # Errors
/// A fault of the database, or there is no key.
pub async fn seal_anew(db: &Db, vault: &Vault) -> Result<(), Error> {
    for (id,) in sweeps::sealed_before(db, vault.head()?).await? {
        let Some((sealed,)) = sweeps::sealed(db, id).await? else {
            continue;
        };
        match vault.seal_anew(context(&id), &sealed) {
            Ok(anew) => sweeps::seal_anew(db, (id, sealed), anew).await?,
            Err(fault) => tracing::warn!("a file of a case cannot be sealed anew: {fault}"),
        }
    }
    Ok(idempotency::seal_anew(db, vault).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_content_says() {
        for (content, expected) in [
            (&b"%PDF-1.7\n"[..], Some("application/pdf")),
            (b"\x89PNG\r\n\x1a\n....", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (
                "Grüße,\n\tBob".as_bytes(),
                Some("text/plain; charset=utf-8"),
            ),
            (b"<html>", Some("text/plain; charset=utf-8")),
            (b"PK\x03\x04", None),
            (b"\x00\x01", None),
            (b"\xff\xfe", None),
        ] {
            assert_eq!(kind(content), expected, "{content:?}");
        }
    }

    #[test]
    fn a_name_is_one_file_that_can_be_seen() {
        for name in ["letter.pdf", "Schreiben vom 3. Mai.png", "证据.jpg"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let long = "x".repeat(101);
        for name in ["", " ", "a/b", "a\\b", "..", ".env", "a\"b", "a\nb", &long] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
