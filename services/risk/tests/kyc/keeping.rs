//! How long levels, details and documents last, and who is told.

use std::sync::atomic::Ordering;

use contracts::events::Party;
use contracts::kyc::{KycLevel, KycLevels, KycStatus};
use http::{Method, StatusCode};
use risk::Config;
use serde_json::json;
use testkit::engines;
use values::DAY;

use super::{because, pdf, standing};
use crate::support::{App, org, user};

#[tokio::test]
async fn a_level_ends_when_its_time_is_over_and_is_shown_anew() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.applies("ann", "full", "Ann Example").await;
        app.clock.advance(730 * DAY - 1);
        app.service.keep_kyc().await.unwrap();
        assert_eq!(app.stands("ann").await, standing("full", "approved"));
        app.clock.advance(1);
        app.service.keep_kyc().await.unwrap();
        assert_eq!(app.stands("ann").await, standing("none", "expired"));
        let level = app.service.level(org("ann"), user("ann")).await.unwrap();
        assert_eq!(level, KycLevel::None);
        let last = *app.standings.told.lock().unwrap().last().unwrap();
        assert_eq!(
            (last.status, last.level),
            (KycStatus::Expired, KycLevel::None)
        );
        app.applies("ann", "basic", "Ann Again").await;
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
    }
}

#[tokio::test]
async fn a_level_that_is_shown_anew_in_time_goes_on() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.applies("ann", "full", "Ann Example").await;
        let (status, lower) = app
            .post("ann", "/kyc/submissions", json!({"level": "basic"}))
            .await;
        assert_eq!(
            (status.as_u16(), &lower["code"]),
            (409, &json!("level_held"))
        );
        app.clock.advance(700 * DAY);
        app.applies("ann", "full", "Ann Again").await;
        app.clock.advance(100 * DAY);
        app.service.keep_kyc().await.unwrap();
        assert_eq!(app.stands("ann").await, standing("full", "approved"));
    }
}

#[tokio::test]
async fn identity_is_told_again_where_it_was_away_and_other_nodes_hear_it_from_there() {
    for engine in engines() {
        let app = App::on(engine).await;
        let other = app.another_node().await;
        app.standings.is_away.store(true, Ordering::Relaxed);
        let id = app.begins("ann", "basic", "Ann Example").await;
        app.adds("ann", &id, "passport", pdf("")).await;
        app.sends_in("ann", &id).await;
        assert!(app.service.keep_kyc().await.is_err());
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
        assert!(app.standings.told.lock().unwrap().is_empty());
        app.standings.is_away.store(false, Ordering::Relaxed);
        app.service.keep_kyc().await.unwrap();
        app.service.keep_kyc().await.unwrap();
        let told = app.standings.told.lock().unwrap().clone();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].level, told[0].version), (KycLevel::Basic, 2));
        let owner = [(Party::Owner, "ann")];
        let ann = user("ann").to_string();
        for (level, version) in [("basic", 2), ("none", 1)] {
            let data = json!({"user_id": ann, "kyc_status": "approved", "kyc_level": level, "kyc_version": version});
            app.identity
                .push(org("ann"), "kyc.status_changed", &ann, &owner, &data);
        }
        other.catch_up().await.unwrap();
        let level = other.level(org("ann"), user("ann")).await.unwrap();
        assert_eq!(
            level,
            KycLevel::Basic,
            "an older change that comes late changes nothing"
        );
    }
}

#[tokio::test]
async fn what_nobody_goes_on_with_ends_and_drafts_are_deleted() {
    for engine in engines() {
        let app = App::on(engine).await;
        let draft = app.begins("bob", "basic", "Bob Example").await;
        let asked = app.applies("ann", "basic", "Ann Refer").await;
        let mut again = because("ask_again");
        again["details"] = json!(true);
        assert_eq!(app.decides("operator", &asked, again).await.0, 200);
        app.clock.advance(30 * DAY - 1);
        app.service.delete_old().await.unwrap();
        assert_eq!(app.submission("bob", &draft).await["status"], "draft");
        app.clock.advance(1);
        app.service.delete_old().await.unwrap();
        let path = format!("/kyc/submissions/{draft}");
        let (status, _) = app.request("bob", Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(app.submission("ann", &asked).await["status"], "lapsed");
        assert_eq!(app.stands("ann").await, standing("none", "expired"));
        app.begins("ann", "basic", "Ann Example").await;
    }
}

#[tokio::test]
async fn what_is_personal_is_erased_after_its_time_and_what_was_decided_stays() {
    for engine in engines() {
        let mut config = Config::default();
        config.kyc.keep_days = 10;
        let app = App::with(engine, config).await;
        let id = app.applies("ann", "basic", "Ann Refer").await;
        let document = app.submission("ann", &id).await["documents"][0]["id"].clone();
        assert_eq!(app.decides("operator", &id, because("reject")).await.0, 200);
        app.clock.advance(10 * DAY - 1);
        app.service.delete_old().await.unwrap();
        assert_eq!(
            app.submission("ann", &id).await["details"]["name"],
            "Ann Refer"
        );
        app.clock.advance(1);
        app.service.delete_old().await.unwrap();
        let seen = app.submission("ann", &id).await;
        assert_eq!(
            (&seen["status"], &seen["reason_code"]),
            (&json!("rejected"), &json!("unreadable"))
        );
        assert_eq!(seen["details"]["name"], json!(null));
        assert_eq!(seen["documents"][0]["available"], false);
        let path = format!("/kyc/documents/{}/content", document.as_str().unwrap());
        let (status, _) = app.request("ann", Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let path = format!("/kyc/submissions/{id}/appeal");
        let (status, refused) = app.post("ann", &path, json!({"text": "Late"})).await;
        assert_eq!(
            (status.as_u16(), &refused["code"]),
            (409, &json!("appeal_closed"))
        );
    }
}

#[tokio::test]
async fn with_an_account_ends_all_that_was_sent_in() {
    for engine in engines() {
        for keep_closed_days in [0, 5] {
            let mut config = Config::default();
            config.kyc.keep_closed_days = keep_closed_days;
            let app = App::with(engine, config).await;
            let done = app.applies("ann", "basic", "Ann Example").await;
            let open = app.applies("ann", "full", "Ann Refer").await;
            assert_eq!(app.open_cases(&open).await, 1);
            let owner = [(Party::Owner, "ann")];
            let id = user("ann").to_string();
            app.identity
                .push(org("ann"), "user.closed", &id, &owner, &json!(null));
            app.service.catch_up().await.unwrap();
            assert_eq!(app.open_cases(&open).await, 0);
            let left = async || {
                let sql = "SELECT count(*) FROM kyc_documents WHERE content IS NOT NULL";
                let row: (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
                row.0
            };
            if keep_closed_days == 0 {
                assert_eq!(left().await, 0);
                let listed = app.get("operator", "/kyc/submissions").await;
                assert_eq!(listed["data"], json!([]));
                continue;
            }
            assert_eq!(left().await, 3);
            let status = async |id: &str| app.submission("operator", id).await["status"].clone();
            assert_eq!(
                (status(&done).await, status(&open).await),
                (json!("approved"), json!("lapsed"))
            );
            app.clock.advance(5 * DAY);
            app.service.delete_old().await.unwrap();
            assert_eq!(left().await, 0);
        }
    }
}

#[tokio::test]
async fn a_copy_of_what_is_kept_about_somebody_has_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.applies("ann", "basic", "Ann Example").await;
        app.applies("bob", "basic", "Bob Other").await;
        let data = module::Opened::personal_data(&*app.service, org("ann"), user("ann"));
        let kyc = data.await.unwrap()["kyc"].clone();
        assert_eq!(kyc["standing"]["level"], "basic");
        assert_eq!(kyc["submissions"]["complete"], true);
        let sent = &kyc["submissions"]["data"];
        assert_eq!(sent[0]["details"]["name"], "Ann Example");
        assert_eq!(sent[0]["documents"].as_array().unwrap().len(), 1);
        assert!(!kyc.to_string().contains("Bob"));
    }
}

#[tokio::test]
async fn what_was_sealed_with_an_older_master_key_is_read_with_the_newest_alone() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "basic", "Ann Refer").await;
        app.decides("operator", &id, because("reject")).await;
        let path = format!("/kyc/submissions/{id}/appeal");
        let appealed = app.post("ann", &path, json!({"text": "It is valid"})).await;
        assert_eq!(appealed.0, StatusCode::OK);
        let kyc = async |keys: &[u8]| {
            let service = app.with_keys(keys).await;
            service.delete_old().await.unwrap();
            let data = module::Opened::personal_data(&*service, org("ann"), user("ann")).await;
            data.map(|data| data["kyc"].clone())
        };
        assert!(
            kyc(&[8]).await.is_err(),
            "it cannot be opened, and stays as it is"
        );
        let with_both = kyc(&[8, 7]).await.unwrap();
        assert_eq!(kyc(&[8]).await.unwrap(), with_both);
        let sent = &with_both["submissions"]["data"][0];
        assert_eq!(sent["details"]["name"], "Ann Refer");
        assert_eq!(sent["appeal"], "It is valid");
        let sealed: Vec<(Vec<u8>, Vec<u8>)> = {
            let sql = "SELECT content, sealed_by FROM kyc_documents";
            app.db.fetch_all(sql, vec![]).await.unwrap()
        };
        for (content, by) in sealed {
            assert!(content.starts_with(&by));
        }
    }
}
