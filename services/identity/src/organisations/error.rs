//! Why an organisation is not made.

use crate::accounts::error::AccountError;
use crate::accounts::invalid::Invalid;
use crate::fault::{Fault, from_database};

/// Why something was not done with an organisation.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// The name by which logins find an organisation cannot be used.
    #[error("the slug cannot be used")]
    InvalidSlug,
    /// Another organisation has this slug.
    #[error("there is an organisation with this slug already")]
    SlugTaken,
    /// The name cannot be used.
    #[error(transparent)]
    InvalidName(#[from] Invalid),
    /// Its first administrator was not made.
    #[error(transparent)]
    Administrator(#[from] AccountError),
    /// What is ours or the store's to mend.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_database!(OrganisationError);
