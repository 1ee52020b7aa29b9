//! What users may do by how far their identity is verified.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use contracts::identity::{OrgId, UserId};
use contracts::kyc::{KycLevel, KycLevels, KycUnavailable};
use serde_json::{Value, json};
use values::DAY;

use crate::http_api::support::{Answer, App, each, transfer, user};

/// Levels as a test wants them; none: they cannot be told.
struct FakeLevels(Mutex<Option<HashMap<UserId, KycLevel>>>);

impl FakeLevels {
    fn of(app: &App) -> Arc<Self> {
        let levels = Arc::new(Self(Mutex::new(Some(HashMap::new()))));
        app.service.set_kyc_levels(levels.clone());
        levels
    }

    fn set(&self, name: &str, level: KycLevel) {
        let mut levels = self.0.lock().unwrap();
        let user = user(name).parse().unwrap();
        levels.as_mut().unwrap().insert(user, level);
    }
}

#[async_trait::async_trait]
impl KycLevels for FakeLevels {
    async fn level(&self, _: OrgId, user: UserId) -> Result<KycLevel, KycUnavailable> {
        let levels = self.0.lock().unwrap();
        let levels = levels
            .as_ref()
            .ok_or_else(|| KycUnavailable("away".to_owned()))?;
        Ok(levels.get(&user).copied().unwrap_or(KycLevel::None))
    }
}

async fn sends(app: &App, from: &str, to: &str, amount: &str) -> Answer {
    let body = transfer(from, to, amount, "GBP");
    app.by("ann").post("/transactions", body).await
}

fn detail(answer: &Answer) -> &str {
    answer.body["detail"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_wallet_gives_no_second_limit() {
    each(async |app| {
        FakeLevels::of(app);
        let first = app.wallet("ann", "GBP", "1000").await;
        let second = app.wallet("ann", "GBP", "1000").await;
        let bob = app.wallet("bob", "GBP", "0").await;
        assert_eq!(sends(app, &first, &bob, "60").await.status, 201);
        let refused = sends(app, &second, &bob, "40.01").await;
        assert_eq!(refused.refusal(), (422, "limit_exceeded"));
        assert_eq!(refused.param(), "amount");
        for part in [
            "not verified",
            "at most 100.00 GBP",
            "40.00 GBP is left",
            "verify",
        ] {
            assert!(detail(&refused).contains(part), "{}", refused.text);
        }
        assert_eq!(app.balance(&second).await.0, "1000.00");
        assert_eq!(sends(app, &second, &bob, "40").await.status, 201);
        assert_eq!(
            sends(app, &first, &bob, "0.01").await.code(),
            "limit_exceeded"
        );
        app.wait(DAY);
        assert_eq!(
            sends(app, &first, &bob, "50.01").await.code(),
            "limit_exceeded"
        );
        assert_eq!(sends(app, &first, &bob, "50").await.status, 201);
        app.wait(31 * DAY);
        assert_eq!(sends(app, &first, &bob, "100").await.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_wallet_still_counts_against_the_limit_of_its_owner() {
    each(async |app| {
        FakeLevels::of(app);
        let first = app.wallet("ann", "GBP", "100").await;
        let bob = app.wallet("bob", "GBP", "0").await;
        assert_eq!(sends(app, &first, &bob, "100").await.status, 201);
        let closed = app
            .by("ann")
            .post_empty(&format!("/wallets/{first}/close"))
            .await;
        assert_eq!(closed.status, 200, "{}", closed.text);
        let second = app.wallet("ann", "GBP", "100").await;
        assert_eq!(
            sends(app, &second, &bob, "0.01").await.code(),
            "limit_exceeded"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_withdrawal_is_limited_by_its_type_and_verifying_raises_it() {
    each(async |app| {
        let levels = FakeLevels::of(app);
        let wallet = app.wallet("ann", "GBP", "1000").await;
        let withdraw = async |amount: &str| {
            let body = json!({"type": "withdrawal", "from_wallet": wallet, "amount": amount,
                "currency": "GBP", "destination": {"kind": "card", "token": "tok_ok"}});
            app.by("ann").post("/transactions", body).await
        };
        let refused = withdraw("30.01").await;
        assert_eq!(refused.refusal(), (422, "limit_exceeded"));
        assert!(
            detail(&refused).contains("a withdrawal may be at most 30.00 GBP"),
            "{}",
            refused.text
        );
        assert_eq!(withdraw("30").await.status, 201);
        levels.set("ann", KycLevel::Basic);
        assert_eq!(withdraw("500").await.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_from_several_wallets_pass_the_limit_together_and_not_more() {
    each(async |app| {
        FakeLevels::of(app);
        let mut wallets = Vec::new();
        for _ in 0..4 {
            wallets.push(app.wallet("ann", "GBP", "100").await);
        }
        let bob = app.wallet("bob", "GBP", "0").await;
        let (app, bob) = (&*app, bob.as_str());
        let [one, two, three, four] = wallets.as_slice() else {
            panic!("{wallets:?}");
        };
        let all = async |wallet: &str| {
            let mut passed = 0;
            for _ in 0..5 {
                passed += i32::from(sends(app, wallet, bob, "10").await.status == 201);
            }
            passed
        };
        let passed = tokio::join!(all(one), all(two), all(three), all(four));
        assert_eq!(passed.0 + passed.1 + passed.2 + passed.3, 10, "{passed:?}");
        assert_eq!(app.balance(bob).await.0, "100.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_limited_in_a_currency_passes_whatever_the_level() {
    each(async |app| {
        FakeLevels::of(app);
        let ann = app.wallet("ann", "USD", "1000").await;
        let bob = app.wallet("bob", "USD", "0").await;
        app.transfer("ann", &ann, &bob, "1000", "USD").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_where_the_level_cannot_be_told_but_a_repetition_is_answered() {
    each(async |app| {
        let levels = FakeLevels::of(app);
        let ann = app.wallet("ann", "GBP", "1000").await;
        let bob = app.wallet("bob", "GBP", "0").await;
        let body = transfer(&ann, &bob, "5", "GBP");
        let made = app
            .by("ann")
            .post_once("once", "/transactions", body.clone())
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        *levels.0.lock().unwrap() = None;
        let refused = app.by("ann").post("/transactions", body.clone()).await;
        assert_eq!(refused.refusal(), (503, "kyc_unavailable"));
        assert_eq!(
            app.balance(&ann).await,
            ("995.00".to_owned(), "0.00".to_owned())
        );
        let again = app.by("ann").post_once("once", "/transactions", body).await;
        assert_eq!(again.body["id"], made.body["id"]);
        assert_ne!(made.body["id"], Value::Null);
    })
    .await;
}
