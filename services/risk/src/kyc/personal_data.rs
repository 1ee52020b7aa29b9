//! What is kept of a user for KYC, as they see it, for a copy of all that is kept about them.

use contracts::identity::{OrgId, UserId};
use module::Failure;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kyc::http::body::{StandingBody, SubmissionBody};
use crate::kyc::store::{documents, submissions};
use crate::service::Service;

/// The most submissions of the copy.
const MOST: i64 = 100;

impl Service {
    /// How the verification of a user stands, and what they have sent in: the newest. Each document
    /// is read at `GET /kyc/documents/{id}/content`.
    pub(crate) async fn kyc_data_of(&self, org: OrgId, user: UserId) -> Result<Value, Failure> {
        let standing = StandingBody::from(&self.standing(org, user).await?);
        let page = (Uuid::max(), MOST + 1);
        let mut found = submissions::list(&self.db, (org, Some(user)), None, page).await?;
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let complete = found.len() <= most;
        found.truncate(most);
        let mut bodies = Vec::new();
        for of in found {
            let documents = documents::of_submission(&self.db, of.id).await?;
            bodies.push(SubmissionBody::from(self.with_documents(of, documents)?));
        }
        let sent = module::newest(bodies, complete)?;
        Ok(json!({ "standing": standing, "submissions": sent }))
    }
}
