//! Commands: any bytes as the body of any endpoint that changes something are refused with a
//! problem or carried out, never answered with a 5xx. What was carried out says what was asked, and
//! the same request with the same key is answered the same way.

use std::cell::RefCell;
use std::collections::BTreeMap;

use http::Method;
use money::{Amount, Currency};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::bytes::Bytes;
use crate::lists::SHOWN_BY_CALLER;
use crate::service::{Answer, TestService, user};

/// After so many inputs the store is a new one, so that a finding depends on few inputs before it.
const INPUTS_PER_STORE: u32 = 2_000;

thread_local! {
    static SCENE: RefCell<Option<(Scene, u32)>> = const { RefCell::new(None) };
}

/// Fields that some bodies have.
const NAMES: [&str; 14] = [
    "amount",
    "currency",
    "metadata",
    "description",
    "external_id",
    "source",
    "to_email",
    "id",
    "code",
    "max_balance",
    "timeout_ms",
    "release_of",
    "linked",
    "no_such_field",
];
/// Values that are right here and wrong there.
const VALUES: [&str; 30] = [
    "null",
    "true",
    "0",
    "-1",
    "1",
    "1.5",
    "12.345",
    "1e2",
    "1e-2",
    "1E400",
    "-0.0",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999999",
    "\"\"",
    "\"0\"",
    "\"1.25\"",
    "\"-1\"",
    "\" 1\"",
    "\"90000000000000000.01\"",
    "\"USD\"",
    "\"usd\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\u202e\\n\\t\"",
    "[]",
    "{}",
    "{\"a\":{\"a\":1,\"a\":2}}",
    "{\"kind\":\"bank_account\",\"token\":\"tok_declined\"}",
    "{\"kind\":\"card\",\"token\":\"tok_late\"}",
];

/// A store with something of everything in it.
struct Scene {
    service: TestService,
    /// What paths and bodies may name.
    names: Vec<String>,
    ann: String,
    shop: String,
    spare: String,
    completed: String,
    authorised: String,
    accounts: [String; 2],
    hold: String,
    requests: u32,
}

/// Sends one request, twice where it has a key.
pub fn run(data: &[u8]) {
    outcome(data);
}

/// As [`run`]; the status, and the code of a problem.
pub fn outcome(data: &[u8]) -> (u16, String) {
    SCENE.with_borrow_mut(|scene| {
        let (scene, inputs) = scene.get_or_insert_with(|| (Scene::new(), 0));
        *inputs += 1;
        let answer = scene.request(Bytes::new(data));
        if *inputs == INPUTS_PER_STORE {
            *inputs = 0;
            *scene = Scene::new();
        }
        (answer.status, answer.code().to_owned())
    })
}

/// The fields of a body that would do: name and JSON.
type Fields = Vec<(String, String)>;

struct Endpoint {
    who: &'static str,
    path: String,
    fields: Fields,
    /// The name of the list that the fields are an item of.
    list: Option<&'static str>,
}

impl Scene {
    fn new() -> Self {
        let service = TestService::new(payments::ListConfig::default());
        let ann = service.wallet("ann", "USD", "90000000000000000");
        let yen = service.wallet("ann", "JPY", "1000000");
        let shop = service.wallet("shop", "USD", "0");
        let bob = service.wallet("bob", "USD", "0");
        let spare = service.wallet("bob", "KWD", "0");
        let pay = |capture: &str| {
            let body = json!({ "type": "payment", "from_wallet": ann, "to_wallet": shop, "amount": "1000",
                               "currency": "USD", "capture": capture });
            text(&service.make("ann", "/transactions", &body)["id"])
        };
        let (completed, authorised) = (pay("automatic"), pay("manual"));
        let open = json!({ "accounts": [{ "currency": "USD" }, { "currency": "USD" }] });
        let opened = service.make("admin", "/ledger/accounts", &open);
        let accounts = [0, 1].map(|index: usize| text(&opened["results"][index]["id"]));
        let hold = json!({ "transfers": [{ "debit_account": accounts[0], "credit_account": accounts[1],
                           "amount_minor": 1_000_000, "currency": "USD", "hold": true }] });
        let held = service.make("admin", "/ledger/transfers", &hold);
        let hold = text(&held["results"][0]["id"]);
        let mut names = vec![yen, bob];
        for name in [
            &ann,
            &shop,
            &spare,
            &completed,
            &authorised,
            &accounts[0],
            &accounts[1],
            &hold,
        ] {
            names.push(name.clone());
        }
        names.push(ann.replace("wal_", "acc_"));
        names.push(user("ann").to_string());
        Self {
            service,
            names,
            ann,
            shop,
            spare,
            completed,
            authorised,
            accounts,
            hold,
            requests: 0,
        }
    }

    fn request(&mut self, mut bytes: Bytes<'_>) -> Answer {
        self.requests += 1;
        let mut endpoint = self.endpoint(&mut bytes);
        if bytes.one_in(16) {
            endpoint.who = bytes.pick(&[
                "ann", "bob", "shop", "operator", "admin", "auditor", "nobody",
            ]);
        }
        let key = bytes.one_in(2).then(|| format!("key-{}", self.requests));
        let body = self.body(&endpoint, &mut bytes);
        let send = || {
            let key = key.as_deref();
            self.service
                .send(endpoint.who, Method::POST, &endpoint.path, key, &body)
        };
        let first = send();
        if first.status < 300 {
            self.says_what_was_asked(&endpoint, &body, &first);
        }
        if key.is_some() {
            let second = send();
            assert_eq!(
                (first.status, first.code()),
                (second.status, second.code()),
                "{}",
                second.text
            );
            if first.status < 300 {
                assert!(second.replayed, "{}", second.text);
                assert_eq!(first.text, second.text);
            }
        }
        first
    }

    fn endpoint(&self, bytes: &mut Bytes<'_>) -> Endpoint {
        match bytes.below(16) {
            choice @ 0..=5 => self.new_transaction(choice),
            choice @ 6..=8 => self.follow_up(choice),
            choice @ 9..=11 => self.of_wallet(choice, bytes),
            choice => self.of_ledger(choice),
        }
    }

    fn new_transaction(&self, choice: usize) -> Endpoint {
        let new = |kind: &str, more: &[(&str, String)]| {
            let amount = [
                ("type", quoted(kind)),
                ("amount", quoted("1.25")),
                ("currency", quoted("USD")),
            ];
            to("ann", "/transactions", &[&amount[..], more].concat())
        };
        let from = ("from_wallet", quoted(&self.ann));
        let into = ("to_wallet", quoted(&self.shop));
        let card = "{\"kind\":\"card\",\"token\":\"tok_ok\"}".to_owned();
        match choice {
            0 | 1 => {
                let texts = [
                    ("description", quoted("rent")),
                    ("external_id", quoted(&format!("e{}", self.requests))),
                ];
                new("transfer", &[&[from, into][..], &texts].concat())
            }
            2 => {
                let metadata = ("metadata", "{\"a\":[1]}".to_owned());
                new(
                    "transfer",
                    &[from, ("to_email", quoted("bob@example.com")), metadata],
                )
            }
            3 => new("payment", &[from, into, ("capture", quoted("manual"))]),
            4 => new(
                "deposit",
                &[("to_wallet", quoted(&self.ann)), ("source", card)],
            ),
            _ => new("withdrawal", &[from, ("destination", card)]),
        }
    }

    fn follow_up(&self, choice: usize) -> Endpoint {
        let of = |id: &str, action: &str| format!("/transactions/{id}/{action}");
        match choice {
            6 => {
                let fields = [("amount", "0.01".to_owned()), ("final", "false".to_owned())];
                to("shop", &of(&self.authorised, "capture"), &fields)
            }
            7 => {
                let fields = [("amount", quoted("0.01")), ("reason", quoted("late"))];
                to("shop", &of(&self.completed, "refund"), &fields)
            }
            _ => {
                let fields = [("outcome", quoted("failed")), ("reason", quoted("no"))];
                to("operator", &of(&self.completed, "resolve"), &fields)
            }
        }
    }

    fn of_wallet(&self, choice: usize, bytes: &mut Bytes<'_>) -> Endpoint {
        let of = |action: &str| format!("/wallets/{}/{action}", self.spare);
        match choice {
            9 => {
                let fields = [("daily", quoted("5")), ("monthly", "null".to_owned())];
                to("operator", &of("limits"), &fields)
            }
            10 => {
                let fields = [("currency", quoted("EUR")), ("label", quoted("Holidays"))];
                to("bob", "/wallets", &fields)
            }
            _ => {
                let action = bytes.pick(&["freeze", "unfreeze"]);
                to("operator", &of(action), &[("reason", quoted("asked"))])
            }
        }
    }

    fn of_ledger(&self, choice: usize) -> Endpoint {
        let amount = ("amount_minor", "5".to_owned());
        let [debit, credit] = &self.accounts;
        let sides = [
            ("debit_account", quoted(debit)),
            ("credit_account", quoted(credit)),
            ("currency", quoted("USD")),
            amount.clone(),
        ];
        let (list, fields) = match choice {
            12 => {
                let terms = [
                    ("code", "300".to_owned()),
                    ("overdraft_limit", "7".to_owned()),
                ];
                (
                    "accounts",
                    [&[("currency", quoted("EUR"))][..], &terms].concat(),
                )
            }
            13 => {
                let hold = ("capture_of", quoted(&self.hold));
                (
                    "transfers",
                    vec![amount, hold, ("final", "false".to_owned())],
                )
            }
            14 => {
                let hold = [
                    ("hold", "true".to_owned()),
                    ("timeout_ms", "5000".to_owned()),
                ];
                ("transfers", [&sides[..], &hold].concat())
            }
            _ => {
                let more = [("code", "700".to_owned()), ("linked", "false".to_owned())];
                ("transfers", [&sides[..], &more].concat())
            }
        };
        let mut endpoint = to("admin", &format!("/ledger/{list}"), &fields);
        endpoint.list = Some(list);
        endpoint
    }

    /// The body: any bytes, or one that would do with some of it changed.
    fn body(&self, endpoint: &Endpoint, bytes: &mut Bytes<'_>) -> Vec<u8> {
        if bytes.one_in(4) {
            return bytes.rest().to_vec();
        }
        let items = match endpoint.list {
            Some(_) => 1 + bytes.below(3),
            None => 1,
        };
        let mut objects = Vec::new();
        for _ in 0..items {
            let mut fields = endpoint.fields.clone();
            for _ in 0..bytes.below(4) {
                self.change(&mut fields, bytes);
            }
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, json)| format!("\"{name}\":{json}"))
                .collect();
            objects.push(format!("{{{}}}", fields.join(",")));
        }
        let mut body = match endpoint.list {
            Some(list) => format!("{{\"{list}\":[{}]}}", objects.join(",")),
            None => objects.concat(),
        }
        .into_bytes();
        if bytes.one_in(4) {
            for _ in 0..=bytes.below(3) {
                let at = (bytes.below(256) * 256 + bytes.below(256)) % body.len();
                body[at] = bytes.byte();
            }
        }
        body
    }

    fn change(&self, fields: &mut Fields, bytes: &mut Bytes<'_>) {
        let value = match bytes.below(8) {
            0..=4 => bytes.pick(&VALUES).to_owned(),
            5 => format!("\"{}\"", self.names[bytes.below(self.names.len())]),
            6 => {
                // Readers of JSON have a limit, the one that reads the answers too: 128.
                let levels = bytes.below(256);
                format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
            }
            // Whatever the bytes say, as a text.
            _ => {
                let length = bytes.below(64);
                Value::from(String::from_utf8_lossy(bytes.take(length))).to_string()
            }
        };
        let at = bytes.below(fields.len().max(1));
        match bytes.below(8) {
            0 if !fields.is_empty() => drop(fields.remove(at)),
            1 => fields.push((bytes.pick(&NAMES).to_owned(), value)),
            2 if !fields.is_empty() => {
                let twice = fields[at].clone();
                fields.push(twice);
            }
            3 if !fields.is_empty() => fields[at].0 = bytes.pick(&NAMES).to_owned(),
            _ if !fields.is_empty() => fields[at].1 = value,
            _ => {}
        }
    }

    /// What was accepted means the same in the answer as in the request.
    fn says_what_was_asked(&self, endpoint: &Endpoint, body: &[u8], answer: &Answer) {
        let asked: BTreeMap<String, Box<RawValue>> = match body {
            [] => BTreeMap::new(),
            body => serde_json::from_slice(body).expect("what was accepted is an object"),
        };
        let made = &answer.body;
        match endpoint.path.as_str() {
            "/transactions" => {
                let fields = [
                    "type",
                    "from_wallet",
                    "to_wallet",
                    "source",
                    "destination",
                    "metadata",
                ];
                same_values(&asked, made, &fields);
                same_values(&asked, made, &["currency", "description", "external_id"]);
                same_amount(&asked, "amount", made);
                assert_eq!(made["created_by"], user(endpoint.who).to_string());
                if made["status"] == "completed" {
                    let path = format!("/transactions/{}", text(&made["id"]));
                    let mut seen = self.service.get(endpoint.who, &path).body;
                    for shown in SHOWN_BY_CALLER {
                        seen.as_object_mut().unwrap().remove(shown);
                    }
                    assert_eq!(&seen, made);
                }
            }
            "/wallets" => {
                same_values(&asked, made, &["currency"]);
                if let Some(label) = asked.get("label") {
                    let label: Option<String> = serde_json::from_str(label.get()).unwrap();
                    // Without the spaces around it.
                    assert_eq!(made["label"].as_str(), label.as_deref().map(str::trim));
                }
                assert_eq!(made["owner_id"], user(endpoint.who).to_string());
            }
            "/ledger/transfers" => self.transfers_are_there(&asked["transfers"], made),
            "/ledger/accounts" => {
                let items: Vec<Value> = serde_json::from_str(asked["accounts"].get()).unwrap();
                let results = made["results"].as_array().unwrap();
                assert_eq!(items.len(), results.len());
                for (item, result) in items.iter().zip(results) {
                    if item["id"].is_string() {
                        assert_eq!(item["id"], result["id"]);
                    }
                    if result["result"] == "created" {
                        let path = format!("/ledger/accounts/{}", text(&result["id"]));
                        let account = self.service.get("admin", &path).body;
                        assert_eq!(account["currency"], item["currency"]);
                    }
                }
            }
            path if path.ends_with("/refund") => {
                assert_eq!(made["original_transaction"], self.completed);
                if asked
                    .get("amount")
                    .is_some_and(|amount| amount.get() != "null")
                {
                    same_amount(&asked, "amount", made);
                }
            }
            _ => {}
        }
    }

    fn transfers_are_there(&self, asked: &RawValue, made: &Value) {
        let items: Vec<Value> = serde_json::from_str(asked.get()).unwrap();
        let results = made["results"].as_array().unwrap();
        assert_eq!(items.len(), results.len());
        for (item, result) in items.iter().zip(results) {
            if item["id"].is_string() {
                assert_eq!(item["id"], result["id"]);
            }
            if result["result"] != "created" || !item["debit_account"].is_string() {
                continue;
            }
            let path = format!(
                "/ledger/accounts/{}/entries?limit=10",
                text(&item["debit_account"])
            );
            let entries = self.service.get("admin", &path).body;
            let entry = entries["data"].as_array().unwrap().iter();
            let entry = entry
                .clone()
                .find(|entry| entry["transfer_id"] == result["id"]);
            let entry = entry.unwrap_or_else(|| panic!("{result} is not in {entries}"));
            assert_eq!(entry["amount_minor"], item["amount_minor"]);
            assert_eq!(entry["counterparty_account"], item["credit_account"]);
            assert_eq!(entry["seq"], result["seq"]);
            let code = item.get("code").filter(|code| !code.is_null());
            assert_eq!(entry["code"], code.cloned().unwrap_or(json!(100)));
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn to(who: &'static str, path: &str, fields: &[(&str, String)]) -> Endpoint {
    let fields = fields.iter();
    Endpoint {
        who,
        path: path.to_owned(),
        fields: fields
            .map(|(name, json)| ((*name).to_owned(), json.clone()))
            .collect(),
        list: None,
    }
}

/// Fields that were given are in the answer as they were given.
fn same_values(asked: &BTreeMap<String, Box<RawValue>>, made: &Value, fields: &[&str]) {
    for field in fields {
        let Some(raw) = asked.get(*field) else {
            continue;
        };
        let given: Value = serde_json::from_str(raw.get()).unwrap();
        assert_eq!(made[field], given, "{field} of {made}");
    }
}

/// The amount of the answer is exactly that of the request.
fn same_amount(asked: &BTreeMap<String, Box<RawValue>>, field: &str, made: &Value) {
    let currency = Currency::from_code(made["currency"].as_str().unwrap()).unwrap();
    let raw = asked[field].get();
    let given = match serde_json::from_str::<String>(raw) {
        Ok(text) => Amount::parse(&text, currency),
        Err(_) => Amount::parse_json_number(raw, currency),
    };
    let answered = Amount::parse(made["amount"].as_str().unwrap(), currency);
    assert_eq!(given, answered, "{made}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
