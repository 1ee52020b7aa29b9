//! Cursors: any text is refused with `invalid_cursor` or is exactly what the product makes; a
//! made-up one, or one of another list, shows nothing but what its list shows anyway, from that
//! place on, or nothing at all.

use serde_json::Value;
use web::page::{decode_cursor, encode_cursor};

use crate::bytes::Bytes;
use crate::lists::{encoded, with_rows};
use crate::service::Answer;

/// One cursor, read by itself or sent to a list.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    match bytes.below(8) {
        0 => read(&String::from_utf8_lossy(bytes.rest())),
        1 => read(&damaged(&mut bytes)),
        2 => made(bytes.int()),
        3 => {
            let text = String::from_utf8_lossy(bytes.take(24)).into_owned();
            sent(&text, &mut bytes);
        }
        4 => {
            let text = damaged(&mut bytes);
            sent(&text, &mut bytes);
        }
        5 => {
            let text = encode_cursor(bytes.int());
            sent(&text, &mut bytes);
        }
        _ => {
            // Places that exist.
            let text = encode_cursor(i64::from(bytes.byte()) * 2 + i64::from(bytes.byte()));
            sent(&text, &mut bytes);
        }
    }
}

fn read(text: &str) {
    match decode_cursor(text) {
        Ok(key) => {
            assert!(key >= 0, "{text:?}");
            assert_eq!(encode_cursor(key), text);
        }
        Err(problem) => {
            assert_eq!(
                (problem.status, problem.code.as_str()),
                (400, "invalid_cursor")
            );
            assert_eq!(problem.errors.len(), 1);
            assert_eq!(problem.errors[0].param, "cursor");
        }
    }
}

fn made(key: i64) {
    let text = encode_cursor(key);
    read(&text);
    assert_eq!(decode_cursor(&text).ok(), (key >= 0).then_some(key));
}

/// A cursor with some of its letters changed.
fn damaged(bytes: &mut Bytes<'_>) -> String {
    let mut text = encode_cursor(i64::from(bytes.byte())).into_bytes();
    for _ in 0..bytes.below(4) {
        let at = bytes.below(text.len());
        text[at] = match bytes.below(3) {
            0 => bytes.byte(),
            _ => bytes.pick(b"0123456789abcdefABCDEFcx+- "),
        };
    }
    if bytes.one_in(4) {
        text.truncate(bytes.below(18));
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// What a list answers to a cursor of whatever origin.
fn sent(cursor: &str, bytes: &mut Bytes<'_>) {
    let limit = 1 + bytes.below(8);
    let query = format!("limit={limit}&cursor={}", encoded(cursor));
    with_rows(0, |rows| {
        let at = bytes.below(rows.wallets.len());
        let (wallet, statement) = &rows.statements[at];
        let (account, entries) = &rows.entries[at];
        let ask = |who: &str, path: &str| rows.service.get(who, &format!("{path}{query}"));
        match bytes.below(6) {
            0 => page(&ask("ann", "/transactions?"), cursor, limit, None),
            1 => page(
                &ask("auditor", "/transactions?"),
                cursor,
                limit,
                Some(&numbered(&rows.transactions)),
            ),
            2 => {
                let path = format!("/transactions?wallet_id={wallet}&");
                let all = numbered(&rows.transactions);
                let of = |(_, row): &&(i64, &Value)| {
                    row["from_wallet"] == *wallet || row["to_wallet"] == *wallet
                };
                let own: Vec<_> = all.iter().filter(of).copied().collect();
                page(&ask("auditor", &path), cursor, limit, Some(&own));
            }
            3 => page(&ask("bob", "/wallets?"), cursor, limit, None),
            4 => {
                let path = format!("/wallets/{wallet}/statement?include_holds=true&");
                chain(&ask("auditor", &path), cursor, limit, statement);
            }
            _ => {
                let path = format!("/ledger/accounts/{account}/entries?");
                chain(&ask("admin", &path), cursor, limit, entries);
            }
        }
    });
}

/// Newest first, each with its place in the list: transactions are numbered without a gap.
fn numbered(oldest_first: &[Value]) -> Vec<(i64, &Value)> {
    let numbered: Vec<_> = (1..).zip(oldest_first).collect();
    numbered.into_iter().rev().collect()
}

fn by_seq(newest_first: &[Value]) -> Vec<(i64, &Value)> {
    let rows = newest_first.iter();
    rows.map(|row| (row["seq"].as_i64().unwrap(), row))
        .collect()
}

/// Chains are entered at an entry of their own only: a cursor of another one shows nothing.
fn chain(answer: &Answer, cursor: &str, limit: usize, newest_first: &[Value]) {
    let mut rows = by_seq(newest_first);
    let place = decode_cursor(cursor).ok();
    if !rows.iter().any(|(seq, _)| Some(*seq) == place) {
        rows.clear();
    }
    page(answer, cursor, limit, Some(&rows));
}

/// Refused, or the rows before the place that the cursor stands for.
fn page(answer: &Answer, cursor: &str, limit: usize, rows: Option<&[(i64, &Value)]>) {
    if cursor.contains('\0') {
        assert_eq!((answer.status, answer.code()), (400, "invalid_character"));
        return;
    }
    let Ok(key) = decode_cursor(cursor) else {
        assert_eq!(
            (answer.status, answer.code()),
            (400, "invalid_cursor"),
            "{cursor:?}"
        );
        assert_eq!(answer.body["errors"][0]["param"], "cursor");
        return;
    };
    assert_eq!(answer.status, 200, "{}", answer.text);
    let found = answer.body["data"].as_array().unwrap();
    let Some(rows) = rows else {
        assert!(found.len() <= limit);
        return;
    };
    let expected: Vec<&Value> = rows
        .iter()
        .filter(|(place, _)| *place < key)
        .map(|(_, row)| *row)
        .collect();
    let first: Vec<&Value> = expected.iter().take(limit).copied().collect();
    assert_eq!(found.iter().collect::<Vec<_>>(), first, "before {key}");
    assert_eq!(answer.body["has_more"], expected.len() > limit);
}
