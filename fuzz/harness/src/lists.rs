//! Lists: any filters and any page size over a store full of random rows give what a naive filter
//! over the same rows gives: the pages put together are the whole, newest first, without a
//! duplicate or a gap. In one of the stores pages come short, because next to nothing is read for
//! each.
//!
//! The rows are read one by one by their ids where there is such an endpoint, which shares no query
//! with the lists. (Every list runs in one direction, newest first.)

mod rows;

use http::Method;
use money::{Amount, Currency};
use serde_json::Value;

use self::rows::{Rows, text};
use crate::bytes::Bytes;
use crate::service::{PEOPLE, user};

pub(crate) use self::rows::with_rows;

/// One list, walked from its first page to its last.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    with_rows(bytes.below(2), |rows| match bytes.below(8) {
        0..=4 => transactions(rows, &mut bytes),
        5 => wallets(rows, &mut bytes),
        6 => statement(rows, &mut bytes),
        _ => entries(rows, &mut bytes),
    });
}

/// Whether somebody sees everybody's.
fn sees_all(who: &str) -> bool {
    ["operator", "admin", "auditor"].contains(&who)
}

/// More than any store of these tests holds.
const MOST_ROWS: usize = 2_000;

/// All pages of a list, each checked by itself; the rows.
pub(crate) fn walk(rows: &Rows, who: &str, path: &str, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for _ in 0..MOST_ROWS {
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = rows
            .service
            .get(who, &format!("{path}{mark}limit={limit}{cursor}"));
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let data = page.body["data"].as_array().unwrap();
        assert!(data.len() <= limit, "{path}: {} rows", data.len());
        all.extend(data.iter().cloned());
        assert!(all.len() < MOST_ROWS, "{path}: it does not end");
        assert_eq!(page.body["has_more"], page.body["next_cursor"].is_string());
        let Some(next) = page.body["next_cursor"].as_str() else {
            return all;
        };
        assert!(
            data.len() == limit || !rows.has_full_pages,
            "{path}: {} rows, and there is a next page",
            data.len()
        );
        cursor = format!("&cursor={next}");
    }
    panic!("{path}: it does not end");
}

fn limit(bytes: &mut Bytes<'_>) -> usize {
    match bytes.below(4) {
        0 => 1 + bytes.below(100),
        _ => 1 + bytes.below(9),
    }
}

/// A condition of a list, and whether a row meets it.
type Condition = Box<dyn Fn(&Value) -> bool>;

fn transactions(rows: &Rows, bytes: &mut Bytes<'_>) {
    let who = bytes.pick(&PEOPLE).0;
    let mut query = Vec::new();
    let mut conditions: Vec<Condition> = Vec::new();
    let mut and = |part: String, condition: Condition| {
        query.push(part);
        conditions.push(condition);
    };
    let own =
        |row: &Value| rows.owns(who, &row["from_wallet"]) || rows.owns(who, &row["to_wallet"]);
    for (name, field, all) in [
        ("status", "status", rows::STATUSES),
        ("type", "type", rows::TYPES),
    ] {
        if bytes.one_in(4) {
            let some: Vec<&str> = (0..=bytes.below(3)).map(|_| bytes.pick(all)).collect();
            let part = format!("{name}={}", some.join(","));
            and(
                part,
                Box::new(move |row| some.iter().any(|name| row[field] == *name)),
            );
        }
    }
    if bytes.one_in(3) {
        for (part, condition) in in_currency(bytes) {
            and(part, condition);
        }
    }
    for (name, is_least) in [("created_gte", true), ("created_lt", false)] {
        if bytes.one_in(4) {
            let time = rows.time(bytes);
            let part = format!("{name}={}", encoded(&time));
            and(
                part,
                Box::new(move |row| (text(&row["created_at"]) >= time) == is_least),
            );
        }
    }
    if bytes.one_in(4) {
        let q = rows.words(bytes);
        let part = format!("q={}", encoded(&q));
        and(part, Box::new(move |row| has_words(row, &q)));
    }
    if bytes.one_in(4) {
        let wallet = bytes.pick(&rows.wallet_ids());
        if !sees_all(who) && !rows.owns(who, &wallet.into()) {
            let path = format!("/transactions?wallet_id={wallet}");
            assert_eq!(rows.service.get(who, &path).status, 404);
            return;
        }
        let wallet = wallet.to_owned();
        let part = format!("wallet_id={wallet}");
        and(
            part,
            Box::new(move |row| row["from_wallet"] == wallet || row["to_wallet"] == wallet),
        );
    }
    let path = format!("/transactions?{}", query.join("&"));
    let expected: Vec<&Value> = rows
        .transactions
        .iter()
        .rev()
        .filter(|row| sees_all(who) || own(row))
        .filter(|row| conditions.iter().all(|meets| meets(row)))
        .collect();
    same(&path, &walk(rows, who, &path, limit(bytes)), &expected);
}

/// In a currency, and of at least or at most an amount.
fn in_currency(bytes: &mut Bytes<'_>) -> Vec<(String, Condition)> {
    let currency = bytes.pick(&[Currency::USD, Currency::EUR, Currency::JPY]);
    let is_in: Condition = Box::new(move |row| row["currency"] == currency.code());
    let mut conditions = vec![(format!("currency={currency}"), is_in)];
    let minor_of = move |row: &Value| {
        let amount = Amount::parse(row["amount"].as_str().unwrap(), currency);
        amount.map(Amount::minor)
    };
    for (name, is_least) in [("amount_gte", true), ("amount_lte", false)] {
        if bytes.one_in(3) {
            let minor = bytes.minor();
            let part = format!("{name}={}", Amount::from_minor(minor, currency));
            let fits = move |of: i64| if is_least { of >= minor } else { of <= minor };
            conditions.push((part, Box::new(move |row| minor_of(row).is_ok_and(fits))));
        }
    }
    conditions
}

/// With this text in one of its texts, whatever the case of ASCII letters; or with this id.
fn has_words(row: &Value, q: &str) -> bool {
    if q.starts_with("txn_") && q.len() == 30 {
        return row["id"] == q;
    }
    let wanted = q.to_ascii_lowercase();
    ["description", "external_id"].iter().any(|field| {
        let text = row[field].as_str().unwrap_or_default();
        text.to_ascii_lowercase().contains(&wanted)
    })
}

fn wallets(rows: &Rows, bytes: &mut Bytes<'_>) {
    let who = bytes.pick(&PEOPLE).0;
    let mut query = Vec::new();
    let mut conditions: Vec<Condition> = Vec::new();
    if bytes.one_in(2) {
        let currency = bytes.pick(&["USD", "EUR", "JPY", "KWD"]);
        query.push(format!("currency={currency}"));
        conditions.push(Box::new(move |row| row["currency"] == currency));
    }
    if bytes.one_in(2) {
        let some: Vec<&str> = (0..=bytes.below(2))
            .map(|_| bytes.pick(&["active", "frozen", "closed"]))
            .collect();
        query.push(format!("status={}", some.join(",")));
        conditions.push(Box::new(move |row| {
            some.iter().any(|name| row["status"] == *name)
        }));
    }
    if bytes.one_in(3) {
        let owner = user(bytes.pick(&PEOPLE).0).to_string();
        query.push(format!("owner_id={owner}"));
        conditions.push(Box::new(move |row| row["owner_id"] == owner));
    }
    let path = format!("/wallets?{}", query.join("&"));
    let me = user(who).to_string();
    let expected: Vec<&Value> = rows
        .wallets
        .iter()
        .rev()
        .filter(|row| sees_all(who) || row["owner_id"] == me)
        .filter(|row| conditions.iter().all(|meets| meets(row)))
        .collect();
    same(&path, &walk(rows, who, &path, limit(bytes)), &expected);
}

fn statement(rows: &Rows, bytes: &mut Bytes<'_>) {
    let (id, all) = &rows.statements[bytes.below(rows.statements.len())];
    let mut query = vec![];
    let (mut from, mut to) = (None, None);
    for (name, place) in [("from", &mut from), ("to", &mut to)] {
        if bytes.one_in(2) {
            let time = rows.time(bytes);
            query.push(format!("{name}={}", encoded(&time)));
            *place = Some(time);
        }
    }
    let holds = bytes.one_in(2);
    query.push(format!("include_holds={holds}"));
    let path = format!("/wallets/{id}/statement?{}", query.join("&"));
    if from
        .as_ref()
        .zip(to.as_ref())
        .is_some_and(|(from, to)| from > to)
    {
        let refused = rows.service.get("auditor", &path);
        assert_eq!(
            (refused.status, refused.code()),
            (422, "invalid_period"),
            "{path}"
        );
        return;
    }
    let before = |row: &Value, time: &str| text(&row["time"]).as_str() < time;
    let expected: Vec<&Value> = all
        .iter()
        .filter(|row| from.as_deref().is_none_or(|from| !before(row, from)))
        .filter(|row| to.as_deref().is_none_or(|to| before(row, to)))
        .filter(|row| holds || row["hold_amount"].is_null())
        .collect();
    same(
        &path,
        &walk(rows, "auditor", &path, limit(bytes)),
        &expected,
    );
    // The balances are those after the last entry before each end.
    let page = rows.service.get("auditor", &format!("{path}&limit=1")).body;
    let balance_before = |time: Option<&str>| {
        let last = all
            .iter()
            .find(|row| time.is_none_or(|time| before(row, time)));
        last.map_or_else(|| rows.zero(id), |row| text(&row["balance"]))
    };
    let opening = from
        .as_deref()
        .map_or_else(|| rows.zero(id), |from| balance_before(Some(from)));
    assert_eq!(page["opening_balance"], opening, "{path}");
    assert_eq!(
        page["closing_balance"],
        balance_before(to.as_deref()),
        "{path}"
    );
}

fn entries(rows: &Rows, bytes: &mut Bytes<'_>) {
    let (id, all) = &rows.entries[bytes.below(rows.entries.len())];
    let path = format!("/ledger/accounts/{id}/entries");
    let expected: Vec<&Value> = all.iter().collect();
    same(&path, &walk(rows, "admin", &path, limit(bytes)), &expected);
    let who = bytes.pick(&["ann", "operator", "auditor"]);
    let refused = rows.service.send(who, Method::GET, &path, None, b"");
    assert_eq!(refused.status, 403, "{who} reads {path}");
}

/// What reads say of a transaction beyond what its maker was answered.
pub(crate) const SHOWN_BY_CALLER: [&str; 2] = ["counterparty", "parties"];

pub(crate) fn same(path: &str, found: &[Value], expected: &[&Value]) {
    let ids = |rows: &mut dyn Iterator<Item = &Value>| -> Vec<String> {
        rows.map(|row| match &row["id"] {
            Value::String(id) => id.clone(),
            _ => row["seq"].to_string(),
        })
        .collect()
    };
    let (found_ids, expected_ids) = (ids(&mut found.iter()), ids(&mut expected.iter().copied()));
    assert_eq!(found_ids, expected_ids, "{path}");
    for (found, expected) in found.iter().zip(expected) {
        let [found, expected] = [found, *expected].map(|row| {
            let mut row = row.clone();
            // It depends on who asks.
            for shown in SHOWN_BY_CALLER {
                row.as_object_mut().unwrap().remove(shown);
            }
            row
        });
        assert_eq!(found, expected, "{path}");
    }
}

/// A text as it stands in a query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
