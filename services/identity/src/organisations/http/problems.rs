//! How the refusals of organisations look to a client.

use web::problem::Problem;

use crate::organisations::error::OrganisationError;

impl From<OrganisationError> for Problem {
    fn from(error: OrganisationError) -> Self {
        match error {
            OrganisationError::InvalidSlug => Self::refused(
                "invalid_slug",
                "A slug has up to 40 small letters, digits and single hyphens between them, such as `acme-2`.",
            )
            .for_param("slug"),
            OrganisationError::SlugTaken => Self::conflict(
                "slug_taken",
                "There is an organisation with this slug already. Choose another.",
            )
            .for_param("slug"),
            OrganisationError::InvalidName(invalid) => invalid.into(),
            OrganisationError::Administrator(error) => error.into(),
            OrganisationError::Fault(fault) => fault.into(),
        }
    }
}
