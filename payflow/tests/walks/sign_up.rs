//! Somebody signs up: a mail to confirm the address and one of welcome, into a folder or by a mail
//! server.

use testkit::{TestStore, engines};

use super::mail::Mailbox;
use crate::process::{Server, Wait, store_words};

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_up_gets_a_mail_to_confirm_and_one_of_welcome() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        for mailbox in [Mailbox::folder(folder.path()), Mailbox::server()] {
            let store = TestStore::new(engine);
            let settings = mailbox.settings();
            let settings: Vec<_> = settings
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let server = Server::launch(&store_words(&store), &[], &settings);
            let ann = server.register("ann").await;
            let welcome = mailbox
                .wait_for("ann@example.org", "Welcome to PayFlow")
                .await;
            let confirm = mailbox.wait_for("ann@example.org", "onfirm").await;
            assert!(
                welcome.has_both_parts() && confirm.has_both_parts(),
                "{welcome:?} {confirm:?}"
            );
            // A name that was typed beside an address is not in a mail to it.
            assert!(!welcome.parts.contains("Hello ann"), "{welcome:?}");

            // The link leads to a page with a button, which sends the token.
            let token = confirm.after("verify-email?token=");
            let page = format!("{}/api/v1/auth/verify-email", server.url);
            let shown = server
                .client
                .get(format!("{page}?token={token}"))
                .send()
                .await
                .unwrap();
            assert_eq!(shown.status(), 200);
            let me = server.get("/users/me", &ann).await;
            assert_eq!(me["email_verified"], false, "{me}");
            let pressed = server.client.post(&page).bearer_auth(&ann);
            let pressed = pressed
                .json(&serde_json::json!({"token": token}))
                .send()
                .await
                .unwrap();
            assert!(pressed.status().is_success(), "{pressed:?}");
            assert_eq!(server.get("/users/me", &ann).await["email_verified"], true);
            let mut wait = Wait::until("it is told in the app");
            loop {
                let list = server.get("/notifications", &ann).await;
                let kinds: Vec<_> = list["data"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|told| told["type"].as_str().unwrap())
                    .collect();
                if kinds == ["email_verified", "welcome"] {
                    break;
                }
                wait.turn().await;
            }
            assert!(server.stop());
        }
    }
}
