//! Linking accounts at providers: only by anyone who is logged in, and only for themselves.
#![cfg(test)]

use serde_json::json;

use crate::fake_browser::{
    Sent, bearer, begin, begin_link, come_back, count, on_each_engine_with, sign_in,
};

#[tokio::test]
async fn an_email_that_an_account_has_opens_nothing_until_it_is_linked_there() {
    on_each_engine_with(async |app, _fake| {
        let ann = app.confirmed("ann@example.com").await;
        assert_eq!(sign_in(&app).await.refusal(), (409, "link_required"));
        let sent = begin_link(&app, &ann.access).await;
        assert_eq!(come_back(&app, &sent).await.status, 204);
        let signed_in = sign_in(&app).await;
        let me = app.me(&ann.access).await.body;
        assert_eq!(signed_in.body["user"]["id"], me["id"]);

        let path = "/api/v1/auth/linked-accounts";
        let listed = bearer(&app, "GET", path, &ann.access).await;
        assert_eq!(listed.body["data"][0]["provider"], "fake");
        for _ in 0..2 {
            assert_eq!(
                bearer(&app, "DELETE", &format!("{path}/fake"), &ann.access)
                    .await
                    .status,
                204
            );
        }
        assert_eq!(
            bearer(&app, "GET", path, &ann.access).await.body["data"],
            json!([])
        );
        assert_eq!(sign_in(&app).await.refusal(), (409, "link_required"));
        app.service.deliver_messages().await.unwrap();
        let told: Vec<_> = app.inbox.take().into_iter().map(|mail| mail.text).collect();
        for change in [
            "change: linked_account_added\nprovider: fake\n",
            "change: linked_account_removed\nprovider: fake\n",
        ] {
            assert_eq!(
                told.iter().filter(|text| text.contains(change)).count(),
                1,
                "{told:?}"
            );
        }
        for act in [
            "SELECT count(*) FROM audit_entries WHERE act = 'account.linked'",
            "SELECT count(*) FROM audit_entries WHERE act = 'account.unlinked'",
        ] {
            assert_eq!(count(&app, act).await, 1, "{act}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_is_linked_to_one_user_and_a_user_to_one_account() {
    on_each_engine_with(async |app, fake| {
        let (ann, bob) = (
            app.confirmed("ann@pay.example").await,
            app.confirmed("bob@pay.example").await,
        );
        for _ in 0..2 {
            let sent = begin_link(&app, &ann.access).await;
            assert_eq!(come_back(&app, &sent).await.status, 204);
        }
        let sent = begin_link(&app, &bob.access).await;
        assert_eq!(
            come_back(&app, &sent).await.refusal(),
            (409, "linked_elsewhere")
        );
        fake.says(json!({"sub": "another"}));
        let sent = begin_link(&app, &ann.access).await;
        assert_eq!(
            come_back(&app, &sent).await.refusal(),
            (409, "another_linked")
        );
        assert_eq!(count(&app, "SELECT count(*) FROM linked_accounts").await, 1);
    })
    .await;
}

#[tokio::test]
async fn linking_needs_a_login_and_the_browser_that_asked() {
    on_each_engine_with(async |app, _fake| {
        for (method, path) in [
            ("POST", "/api/v1/auth/oauth/fake/link"),
            ("GET", "/api/v1/auth/linked-accounts"),
            ("DELETE", "/api/v1/auth/linked-accounts/fake"),
        ] {
            assert_eq!(
                bearer(&app, method, path, "x").await.refusal(),
                (401, "unauthenticated")
            );
        }
        let ann = app.confirmed("ann@pay.example").await;
        let sent = begin_link(&app, &ann.access).await;
        let victim = begin(&app, "").await;
        let lured = Sent {
            cookie: victim.cookie,
            url: sent.url,
        };
        assert_eq!(
            come_back(&app, &lured).await.refusal(),
            (422, "sign_in_over")
        );
        assert_eq!(count(&app, "SELECT count(*) FROM linked_accounts").await, 0);
    })
    .await;
}
