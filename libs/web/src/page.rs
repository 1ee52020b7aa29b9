//! Pages of lists: `?limit=` and an opaque `?cursor=`, newest first, by keyset.
//! A cursor says where to go on; it carries no rights and no data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// The number of rows of a page where the caller names none.
pub const DEFAULT_LIMIT: u32 = 20;
/// The most rows of a page.
pub const MAX_LIMIT: u32 = 100;

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows, newest first.
    pub data: Vec<T>,
    /// Whether there are more rows; after a short page, whether there may be.
    pub has_more: bool,
    /// What to send as `cursor` for the next page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` rows; the one too many says that there is more. `key` is a
    /// row's place in the list.
    #[must_use]
    pub fn from_rows(rows: Vec<T>, limit: usize, key: impl Fn(&T) -> i64) -> Self {
        Self::cut(rows, limit, |row| encode_cursor(key(row)))
    }

    /// The same where a row's place is its id: ids rise with time.
    #[must_use]
    pub fn from_rows_by_id(rows: Vec<T>, limit: usize, id: impl Fn(&T) -> Uuid) -> Self {
        Self::cut(rows, limit, |row| encode_id_cursor(id(row)))
    }

    /// The same page of what is made of each row.
    #[must_use]
    pub fn map<U>(self, of: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(of).collect(),
            has_more: self.has_more,
            next_cursor: self.next_cursor,
        }
    }

    fn cut(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| has_more).map(cursor);
        Self {
            data: rows,
            has_more,
            next_cursor,
        }
    }

    /// The same where the rows are all that were found down to a place below which nobody has
    /// looked yet: short as the page is, there may be more.
    #[must_use]
    pub fn or_from(self, floor: Option<i64>) -> Self {
        match floor {
            Some(floor) if !self.has_more => Self {
                has_more: true,
                next_cursor: Some(encode_cursor(floor)),
                ..self
            },
            _ => self,
        }
    }
}

/// The rows to return: 1 to 100, 20 where nothing is said.
///
/// # Errors
/// 422 `limit_out_of_range`.
pub fn limit(asked: Option<u32>) -> Result<usize, Problem> {
    match asked.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit as usize),
        _ => {
            Err(Problem::refused("limit_out_of_range", "Ask for 1 to 100 rows.").for_param("limit"))
        }
    }
}

/// The cursor of a place in a list.
#[must_use]
pub fn encode_cursor(key: i64) -> String {
    // Mixed so that nobody builds on its inside; it protects nothing.
    format!("c{:016x}", key.cast_unsigned() ^ CURSOR_MASK)
}

const CURSOR_MASK: u64 = 0x5bd1_e995_9e37_79b9;

/// The place that a cursor stands for.
///
/// # Errors
/// 400 `invalid_cursor` for anything that [`encode_cursor`] did not make.
pub fn decode_cursor(text: &str) -> Result<i64, Problem> {
    text.strip_prefix('c')
        .filter(|hex| {
            hex.len() == 16
                && hex
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        })
        .and_then(|hex| u64::from_str_radix(hex, 16).ok())
        .map(|mixed| (mixed ^ CURSOR_MASK).cast_signed())
        .filter(|key| *key >= 0)
        .ok_or_else(invalid_cursor)
}

/// The cursor of a place in a list that is ordered by ids.
#[must_use]
pub fn encode_id_cursor(id: Uuid) -> String {
    format!("c{:032x}", id.as_u128() ^ ID_CURSOR_MASK)
}

const ID_CURSOR_MASK: u128 = 0x5bd1_e995_9e37_79b9_27d4_eb2f_1656_67c5;

/// The id that a cursor stands for.
///
/// # Errors
/// 400 `invalid_cursor` for anything that [`encode_id_cursor`] did not make.
pub fn decode_id_cursor(text: &str) -> Result<Uuid, Problem> {
    text.strip_prefix('c')
        .and_then(|hex| u128::from_str_radix(hex, 16).ok())
        .map(|mixed| Uuid::from_u128(mixed ^ ID_CURSOR_MASK))
        .filter(|id| encode_id_cursor(*id) == text)
        .ok_or_else(invalid_cursor)
}

/// 400 `invalid_cursor`.
#[must_use]
pub fn invalid_cursor() -> Problem {
    let detail = "Send the `next_cursor` of the page before, unchanged, or none to begin.";
    Problem::malformed("invalid_cursor", detail).for_param("cursor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_others_are_refused() {
        for key in [0, 1, 41, i64::MAX] {
            assert_eq!(decode_cursor(&encode_cursor(key)).ok(), Some(key));
        }
        for text in [
            "",
            "c",
            "c12",
            "x5bd1e9959e3779b9",
            "c5BD1E9959E3779B9",
            "cffffffffffffffff",
            "c+bd1e9959e3779b9",
        ] {
            assert_eq!(
                decode_cursor(text).map_err(|p| p.code),
                Err("invalid_cursor".to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn cursors_of_ids_come_back_and_others_are_refused() {
        for id in [Uuid::nil(), Uuid::from_u128(7), Uuid::max()] {
            assert_eq!(decode_id_cursor(&encode_id_cursor(id)).ok(), Some(id));
        }
        let upper = encode_id_cursor(Uuid::nil()).to_uppercase();
        for text in ["", "c", "c12", &encode_cursor(7), &upper, "c+1"] {
            let refused = decode_id_cursor(text).map_err(|p| p.code);
            assert_eq!(refused, Err("invalid_cursor".to_owned()), "{text}");
        }
    }

    #[test]
    fn one_row_too_many_says_that_there_is_more() {
        let page = Page::from_rows(vec![9, 8, 7], 2, |row| *row);
        assert_eq!(page.data, [9, 8]);
        assert_eq!(page.next_cursor, Some(encode_cursor(8)));
        assert!(!Page::from_rows(vec![9, 8], 2, |row| *row).has_more);
    }

    #[test]
    fn a_short_page_goes_on_where_the_search_ended() {
        let page = |rows: Vec<i64>| Page::from_rows(rows, 2, |row| *row).or_from(Some(3));
        assert_eq!(page(vec![9, 8, 7]).next_cursor, Some(encode_cursor(8)));
        let short = page(vec![9]);
        assert!(short.has_more);
        assert_eq!(short.next_cursor, Some(encode_cursor(3)));
        assert!(
            !Page::from_rows(vec![9], 2, |row| *row)
                .or_from(None)
                .has_more
        );
    }

    #[test]
    fn a_limit_of_nothing_or_too_much_is_refused() {
        assert_eq!(limit(None).ok(), Some(20));
        assert!(limit(Some(0)).is_err() && limit(Some(101)).is_err());
    }
}
