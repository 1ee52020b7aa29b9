//! What operators decide, and what of it opens again.

use contracts::kyc::{KycLevel, KycLevels};
use http::{Method, StatusCode};
use serde_json::json;
use testkit::engines;

use super::{because, pdf, standing};
use crate::support::{App, org, user};

#[tokio::test]
async fn what_is_referred_has_a_case_and_is_approved_once_each_document_is_accepted() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "full", "Ann Refer").await;
        let seen = app.submission("operator", &id).await;
        assert_eq!(
            (&seen["status"], &seen["reason_code"]),
            (&json!("in_review"), &json!("referred"))
        );
        assert_eq!(seen["review"]["provider_outcome"], "referred");
        assert!(app.submission("ann", &id).await.get("review").is_none());
        assert_eq!(app.open_cases(&id).await, 1);
        let (status, refused) = app
            .decides("operator", &id, json!({"decision": "approve"}))
            .await;
        assert_eq!(
            (status, &refused["code"]),
            (409, &json!("documents_undecided"))
        );
        app.accepts_all("operator", &id).await;
        let (status, approved) = app
            .decides("operator", &id, json!({"decision": "approve"}))
            .await;
        assert_eq!(
            (status, &approved["status"]),
            (200, &json!("approved")),
            "{approved}"
        );
        assert_eq!(approved["review"]["decided_by"], json!(user("operator")));
        assert_eq!(app.open_cases(&id).await, 0);
        assert_eq!(app.stands("ann").await, standing("full", "approved"));
        let level = app.service.level(org("ann"), user("ann")).await.unwrap();
        assert_eq!(level, KycLevel::Full);
        let acts = app.trail.0.lock().unwrap().clone();
        let expected = [
            "kyc.submitted",
            "kyc.document_reviewed",
            "kyc.document_reviewed",
            "kyc.reviewed",
        ];
        assert_eq!(acts, expected);
    }
}

#[tokio::test]
async fn only_what_is_asked_for_again_opens_again_and_goes_back_to_an_operator() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "full", "Ann Refer").await;
        let seen = app.submission("operator", &id).await;
        let document = |place: usize| seen["documents"][place]["id"].as_str().unwrap().to_owned();
        let (passport, bill) = (document(0), document(1));
        let (status, refused) = app.decides("operator", &id, because("ask_again")).await;
        assert_eq!((status, &refused["code"]), (422, &json!("nothing_asked")));
        let again = json!({"verdict": "again", "reason": "The lower edge is cut off"});
        assert_eq!(app.judges("operator", &passport, again).await.0, 200);
        assert_eq!(
            app.judges("operator", &bill, json!({"verdict": "accepted"}))
                .await
                .0,
            200
        );
        assert_eq!(
            app.decides("operator", &id, because("ask_again")).await.0,
            200
        );
        assert_eq!(app.stands("ann").await, standing("none", "action_needed"));
        assert_eq!(app.open_cases(&id).await, 0);
        let path = format!("/kyc/submissions/{id}");
        let (status, closed) = app
            .request("ann", Method::PATCH, &path, Some(json!({"name": "Eve"})))
            .await;
        assert_eq!(
            (status.as_u16(), &closed["code"]),
            (409, &json!("not_asked_for"))
        );
        for query in [
            "kind=selfie",
            "kind=proof_of_address",
            &format!("kind=proof_of_address&replaces={bill}"),
        ] {
            let closed = app.uploads("ann", &id, query, pdf("/New 1")).await;
            assert_eq!(
                (closed.status, &closed.json()["code"]),
                (409, &json!("not_asked_for")),
                "{query}"
            );
        }
        let (status, early) = app.sends_in("ann", &id).await;
        assert_eq!(
            (status.as_u16(), &early["code"]),
            (422, &json!("submission_incomplete"))
        );
        let new = app.adds("ann", &id, "passport", pdf("/New 2")).await;
        assert_eq!(app.sends_in("ann", &id).await.0, StatusCode::OK);
        app.service.keep_kyc().await.unwrap();
        let seen = app.submission("operator", &id).await;
        assert_eq!(seen["status"], "in_review");
        assert_eq!(seen["documents"][2]["replaces"], json!(passport));
        assert_eq!(app.open_cases(&id).await, 1);
        let old = app
            .judges("operator", &passport, json!({"verdict": "accepted"}))
            .await;
        assert_eq!(old.0, 404, "it was replaced");
        assert_eq!(
            app.judges("operator", &new, json!({"verdict": "accepted"}))
                .await
                .0,
            200
        );
        assert_eq!(
            app.decides("operator", &id, json!({"decision": "approve"}))
                .await
                .0,
            200
        );
        assert_eq!(app.stands("ann").await, standing("full", "approved"));
    }
}

#[tokio::test]
async fn details_that_are_asked_for_again_are_given_before_it_is_sent_in() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "basic", "Ann Refer").await;
        let mut asked = because("ask_again");
        asked["details"] = json!(true);
        assert_eq!(app.decides("operator", &id, asked).await.0, 200);
        let (status, early) = app.sends_in("ann", &id).await;
        assert_eq!(
            (status.as_u16(), &early["code"]),
            (422, &json!("submission_incomplete"))
        );
        let path = format!("/kyc/submissions/{id}");
        let given = app
            .request(
                "ann",
                Method::PATCH,
                &path,
                Some(json!({"name": "Ann Married"})),
            )
            .await;
        assert_eq!(given.0, StatusCode::OK);
        assert_eq!(app.sends_in("ann", &id).await.1["status"], "in_review");
    }
}

#[tokio::test]
async fn nobody_decides_on_their_own_and_of_two_who_decide_at_once_one_does() {
    for engine in engines() {
        let app = App::on(engine).await;
        let own = app.applies("admin", "basic", "Admin Refer").await;
        let document = app.submission("admin", &own).await["documents"][0]["id"].clone();
        let judged = app
            .judges(
                "admin",
                document.as_str().unwrap(),
                json!({"verdict": "accepted"}),
            )
            .await;
        assert_eq!(
            (judged.0, &judged.1["code"]),
            (409, &json!("own_submission"))
        );
        for decision in [json!({"decision": "approve"}), because("reject")] {
            let refused = app.decides("admin", &own, decision).await;
            assert_eq!(
                (refused.0, &refused.1["code"]),
                (409, &json!("own_submission"))
            );
        }
        let id = app.applies("ann", "basic", "Ann Refer").await;
        let revision = app.submission("operator", &id).await["revision"].clone();
        let reject = |by: &'static str| {
            let mut decision = because("reject");
            decision["revision"] = revision.clone();
            app.decides(by, &id, decision)
        };
        let (one, two) = tokio::join!(reject("operator"), reject("second"));
        let mut statuses = [one.0, two.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let acts = app.trail.0.lock().unwrap().clone();
        assert_eq!(acts.iter().filter(|act| **act == "kyc.reviewed").count(), 1);
    }
}

#[tokio::test]
async fn a_decision_is_on_what_was_seen() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "basic", "Ann Refer").await;
        let seen = app.submission("operator", &id).await;
        let document = seen["documents"][0]["id"].as_str().unwrap();
        app.judges(
            "second",
            document,
            json!({"verdict": "rejected", "reason": "Forged"}),
        )
        .await;
        let mut decision = because("reject");
        decision["revision"] = seen["revision"].clone();
        let refused = app.decides("operator", &id, decision).await;
        assert_eq!(
            (refused.0, &refused.1["code"]),
            (409, &json!("submission_changed"))
        );
        for bad in [
            json!({"decision": "reject"}),
            json!({"decision": "reject", "reason_code": "other"}),
            json!({"decision": "reject", "reason_code": "other", "reason": " "}),
            json!({"decision": "reject", "reason_code": "other", "reason": "a\nb"}),
            json!({"decision": "reject", "reason": "Forged"}),
        ] {
            let refused = app.decides("operator", &id, bad.clone()).await;
            assert_eq!(
                (refused.0, &refused.1["code"]),
                (422, &json!("invalid_reason")),
                "{bad}"
            );
        }
        let nameless = app
            .judges("operator", document, json!({"verdict": "again"}))
            .await;
        assert_eq!(
            (nameless.0, &nameless.1["code"]),
            (422, &json!("invalid_reason"))
        );
    }
}

#[tokio::test]
async fn a_user_appeals_once_and_another_operator_decides() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "basic", "Ann Refer").await;
        assert_eq!(app.decides("operator", &id, because("reject")).await.0, 200);
        assert_eq!(app.stands("ann").await, standing("none", "rejected"));
        let path = format!("/kyc/submissions/{id}/appeal");
        let appeal = async |text: &str| app.post("ann", &path, json!({"text": text})).await;
        for text in ["", "  ", "\u{202e}", &"x".repeat(2_001)] {
            let (status, refused) = appeal(text).await;
            assert_eq!(
                (status.as_u16(), &refused["code"]),
                (422, &json!("invalid_text")),
                "{text:?}"
            );
        }
        let (status, appealed) = appeal("It is valid.\nLook at page 2.").await;
        assert_eq!(
            (status.as_u16(), &appealed["status"]),
            (200, &json!("in_review"))
        );
        assert_eq!(app.stands("ann").await, standing("none", "pending"));
        assert_eq!(app.open_cases(&id).await, 1);
        let seen = app.submission("operator", &id).await;
        assert_eq!(seen["appeal"], "It is valid.\nLook at page 2.");
        let refused = app.decides("operator", &id, because("reject")).await;
        assert_eq!(
            (refused.0, &refused.1["code"]),
            (409, &json!("second_operator_needed"))
        );
        app.accepts_all("second", &id).await;
        assert_eq!(
            app.decides("second", &id, json!({"decision": "approve"}))
                .await
                .0,
            200
        );
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
        let (status, over) = appeal("Once more").await;
        assert_eq!(
            (status.as_u16(), &over["code"]),
            (409, &json!("submission_state"))
        );
    }
}

#[tokio::test]
async fn a_rejection_takes_no_level_and_an_operator_may_have_it_shown_anew() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.applies("ann", "basic", "Ann Example").await;
        let more = app.applies("ann", "full", "Ann Refer").await;
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
        assert_eq!(
            app.decides("operator", &more, because("reject")).await.0,
            200
        );
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
        let anew = async |by: &str, who: &str, reason: &str| {
            let body = json!({"user_id": user(who), "reason": reason});
            let (status, answer) = app.post(by, "/kyc/reverifications", body).await;
            (status.as_u16(), answer)
        };
        assert_eq!(
            anew("operator", "ann", "").await.1["code"],
            "invalid_reason"
        );
        assert_eq!(
            anew("operator", "bob", "New name").await.1["code"],
            "no_level"
        );
        assert_eq!(
            anew("foreign_admin", "ann", "New name").await.1["code"],
            "no_level"
        );
        assert_eq!(
            anew("admin", "admin", "New name").await.1["code"],
            "own_submission"
        );
        assert_eq!(anew("ann", "ann", "New name").await.0, 403);
        let (status, ended) = anew("operator", "ann", "Your name has changed").await;
        assert_eq!((status, &ended["level"]), (200, &json!("none")));
        assert_eq!(app.stands("ann").await, standing("none", "expired"));
        let level = app.service.level(org("ann"), user("ann")).await.unwrap();
        assert_eq!(level, KycLevel::None);
        assert_eq!(
            app.get("ann", "/kyc").await["reason"],
            "Your name has changed"
        );
        app.applies("ann", "basic", "Ann New").await;
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
    }
}

#[tokio::test]
async fn what_is_in_review_has_a_case_again_where_its_case_was_closed_without_a_decision() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "basic", "Ann Refer").await;
        let close = "UPDATE cases SET closed_at = 1, outcome = 'inconclusive' WHERE subject = $1";
        app.db.execute(close, db::args![id.as_str()]).await.unwrap();
        assert_eq!(app.open_cases(&id).await, 0);
        app.service.delete_old().await.unwrap();
        app.service.delete_old().await.unwrap();
        assert_eq!(app.open_cases(&id).await, 1);
        app.decides("operator", &id, because("reject")).await;
        app.service.delete_old().await.unwrap();
        assert_eq!(app.open_cases(&id).await, 0);
    }
}
