//! Who would receive, and how often one may ask.

use serde_json::json;
use values::SECOND;

use crate::http_api::support::each;

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_found_by_the_whole_email_only() {
    each(async |app| {
        let wallet = app.wallet("bob", "USD", "0").await;
        let found = app
            .by("ann")
            .get("/recipients?email=BOB@example.com&currency=USD")
            .await;
        let expected = json!({ "wallet_id": wallet, "display_name": "bob Example" });
        assert_eq!((found.status, found.body), (200, expected));
        for query in [
            "email=bob&currency=USD",
            "email=bob@example.com&currency=EUR",
        ] {
            let missing = app.by("ann").get(&format!("/recipients?{query}")).await;
            assert_eq!(missing.refusal(), (404, "recipient_not_found"), "{query}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_found_across_organisations() {
    each(async |app| {
        app.wallet("stranger", "USD", "0").await;
        let missing = app
            .by("ann")
            .get("/recipients?email=stranger@example.com&currency=USD")
            .await;
        assert_eq!(missing.refusal(), (404, "recipient_not_found"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_wallet_receives_nothing() {
    each(async |app| {
        let wallet = app.wallet("bob", "USD", "0").await;
        app.by("bob")
            .post_empty(&format!("/wallets/{wallet}/close"))
            .await;
        let missing = app
            .by("ann")
            .get("/recipients?email=bob@example.com&currency=USD")
            .await;
        assert_eq!(missing.refusal(), (404, "recipient_not_found"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn look_ups_are_limited_per_user_and_minute() {
    each(async |app| {
        let path = "/recipients?email=bob@example.com&currency=USD";
        for _ in 0..3 {
            assert_eq!(app.by("ann").get(path).await.status, 404);
        }
        let refused = app.by("ann").get(path).await;
        assert_eq!(refused.refusal(), (429, "too_many_lookups"));
        assert_eq!(
            (refused.header("retry-after"), &refused.body["retryable"]),
            ("20", &json!(true))
        );
        assert_eq!(app.by("bob").get(path).await.status, 404);
        app.wait(20 * SECOND);
        assert_eq!(app.by("ann").get(path).await.status, 404);
        assert_eq!(app.by("ann").get(path).await.status, 429);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_a_look_up_are_checked() {
    each(async |app| {
        let long = format!("email={}&currency=USD", "a".repeat(255));
        for (query, refusal) in [
            ("currency=USD", (400, "missing_parameter")),
            ("email=bob@example.com", (400, "missing_parameter")),
            (
                "email=bob@example.com&currency=usd",
                (422, "unknown_currency"),
            ),
            ("email=&currency=USD", (422, "invalid_text")),
            (&long, (422, "invalid_text")),
            (
                "email=bob%00@example.com&currency=USD",
                (400, "invalid_character"),
            ),
            (
                "email=broken@example.com&currency=USD",
                (503, "identity_unavailable"),
            ),
        ] {
            let refused = app.by("ann").get(&format!("/recipients?{query}")).await;
            assert_eq!(refused.refusal(), refusal, "{query}");
        }
    })
    .await;
}
