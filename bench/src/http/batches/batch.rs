//! What a connection of batches sends. Bodies are prepared beforehand, and only the ids in them
//! change; answers are read without a parser.

use contracts::payments::TransferId;
use platform::ids::Ids;
use uuid::Uuid;

use crate::http::answer::request;
use crate::http::load::Sender;
use crate::ids;
use crate::random::Random;

/// The endpoint that is measured.
pub const PATH: &str = "/api/v1/ledger/transfers";
/// Prepared requests per connection: the same pairs of accounts come again after so many batches.
const PREPARED: usize = 4;

/// Prepared requests of one connection.
pub struct Batches {
    /// Whole requests, which differ in their accounts and amounts.
    requests: Vec<Vec<u8>>,
    /// Where the first transfer's id begins in each of them.
    first_id: usize,
    /// From one id to the next.
    stride: usize,
    /// Transfers in a request.
    size: usize,
    ids: Ids,
    next: usize,
    counter: Counter,
}

/// How many transfers an answer says were done; none where it is another answer.
pub type Counter = fn(u16, &[u8]) -> Option<usize>;

/// The letters of a TypeID, by their values.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The length of a transfer's id: `trf_` and 26 letters.
const ID: usize = 30;
/// What an id of a batch is counted with: three letters of five bits each.
const COUNTED: u128 = (1 << 15) - 1;

impl Batches {
    /// Batches of this size between these accounts, drawn from this seed.
    pub fn new(token: &str, accounts: &[String], size: usize, seed: u64, counter: Counter) -> Self {
        let mut random = Random(seed);
        let mut body = || {
            let items: Vec<_> = (0..size).map(|_| item(&mut random, accounts)).collect();
            format!("{{\"transfers\":[{}]}}", items.join(","))
        };
        let mut requests = vec![];
        let mut first_id = 0;
        for _ in 0..PREPARED {
            let text = request("POST", PATH, Some(token), &[], &body());
            first_id = text.find("trf_").unwrap_or_default();
            requests.push(text.into_bytes());
        }
        Self {
            requests,
            first_id,
            stride: item(&mut random, accounts).len() + 1,
            size,
            ids: ids(),
            next: 0,
            counter,
        }
    }
}

impl Sender for Batches {
    fn size(&self) -> usize {
        self.size
    }

    /// With ids that no other has: they rise within a batch, and with time.
    fn next(&mut self) -> &[u8] {
        self.next = (self.next + 1) % self.requests.len();
        let base = Uuid::from_u128(self.ids.next().as_u128() & !COUNTED);
        let id = TransferId(base).to_string().into_bytes();
        let request = &mut self.requests[self.next];
        for number in 0..self.size {
            let at = self.first_id + number * self.stride;
            let place = &mut request[at..at + ID];
            place.copy_from_slice(&id);
            for (letter, shift) in [(ID - 3, 10), (ID - 2, 5), (ID - 1, 0)] {
                place[letter] = LETTERS[(number >> shift) & 31];
            }
        }
        request
    }

    fn done(&mut self, status: u16, answer: &[u8]) -> Option<usize> {
        (self.counter)(status, answer)
    }
}

/// A transfer, of the same length whatever it moves.
fn item(random: &mut Random, accounts: &[String]) -> String {
    let debit = random.index(accounts.len());
    let mut credit = random.index(accounts.len() - 1);
    if credit >= debit {
        credit += 1;
    }
    let amount = 1_000 + random.below(9_000);
    let (debit, credit) = (&accounts[debit], &accounts[credit]);
    let id = TransferId(Uuid::nil());
    format!(
        "{{\"id\":\"{id}\",\"debit_account\":\"{debit}\",\"credit_account\":\"{credit}\",\
         \"amount_minor\":{amount},\"currency\":\"USD\"}}"
    )
}

/// How many transfers were created, where all of the answer were. Read at a tenth of a parser's
/// cost: the load shares its processors with the server.
pub fn created(status: u16, answer: &[u8]) -> Option<usize> {
    const BEFORE: &[u8] = b"{\"id\":\"";
    const AFTER: &[u8] = b"\",\"result\":\"created\",\"seq\":";
    let answer = Some(answer).filter(|_| status == 200)?;
    let mut rest = answer.strip_prefix(b"{\"results\":[")?;
    let mut count = 0;
    while let Some(item) = rest.strip_prefix(BEFORE) {
        let seq = item.get(ID..)?.strip_prefix(AFTER)?;
        let digits = seq.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = seq[digits..].strip_prefix(b"}")?;
        rest = rest.strip_prefix(b",").unwrap_or(rest);
        count += 1;
    }
    (rest == b"]}").then_some(count)
}

/// How many transfers came back.
pub fn echoed(status: u16, answer: &[u8]) -> Option<usize> {
    let length = item_length(answer)?;
    let items = answer
        .strip_prefix(b"{\"transfers\":[")?
        .strip_suffix(b"]}")?;
    (status == 201).then_some((items.len() + 1) / (length + 1))
}

/// The length of the first item.
fn item_length(answer: &[u8]) -> Option<usize> {
    let open = answer.iter().skip(1).position(|byte| *byte == b'{')?;
    let close = answer.iter().skip(1).position(|byte| *byte == b'}')?;
    close.checked_sub(open).map(|length| length + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use contracts::payments::AccountId;
    use serde_json::Value;

    use super::*;

    fn accounts() -> Vec<String> {
        (1..=3)
            .map(|number| AccountId(Uuid::from_u128(number)).to_string())
            .collect()
    }

    fn body(request: &[u8]) -> Value {
        let text = std::str::from_utf8(request).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn every_transfer_of_every_batch_has_an_id_of_its_own_and_ids_rise_within_a_batch() {
        let mut batches = Batches::new("token", &accounts(), 40, 1, created);
        let mut seen = HashSet::new();
        for _ in 0..3 * PREPARED {
            let body = body(batches.next());
            let ids: Vec<TransferId> = body["transfers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().parse().unwrap())
                .collect();
            assert_eq!(ids.len(), 40);
            assert!(ids.windows(2).all(|pair| pair[0].uuid() < pair[1].uuid()));
            for id in ids {
                assert!(seen.insert(id.uuid()), "{id} came twice");
            }
        }
    }

    #[test]
    fn a_transfer_has_two_accounts_and_an_amount() {
        let mut random = Random(3);
        for _ in 0..100 {
            let item: Value = serde_json::from_str(&item(&mut random, &accounts())).unwrap();
            assert_ne!(item["debit_account"], item["credit_account"]);
            assert!((1_000..10_000).contains(&item["amount_minor"].as_i64().unwrap()));
        }
    }

    #[test]
    fn only_created_transfers_count() {
        let id = TransferId(Uuid::nil());
        let good = format!("{{\"id\":\"{id}\",\"result\":\"created\",\"seq\":12}}");
        let bad = format!("{{\"id\":\"{id}\",\"result\":\"exists\",\"seq\":12}}");
        let answer = |items: &[&str]| format!("{{\"results\":[{}]}}", items.join(","));
        let all = answer(&[&good, &good, &good]);
        assert_eq!(created(200, all.as_bytes()), Some(3));
        assert_eq!(created(201, all.as_bytes()), None);
        let mixed = answer(&[&good, &bad]);
        assert_eq!(created(200, mixed.as_bytes()), None);
        assert_eq!(created(200, b"{}"), None);
        assert_eq!(created(200, &all.as_bytes()[..all.len() - 1]), None);
    }

    #[test]
    fn what_is_echoed_is_counted() {
        let item = item(&mut Random(1), &accounts());
        let answer = format!("{{\"transfers\":[{item},{item}]}}");
        assert_eq!(echoed(201, answer.as_bytes()), Some(2));
        assert_eq!(echoed(200, answer.as_bytes()), None);
        assert_eq!(echoed(201, b""), None);
    }
}
