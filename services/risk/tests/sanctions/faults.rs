//! Loads that fail: the list in force stays, and somebody is told.

use http::StatusCode;
use module::Opened;
use serde_json::{Value, json};
use testkit::engines;
use values::SECOND;

use super::{OTHERS, Screened, code, config, listed, on_each_engine, put, un};
use crate::support::App;

const BOB: (u32, &str, &str) = (7, "Bobrik", "Zavadovsky");

async fn list(it: &Screened) -> Value {
    it.app.get("auditor", "/screening/lists").await["data"][0].clone()
}

/// What `/health` warns of.
async fn warning(app: &App) -> Option<String> {
    let checks = app.service.clone().checks();
    let (_, check) = checks.iter().find(|(name, _)| *name == "sanctions_lists")?;
    check.warning().await
}

#[tokio::test]
async fn what_is_no_whole_list_changes_nothing_and_is_told() {
    on_each_engine(&[BOB], async |it| {
        let whole = listed(&[BOB]);
        let (half, _) = whole.split_at(whole.len() / 2);
        let broken = whole.replace("DATAID", "NO_ID");
        for (content, said) in [
            (b"" as &[u8], "consolidated.xml"),
            (half.as_bytes(), "consolidated.xml"),
            (b"<html><body>Back soon</body></html>", "consolidated.xml"),
            (broken.as_bytes(), "cannot be read"),
            (un(&[]).as_bytes(), "names nobody"),
            (un(&OTHERS[..10]).as_bytes(), "are gone"),
            (b"\xff\xfe\x00<", "consolidated.xml"),
        ] {
            put(it.folder.path(), "un/consolidated.xml", content);
            let refused = it.update(false).await.unwrap();
            assert!(refused.contains(said), "{refused}");
            let shown = list(&it).await;
            assert_eq!(shown["failure"], refused);
            assert_eq!(
                (&shown["in_force"]["version"], &shown["in_force"]["entries"]),
                (&json!(1), &json!(21))
            );
        }
        std::fs::remove_file(it.folder.path().join("un/consolidated.xml")).unwrap();
        assert!(it.update(true).await.unwrap().contains("is missing"));
        put(it.folder.path(), "un/consolidated.xml", whole.as_bytes());
        assert_eq!(it.update(false).await, None);
        let shown = list(&it).await;
        assert_eq!(
            (&shown["failure"], &shown["in_force"]["version"]),
            (&Value::Null, &json!(1))
        );
    })
    .await;
}

#[tokio::test]
async fn a_list_that_has_lost_much_comes_into_force_when_somebody_accepts_it() {
    on_each_engine(&[BOB], async |it| {
        put(
            it.folder.path(),
            "un/consolidated.xml",
            un(&OTHERS[..10]).as_bytes(),
        );
        let path = "/screening/lists/update";
        let post = async |who: &str, body| it.app.post(who, path, body).await;
        let (status, refused) = post("admin", json!({})).await;
        assert_eq!(
            (status, &refused["data"][0]["loaded"]),
            (StatusCode::OK, &json!(false))
        );
        let unnamed = post("admin", json!({"accept_loss": true})).await;
        assert_eq!(code(&unnamed), (422, "list_needed"));
        let unknown = post("admin", json!({"list": "ofac"})).await;
        assert_eq!(unknown.0, StatusCode::NOT_FOUND);
        for who in ["operator", "auditor", "foreign_admin"] {
            assert_eq!(post(who, json!({})).await.0, StatusCode::FORBIDDEN);
        }
        let accepted = json!({"list": "un", "accept_loss": true});
        assert_eq!(post("admin", accepted).await.1["data"][0]["loaded"], true);
        let shown = list(&it).await["in_force"].clone();
        assert_eq!(
            (&shown["removed"], &shown["loss_accepted"]),
            (&json!(11), &json!(true))
        );
        assert!(
            it.app
                .trail
                .done
                .lock()
                .unwrap()
                .contains(&"sanctions_list.loaded")
        );
    })
    .await;
}

#[tokio::test]
async fn lists_are_loaded_when_they_are_due_and_again_soon_after_a_failure() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path(), "un");
        config.enabled = true;
        let app = App::with(engine, config).await;
        let due = async || app.service.load_due_lists().await.unwrap();
        let version = async || {
            let lists = app.get("operator", "/screening/lists").await;
            lists["data"][0]["in_force"]["version"].clone()
        };
        due().await;
        assert_eq!(version().await, Value::Null);
        let said = warning(&app).await.unwrap();
        assert_eq!(said, "sanctions lists: un was never loaded");
        put(folder.path(), "un/consolidated.xml", listed(&[]).as_bytes());
        due().await;
        assert_eq!(version().await, Value::Null, "it was just tried");
        app.clock.advance(15 * 60 * SECOND);
        due().await;
        assert_eq!(version().await, 1);
        assert_eq!(warning(&app).await, None);
        put(
            folder.path(),
            "un/consolidated.xml",
            listed(&[BOB]).as_bytes(),
        );
        app.clock.advance(11 * 3_600 * SECOND);
        due().await;
        assert_eq!(version().await, 1, "it is not due yet");
        app.clock.advance(3_600 * SECOND);
        due().await;
        assert_eq!(version().await, 2);
        std::fs::remove_file(folder.path().join("un/consolidated.xml")).unwrap();
        app.clock.advance(73 * 3_600 * SECOND);
        due().await;
        let said = warning(&app).await.unwrap();
        let expected = "sanctions lists: un could not be loaded anew, un was loaded 3 days ago";
        assert_eq!(said, expected);
    }
}
