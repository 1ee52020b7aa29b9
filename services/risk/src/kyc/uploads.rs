//! Documents come in and are read. What is kept is what the content is, without what does not
//! belong to the picture, and sealed.

use access::Principal;
use contracts::identity::OperatorAction;

use crate::kyc::content::inspect;
use crate::kyc::document::{Document, DocumentKind, Verdict};
use crate::kyc::error::KycError;
use crate::kyc::sealing;
use crate::kyc::store::{documents, submissions};
use crate::kyc::submission::Status;
use crate::kyc::submitting::is_visible;
use crate::kyc::{DocumentId, SubmissionId};
use crate::service::Service;
use crate::trail::Who;

/// A document as it comes in.
pub(crate) struct Upload {
    pub(crate) kind: DocumentKind,
    /// The document that was asked for again.
    pub(crate) replaces: Option<DocumentId>,
    pub(crate) file: bytes::Bytes,
}

impl Service {
    /// Adds a document to a submission of who asks.
    pub(crate) async fn add_document(
        &self,
        principal: &Principal,
        id: SubmissionId,
        upload: Upload,
    ) -> Result<Document, KycError> {
        let found = submissions::one(&self.db, principal.org, id).await?;
        let found = found.filter(|it| it.user == principal.user);
        let found = found.ok_or(KycError::NoSuchSubmission)?;
        found.must_be(&[Status::Draft, Status::ActionNeeded])?;
        let file = upload.file;
        // It takes time for a large file, and no request waits for another.
        let inspected = tokio::task::spawn_blocking(move || inspect(&file)).await;
        let (media_type, content) = inspected.map_err(|_| crate::Error::Row("kyc_documents"))??;
        let now = self.clock.now();
        let new = DocumentId(self.ids.next());
        let (sealed, digest) = sealing::seal_content(&self.vault, new, &content)?;
        let mut tx = self.db.begin().await?;
        let mut of = self.lock_own(&mut tx, principal, id).await?;
        of.must_be(&[Status::Draft, Status::ActionNeeded])?;
        let there = documents::of_submission_in(&mut tx, id).await?;
        let most = self.config.kyc.documents;
        if there.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(KycError::TooManyDocuments(most));
        }
        if there.iter().any(|it| it.digest == digest) {
            return Err(KycError::SameDocument);
        }
        let replaced = replaced(of.status, &there, (upload.kind, upload.replaces))?;
        let document = Document {
            id: new,
            org: of.org,
            user: of.user,
            submission: id,
            kind: upload.kind,
            media_type,
            size: i64::try_from(content.len()).unwrap_or(i64::MAX),
            digest,
            verdict: Verdict::Pending,
            reason: String::new(),
            decided_by: None,
            decided_at: None,
            replaces: replaced,
            replaced: false,
            kept: true,
            created_at: now,
        };
        documents::insert(&mut tx, &document, (sealed, self.vault.head()?)).await?;
        if let Some(replaced) = replaced {
            documents::replace(&mut tx, replaced, true).await?;
        }
        of.updated_at = now;
        submissions::save(&mut tx, &of).await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Removes a document that nobody has looked at yet.
    pub(crate) async fn remove_document(
        &self,
        principal: &Principal,
        id: DocumentId,
    ) -> Result<(), KycError> {
        let found = documents::one(&self.db, principal.org, id).await?;
        let found = found.filter(|it| it.user == principal.user);
        let found = found.ok_or(KycError::NoSuchDocument)?;
        let mut tx = self.db.begin().await?;
        let mut of = self.lock_own(&mut tx, principal, found.submission).await?;
        of.must_be(&[Status::Draft, Status::ActionNeeded])?;
        let there = documents::of_submission_in(&mut tx, of.id).await?;
        // Read under the lock: what was sent in since the submission was last open stays.
        let it = there.iter().find(|it| it.id == id);
        let it = it.ok_or(KycError::NoSuchDocument)?;
        let is_new = of.submitted_at.is_none_or(|at| it.created_at > at);
        if !is_new || it.replaced {
            return Err(KycError::NotAskedFor("this document was sent in already"));
        }
        documents::delete(&mut tx, id).await?;
        if let Some(before) = it.replaces {
            documents::replace(&mut tx, before, false).await?;
        }
        of.updated_at = self.clock.now();
        submissions::save(&mut tx, &of).await?;
        Ok(tx.commit().await?)
    }

    /// What is in a document. That somebody else than its user reads it is in the audit trail
    /// first.
    pub(crate) async fn read_document(
        &self,
        who: Who<'_>,
        id: DocumentId,
    ) -> Result<(Document, Vec<u8>), KycError> {
        let found = documents::one(&self.db, who.0.org, id).await?;
        let found = found.filter(|it| is_visible(who.0, it.user));
        let found = found.ok_or(KycError::NoSuchDocument)?;
        let sealed = documents::content(&self.db, id).await?;
        let sealed = sealed.ok_or(KycError::NoSuchDocument)?;
        let content = sealing::content(&self.vault, id, &sealed)?;
        if found.user != who.0.user {
            self.record(who, OperatorAction::KycDocumentRead, id.to_string())
                .await;
        }
        Ok((found, content))
    }
}

/// Which document a new one replaces: none in a draft, and else one that was asked for again.
fn replaced(
    status: Status,
    there: &[Document],
    (kind, replaces): (DocumentKind, Option<DocumentId>),
) -> Result<Option<DocumentId>, KycError> {
    let is_asked = |it: &&Document| it.verdict == Verdict::Again && !it.replaced;
    match (status, replaces) {
        (Status::Draft, None) => Ok(None),
        (Status::Draft, Some(_)) => Err(KycError::NotAskedFor("remove the other document instead")),
        (_, None) => {
            let of_kind = there.iter().find(|it| is_asked(it) && it.kind == kind);
            let of_kind = of_kind.ok_or(KycError::NotAskedFor("no document of this kind is"))?;
            Ok(Some(of_kind.id))
        }
        (_, Some(id)) => {
            let asked = there.iter().find(|it| is_asked(it) && it.id == id);
            let asked = asked.ok_or(KycError::NotAskedFor(
                "the document that it replaces is not",
            ))?;
            Ok(Some(asked.id))
        }
    }
}
