//! Documents: what is taken, what is left of it, who reads it.

use http::{Method, Request, StatusCode};
use risk::Config;
use serde_json::json;
use testkit::engines;

use super::{PLACE, jpeg, pdf};
use crate::support::App;

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_photograph_comes_back_as_a_file_without_the_place_where_it_was_taken() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.begins("ann", "basic", "Ann Example").await;
        assert!(has(&jpeg(), PLACE));
        let document = app.adds("ann", &id, "passport", jpeg()).await;
        let path = format!("/api/v1/kyc/documents/{document}/content");
        for who in ["ann", "operator", "auditor"] {
            let read = app.send(who, Request::get(&path), Vec::new()).await;
            assert_eq!(read.status, 200, "{who}");
            assert!(!has(&read.bytes, PLACE) && !has(&read.bytes, b"Exif"));
            assert!(read.bytes.starts_with(&[0xff, 0xd8]) && read.bytes.ends_with(&[0xff, 0xd9]));
            assert_eq!(read.headers["content-type"], "image/jpeg");
            assert_eq!(read.headers["x-content-type-options"], "nosniff");
            assert_eq!(read.headers["cache-control"], "no-store");
            let disposition = format!("attachment; filename=\"{document}.jpg\"");
            assert_eq!(read.headers["content-disposition"], disposition.as_str());
        }
        // That its user reads it is nobody's business.
        let acts = app.trail.0.lock().unwrap().clone();
        assert_eq!(acts, ["kyc.document_read", "kyc.document_read"]);
    }
}

#[tokio::test]
async fn files_that_are_no_plain_document_are_refused_and_nothing_is_kept() {
    for engine in engines() {
        let mut config = Config::default();
        config.kyc.document_bytes = 4_096;
        let app = App::with(engine, config).await;
        let id = app.begins("ann", "basic", "Ann Example").await;
        let zip = b"PK\x03\x04aPK\x01\x02bPK\x05\x06\0\0\0\0\x01\0\x01\0\x0f\0\0\0\x1f\0\0\0\0\0";
        let cut_off = jpeg()[..jpeg().len() - 2].to_vec();
        for (name, file, status, code) in [
            ("nothing", Vec::new(), 422, "unsupported_document"),
            ("a text", b"passport".to_vec(), 422, "unsupported_document"),
            (
                "a page",
                b"<html><script>".to_vec(),
                422,
                "unsupported_document",
            ),
            ("an archive", zip.to_vec(), 422, "unsupported_document"),
            (
                "a picture and an archive",
                [jpeg(), zip.to_vec()].concat(),
                422,
                "ambiguous_document",
            ),
            (
                "a PDF and an archive",
                [pdf(""), zip.to_vec()].concat(),
                422,
                "ambiguous_document",
            ),
            (
                "a picture and a page",
                [jpeg(), b"<script>".to_vec()].concat(),
                422,
                "ambiguous_document",
            ),
            ("half a picture", cut_off, 422, "damaged_document"),
            (
                "a program",
                pdf("/S /JavaScript /JS (app.alert(1))"),
                422,
                "active_document",
            ),
            ("too much", pdf(&"x".repeat(4_096)), 413, "body_too_large"),
        ] {
            let refused = app.uploads("ann", &id, "kind=passport", file).await;
            let answer = refused.json();
            assert_eq!(
                (refused.status, &answer["code"]),
                (status, &json!(code)),
                "{name}: {answer}"
            );
        }
        for query in [
            "",
            "kind=diploma",
            "kind=passport&name=x.jpg",
            "kind=passport&replaces=usr_x",
        ] {
            let refused = app.uploads("ann", &id, query, jpeg()).await;
            assert_eq!(refused.status, 400, "{query}");
        }
        let seen = app.submission("ann", &id).await;
        assert_eq!(seen["documents"], json!([]));
    }
}

#[tokio::test]
async fn a_document_is_there_once_and_is_removed_before_it_is_sent_in_only() {
    for engine in engines() {
        let mut config = Config::default();
        config.kyc.documents = 2;
        let app = App::with(engine, config).await;
        let id = app.begins("ann", "basic", "Ann Never").await;
        let first = app.adds("ann", &id, "passport", pdf("/A 1")).await;
        let same = app.uploads("ann", &id, "kind=id_card", pdf("/A 1")).await;
        assert_eq!(
            (same.status, &same.json()["code"]),
            (409, &json!("document_exists"))
        );
        let replacing = format!("kind=passport&replaces={first}");
        let early = app.uploads("ann", &id, &replacing, pdf("/A 2")).await;
        assert_eq!(
            (early.status, &early.json()["code"]),
            (409, &json!("not_asked_for"))
        );
        let second = app.adds("ann", &id, "selfie", pdf("/A 3")).await;
        let full = app.uploads("ann", &id, "kind=selfie", pdf("/A 4")).await;
        assert_eq!(
            (full.status, &full.json()["code"]),
            (409, &json!("too_many_documents"))
        );
        let remove = async |document: &str| {
            let path = format!("/kyc/documents/{document}");
            app.request("ann", Method::DELETE, &path, None).await.0
        };
        assert_eq!(remove(&second).await, StatusCode::NO_CONTENT);
        assert_eq!(remove(&second).await, StatusCode::NOT_FOUND);
        app.adds("ann", &id, "selfie", pdf("/A 4")).await;
        app.sends_in("ann", &id).await;
        assert_eq!(remove(&first).await, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn the_same_document_of_another_user_is_for_an_operator() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (who, expected) in [
            ("ann", "approved"),
            ("bob", "in_review"),
            ("stranger", "approved"),
        ] {
            let id = app.begins(who, "basic", "Some Body").await;
            app.adds(who, &id, "passport", pdf("/Number (C01X00T47)"))
                .await;
            app.sends_in(who, &id).await;
            app.service.keep_kyc().await.unwrap();
            let seen = app.submission(who, &id).await;
            assert_eq!(seen["status"], expected, "{who}");
            if who == "bob" {
                assert_eq!(seen["reason_code"], "seen_before");
                assert_eq!(app.open_cases(&id).await, 1);
            }
        }
    }
}
