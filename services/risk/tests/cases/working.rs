//! Work on cases beside deciding: lists, taking, assigning, comments, sleep, priorities, files.

use std::collections::BTreeSet;

use db::args;
use http::{Method, StatusCode};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::engines;
use values::{DAY, SECOND};

use super::{approve, code, reviewing, text};
use crate::support::{App, user};

#[tokio::test]
async fn a_list_is_in_order_of_urgency_page_by_page_and_fits_its_filters() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (number, queue, priority) in [
            (1, "kyc", 10),
            (2, "kyc", 90),
            (3, "sanctions", 50),
            (4, "kyc", 50),
            (5, "kyc", 70),
        ] {
            app.case(number, queue, priority).await;
        }
        let subjects = async |query: &str| {
            let page = app.get("auditor", &format!("/cases?{query}")).await;
            let data = page["data"].as_array().unwrap().iter();
            let subjects: Vec<_> = data
                .map(|case| text(&case["subject"])[8..].to_owned())
                .collect();
            (subjects.concat(), page["next_cursor"].clone())
        };
        let (first, cursor) = subjects("limit=2").await;
        assert_eq!(first, "25");
        let (second, cursor) = subjects(&format!("limit=2&cursor={}", text(&cursor))).await;
        assert_eq!(second, "43");
        let (last, end) = subjects(&format!("limit=2&cursor={}", text(&cursor))).await;
        assert_eq!((last.as_str(), end), ("1", Value::Null));
        let owner = format!("owner={}", user("operator"));
        let one = text(&app.only("subject=subject-1").await["id"]);
        app.acts(
            "admin",
            &one,
            "assign",
            json!({ "owner": user("operator") }),
        )
        .await;
        let tomorrow = app.clock.now().plus(DAY);
        let until = json!({ "until": tomorrow, "reason": "Later" });
        let two = text(&app.only("subject=subject-2").await["id"]);
        app.acts("admin", &two, "snooze", until).await;
        let three = text(&app.only("subject=subject-3").await["id"]);
        let cleared = json!({ "outcome": "false_positive", "reason": "common_name" });
        app.acts("admin", &three, "decide", cleared).await;
        let (before, after) = (app.clock.now(), tomorrow.plus(1));
        for (query, expected) in [
            ("queue=sanctions", "3"),
            ("status=open", "54"),
            ("status=assigned", "1"),
            ("status=snoozed", "2"),
            ("status=closed", "3"),
            (&owner, "1"),
            ("min_priority=70", "25"),
            ("queue=kyc&status=open&min_priority=60", "5"),
            (&format!("due_before={before}"), ""),
            (&format!("due_before={after}"), "25431"),
            ("subject=subject-4", "4"),
        ] {
            assert_eq!(subjects(query).await.0, expected, "{query}");
        }
        for (query, status) in [
            ("cursor=x", 400),
            ("limit=0", 422),
            ("queue=none", 400),
            ("state=open", 400),
        ] {
            let path = format!("/cases?{query}");
            assert_eq!(app.refused("auditor", &path).await, status, "{query}");
        }
    }
}

#[tokio::test]
async fn many_operators_who_take_the_next_case_at_once_get_one_each() {
    for engine in engines() {
        let app = std::sync::Arc::new(App::on(engine).await);
        for number in 0..12 {
            app.case(number, "kyc", 50).await;
        }
        let takers = (0..12).map(|number| {
            let app = app.clone();
            let who = ["operator", "second", "admin"][number % 3];
            tokio::spawn(async move { app.post(who, "/cases/next", json!({})).await })
        });
        let mut taken = BTreeSet::new();
        for taker in takers.collect::<Vec<_>>() {
            let (status, case) = taker.await.unwrap();
            assert_eq!(status, StatusCode::OK, "{engine:?} {case}");
            assert_eq!(case["state"], "assigned");
            taken.insert(text(&case["id"]));
        }
        assert_eq!(taken.len(), 12);
        let none = app.post("operator", "/cases/next", json!({})).await;
        assert_eq!(code(&none), (404, "not_found"));
    }
}

#[tokio::test]
async fn the_next_case_is_the_most_urgent_that_waits_and_is_not_about_the_operator() {
    for engine in engines() {
        let app = App::on(engine).await;
        let own = app.case(1, "kyc", 99).await;
        app.takes_part(&own, "operator").await;
        let asleep = app.case(2, "kyc", 98).await;
        let later = json!({ "until": app.clock.now().plus(DAY), "reason": "Later" });
        app.acts("admin", &asleep, "snooze", later).await;
        app.acts("admin", &asleep, "assign", json!({ "owner": null }))
            .await;
        let sanction = app.case(3, "sanctions", 97).await;
        let (low, high) = (app.case(4, "kyc", 10).await, app.case(5, "kyc", 20).await);
        let next = async |queues: Value| {
            let body = json!({ "queues": queues });
            let (_, case) = app.post("operator", "/cases/next", body).await;
            case["id"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(next(json!(["kyc"])).await, high);
        assert_eq!(next(json!(["kyc", "unresolved"])).await, low);
        assert_eq!(next(json!(["kyc"])).await, "");
        assert_eq!(next(json!([])).await, sanction);
        app.clock.advance(2 * DAY);
        assert_eq!(next(json!([])).await, asleep);
        let event = app.event(&asleep, "assigned").await;
        assert_eq!(
            (&event["before"], &event["after"]),
            (&Value::Null, &json!(user("operator")))
        );
    }
}

#[tokio::test]
async fn under_a_key_the_next_case_a_comment_and_a_file_come_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.case(1, "kyc", 50).await;
        app.case(2, "kyc", 50).await;
        let send = async |path: &str, body: &Value, key: &str| {
            let path = format!("/cases/{path}");
            let by = ("operator", Some(key));
            app.request_with(by, Method::POST, &path, Some(body.clone()))
                .await
        };
        let next = json!({});
        let first = send("next", &next, "one").await;
        assert_eq!(send("next", &next, "one").await, first);
        assert_ne!(send("next", &next, "two").await.1["id"], first.1["id"]);
        let (comment, file) = (format!("{id}/comment"), format!("{id}/attachments"));
        let said = json!({ "text": "Called" });
        let content = json!({ "name": "a.txt", "content": "SGVsbG8=" });
        for key in ["three", "three", "four"] {
            assert_eq!(send(&comment, &said, key).await.0, StatusCode::NO_CONTENT);
            assert_eq!(send(&file, &content, key).await.0, StatusCode::CREATED);
        }
        let whole = app.whole(&id).await;
        assert_eq!(whole["attachments"].as_array().unwrap().len(), 2);
        let kinds = app.kinds(&id).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "commented").count(), 2);
        let other = send(&comment, &json!({ "text": "Else" }), "three").await;
        assert_eq!(code(&other), (422, "idempotency_key_reused"));
    }
}

#[tokio::test]
async fn cases_are_assigned_to_those_who_may_work_on_them_one_or_many() {
    for engine in engines() {
        let app = App::on(engine).await;
        let (one, two) = (app.case(1, "kyc", 50).await, app.case(2, "kyc", 50).await);
        let closed = app.case(3, "kyc", 50).await;
        let decision = json!({ "outcome": "valuable", "reason": "document_accepted" });
        app.acts("admin", &closed, "decide", decision).await;
        app.takes_part(&two, "second").await;
        for nobody in ["ann", "auditor", "foreign_admin"] {
            let to = json!({ "owner": user(nobody) });
            let refused = app.act("operator", &one, "assign", to).await;
            assert_eq!(code(&refused), (422, "not_an_operator"), "{nobody}");
        }
        let to = json!({ "owner": user("second") });
        app.acts("operator", &one, "assign", to.clone()).await;
        app.acts("operator", &one, "assign", to).await;
        assert_eq!(app.kinds(&one).await, ["assigned"]);
        let missing = risk::CaseId(crate::support::uuid(1)).to_string();
        let body = json!({ "cases": [one, two, closed, missing], "owner": user("second") });
        let (status, done) = app.post("operator", "/cases/assign", body).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(done["assigned"], json!([one]));
        let refused = done["refused"].as_array().unwrap().iter();
        let codes: Vec<_> = refused.map(|it| text(&it["code"])).collect();
        assert_eq!(codes, ["own_case", "case_closed", "not_found"]);
        let back = json!({ "cases": [one], "owner": null });
        app.post("operator", "/cases/assign", back).await;
        assert_eq!(app.whole(&one).await["owner"], Value::Null);
        let none = json!({ "cases": [], "owner": null });
        let refused = app.post("operator", "/cases/assign", none).await;
        assert_eq!(code(&refused), (422, "too_many"));
    }
}

#[tokio::test]
async fn the_timeline_has_each_act_with_the_value_before_and_after() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.case(1, "kyc", 50).await;
        let until = app.clock.now().plus(DAY);
        let sleep = json!({ "until": until, "reason": "Waits for a letter" });
        let case = app.acts("operator", &id, "snooze", sleep).await;
        assert_eq!(
            (&case["state"], &case["snoozed_until"]),
            (&json!("snoozed"), &json!(until))
        );
        assert_eq!(
            case["owner"],
            json!(user("operator")),
            "who acts on it has it"
        );
        let wake = json!({ "until": null, "reason": "It has come" });
        let case = app.acts("operator", &id, "snooze", wake).await;
        assert_eq!(case["state"], "assigned");
        let pin = json!({ "priority": 99, "reason": "The regulator asks" });
        let case = app.acts("second", &id, "pin", pin).await;
        assert_eq!(
            (&case["priority"], &case["pinned"]),
            (&json!(99), &json!(true))
        );
        let event = app.event(&id, "pinned").await;
        assert_eq!(event["by"], json!(user("second")));
        assert_eq!(event["before"], json!({ "priority": 50, "pinned": false }));
        assert_eq!(event["after"]["priority"], 99);
        let unpin = json!({ "priority": null, "reason": "They do not" });
        let case = app.acts("second", &id, "pin", unpin).await;
        assert_eq!(
            (&case["priority"], &case["pinned"]),
            (&json!(25), &json!(false))
        );
        let (status, _) = app
            .act("second", &id, "comment", json!({ "text": "Two\nlines" }))
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(app.event(&id, "commented").await["after"], "Two\nlines");
        let event = app.event(&id, "snoozed").await;
        assert_eq!(event["before"], json!({ "until": until }));
    }
}

#[tokio::test]
async fn a_text_time_or_priority_that_cannot_be_is_refused() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.case(1, "kyc", 50).await;
        for (act, body, expected) in [
            (
                "snooze",
                json!({ "until": app.clock.now(), "reason": "x" }),
                "invalid_until",
            ),
            (
                "snooze",
                json!({ "until": app.clock.now().plus(91 * DAY), "reason": "x" }),
                "invalid_until",
            ),
            (
                "pin",
                json!({ "priority": 101, "reason": "x" }),
                "invalid_priority",
            ),
            (
                "pin",
                json!({ "priority": 1, "reason": "" }),
                "invalid_text",
            ),
            ("comment", json!({ "text": "\u{202e}" }), "invalid_text"),
            (
                "comment",
                json!({ "text": "x".repeat(4_001) }),
                "invalid_text",
            ),
        ] {
            let refused = app.act("operator", &id, act, body).await;
            assert_eq!(code(&refused), (422, expected), "{act}");
        }
    }
}

#[tokio::test]
async fn a_closed_case_goes_on_once_it_is_reopened_unless_another_is_open() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (made, id) = app.waits(1, 100).await;
        let reason = json!({ "reason": "The customer has called" });
        let refused = app.act("operator", &id, "reopen", reason.clone()).await;
        assert_eq!(code(&refused), (409, "case_open"));
        app.acts("operator", &id, "decide", approve()).await;
        app.moves(&made, "completed").await;
        let (status, _) = app
            .act("second", &id, "comment", json!({ "text": "Too soon?" }))
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        for (act, body) in [
            ("assign", json!({ "owner": null })),
            ("snooze", json!({ "until": null, "reason": "x" })),
            ("pin", json!({ "priority": 1, "reason": "x" })),
            ("attachments", json!({ "name": "a.txt", "content": "eA==" })),
        ] {
            let refused = app.act("operator", &id, act, body).await;
            assert_eq!(code(&refused), (409, "case_closed"), "{act}");
        }
        app.clock.advance(DAY);
        let case = app.acts("second", &id, "reopen", reason.clone()).await;
        assert_eq!(
            (&case["state"], &case["owner"]),
            (&json!("assigned"), &json!(user("second")))
        );
        assert_eq!(
            (&case["decision"], &case["overdue"]),
            (&Value::Null, &json!(false))
        );
        let event = app.event(&id, "reopened").await;
        assert_eq!(event["before"]["outcome"], "false_positive");
        let other = app.case(2, "kyc", 50).await;
        let decision = json!({ "outcome": "valuable", "reason": "document_accepted" });
        app.acts("operator", &other, "decide", decision).await;
        let again = app.case(3, "kyc", 50).await;
        let sql = "UPDATE cases SET subject = 'subject-2' WHERE id = $1";
        let again = again.parse::<risk::CaseId>().unwrap();
        app.db.execute(sql, args![again.uuid()]).await.unwrap();
        let refused = app.act("operator", &other, "reopen", reason).await;
        assert_eq!(code(&refused), (409, "case_open_already"));
    }
}

#[tokio::test]
async fn a_file_is_kept_sealed_and_given_to_those_who_see_the_case() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.case(1, "kyc", 50).await;
        let file = json!({ "name": "letter.pdf", "content": "JVBERi0xLjcK" });
        let (status, made) = app.act("operator", &id, "attachments", file).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let path = format!("/case-attachments/{}", text(&made["id"]));
        let found = app.get("auditor", &path).await;
        assert_eq!(found["content"], "JVBERi0xLjcK");
        assert_eq!(
            (&found["kind"], &found["size"]),
            (&json!("application/pdf"), &json!(9))
        );
        assert_eq!(found["case"], json!(id));
        assert_eq!(
            app.refused("foreign_admin", &path).await,
            StatusCode::NOT_FOUND
        );
        assert_eq!(app.refused("ann", &path).await, StatusCode::FORBIDDEN);
        let sql = "SELECT sealed FROM case_attachments";
        let (sealed,): (Vec<u8>,) = app.db.fetch_one(sql, args![]).await.unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"%PDF"));
        for (name, content, expected) in [
            ("a/b.pdf", "JVBERi0xLjcK", "invalid_file_name"),
            ("a.zip", "UEsDBA==", "invalid_file"),
            ("a.txt", "not base64!", "invalid_file"),
            ("a.txt", "", "invalid_file_size"),
            ("a.txt", &"eHh4".repeat(233_400), "invalid_file_size"),
        ] {
            let file = json!({ "name": name, "content": content });
            let refused = app.act("operator", &id, "attachments", file).await;
            assert_eq!(code(&refused), (422, expected), "{name}");
        }
        for number in 1..20 {
            let file = json!({ "name": format!("{number}.txt"), "content": "eA==" });
            let (status, _) = app.act("operator", &id, "attachments", file).await;
            assert_eq!(status, StatusCode::CREATED);
        }
        let file = json!({ "name": "21.txt", "content": "eA==" });
        let refused = app.act("operator", &id, "attachments", file).await;
        assert_eq!(code(&refused), (409, "too_many_files"));
        app.clock.advance(SECOND);
        let event = app.event(&id, "attached").await;
        assert_eq!(event["after"]["size"], 1);
    }
}
