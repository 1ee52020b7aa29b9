//! The rows of `idempotency`: how a stored answer is written, and read back. It runs no SQL.

use std::borrow::Cow;

use payments_core::batch::StoredAnswer;
use payments_core::checksum::checksum;
use payments_core::command::Reply;
use payments_core::document::Document;

use super::rows::{CellError, Cells};
use crate::http::replies;

/// The columns of `idempotency`, in the order of [`AnswerRow::read`].
pub const ANSWER: &str = "scope, org, body_hash, status, event, body, created_at";

/// A row of `idempotency`.
#[derive(Debug)]
pub struct AnswerRow<'a> {
    /// The digest of principal, route and key.
    pub scope: u128,
    /// The organisation.
    pub org: i64,
    /// The digest of the body.
    pub body_hash: u128,
    /// The status of the reply.
    pub status: u16,
    /// The event that left the document of the reply…
    pub event: Option<u64>,
    /// …or the text of the reply: what an event already says is not stored twice.
    pub body: Option<Cow<'a, str>>,
    /// µs since 1970.
    pub created_at: i64,
}

impl<'a> AnswerRow<'a> {
    /// The row that an answer is written as.
    #[must_use]
    pub fn of(answer: &'a StoredAnswer) -> Self {
        let body = match &answer.reply {
            Reply::Created(Document::Text(text)) | Reply::Done(Document::Text(text))
                if answer.event.is_none() =>
            {
                Some(Cow::Borrowed(&**text))
            }
            Reply::Created(_) | Reply::Done(_) => None,
            Reply::Refused {
                refused,
                request_id,
            } => Some(Cow::Owned(replies::stored_problem(
                refused,
                request_id.as_deref(),
            ))),
            Reply::StoredRefusal { problem, .. } => Some(Cow::Borrowed(&**problem)),
        };
        Self {
            scope: answer.scope,
            org: answer.org,
            body_hash: answer.body_hash,
            status: replies::status(&answer.reply),
            event: answer.event,
            body,
            created_at: answer.created_at,
        }
    }

    /// Reads a row.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn read(cells: &mut Cells<'_>) -> Result<AnswerRow<'static>, CellError> {
        Ok(AnswerRow {
            scope: cells.id()?,
            org: cells.int()?,
            body_hash: cells.id()?,
            status: cells.small()?,
            event: cells.optional_int()?.map(i64::cast_unsigned),
            body: cells.optional_text()?.map(Cow::Owned),
            created_at: cells.int()?,
        })
    }

    /// The answer of a row, with what its event left where the row has no text of its own.
    #[must_use]
    pub fn answer(&self, document: Document) -> StoredAnswer {
        StoredAnswer {
            scope: self.scope,
            org: self.org,
            body_hash: self.body_hash,
            event: self.event,
            reply: replies::stored_reply(self.status, document),
            created_at: self.created_at,
        }
    }

    /// Over what the row holds, so that damage is found.
    #[must_use]
    pub fn checksum(&self) -> i64 {
        let body = self.body.as_deref().unwrap_or_default();
        let mut bytes = Vec::with_capacity(64 + body.len());
        bytes.extend(self.scope.to_le_bytes());
        bytes.extend(self.body_hash.to_le_bytes());
        bytes.extend(self.org.to_le_bytes());
        bytes.extend(self.event.unwrap_or_default().to_le_bytes());
        bytes.extend(self.created_at.to_le_bytes());
        bytes.extend(u64::from(self.status).to_le_bytes());
        bytes.extend(body.as_bytes());
        checksum(&bytes).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use payments_core::refusal::Refused;

    use super::*;
    use crate::http::replies::status_and_text;

    #[test]
    fn a_refusal_is_repeated_alike_from_its_own_batch_and_from_its_row() {
        let answer = StoredAnswer {
            scope: 1,
            org: 1,
            body_hash: 2,
            event: None,
            reply: Reply::Refused {
                refused: Refused::WalletNotFound { param: "to_wallet" },
                request_id: Some("req_1".into()),
            },
            created_at: 3,
        };
        let row = AnswerRow::of(&answer);
        let text = row.body.as_deref().unwrap();
        assert!(text.contains(r#""code":"wallet_not_found""#), "{text}");
        assert!(text.contains(r#""request_id":"req_1""#), "{text}");
        assert_eq!(row.status, 404);
        let read = row.answer(Document::Text(text.into()));
        assert_eq!(status_and_text(&answer.reply), status_and_text(&read.reply));
        assert_eq!(row.checksum(), AnswerRow::of(&read).checksum());
    }
}
