//! What operators see of messages, and have sent again.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::engines;

use crate::messages::{direct, transfer, with_server};
use crate::smtp_server::With;
use crate::support::{App, user};
use contracts::notifications::Messages;

const LIST: &str = "/admin/notifications/messages";

async fn resend(app: &App, who: &str, id: &Value) -> (StatusCode, Value) {
    let path = format!("{LIST}/{}/resend", id.as_str().unwrap());
    app.request(who, Method::POST, &path, None).await
}

#[tokio::test]
async fn operators_find_messages_by_user_type_and_state_without_what_they_said() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[With::Recipient("550 5.1.1 who")]);
        let message = direct(&app, 1, "account_closed", json!({}));
        app.service.accept(&message).await.unwrap();
        app.service.send_messages().await.unwrap();
        transfer(&app).await;
        let bob = user("bob").to_string();
        for (query, expected) in [
            (
                String::new(),
                vec!["money_received", "money_sent", "account_closed"],
            ),
            (format!("?user_id={bob}"), vec!["money_received"]),
            ("?type=money_sent".to_owned(), vec!["money_sent"]),
            ("?state=bounced".to_owned(), vec!["account_closed"]),
            ("?state=queued".to_owned(), vec![]),
        ] {
            for who in ["operator", "admin"] {
                let list = app.get(who, &format!("{LIST}{query}")).await;
                let found = list["data"].as_array().unwrap().iter();
                let mut found: Vec<_> = found.map(|row| row["type"].as_str().unwrap()).collect();
                found.sort_unstable_by_key(|kind| expected.iter().position(|found| found == kind));
                assert_eq!(found, expected, "{query}");
            }
        }
        let told = app.get("operator", &format!("{LIST}?user_id={bob}")).await;
        let (row, none) = (&told["data"][0], "evt_00000000000000000000000000");
        let of_event = format!(
            "{LIST}?event_id={none},{}",
            row["event_id"].as_str().unwrap()
        );
        let found = app
            .get("operator", &format!("{of_event}&user_id={bob}"))
            .await;
        assert_eq!(found["data"], json!([row]));
        let both = app.get("operator", &of_event).await;
        assert_eq!(
            both["data"].as_array().unwrap().len(),
            2,
            "payer and payee: {both}"
        );
        let bounced = app.get("operator", &format!("{LIST}?state=bounced")).await;
        let delivery = &bounced["data"][0]["deliveries"][0];
        assert_eq!(delivery["address"], "n***@example.com");
        assert_eq!(delivery["error"], "the recipient was refused (550)");
        assert!(!bounced.to_string().contains("new@example.com"));
        let page = app.get("operator", &format!("{LIST}?limit=2")).await;
        let next = page["next_cursor"].as_str().unwrap();
        let rest = app
            .get("operator", &format!("{LIST}?limit=2&cursor={next}"))
            .await;
        assert_eq!(
            (rest["data"].as_array().unwrap().len(), &rest["has_more"]),
            (1, &json!(false))
        );
        let (status, _) = app.request("ann", Method::GET, LIST, None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = app
            .request("operator", Method::GET, &format!("{LIST}?state=lost"), None)
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_message_is_sent_again_where_what_it_said_is_known() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        transfer(&app).await;
        let first = server.take();
        let list = app
            .get("operator", &format!("{LIST}?type=money_sent"))
            .await;
        let id = &list["data"][0]["id"];
        for (who, status) in [
            ("ann", 403),
            ("stranger", 403),
            ("operator", 204),
            ("admin", 409),
        ] {
            let (answered, problem) = resend(&app, who, id).await;
            assert_eq!(answered.as_u16(), status, "{who}: {problem}");
        }
        app.service.send_messages().await.unwrap();
        let again = server.take();
        assert_eq!(again.len(), 1);
        let before = first.iter().find(|mail| mail.to == again[0].to).unwrap();
        for same in ["Message-ID", "Subject", "Date"] {
            assert_eq!(before.header(same), again[0].header(same));
        }
        let trail = app.trail.0.lock().unwrap().clone();
        let resent = id.as_str().unwrap().to_owned();
        assert_eq!(trail, [("message.resent", resent, None)]);
        let path = format!("{LIST}/{}/resend", id.as_str().unwrap());
        for replayed in [false, true] {
            let answer = app.post_once("operator", &path, "key").await;
            assert_eq!(answer, (StatusCode::NO_CONTENT, replayed));
            app.service.send_messages().await.unwrap();
        }
        assert_eq!(server.take().len(), 1);
    }
}

#[tokio::test]
async fn a_link_that_was_sent_is_not_sent_again_and_one_that_bounced_is() {
    for engine in engines() {
        let (app, server) = with_server(engine).await;
        server.next(&[With::Take, With::Recipient("550 5.1.1 who")]);
        for id in [1, 2] {
            let link = json!({"link": "https://pay.example/x"});
            let message = direct(&app, id, "verify_email", link);
            app.service.accept(&message).await.unwrap();
            app.service.send_messages().await.unwrap();
        }
        assert_eq!(server.take().len(), 1);
        let list = app.get("operator", LIST).await;
        let id = |state: &str| {
            let mut rows = list["data"].as_array().unwrap().iter();
            let found = rows.find(|row| row["deliveries"][0]["state"] == state);
            found.unwrap()["id"].clone()
        };
        let (status, problem) = resend(&app, "operator", &id("sent")).await;
        assert_eq!(
            (status.as_u16(), &problem["code"]),
            (409, &json!("message_erased"))
        );
        let (status, _) = resend(&app, "operator", &id("bounced")).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        app.service.send_messages().await.unwrap();
        assert_eq!(server.take().len(), 1);
        let (status, _) = resend(&app, "operator", &json!("msg_7zzzzzzzzzzzzzzzzzzzzzzzzz")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}
