//! How a link that cannot be used looks to a client.

use web::problem::Problem;

use crate::links::InvalidLink;

impl From<InvalidLink> for Problem {
    fn from(InvalidLink: InvalidLink) -> Self {
        let detail = "This link cannot be used, or not any more: each is good once, until it expires. \
                      Ask for another.";
        Self::refused("invalid_link", detail)
    }
}
