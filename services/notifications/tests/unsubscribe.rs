//! The links by which somebody says that they want no more.

use http::{Method, StatusCode};
use testkit::engines;

use crate::messages::{happens, to, transfer, with_server};
use contracts::events::Party;
use serde_json::json;

#[tokio::test]
async fn a_link_shows_a_page_and_its_button_ends_that_group_of_mails() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        transfer(&app).await;
        let mails = server.take();
        let bobs = mails
            .iter()
            .find(|mail| mail.to == "bob@example.com")
            .unwrap();
        assert_eq!(
            bobs.header("List-Unsubscribe-Post").unwrap(),
            "List-Unsubscribe=One-Click"
        );
        let link = bobs.header("List-Unsubscribe").unwrap();
        let path = link
            .trim_matches(['<', '>'])
            .strip_prefix("https://pay.example");
        let path = path.unwrap_or_else(|| panic!("{link}"));
        assert!(
            bobs.text
                .contains(&format!("https://pay.example{path}\r\n")),
            "{}",
            bobs.text
        );

        let (status, page) = app.page(Method::GET, path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("<form method=\"post\" action=\"unsubscribe?token=")
                && !page.contains("<script")
        );
        transfer(&app).await;
        assert_eq!(server.take().len(), 2, "looking at it changes nothing");

        for _ in 0..2 {
            let (status, page) = app.page(Method::POST, path).await;
            assert_eq!(status, StatusCode::OK, "{page}");
        }
        transfer(&app).await;
        assert_eq!(to(&server.take()), ["ann@example.com"]);
        happens(&app, "wallet.frozen", &[(Party::Owner, "bob")], json!({})).await;
        let essential = server.take();
        assert_eq!(to(&essential), ["bob@example.com"]);
        assert_eq!(essential[0].header("List-Unsubscribe"), None);
        assert_eq!(app.get("bob", "/notifications").await["unread"], 4);
    }
}

#[tokio::test]
async fn a_link_that_nobody_made_does_nothing() {
    for engine in engines() {
        let (app, _) = with_server(engine).await;
        for token in ["", "x", "AQ", "%3Cscript%3E", &"A".repeat(300)] {
            for method in [Method::GET, Method::POST] {
                let path = format!("/api/v1/notifications/unsubscribe?token={token}");
                let (status, page) = app.page(method, &path).await;
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
                assert!(page.contains("This link does nothing"), "{page}");
            }
        }
    }
}
