//! What ends by itself: payments that nobody captured, ledger holds, idempotency records.

use db::args;
use ledger::{AccountId, AccountTerms, Posting, Request, TransferId};
use money::Currency;
use payments::acquirer::Verdict;
use payments_core::command::{Actor, Answer, ChainedRequest, NewAccount, Operation};
use serde_json::json;
use testkit::{Engine, FakeClock, TestStore, engines, ids};
use uuid::Uuid;

use super::harness::{App, DAY, HOUR, SECONDS, config, deposit, scripted};

/// A payment of 80.00 EUR that waits for its capture, with the wallets of both sides.
async fn authorised(app: &App) -> (String, String, String) {
    let payer = app.wallet("ann", "EUR", 50_000).await;
    let merchant = app.wallet("shop", "EUR", 0).await;
    let body = json!({ "type": "payment", "from_wallet": payer, "to_wallet": merchant, "amount": "80.00",
                       "currency": "EUR", "capture": "manual" });
    let (id, status) = app.post("ann", "/transactions", body).await.made();
    assert_eq!(status, "authorised");
    (id, payer, merchant)
}

async fn capture(app: &App, id: &str, amount: &str) -> u16 {
    let body = json!({ "amount": amount, "final": false });
    app.post("shop", &format!("/transactions/{id}/capture"), body)
        .await
        .status
}

#[tokio::test]
async fn a_payment_that_nobody_captured_expires_and_gives_back_money_and_limit() {
    App::each(config(), async |app, _script| {
        let (id, payer, merchant) = authorised(&app).await;
        app.clock.advance(HOUR - 1);
        app.tick().await;
        assert_eq!(app.status(&id).await, "authorised");
        assert_eq!(app.balance(&payer).await, ("500.00".into(), "80.00".into()));
        app.clock.advance(1);
        app.tick().await;
        assert_eq!(app.status(&id).await, "expired");
        assert_eq!(app.balance(&payer).await, ("500.00".into(), "0.00".into()));
        assert_eq!(app.balance(&merchant).await.0, "0.00");
        assert_eq!(capture(&app, &id, "1").await, 409);
        // Of the limit of 100 a day nothing is used.
        let body = json!({ "type": "transfer", "from_wallet": payer, "to_wallet": merchant, "amount": "100",
                           "currency": "EUR" });
        assert_eq!(app.post("ann", "/transactions", body).await.made().1, "completed");
        app.tick().await;
        assert_eq!(app.timeline(&id).await, ["authorised", "expired"]);
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_was_captured_in_part_is_completed_with_that_part() {
    App::each(config(), async |app, _script| {
        let (id, payer, merchant) = authorised(&app).await;
        assert_eq!(capture(&app, &id, "30").await, 200);
        app.clock.advance(HOUR);
        app.tick().await;
        let payment = app.transaction(&id).await;
        assert_eq!(payment["status"], "completed");
        assert_eq!(payment["captured_amount"], "30.00");
        assert_eq!(app.balance(&payer).await, ("470.00".into(), "0.00".into()));
        assert_eq!(app.balance(&merchant).await.0, "30.00");
        let body = json!({ "type": "transfer", "from_wallet": payer, "to_wallet": merchant, "amount": "70",
                           "currency": "EUR" });
        assert_eq!(app.post("ann", "/transactions", body).await.made().1, "completed");
    })
    .await;
}

#[tokio::test]
async fn what_was_captured_or_cancelled_in_time_does_not_expire() {
    App::each(config(), async |app, _script| {
        let (captured, ..) = authorised(&app).await;
        assert_eq!(capture(&app, &captured, "80").await, 200);
        let (cancelled, ..) = authorised(&app).await;
        let path = format!("/transactions/{cancelled}/cancel");
        assert_eq!(app.post("shop", &path, json!({})).await.status, 200);
        app.clock.advance(DAY);
        app.tick().await;
        assert_eq!(app.status(&captured).await, "completed");
        assert_eq!(app.timeline(&cancelled).await, ["authorised", "cancelled"]);
    })
    .await;
}

/// Two ledger accounts in USD without limits.
async fn accounts(app: &App) -> (Uuid, Uuid) {
    let ids = ids(app.clock.clone());
    let terms = AccountTerms {
        flags: ledger::Flags::default(),
        overdraft_limit: 0,
        max_balance: None,
    };
    let new = [ids.next(), ids.next()].map(|id| NewAccount {
        id,
        currency: Currency::USD,
        code: 99,
        terms,
    });
    let (one, other) = (new[0].id, new[1].id);
    app.submit(Actor::System, Operation::OpenAccounts(new.to_vec()))
        .await;
    (one, other)
}

/// So many holds of 1.00 USD, each for an hour.
async fn hold(app: &App, (debit, credit): (Uuid, Uuid), count: usize) {
    let ids = ids(app.clock.clone());
    let request = || ChainedRequest {
        request: Request::Hold {
            posting: Posting {
                id: TransferId(ids.next().as_u128()),
                org: 1,
                debit: AccountId(debit.as_u128()),
                credit: AccountId(credit.as_u128()),
                amount: 100,
                currency: Currency::USD,
                code: 99,
            },
            expires_at: None,
        },
        timeout: Some(HOUR),
        linked: false,
    };
    let requests = std::iter::repeat_with(request).take(count).collect();
    let Answer::Ledger(results) = app.submit(Actor::System, Operation::Post(requests)).await else {
        panic!("not an answer of the ledger");
    };
    assert!(results.iter().all(Result::is_ok));
}

async fn held(app: &App, account: Uuid) -> i64 {
    let sql = "SELECT debits_pending FROM balances JOIN accounts ON no = account WHERE id = $1";
    let row: (i64,) = app
        .service
        .db()
        .fetch_one(sql, args![account])
        .await
        .unwrap();
    row.0
}

#[tokio::test]
async fn ledger_holds_end_at_their_deadline_however_many() {
    App::each(config(), async |app, _script| {
        let accounts = accounts(&app).await;
        hold(&app, accounts, 2_500).await;
        app.clock.advance(SECONDS);
        hold(&app, accounts, 1).await;
        app.clock.advance(HOUR - SECONDS - 1);
        app.tick().await;
        assert_eq!(held(&app, accounts.0).await, 250_100);
        app.clock.advance(1);
        app.tick().await;
        assert_eq!(held(&app, accounts.0).await, 100);
        app.clock.advance(SECONDS);
        app.tick().await;
        assert_eq!(held(&app, accounts.0).await, 0);
    })
    .await;
}

#[tokio::test]
async fn two_nodes_that_sweep_at_once_let_each_thing_expire_once() {
    for engine in engines()
        .into_iter()
        .filter(|engine| *engine == Engine::Postgres)
    {
        let (store, clock) = (TestStore::new(engine), FakeClock::new());
        let one = App::open(&store, &clock, scripted().0, config()).await;
        let other = App::open(&store, &clock, scripted().0, config()).await;
        let (id, payer, _) = authorised(&one).await;
        let accounts = accounts(&other).await;
        hold(&other, accounts, 300).await;
        clock.advance(HOUR);
        tokio::join!(one.tick(), other.tick());
        assert_eq!(one.timeline(&id).await, ["authorised", "expired"]);
        assert_eq!(one.balance(&payer).await, ("500.00".into(), "0.00".into()));
        assert_eq!(held(&one, accounts.0).await, 0);
        one.service.close().await;
        other.service.close().await;
    }
}

#[tokio::test]
async fn an_idempotency_key_is_forgotten_after_seven_days() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let post = async |key: &'static str, is_new: bool, script: &mut super::harness::Script| {
            let (made, ()) = tokio::join!(
                app.post_once("ann", key, "/transactions", deposit(&wallet, "tok")),
                async {
                    if is_new {
                        script.instruction().await.answer(Verdict::Approved);
                    }
                }
            );
            assert_eq!(made.is_replayed(), !is_new, "{key}");
            made.made().0
        };
        let first = post("old", true, &mut script).await;
        app.clock.advance(DAY);
        let young = post("young", true, &mut script).await;
        app.clock.advance(6 * DAY);
        app.tick().await;
        assert_eq!(post("old", false, &mut script).await, first);
        app.clock.advance(1);
        app.tick().await;
        assert_ne!(post("old", true, &mut script).await, first);
        assert_eq!(post("young", false, &mut script).await, young);
        // A backlog goes batch by batch, and the journal's own truth is not touched.
        app.clock.advance(8 * DAY);
        app.tick().await;
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM idempotency";
        let left: (i64,) = app.service.db().fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(left.0, 0);
        assert_ne!(post("young", true, &mut script).await, young);
    })
    .await;
}

#[tokio::test]
async fn the_background_does_all_of_it_and_ends_when_dropped() {
    App::each(config(), async |app, mut script| {
        let (id, payer, _) = authorised(&app).await;
        let (made, ()) = tokio::join!(app.deposit(&payer, "tok"), async {
            script.instruction().await.answer(Verdict::Pending);
        });
        let (deposited, _) = made.made();
        app.clock.advance(HOUR);
        let background = app.service.start_background();
        script.enquiry().await.answer(Verdict::Approved);
        app.until(&id, "expired").await;
        app.until(&deposited, "completed").await;
        let (again, ()) = tokio::join!(app.deposit(&payer, "tok"), async {
            script.instruction().await.answer(Verdict::Pending);
        });
        let (told, _) = again.made();
        script.tell(&told, Verdict::Approved);
        app.until(&told, "completed").await;
        drop(background);
    })
    .await;
}
