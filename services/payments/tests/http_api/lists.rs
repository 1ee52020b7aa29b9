//! Lists of transactions against a naive filter over all of them.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use values::SECOND;

use crate::http_api::support::{Answer, App, column, each, without_counterparties};

const OWNERS: [&str; 3] = ["ann", "bob", "shop"];
const WORDS: [&str; 8] = [
    "",
    "Rent",
    "100% rent",
    "a_b",
    "axb",
    "back\\slash",
    "RENT é",
    "lunch",
];

/// One thing that happens; numbers choose among what there is.
#[derive(Debug, Clone)]
struct Step {
    what: u8,
    from: usize,
    to: usize,
    cents: u32,
    words: usize,
    pause: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        0..10_u8,
        0..64_usize,
        0..64_usize,
        1..900_u32,
        0..WORDS.len(),
        any::<bool>(),
    )
        .prop_map(|(what, from, to, cents, words, pause)| Step {
            what,
            from,
            to,
            cents,
            words,
            pause,
        });
    prop::collection::vec(step, 70)
}

/// A town with wallets, and everything that ever happened in it, newest first.
struct Town {
    owners: HashMap<String, &'static str>,
    wallets: Vec<String>,
    all: Vec<Value>,
}

async fn settle(app: &App) -> Town {
    let mut owners = HashMap::new();
    let mut wallets = Vec::new();
    for (owner, currency) in [
        ("ann", "USD"),
        ("bob", "USD"),
        ("shop", "USD"),
        ("ann", "USD"),
        ("bob", "JPY"),
        ("ann", "JPY"),
    ] {
        let wallet = app.wallet(owner, currency, "0").await;
        owners.insert(wallet.clone(), owner);
        wallets.push(wallet);
    }
    let mut town = Town {
        owners,
        wallets,
        all: Vec::new(),
    };
    let mut made = Vec::new();
    for (index, wallet) in town.wallets.iter().enumerate() {
        let currency = if index < 4 { "USD" } else { "JPY" };
        made.push(
            app.deposit(town.owners[wallet], wallet, "500", currency)
                .await,
        );
    }
    for (no, step) in pick(&steps()).into_iter().enumerate() {
        if step.pause {
            app.wait(SECOND);
        }
        let done = happen(app, &town, &made, no, &step).await;
        made.extend((done.status == 201).then_some(done.body));
    }
    made.reverse();
    town.all = made;
    town.read_again(app).await;
    town
}

impl Town {
    /// Reads every transaction by its id.
    async fn read_again(&mut self, app: &App) {
        for row in &mut self.all {
            let path = format!("/transactions/{}", row["id"].as_str().unwrap());
            let seen = app.by("auditor").get(&path).await.body;
            *row = without_counterparties(vec![seen]).remove(0);
        }
    }
}

/// A value that is the same in every run.
fn pick<T: std::fmt::Debug>(strategy: &impl Strategy<Value = T>) -> T {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    strategy.new_tree(&mut runner).unwrap().current()
}

/// Does one step; 201 where it made a transaction.
async fn happen(app: &App, town: &Town, made: &[Value], no: usize, step: &Step) -> Answer {
    let dollars = &town.wallets[..4];
    let from = &dollars[step.from % 4];
    let to = &dollars[step.to % 4];
    let owner = town.owners[from];
    let card = |token: &str| json!({ "kind": "card", "token": token });
    let mut body = json!({ "amount": format!("{}.{:02}", step.cents / 100, step.cents % 100), "currency": "USD" });
    if step.words > 0 {
        body["description"] = json!(WORDS[step.words]);
    }
    if step.words.is_multiple_of(3) {
        body["external_id"] = json!(format!("Order-{no}"));
    }
    let with = |mut body: Value, fields: &[(&str, Value)]| {
        for (name, value) in fields {
            body[*name] = value.clone();
        }
        body
    };
    let pair = [("from_wallet", json!(from)), ("to_wallet", json!(to))];
    let body = match step.what {
        0..3 => with(with(body, &pair), &[("type", json!("transfer"))]),
        3 => with(with(body, &pair), &[("type", json!("payment"))]),
        4 | 5 => with(
            with(body, &pair),
            &[("type", json!("payment")), ("capture", json!("manual"))],
        ),
        6 => {
            let token = ["tok_ok", "tok_declined", "tok_timeout"][step.to % 3];
            let destination = ("destination", card(token));
            with(
                body,
                &[("type", json!("withdrawal")), pair[0].clone(), destination],
            )
        }
        7 => {
            let (from, to) = (&town.wallets[4], &town.wallets[5]);
            let yen = [
                ("amount", json!(step.cents % 40 + 1)),
                ("currency", json!("JPY")),
            ];
            let body = with(
                with(body, &yen),
                &[("from_wallet", json!(from)), ("to_wallet", json!(to))],
            );
            return app
                .by("bob")
                .post("/transactions", with(body, &[("type", json!("transfer"))]))
                .await;
        }
        _ => {
            let mut payments = made.iter().rev().filter(|row| row["type"] == "payment");
            let payment = payments.nth(step.from % 3).unwrap_or(&made[0]);
            let act = ["capture", "cancel", "refund"][step.to % 3];
            let path = format!("/transactions/{}/{act}", payment["id"].as_str().unwrap());
            let body = if act == "refund" {
                json!({ "amount": "0.01" })
            } else {
                json!({})
            };
            return app.by("operator").post(&path, body).await;
        }
    };
    app.by(owner).post("/transactions", body).await
}

/// What somebody asks for.
#[derive(Debug, Clone)]
struct Query {
    who: &'static str,
    statuses: Vec<&'static str>,
    types: Vec<&'static str>,
    currency: Option<&'static str>,
    amounts: [Option<u32>; 2],
    times: [Option<usize>; 2],
    q: Option<String>,
    wallet: Option<usize>,
    limit: usize,
}

fn queries() -> impl Strategy<Value = Query> {
    let some = |names: &'static [&'static str]| prop::sample::subsequence(names, 0..=2);
    let words = prop_oneof![
        4 => Just(None),
        3 => prop::sample::select(&["rent", "RENT", "%", "_", "\\", "a_b", "order-1", "É", "é", "ORDER", "nothing"][..])
            .prop_map(|word| Some(word.to_owned())),
        1 => (0..40_usize).prop_map(|place| Some(format!("#{place}"))),
    ];
    (
        prop::sample::select(&["ann", "bob", "shop", "operator"][..]),
        some(&[
            "completed",
            "authorised",
            "failed",
            "cancelled",
            "unresolved",
            "reversed",
            "expired",
        ]),
        some(&["transfer", "deposit", "withdrawal", "payment", "refund"]),
        prop::option::of(prop::sample::select(&["USD", "JPY", "EUR"][..])),
        prop::array::uniform2(prop::option::of(0..900_u32)),
        prop::array::uniform2(prop::option::weighted(0.3, 0..40_usize)),
        words,
        prop::option::weighted(0.3, 0..6_usize),
        prop::sample::select(&[1_usize, 2, 3, 7, 100][..]),
    )
        .prop_map(
            |(who, statuses, types, currency, amounts, times, q, wallet, limit)| Query {
                who,
                statuses,
                types,
                currency,
                amounts,
                times,
                q,
                wallet,
                limit,
            },
        )
}

impl Query {
    /// The rows that the contract promises.
    fn naive<'a>(&self, town: &'a Town) -> Vec<&'a Value> {
        let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let owner = |row: &Value, side: &str| town.owners.get(&text(row, side)).copied();
        let minor = |row: &Value| {
            let amount = text(row, "amount");
            let minor: u32 = amount.replace('.', "").parse().unwrap();
            // Without a currency amounts are compared, and not their minor units.
            let is_whole = self.currency.is_none() && !amount.contains('.');
            if is_whole { minor * 100 } else { minor }
        };
        let [least, most] = self.amounts;
        let [since, until] = self
            .times
            .map(|place| place.map(|place| text(&town.all[place], "created_at")));
        let q = self.word(town);
        let has = |row: &Value, q: &str| {
            let q = q.to_ascii_lowercase();
            ["description", "external_id"]
                .iter()
                .any(|field| text(row, field).to_ascii_lowercase().contains(&q))
        };
        town.all
            .iter()
            .filter(|row| {
                self.who == "operator"
                    || [owner(row, "from_wallet"), owner(row, "to_wallet")]
                        .contains(&Some(self.who))
            })
            .filter(|row| {
                self.statuses.is_empty() || self.statuses.contains(&text(row, "status").as_str())
            })
            .filter(|row| self.types.is_empty() || self.types.contains(&text(row, "type").as_str()))
            .filter(|row| {
                self.currency
                    .is_none_or(|currency| text(row, "currency") == currency)
            })
            .filter(|row| least.is_none_or(|least| minor(row) >= least))
            .filter(|row| most.is_none_or(|most| minor(row) <= most))
            .filter(|row| {
                since
                    .as_ref()
                    .is_none_or(|since| text(row, "created_at") >= *since)
            })
            .filter(|row| {
                until
                    .as_ref()
                    .is_none_or(|until| text(row, "created_at") < *until)
            })
            .filter(|row| {
                q.as_ref()
                    .is_none_or(|q| text(row, "id") == *q || has(row, q))
            })
            .filter(|row| {
                self.wallet.is_none_or(|place| {
                    let wallet = &town.wallets[place];
                    [text(row, "from_wallet"), text(row, "to_wallet")].contains(wallet)
                })
            })
            .collect()
    }

    /// `#7` stands for the id of the seventh transaction.
    fn word(&self, town: &Town) -> Option<String> {
        let q = self.q.clone()?;
        match q.strip_prefix('#') {
            Some(place) => town.all[place.parse::<usize>().unwrap()]["id"]
                .as_str()
                .map(str::to_owned),
            None => Some(q),
        }
    }

    fn path(&self, town: &Town) -> String {
        let mut pairs = Vec::new();
        if !self.statuses.is_empty() {
            pairs.push(("status", self.statuses.join(",")));
        }
        if !self.types.is_empty() {
            pairs.push(("type", self.types.join(",")));
        }
        pairs.extend(
            self.currency
                .map(|currency| ("currency", currency.to_owned())),
        );
        let digits = if self.currency == Some("JPY") { 0 } else { 2 };
        for (name, amount) in ["amount_gte", "amount_lte"].into_iter().zip(self.amounts) {
            pairs.extend(amount.map(|amount| {
                let text = if digits == 0 {
                    amount.to_string()
                } else {
                    format!("{}.{:02}", amount / 100, amount % 100)
                };
                (name, text)
            }));
        }
        for (name, place) in ["created_gte", "created_lt"].into_iter().zip(self.times) {
            pairs.extend(place.map(|place| {
                (
                    name,
                    town.all[place]["created_at"].as_str().unwrap().to_owned(),
                )
            }));
        }
        pairs.extend(self.word(town).map(|word| ("q", word)));
        pairs.extend(
            self.wallet
                .map(|place| ("wallet_id", town.wallets[place].clone())),
        );
        let query = serde_urlencoded::to_string(pairs).unwrap();
        format!("/transactions?{query}")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_every_filter_is_what_a_naive_filter_finds() {
    each(async |app| {
        let mut town = settle(app).await;
        assert!(town.all.len() > 40, "{}", town.all.len());
        for kind in ["transfer", "withdrawal", "payment", "refund"] {
            assert!(column(&town.all, "type").contains(&kind), "{kind}");
        }
        // Before anything is summarised and afterwards.
        compare(app, &town, 150);
        app.service.tick().await;
        town.read_again(app).await;
        compare(app, &town, 300);
    })
    .await;
}

fn compare(app: &App, town: &Town, cases: u32) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let runtime = tokio::runtime::Handle::current();
    let held = tokio::task::block_in_place(|| {
        runner.run(&queries(), |query| {
            let path = query.path(town);
            let foreign = query.wallet.is_some_and(|place| {
                query.who != "operator" && town.owners[&town.wallets[place]] != query.who
            });
            if foreign {
                let missing = runtime.block_on(app.by(query.who).get(&path));
                prop_assert_eq!(missing.refusal(), (404, "wallet_not_found"));
                return Ok(());
            }
            let found = runtime.block_on(app.by(query.who).all(&path, query.limit));
            let found = without_counterparties(found);
            let expected = query.naive(town);
            let expected_ids: Vec<_> = expected.iter().map(|row| &row["id"]).collect();
            let found_ids: Vec<_> = found.iter().map(|row| &row["id"]).collect();
            prop_assert_eq!(found_ids, expected_ids, "{}", path);
            prop_assert!(found.iter().eq(expected));
            Ok(())
        })
    });
    assert!(held.is_ok(), "{:?}: {}", app.engine, held.unwrap_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_in_place_while_new_transactions_arrive() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "100").await;
        let bob = app.wallet("bob", "USD", "0").await;
        for amount in ["1", "2", "3", "4"] {
            app.transfer("ann", &ann, &bob, amount, "USD").await;
        }
        for reader in ["bob", "operator"] {
            let first = app.by(reader).get("/transactions?limit=2").await;
            let cursor = first.body["next_cursor"].as_str().unwrap().to_owned();
            let before = column(first.body["data"].as_array().unwrap(), "amount")[1].to_owned();
            app.transfer("ann", &ann, &bob, "9", "USD").await;
            let next = app
                .by(reader)
                .get(&format!("/transactions?limit=1&cursor={cursor}"))
                .await;
            let amount = next.body["data"][0]["amount"].as_str().unwrap();
            assert!(
                amount < before.as_str(),
                "{reader}: {amount} after {before}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_wallets_has_an_empty_list() {
    each(async |app| {
        for path in ["/transactions", "/transactions?q=x", "/wallets"] {
            let page = app.by(OWNERS[0]).get(path).await;
            assert_eq!(
                page.body,
                json!({ "data": [], "has_more": false, "next_cursor": null })
            );
        }
        let none = app
            .by("operator")
            .get("/transactions?created_gte=2026-01-01T00:00:00Z")
            .await;
        assert_eq!(none.body["data"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_lists_are_checked() {
    each(async |app| {
        for (query, refusal, param) in [
            ("status=done", (400, "invalid_parameter"), "status"),
            ("status=", (400, "invalid_parameter"), "status"),
            ("status=completed,", (400, "invalid_parameter"), "status"),
            ("type=theft", (400, "invalid_parameter"), "type"),
            ("currency=usd", (422, "unknown_currency"), "currency"),
            (
                "created_gte=yesterday",
                (400, "invalid_parameter"),
                "created_gte",
            ),
            ("created_lt=", (400, "invalid_parameter"), "created_lt"),
            (
                "amount_gte=1.00001",
                (422, "amount_precision"),
                "amount_gte",
            ),
            (
                "amount_lte=922337203685477.5807",
                (422, "amount_overflow"),
                "amount_lte",
            ),
            (
                "amount_gte=1.001&currency=USD",
                (422, "amount_precision"),
                "amount_gte",
            ),
            (
                "amount_lte=x&currency=USD",
                (400, "invalid_parameter"),
                "amount_lte",
            ),
            (
                "amount_lte=1e400&currency=USD",
                (400, "invalid_parameter"),
                "amount_lte",
            ),
            (
                "amount_lte=92233720368547758.08&currency=USD",
                (422, "amount_overflow"),
                "amount_lte",
            ),
            ("q=", (422, "invalid_text"), "q"),
            ("q=%00", (400, "invalid_character"), ""),
            ("limit=0", (422, "limit_out_of_range"), "limit"),
            ("limit=x", (400, "invalid_parameter"), "limit"),
            ("cursor=x", (400, "invalid_cursor"), "cursor"),
            ("wallet_id=usr_1", (400, "invalid_parameter"), "wallet_id"),
            ("colour=red", (400, "unknown_parameter"), "colour"),
            ("limit=1&limit=2", (400, "invalid_parameter"), "limit"),
        ] {
            let refused = app.by("ann").get(&format!("/transactions?{query}")).await;
            assert_eq!(refused.refusal(), refusal, "{query}: {}", refused.text);
            if !param.is_empty() {
                assert_eq!(refused.param(), param, "{query}");
            }
        }
        for (query, refusal) in [
            ("status=open", (400, "invalid_parameter")),
            ("currency=XXX", (422, "unknown_currency")),
            ("owner_id=wal_1", (400, "invalid_parameter")),
            ("limit=101", (422, "limit_out_of_range")),
            ("q=x", (400, "unknown_parameter")),
        ] {
            let refused = app.by("ann").get(&format!("/wallets?{query}")).await;
            assert_eq!(refused.refusal(), refusal, "{query}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_without_a_currency_are_compared_in_the_units_of_each() {
    each(async |app| {
        for (currency, amounts) in [
            ("USD", ["4.99", "5", "5.01"]),
            ("JPY", ["4", "5", "6"]),
            ("KWD", ["4.999", "5", "5.001"]),
            ("CLF", ["4.9999", "5", "5.0001"]),
        ] {
            let wallet = app.wallet("ann", currency, "0").await;
            for amount in amounts {
                app.deposit("ann", &wallet, amount, currency).await;
            }
        }
        for summarised in [false, true] {
            if summarised {
                app.service.tick().await;
            }
            for (query, expected) in [
                ("amount_gte=5&amount_lte=5", "5.0000 5.000 5 5.00"),
                ("amount_gte=5.0001", "5.0001 5.001 6 5.01"),
                ("amount_lte=4.9999", "4.9999 4.999 4 4.99"),
                ("amount_gte=-1&amount_lte=0", ""),
                ("amount_gte=922337203685476", ""),
            ] {
                let rows = app
                    .by("ann")
                    .all(&format!("/transactions?{query}"), 3)
                    .await;
                let found = column(&rows, "amount").join(" ");
                assert_eq!(found, expected, "{query}");
            }
        }
    })
    .await;
}
