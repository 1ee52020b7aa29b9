//! What a connection of single transfers sends: one user's transfers to another one, every request
//! with an idempotency key of its own.

use std::sync::Arc;

use platform::ids::Ids;
use uuid::{Builder, Uuid};

use crate::http::answer::request;
use crate::http::load::Sender;
use crate::http::users::{AMOUNT, CURRENCY, User, decimal};
use crate::ids;
use crate::random::Random;

/// The endpoint that is measured.
pub const PATH: &str = "/api/v1/transactions";

/// What all requests have in common: made once, so that sending costs next to nothing.
pub struct Requests {
    /// Per user, everything up to the idempotency key.
    heads: Vec<String>,
    wallets: Vec<String>,
    /// The body around the two wallets.
    parts: [String; 3],
}

impl Requests {
    /// Those of these users.
    ///
    /// # Errors
    /// Where the amount cannot be written.
    pub fn new(users: &[User]) -> anyhow::Result<Self> {
        let amount = decimal(AMOUNT)?;
        let body = |from: &str, to: &str| {
            format!(
                "{{\"type\":\"transfer\",\"from_wallet\":\"{from}\",\"to_wallet\":\"{to}\",\
                 \"amount\":\"{amount}\",\"currency\":\"{CURRENCY}\"}}"
            )
        };
        let mut heads = Vec::with_capacity(users.len());
        for user in users {
            // All ids are of one length, so that all bodies are.
            let text = request(
                "POST",
                PATH,
                Some(&user.token),
                &[],
                &body(&user.wallet, &user.wallet),
            );
            let (head, _) = text.split_once("\r\n\r\n").unwrap_or_default();
            heads.push(format!("{head}\r\nIdempotency-Key: "));
        }
        let marked = body("<", ">");
        let (before, rest) = marked.split_once('<').unwrap_or_default();
        let (between, after) = rest.split_once('>').unwrap_or_default();
        Ok(Self {
            heads,
            wallets: users.iter().map(|user| user.wallet.clone()).collect(),
            parts: [before, between, after].map(str::to_owned),
        })
    }

    fn write(&self, request: &mut String, key: &str, from: usize, to: usize) {
        let [before, between, after] = &self.parts;
        let (giving, receiving) = (&self.wallets[from], &self.wallets[to]);
        request.clear();
        for part in [
            &self.heads[from],
            key,
            "\r\n\r\n",
            before,
            giving,
            between,
            receiving,
            after,
        ] {
            request.push_str(part);
        }
    }
}

/// A user on one connection.
pub struct Payer {
    from: usize,
    to: usize,
    random: Random,
    requests: Arc<Requests>,
    ids: Ids,
    random_keys: bool,
    is_done: fn(u16, &[u8]) -> bool,
    key: String,
    request: String,
    /// From whom to whom each acknowledged transfer went, by the users' numbers.
    pub made: Vec<(usize, usize)>,
}

impl Payer {
    /// The sender of the connection with this number. `is_done` tells by status and body whether an
    /// answer is the one that was hoped for; keys without an order are as good and dearer.
    pub fn new(
        number: usize,
        requests: Arc<Requests>,
        random_keys: bool,
        is_done: fn(u16, &[u8]) -> bool,
    ) -> Self {
        Self {
            from: number % requests.wallets.len(),
            to: 0,
            random: Random(number as u64),
            requests,
            // No two connections of this or another run have the same keys.
            ids: ids(),
            random_keys,
            is_done,
            key: String::new(),
            request: String::new(),
            made: vec![],
        }
    }
}

impl Sender for Payer {
    fn size(&self) -> usize {
        1
    }

    fn next(&mut self) -> &[u8] {
        self.to = self.random.index(self.requests.wallets.len() - 1);
        if self.to >= self.from {
            self.to += 1;
        }
        let id = match self.random_keys {
            true => Builder::from_random_bytes(self.ids.secret()).into_uuid(),
            false => self.ids.next(),
        };
        self.key.clear();
        let mut buffer = Uuid::encode_buffer();
        self.key.push_str(id.hyphenated().encode_lower(&mut buffer));
        let (from, to) = (self.from, self.to);
        self.requests.write(&mut self.request, &self.key, from, to);
        self.request.as_bytes()
    }

    fn done(&mut self, status: u16, answer: &[u8]) -> Option<usize> {
        let is_done = (self.is_done)(status, answer);
        is_done.then(|| {
            self.made.push((self.from, self.to));
            1
        })
    }
}

/// Whether an answer says that the transfer is complete.
pub fn is_completed(status: u16, body: &[u8]) -> bool {
    const STATUS: &[u8] = b"\"status\":\"completed\"";
    status == 201 && body.windows(STATUS.len()).any(|part| part == STATUS)
}

/// Whether an answer gives the transfer back.
pub fn is_echoed(status: u16, body: &[u8]) -> bool {
    status == 201 && body.starts_with(b"{\"type\":\"transfer\",")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn users() -> Vec<User> {
        let user = |token: &str, wallet: &str| User {
            id: String::new(),
            token: token.to_owned(),
            wallet: wallet.to_owned(),
        };
        vec![user("one", "wal_1"), user("two", "wal_2")]
    }

    #[test]
    fn a_request_is_that_of_its_user_with_its_own_key() {
        let requests = Arc::new(Requests::new(&users()).unwrap());
        let mut payer = Payer::new(1, requests, false, is_completed);
        let text = String::from_utf8(payer.next().to_vec()).unwrap();
        let key = payer.key.as_str();
        assert_eq!(key.len(), 36);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let expected = json!({
            "type": "transfer", "from_wallet": "wal_2", "to_wallet": "wal_1", "amount": "0.01", "currency": "USD",
        });
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
        for line in [
            "POST /api/v1/transactions HTTP/1.1".to_owned(),
            "Authorization: Bearer two".to_owned(),
            format!("Idempotency-Key: {key}"),
            format!("Content-Length: {}", body.len()),
        ] {
            assert!(
                head.split("\r\n").any(|found| found == line),
                "{line} is not in {head}"
            );
        }
    }

    #[test]
    fn what_was_acknowledged_is_written_down() {
        let requests = Arc::new(Requests::new(&users()).unwrap());
        let mut payer = Payer::new(0, requests, true, is_completed);
        let first = payer.next().to_vec();
        assert_eq!(payer.done(201, br#"{"status":"completed"}"#), Some(1));
        assert_ne!(payer.next(), first);
        assert_eq!(payer.done(503, b"{}"), None);
        assert_eq!(payer.made, [(0, 1)]);
    }

    #[test]
    fn only_a_completed_transfer_counts() {
        let completed = br#"{"id":"txn_1","status":"completed","amount":"0.01"}"#;
        assert!(is_completed(201, completed));
        assert!(!is_completed(200, completed));
        assert!(!is_completed(
            201,
            br#"{"id":"txn_1","status":"processing"}"#
        ));
        assert!(!is_completed(201, b""));
        assert!(!is_echoed(201, completed));
    }
}
