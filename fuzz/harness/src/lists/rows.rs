//! A store full of random rows, made once per seed and thread, and those rows as they are read one
//! by one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use money::{Amount, Currency};
use payments::ListConfig;
use serde_json::{Value, json};

use super::walk;
use crate::bytes::Bytes;
use crate::service::{TestService, user};

pub const STATUSES: &[&str] = &[
    "authorised",
    "processing",
    "unresolved",
    "completed",
    "failed",
    "cancelled",
    "expired",
    "reversed",
];
pub const TYPES: &[&str] = &["transfer", "deposit", "withdrawal", "payment", "refund"];

/// What happens in a store, more or less.
const EVENTS: usize = 240;

/// The rows of a store, oldest first where nothing else is said.
pub struct Rows {
    pub service: TestService,
    pub transactions: Vec<Value>,
    pub wallets: Vec<Value>,
    /// By wallet, newest first.
    pub statements: Vec<(String, Vec<Value>)>,
    /// By account, newest first.
    pub entries: Vec<(String, Vec<Value>)>,
    times: Vec<String>,
    /// Whether as much is read for a page as it needs.
    pub has_full_pages: bool,
}

thread_local! {
    static ROWS: RefCell<BTreeMap<usize, Rows>> = const { RefCell::new(BTreeMap::new()) };
}

/// Looks at the store of a seed.
pub fn with_rows<T>(seed: usize, look: impl FnOnce(&Rows) -> T) -> T {
    ROWS.with_borrow_mut(|stores| look(stores.entry(seed).or_insert_with(|| Rows::new(seed))))
}

/// Zones so small that there are many. In the second store so little is read for a page that most
/// come short.
fn lists(seed: usize) -> ListConfig {
    ListConfig {
        zone: 16,
        effort: if seed == 0 { 8_192 } else { 64 },
        memory_mib: 1,
    }
}

/// A store that is being filled.
struct Filling<'a> {
    service: TestService,
    bytes: Bytes<'a>,
    /// Id, owner, currency.
    wallets: Vec<(String, &'static str, Currency)>,
    /// Id and maker.
    transactions: Vec<(String, &'static str)>,
    payments: Vec<String>,
}

impl Rows {
    fn new(seed: usize) -> Self {
        // Any numbers do; these are the same every time.
        let mut state = u32::try_from(seed).unwrap() + 1;
        let bytes: Vec<u8> = (0..32 * 1_024)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        let mut filling = Filling {
            service: TestService::new(lists(seed)),
            bytes: Bytes::new(&bytes),
            wallets: Vec::new(),
            transactions: Vec::new(),
            payments: Vec::new(),
        };
        for who in ["ann", "bob", "shop", "ann"] {
            for (currency, amount) in [
                (Currency::USD, "5000"),
                (Currency::EUR, "300.50"),
                (Currency::JPY, "9000"),
            ] {
                filling.wallet(who, currency, amount);
            }
        }
        filling.wallet("bob", Currency::KWD, "0");
        for _ in 0..EVENTS {
            filling.event();
        }
        filling.authorised();
        filling.ended(seed == 0)
    }

    /// Without this the lists could be right because they are empty.
    fn are_of_every_kind(&self) {
        let names = |field: &str| -> BTreeSet<String> {
            self.transactions
                .iter()
                .map(|row| text(&row[field]))
                .collect()
        };
        assert_eq!(names("type").len(), TYPES.len(), "{:?}", names("type"));
        for status in ["authorised", "completed", "failed", "reversed"] {
            assert!(names("status").contains(status), "{:?}", names("status"));
        }
        assert!(
            self.wallets
                .iter()
                .any(|wallet| wallet["status"] == "frozen")
        );
    }

    /// Whether a wallet is somebody's.
    pub fn owns(&self, who: &str, wallet: &Value) -> bool {
        let me = user(who).to_string();
        let mut wallets = self.wallets.iter();
        wallets.any(|known| known["id"] == *wallet && known["owner_id"] == me)
    }

    /// The ids of all wallets.
    pub fn wallet_ids(&self) -> Vec<&str> {
        let ids = self.wallets.iter().map(|wallet| wallet["id"].as_str());
        ids.map(Option::unwrap).collect()
    }

    /// No money, in a wallet's currency.
    pub fn zero(&self, wallet: &str) -> String {
        let found = self.wallets.iter().find(|known| known["id"] == wallet);
        let code = found.unwrap()["currency"].as_str().unwrap();
        Amount::from_minor(0, Currency::from_code(code).unwrap()).to_string()
    }

    /// A time at which something happened, or one beside it.
    pub fn time(&self, bytes: &mut Bytes<'_>) -> String {
        let at = (bytes.below(256) * 256 + bytes.below(256)) % self.times.len();
        let time: values::Timestamp = self.times[at].parse().unwrap();
        time.plus(bytes.pick(&[0, 0, 1, -1, 1_000_000])).to_string()
    }

    /// What somebody may look for.
    pub fn words(&self, bytes: &mut Bytes<'_>) -> String {
        match bytes.below(4) {
            0 => {
                let row = &self.transactions[bytes.below(self.transactions.len())];
                text(&row["id"])
            }
            1 => {
                let length = 1 + bytes.below(6);
                let words = String::from_utf8_lossy(bytes.take(length)).into_owned();
                let is_taken =
                    platform::text::free_text(&words) && !words.contains(char::is_control);
                if words.trim().is_empty() || !is_taken {
                    "e".to_owned()
                } else {
                    words
                }
            }
            _ => bytes
                .pick(&[
                    "e", "RENT", "rent", "%", "_", "\\", "é", "É", "100%", "a_b", "E1", "e-1",
                    "txn_",
                ])
                .to_owned(),
        }
    }
}

impl Filling<'_> {
    fn wallet(&mut self, who: &'static str, currency: Currency, amount: &str) {
        let made = self
            .service
            .make(who, "/wallets", &json!({ "currency": currency.code() }));
        let id = text(&made["id"]);
        if amount != "0" {
            let deposit = self.service.deposit(who, &id, currency.code(), amount);
            self.transactions.push((deposit, who));
        }
        self.wallets.push((id, who, currency));
    }

    fn event(&mut self) {
        match self.bytes.below(16) {
            0..=4 => self.moved("transfer"),
            5 | 6 => self.moved("payment"),
            7 | 8 => self.acquired(),
            9..=12 => self.followed(),
            13 => self.posted(),
            // Some things happen at the same time.
            _ => {
                let seconds = i64::from(self.bytes.byte());
                self.service.clock.advance(seconds * 1_000_000);
            }
        }
    }

    fn some_wallet(&mut self) -> (String, &'static str, Currency) {
        let at = self.bytes.below(self.wallets.len());
        self.wallets[at].clone()
    }

    fn some_amount(&mut self, currency: Currency) -> String {
        let minor = i64::from(self.bytes.byte()) + 1;
        Amount::from_minor(minor, currency).to_string()
    }

    /// Asks for a transaction; what is refused is no row.
    fn ask(&mut self, who: &'static str, path: &str, body: &Value) -> Option<String> {
        let body = body.to_string();
        let answer = self
            .service
            .send(who, Method::POST, path, None, body.as_bytes());
        (answer.status == 201).then(|| {
            let id = text(&answer.body["id"]);
            self.transactions.push((id.clone(), who));
            id
        })
    }

    fn moved(&mut self, kind: &str) {
        let (from, who, currency) = self.some_wallet();
        let (to, ..) = self.some_wallet();
        let mut body = json!({ "type": kind, "from_wallet": from, "to_wallet": to,
                               "amount": self.some_amount(currency), "currency": currency.code() });
        if kind == "payment" {
            body["capture"] = self.bytes.pick(&["automatic", "manual"]).into();
        }
        if self.bytes.one_in(2) {
            let words = [
                "Rent",
                "rent of May",
                "100% paid",
                "a_b",
                "Über é É",
                "back\\slash",
                "\"quoted\"",
            ];
            body["description"] = self.bytes.pick(&words).into();
        }
        if self.bytes.one_in(3) {
            body["external_id"] = format!("E-{}", self.transactions.len()).into();
        }
        if let Some(id) = self.ask(who, "/transactions", &body)
            && kind == "payment"
        {
            self.payments.push(id);
        }
    }

    fn acquired(&mut self) {
        let (wallet, who, currency) = self.some_wallet();
        let token = self
            .bytes
            .pick(&["tok_ok", "tok_declined", "tok_insufficient_funds"]);
        let instrument = json!({ "kind": "card", "token": token });
        let amount = self.some_amount(currency);
        let body = if self.bytes.one_in(2) {
            json!({ "type": "withdrawal", "from_wallet": wallet, "amount": amount,
                    "currency": currency.code(), "destination": instrument })
        } else {
            json!({ "type": "deposit", "to_wallet": wallet, "amount": amount,
                    "currency": currency.code(), "source": instrument })
        };
        if let Some(id) = self.ask(who, "/transactions", &body) {
            self.service.settled(who, &id);
        }
    }

    fn followed(&mut self) {
        if self.payments.is_empty() {
            return;
        }
        let at = self.bytes.below(self.payments.len());
        let id = self.payments[at].clone();
        let who = self
            .bytes
            .pick(&["operator", "operator", "operator", "shop", "ann", "bob"]);
        let amount = i64::from(self.bytes.byte() % 40) + 1;
        match self.bytes.below(4) {
            0 => {
                let body = json!({ "amount": amount, "final": self.bytes.one_in(3) });
                self.follow(who, &id, "capture", &body);
            }
            1 => self.follow(who, &id, "cancel", &json!({})),
            _ => {
                let body = json!({ "amount": amount });
                if let Some(refund) = self.ask(who, &format!("/transactions/{id}/refund"), &body) {
                    self.service.settled("auditor", &refund);
                }
            }
        }
    }

    /// A payment that waits for its capture, and two that were given back, whole and in part.
    fn authorised(&mut self) {
        let (from, who, _) = self.wallets[0].clone();
        let to = self.wallets[6].0.clone();
        for capture in ["automatic", "automatic", "manual"] {
            let body = json!({ "type": "payment", "from_wallet": from, "to_wallet": to, "amount": "3",
                               "currency": "USD", "capture": capture });
            let payment = self.ask(who, "/transactions", &body);
            self.payments.extend(payment);
        }
        let last = self.payments.len() - 1;
        for (payment, amount) in [(last - 1, "3"), (last - 2, "0.01")] {
            let path = format!("/transactions/{}/refund", self.payments[payment]);
            self.ask("operator", &path, &json!({ "amount": amount }));
        }
    }

    fn follow(&self, who: &str, id: &str, action: &str, body: &Value) {
        let path = format!("/transactions/{id}/{action}");
        let body = body.to_string();
        // Granted or refused: the row shows it.
        self.service
            .send(who, Method::POST, &path, None, body.as_bytes());
    }

    /// Past the transactions, by the raw ledger.
    fn posted(&mut self) {
        let (debit, _, currency) = self.some_wallet();
        let (credit, ..) = self.some_wallet();
        let item = json!({ "debit_account": debit.replace("wal_", "acc_"), "currency": currency.code(),
                           "credit_account": credit.replace("wal_", "acc_"), "amount_minor": self.bytes.byte(),
                           "hold": self.bytes.one_in(2) });
        self.service.make(
            "admin",
            "/ledger/transfers",
            &json!({ "transfers": [item] }),
        );
    }

    /// Some wallets frozen, everything read.
    fn ended(mut self, has_full_pages: bool) -> Rows {
        for _ in 0..3 {
            let (wallet, ..) = self.some_wallet();
            let path = format!("/wallets/{wallet}/freeze");
            self.service
                .send("operator", Method::POST, &path, None, b"{}");
        }
        let last = self.wallets.last().unwrap().0.clone();
        self.service.send(
            "bob",
            Method::POST,
            &format!("/wallets/{last}/close"),
            None,
            b"{}",
        );
        let read = |path: String| self.service.get("auditor", &path).body;
        let transactions: Vec<Value> = self
            .transactions
            .iter()
            .map(|(id, _)| read(format!("/transactions/{id}")))
            .collect();
        let wallets: Vec<Value> = self
            .wallets
            .iter()
            .map(|(id, ..)| read(format!("/wallets/{id}")))
            .collect();
        let mut times: Vec<String> = transactions
            .iter()
            .map(|row| text(&row["created_at"]))
            .collect();
        times.dedup();
        let mut rows = Rows {
            service: self.service,
            transactions,
            wallets,
            statements: Vec::new(),
            entries: Vec::new(),
            times,
            has_full_pages,
        };
        rows.service.tick();
        for id in rows
            .wallet_ids()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
        {
            let path = format!("/wallets/{id}/statement?include_holds=true");
            let statement = walk(&rows, "auditor", &path, 100);
            let account = id.replace("wal_", "acc_");
            let entries = walk(
                &rows,
                "admin",
                &format!("/ledger/accounts/{account}/entries"),
                100,
            );
            add_up(&rows, &id, &entries);
            assert_eq!(statement.len(), entries.len());
            rows.statements.push((id, statement));
            rows.entries.push((account, entries));
        }
        rows.are_of_every_kind();
        rows
    }
}

/// An account's entries lead from nothing to what is on it.
fn add_up(rows: &Rows, wallet: &str, entries: &[Value]) {
    let mut balance = 0;
    for entry in entries.iter().rev() {
        let amount = entry["amount_minor"].as_i64().unwrap();
        balance += match (
            entry["kind"].as_str().unwrap(),
            entry["direction"].as_str().unwrap(),
        ) {
            ("hold" | "release" | "expire", _) => 0,
            (_, "debit") => -amount,
            _ => amount,
        };
        assert_eq!(entry["balance"], balance, "{entry}");
    }
    let wallet = rows
        .wallets
        .iter()
        .find(|known| known["id"] == wallet)
        .unwrap();
    let currency = Currency::from_code(wallet["currency"].as_str().unwrap()).unwrap();
    let posted = Amount::from_minor(balance, currency).to_string();
    assert_eq!(wallet["balance"]["posted"], posted);
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
