//! What of KYC lies sealed, and where each of it opens.

use vault::{SealContext, Vault};

use crate::error::Error;
use crate::kyc::details::Details;
use crate::kyc::store::{documents, submissions};
use crate::kyc::submission::Submission;
use crate::kyc::{DocumentId, SubmissionId};
use crate::service::Service;

/// How many rows are sealed anew at once.
const BATCH: i64 = 10;

fn of_details(id: &SubmissionId) -> SealContext<'_> {
    SealContext {
        what: "kyc_submissions.details",
        whose: id.0.as_bytes(),
    }
}

fn of_appeal(id: &SubmissionId) -> SealContext<'_> {
    SealContext {
        what: "kyc_submissions.appeal",
        whose: id.0.as_bytes(),
    }
}

fn of_content(id: &DocumentId) -> SealContext<'_> {
    SealContext {
        what: "kyc_documents.content",
        whose: id.0.as_bytes(),
    }
}

/// What the keyed hash of a document is of.
const DIGEST: &str = "kyc_documents.digest";

/// Seals details.
pub(crate) fn seal_details(
    vault: &Vault,
    id: SubmissionId,
    details: &Details,
) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(details).map_err(|_| Error::Row("kyc_submissions"))?;
    Ok(vault.seal(of_details(&id), &json)?)
}

/// The details of a submission; none of them before they are given, and once they are erased.
pub(crate) fn details(vault: &Vault, of: &Submission) -> Result<Details, Error> {
    let Some(sealed) = &of.details else {
        return Ok(Details::default());
    };
    let json = vault.open(of_details(&of.id), sealed)?;
    serde_json::from_slice(&json).map_err(|_| Error::Row("kyc_submissions"))
}

/// Seals the text of an appeal.
pub(crate) fn seal_appeal(vault: &Vault, id: SubmissionId, text: &str) -> Result<Vec<u8>, Error> {
    Ok(vault.seal(of_appeal(&id), text.as_bytes())?)
}

/// The text of the appeal of a submission, where there is one.
pub(crate) fn appeal(vault: &Vault, of: &Submission) -> Result<Option<String>, Error> {
    let Some(sealed) = &of.appeal else {
        return Ok(None);
    };
    let text = vault.open(of_appeal(&of.id), sealed)?;
    let text = String::from_utf8(text).map_err(|_| Error::Row("kyc_submissions"))?;
    Ok(Some(text))
}

/// Seals a document; with the keyed hash by which it is found again.
pub(crate) fn seal_content(
    vault: &Vault,
    id: DocumentId,
    content: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let sealed = vault.seal(of_content(&id), content)?;
    Ok((sealed, vault.fingerprint(DIGEST, content)?))
}

/// What is in a document.
pub(crate) fn content(vault: &Vault, id: DocumentId, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(vault.open(of_content(&id), sealed)?)
}

impl Service {
    /// Seals with the newest master key what is sealed with an older one, so that older ones can
    /// go. What cannot be opened stays as it is.
    ///
    /// # Errors
    /// A fault of the database, or no key.
    pub(crate) async fn seal_kyc_anew(&self) -> Result<(), Error> {
        let head = self.vault.head()?;
        let mut after = DocumentId(uuid::Uuid::nil());
        loop {
            let rows = documents::sealed_otherwise(&self.db, head.clone(), after, BATCH).await?;
            let Some((last, _)) = rows.last() else {
                break;
            };
            after = DocumentId(*last);
            for (id, before) in rows {
                let id = DocumentId(id);
                match content(&self.vault, id, &before) {
                    Ok(text) => {
                        let (now, digest) = seal_content(&self.vault, id, &text)?;
                        let by = (digest, head.clone());
                        documents::reseal(&self.db, id, (before, now), by).await?;
                    }
                    Err(error) => tracing::warn!(%error, %id, "a document cannot be sealed anew"),
                }
            }
        }
        let mut after = SubmissionId(uuid::Uuid::nil());
        loop {
            let rows = submissions::sealed_otherwise(&self.db, head.clone(), after, BATCH).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.id;
            for row in rows {
                if let Err(error) = self.seal_submission_anew(&row).await {
                    tracing::warn!(%error, id = %row.id, "details cannot be sealed anew");
                }
            }
        }
    }

    async fn seal_submission_anew(&self, found: &Submission) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let Some(mut it) = submissions::lock(&mut tx, found.org, found.id).await? else {
            return Ok(());
        };
        if let Some(sealed) = &it.details {
            it.details = Some(self.vault.seal_anew(of_details(&it.id), sealed)?);
        }
        if let Some(sealed) = &it.appeal {
            it.appeal = Some(self.vault.seal_anew(of_appeal(&it.id), sealed)?);
        }
        submissions::save(&mut tx, &it).await?;
        Ok(tx.commit().await?)
    }
}
