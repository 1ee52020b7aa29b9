//! Lists that are longer than what is read for one page: rows that few others hide are on the first
//! page, and where too many have to be looked at, pages come short and go on.

use serde_json::{Value, json};

use crate::http_api::support::{App, column, each, without_counterparties};

/// Wallets of two people, an old transfer with words of its own, and a hundred without any after
/// it.
async fn old_and_new(app: &App) -> Value {
    let ann = app.wallet("ann", "USD", "500").await;
    let bob = app.wallet("bob", "USD", "500").await;
    let old = json!({ "type": "transfer", "from_wallet": ann, "to_wallet": bob, "amount": "7.77",
                      "currency": "USD", "description": "The piano" });
    let old = app.by("ann").post("/transactions", old).await.body;
    for _ in 0..60 {
        app.transfer("ann", &ann, &bob, "1", "USD").await;
        app.transfer("bob", &bob, &ann, "1", "USD").await;
    }
    old
}

const RARE: [&str; 4] = [
    "q=pIANo",
    "currency=USD&amount_gte=7.77&amount_lte=100",
    "currency=USD&amount_gte=2&amount_lte=8&type=transfer",
    "q=piano&status=completed&type=transfer",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_rare_row_is_on_the_first_page_however_many_others_are_newer() {
    each(async |app| {
        let old = old_and_new(app).await;
        for (who, filter) in RARE
            .map(|filter| [("operator", filter), ("ann", filter)])
            .concat()
        {
            let path = format!("/transactions?{filter}");
            let first = app.by(who).get(&path).await;
            assert_eq!(first.body["data"], json!([]), "{who}: {path}");
            assert_eq!(first.body["has_more"], true, "{who}: {path}");
            let all = without_counterparties(app.by(who).all(&path, 20).await);
            assert_eq!(json!(all), json!([old]), "{path}");
        }
        app.service.tick().await;
        for (who, filter) in RARE
            .map(|filter| [("operator", filter), ("ann", filter)])
            .concat()
        {
            let first = app.by(who).get(&format!("/transactions?{filter}")).await;
            let rows = without_counterparties(first.body["data"].as_array().unwrap().clone());
            assert_eq!(json!(rows), json!([old]), "{who}: {filter}");
        }
        let none = app
            .by("operator")
            .get("/transactions?q=violin&type=transfer")
            .await;
        assert_eq!(none.body["data"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_row_is_found_before_and_after_it_is_summarised() {
    each(async |app| {
        old_and_new(app).await;
        app.service.tick().await;
        let shop = app.wallet("shop", "EUR", "10").await;
        let path = "/transactions?currency=EUR";
        let before = app.by("operator").get(path).await;
        assert_eq!(before.body["data"][0]["to_wallet"], shop);
        old_and_new(app).await;
        app.service.tick().await;
        let after = app.by("operator").get(path).await;
        assert_eq!(after.body["data"], before.body["data"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_authorised_is_found_past_all_that_is_cancelled() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "500").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let waiting = app.pay("ann", &ann, &shop, "1", "manual").await;
        for _ in 0..30 {
            let payment = app.pay("ann", &ann, &shop, "1", "manual").await;
            let path = format!("/transactions/{}/cancel", payment["id"].as_str().unwrap());
            assert_eq!(app.by("operator").post(&path, json!({})).await.status, 200);
        }
        let first = app
            .by("operator")
            .get("/transactions?status=authorised")
            .await;
        assert_eq!(
            column(first.body["data"].as_array().unwrap(), "id"),
            [waiting["id"].as_str().unwrap()]
        );
        let path = "/transactions?status=authorised,cancelled,failed";
        let all = app.by("operator").all(path, 7).await;
        assert_eq!(all.len(), 31);
        assert_eq!(all[30]["id"], waiting["id"]);
        let path = "/transactions?status=authorised,cancelled&q=nowhere";
        assert_eq!(app.by("operator").all(path, 7).await, [] as [Value; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_wallets_are_found_among_many_by_currency_and_status() {
    each(async |app| {
        let yen = app.wallet("ann", "JPY", "0").await;
        let cold = app.wallet("bob", "USD", "0").await;
        let path = format!("/wallets/{cold}/freeze");
        assert_eq!(app.by("operator").post(&path, json!({})).await.status, 200);
        let mut all = vec![yen.clone(), cold.clone()];
        for _ in 0..20 {
            all.push(app.wallet("shop", "USD", "0").await);
        }
        all.reverse();
        for (filter, expected) in [
            ("currency=JPY", &yen),
            ("status=frozen", &cold),
            ("status=closed,frozen&currency=USD", &cold),
        ] {
            let first = app.by("operator").get(&format!("/wallets?{filter}")).await;
            assert_eq!(
                column(first.body["data"].as_array().unwrap(), "id"),
                [expected],
                "{filter}"
            );
        }
        let every = app.by("operator").all("/wallets", 3).await;
        assert_eq!(column(&every, "id"), all);
        let own = app
            .by("operator")
            .all("/wallets?status=frozen&currency=JPY", 3)
            .await;
        assert_eq!(own, [] as [Value; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_comes_past_many_entries_that_move_nothing() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "500").await;
        let shop = app.wallet("shop", "USD", "0").await;
        for _ in 0..10 {
            let payment = app.pay("ann", &ann, &shop, "1", "manual").await;
            let path = format!("/transactions/{}/cancel", payment["id"].as_str().unwrap());
            assert_eq!(app.by("operator").post(&path, json!({})).await.status, 200);
        }
        let path = format!("/wallets/{ann}/statement");
        let first = app.by("ann").get(&path).await;
        assert_eq!(
            (&first.body["data"], &first.body["has_more"]),
            (&json!([]), &json!(true))
        );
        assert_eq!(first.body["closing_balance"], "500.00");
        let all = app.by("ann").all(&path, 20).await;
        assert_eq!(column(&all, "amount"), ["500.00"]);
        let with_holds = app
            .by("ann")
            .all(&format!("{path}?include_holds=true"), 20)
            .await;
        // The deposit held its place, too.
        assert_eq!(with_holds.len(), 22);
    })
    .await;
}
