//! What users do, from the first detail to the level.

use contracts::kyc::{KycLevel, KycLevels, KycStatus};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use testkit::engines;

use super::{details, pdf, standing};
use crate::support::{App, org, user};

#[tokio::test]
async fn somebody_shows_who_they_are_and_has_the_level_at_once_in_rules_and_in_identity() {
    for engine in engines() {
        let app = App::on(engine).await;
        assert_eq!(app.stands("ann").await, standing("none", "none"));
        let id = app.begins("ann", "basic", "Ann Example").await;
        assert_eq!(app.stands("ann").await, standing("none", "none"));
        app.adds("ann", &id, "passport", pdf("")).await;
        let (status, sent) = app.sends_in("ann", &id).await;
        assert_eq!(
            (status, &sent["status"]),
            (StatusCode::OK, &json!("checking"))
        );
        assert_eq!(app.stands("ann").await, standing("none", "pending"));
        let level = async || app.service.level(org("ann"), user("ann")).await.unwrap();
        assert_eq!(level().await, KycLevel::None);
        app.service.keep_kyc().await.unwrap();
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
        assert_eq!(level().await, KycLevel::Basic);
        let decision = app.assess(&app.transfer(1, "ann", "bob", 1_000)).await;
        let codes = crate::support::codes(&decision);
        assert!(!codes.contains(&"payer_not_verified"), "{codes:?}");
        app.service.write_decided().await.unwrap();
        let path = format!("/risk/decisions/{}", decision.id);
        let shown = app.get("operator", &path).await;
        assert_eq!(shown["facts"]["kyc_of_payer"], "basic");
        let told = app.standings.told.lock().unwrap().clone();
        let told: Vec<_> = told
            .iter()
            .map(|it| (it.status, it.level, it.version))
            .collect();
        let expected = [
            (KycStatus::Pending, KycLevel::None, 1),
            (KycStatus::Approved, KycLevel::Basic, 2),
        ];
        assert_eq!(told, expected);
        assert_eq!(app.submission("ann", &id).await["status"], "approved");
        let restarted = app.restarted().await;
        let level = restarted
            .service
            .level(org("ann"), user("ann"))
            .await
            .unwrap();
        assert_eq!(level, KycLevel::Basic);
    }
}

#[tokio::test]
async fn what_was_given_is_kept_and_gone_on_with_anywhere_and_lies_sealed() {
    for engine in engines() {
        let app = App::on(engine).await;
        let (status, begun) = app
            .post(
                "ann",
                "/kyc/submissions",
                json!({"level": "full", "name": "Ann Hidden"}),
            )
            .await;
        assert_eq!(status, StatusCode::CREATED, "{begun}");
        let id = begun["id"].as_str().unwrap().to_owned();
        let missing = json!([
            "date_of_birth",
            "address",
            "country",
            "identity_document",
            "proof_of_address"
        ]);
        assert_eq!(begun["missing"], missing);
        let app = app.restarted().await;
        let path = format!("/kyc/submissions/{id}");
        let mut rest = details("");
        rest.as_object_mut().unwrap().remove("name");
        let (status, given) = app.request("ann", Method::PATCH, &path, Some(rest)).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        assert_eq!(given["details"]["name"], "Ann Hidden");
        assert_eq!(given["details"]["country"], "DE");
        assert_eq!(
            given["missing"],
            json!(["identity_document", "proof_of_address"])
        );
        app.adds("ann", &id, "passport", pdf("/Secret (Ann Hidden)"))
            .await;
        let sql = "SELECT details FROM kyc_submissions UNION ALL SELECT content FROM kyc_documents";
        let sealed: Vec<(Vec<u8>,)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        assert_eq!(sealed.len(), 2);
        for (sealed,) in sealed {
            assert!(vault::is_sealed(&sealed));
            assert!(!sealed.windows(6).any(|bytes| bytes == b"Hidden"));
        }
    }
}

#[tokio::test]
async fn what_is_missing_is_named_and_nothing_is_sent_in_twice() {
    for engine in engines() {
        let app = App::on(engine).await;
        let (_, begun) = app
            .post("ann", "/kyc/submissions", json!({"level": "full"}))
            .await;
        let id = begun["id"].as_str().unwrap().to_owned();
        let (status, refused) = app.sends_in("ann", &id).await;
        assert_eq!(
            (status.as_u16(), &refused["code"]),
            (422, &json!("submission_incomplete"))
        );
        let named: Vec<_> = refused["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["param"])
            .collect();
        let expected = [
            "name",
            "date_of_birth",
            "address",
            "country",
            "identity_document",
            "proof_of_address",
        ];
        assert_eq!(json!(named), json!(expected));
        assert_eq!(app.submission("ann", &id).await["status"], "draft");
        let path = format!("/kyc/submissions/{id}");
        app.request("ann", Method::PATCH, &path, Some(details("Ann Never")))
            .await;
        app.adds("ann", &id, "passport", pdf("/A 1")).await;
        app.adds("ann", &id, "proof_of_address", pdf("/A 2")).await;
        assert_eq!(app.sends_in("ann", &id).await.0, StatusCode::OK);
        let again = app.sends_in("ann", &id).await;
        assert_eq!(
            (again.0.as_u16(), &again.1["code"]),
            (409, &json!("submission_state"))
        );
        let (status, edited) = app
            .request("ann", Method::PATCH, &path, Some(json!({"name": "Eve"})))
            .await;
        assert_eq!(
            (status.as_u16(), &edited["code"]),
            (409, &json!("submission_state"))
        );
        let late = app.uploads("ann", &id, "kind=selfie", pdf("/A 3")).await;
        assert_eq!(
            (late.status, &late.json()["code"]),
            (409, &json!("submission_state"))
        );
        let (status, other) = app
            .post("ann", "/kyc/submissions", json!({"level": "basic"}))
            .await;
        assert_eq!(
            (status.as_u16(), &other["code"]),
            (409, &json!("submission_open"))
        );
    }
}

#[tokio::test]
async fn with_a_key_a_submission_is_begun_and_sent_in_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let post = async |path: &str, key: &str, body: Value| {
            let request = Request::post(format!("/api/v1{path}"))
                .header("content-type", "application/json")
                .header("idempotency-key", key);
            app.send("ann", request, body.to_string().into_bytes())
                .await
        };
        let mut body = details("Ann Never");
        body["level"] = "basic".into();
        let (one, two) = (
            post("/kyc/submissions", "first", body.clone()).await,
            post("/kyc/submissions", "first", body.clone()).await,
        );
        assert_eq!((one.status, two.status), (201, 201));
        assert_eq!(one.json(), two.json());
        assert_eq!(two.headers["idempotent-replayed"], "true");
        let id = one.json()["id"].as_str().unwrap().to_owned();
        app.adds("ann", &id, "passport", pdf("")).await;
        let path = format!("/kyc/submissions/{id}/submit");
        let (one, two) = (
            post(&path, "second", json!({})).await,
            post(&path, "second", json!({})).await,
        );
        assert_eq!((one.status, two.status), (200, 200));
        assert_eq!(one.json(), two.json());
        assert_eq!(app.trail.0.lock().unwrap().as_slice(), ["kyc.submitted"]);
    }
}

#[tokio::test]
async fn what_others_have_sent_in_does_not_exist_for_a_user_and_operators_of_others() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.begins("ann", "basic", "Ann Example").await;
        let document = app.adds("ann", &id, "passport", pdf("")).await;
        for who in ["bob", "stranger", "foreign_admin"] {
            for (method, path, body) in [
                (Method::GET, format!("/kyc/submissions/{id}"), None),
                (
                    Method::PATCH,
                    format!("/kyc/submissions/{id}"),
                    Some(json!({"name": "Eve"})),
                ),
                (Method::POST, format!("/kyc/submissions/{id}/submit"), None),
                (
                    Method::POST,
                    format!("/kyc/submissions/{id}/appeal"),
                    Some(json!({"text": "x"})),
                ),
                (
                    Method::GET,
                    format!("/kyc/documents/{document}/content"),
                    None,
                ),
                (Method::DELETE, format!("/kyc/documents/{document}"), None),
            ] {
                let (status, answer) = app.request(who, method.clone(), &path, body).await;
                assert_eq!(
                    status,
                    StatusCode::NOT_FOUND,
                    "{who} {method} {path}: {answer}"
                );
            }
            let added = app.uploads(who, &id, "kind=selfie", pdf("/B 1")).await;
            assert_eq!(added.status, 404, "{who}");
            let listed = app.get(who, "/kyc/submissions").await;
            assert_eq!(listed["data"], json!([]), "{who}");
        }
        let path = format!("/kyc?user_id={}", user("ann"));
        for who in ["bob", "foreign_admin"] {
            let (status, _) = app.request(who, Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{who}");
        }
        let by_user = format!("/kyc/submissions?user_id={}", user("ann"));
        assert_eq!(app.get("bob", &by_user).await["data"], json!([]));
        assert_eq!(
            app.get("operator", &by_user).await["data"][0]["id"],
            json!(id)
        );
        assert_eq!(app.get("operator", &path).await["status"], "none");
        let (status, _) = app
            .request(
                "operator",
                Method::PATCH,
                &format!("/kyc/submissions/{id}"),
                Some(json!({})),
            )
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn bad_details_levels_and_queries_are_refused_by_name() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (body, status, code, param) in [
            (json!({"level": "none"}), 422, "invalid_level", "level"),
            (json!({"level": "gold"}), 400, "invalid_value", "level"),
            (json!({}), 400, "missing_field", "level"),
            (
                json!({"level": "basic", "age": 7}),
                400,
                "unknown_field",
                "age",
            ),
            (
                json!({"level": "basic", "name": "\u{202e}"}),
                422,
                "invalid_details",
                "name",
            ),
            (
                json!({"level": "basic", "name": "x".repeat(10_000)}),
                422,
                "invalid_details",
                "name",
            ),
            (
                json!({"level": "basic", "date_of_birth": "2026-01-01"}),
                422,
                "invalid_details",
                "date_of_birth",
            ),
            (
                json!({"level": "basic", "date_of_birth": "31.12.1990"}),
                422,
                "invalid_details",
                "date_of_birth",
            ),
            (
                json!({"level": "basic", "country": "Germany"}),
                422,
                "invalid_details",
                "country",
            ),
            (
                json!({"level": "basic", "address": {"line1": "", "city": "B"}}),
                422,
                "invalid_details",
                "address",
            ),
            (
                json!({"level": "basic", "address": {"line1": "A"}}),
                400,
                "missing_field",
                "address.city",
            ),
        ] {
            let (found, refused) = app.post("ann", "/kyc/submissions", body.clone()).await;
            assert_eq!(
                (found.as_u16(), &refused["code"]),
                (status, &json!(code)),
                "{body}: {refused}"
            );
            assert_eq!(refused["errors"][0]["param"], param, "{body}: {refused}");
        }
        for query in [
            "status=done",
            "limit=0",
            "cursor=x",
            "user_id=usr_x",
            "more=1",
        ] {
            let path = format!("/kyc/submissions?{query}");
            let (status, refused) = app.request("ann", Method::GET, &path, None).await;
            assert!([400, 422].contains(&status.as_u16()), "{query}: {refused}");
        }
        assert_eq!(app.get("ann", "/kyc/submissions").await["data"], json!([]));
    }
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    for engine in engines() {
        let app = App::on(engine).await;
        let first = app.applies("ann", "basic", "Ann Example").await;
        let second = app.begins("ann", "full", "Ann Example").await;
        let third = app.begins("bob", "basic", "Bob Example").await;
        let ids = |page: &Value| {
            let rows = page["data"].as_array().unwrap();
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let page = app.get("operator", "/kyc/submissions?limit=2").await;
        assert_eq!(ids(&page), [third.clone(), second.clone()]);
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = app
            .get(
                "operator",
                &format!("/kyc/submissions?limit=2&cursor={cursor}"),
            )
            .await;
        assert_eq!(
            (ids(&next), &next["has_more"]),
            (vec![first.clone()], &json!(false))
        );
        let approved = app
            .get("operator", "/kyc/submissions?status=approved")
            .await;
        assert_eq!(ids(&approved), [first.clone()]);
        assert_eq!(
            ids(&app.get("ann", "/kyc/submissions").await),
            [second, first]
        );
        assert!(approved["data"][0].get("details").is_none());
    }
}
