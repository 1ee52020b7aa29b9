//! What messages look like, for those who write texts: with facts that were made up.

use crate::texts::{Preview, TextError, Texts};
use crate::told::kinds;

/// A message of a kind, as somebody would receive it.
///
/// # Errors
/// Where there is no such kind.
pub fn preview(texts: &Texts, kind: &str, language: &str) -> Result<Preview, TextError> {
    let optional = kinds::find(kind).is_some_and(|kind| !kind.essential);
    let link = "https://pay.example/api/v1/notifications/unsubscribe?token=sample";
    texts.sample(kind, language, optional.then_some(link))
}
