//! Who is compared, when, and what follows for their payments.

use contracts::events::Party;
use contracts::risk::{RiskLevel, RiskOutcome};
use serde_json::{Value, json};
use testkit::engines;

use super::{Screened, config, on_each_engine, put, un};
use crate::support::{App, codes, org, user};

const BOB: (u32, &str, &str) = (7, "Bobrik", "Zavadovsky");

#[tokio::test]
async fn a_payment_to_a_listed_name_waits_for_two_operators_and_no_code_releases_it() {
    on_each_engine(&[BOB], async |it| {
        let before = it.app.assess(&it.app.transfer(1, "ann", "bob", 100)).await;
        assert_eq!(before.outcome, RiskOutcome::Approve, "{before:?}");
        it.app.is_called("bob", "Bobrik Zavadovski");
        it.compare().await;
        for (from, to, code) in [
            ("ann", "bob", "sanctions_match_of_payee"),
            ("bob", "ann", "sanctions_match_of_payer"),
        ] {
            let held = it.app.assess(&it.app.transfer(2, from, to, 100)).await;
            assert_eq!(held.outcome, RiskOutcome::Review);
            assert_eq!((held.level, held.needs_two), (RiskLevel::High, true));
            let factor = held.factors.iter().find(|factor| factor.code == code);
            assert_eq!(factor.map(|factor| factor.points), Some(100), "{held:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_takes_part_is_compared_at_once_where_nobody_has_done_it_yet() {
    on_each_engine(&[BOB], async |it| {
        it.app.is_called("bob", "Zavadovsky, Bobrik");
        // Memory has heard of the name; nobody has compared it.
        it.app.service.catch_up().await.unwrap();
        let held = it.app.assess(&it.app.transfer(1, "ann", "bob", 100)).await;
        assert!(
            codes(&held).contains(&"sanctions_match_of_payee"),
            "{held:?}"
        );
        assert_eq!(it.customer("bob").await["waiting"], true);
    })
    .await;
}

#[tokio::test]
async fn a_list_that_was_never_loaded_is_an_error_and_no_list_at_all_asks_nothing() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "un/consolidated.xml", un(&[BOB]).as_bytes());
        let app = App::with(engine, config(folder.path(), "un,ofac")).await;
        for loads in [false, true] {
            if loads {
                app.service.update_lists(Some("un"), false).await.unwrap();
            }
            let held = app.assess(&app.transfer(1, "ann", "bob", 100)).await;
            assert_eq!(held.outcome, RiskOutcome::Review, "{held:?}");
            let expected = ["sanctions_match_of_payer", "sanctions_match_of_payee"];
            for code in expected {
                assert!(codes(&held).contains(&code), "{held:?}");
            }
        }
        let app = App::with(engine, config(folder.path(), "")).await;
        let passes = app.assess(&app.transfer(1, "ann", "bob", 100)).await;
        assert_eq!(passes.outcome, RiskOutcome::Approve);
        app.service.write_decided().await.unwrap();
        let path = format!("/risk/decisions/{}", passes.id);
        let decision = app.get("auditor", &path).await;
        let expected = json!({"unknown": "not_applicable"});
        assert_eq!(decision["facts"]["sanctions_match_of_payee"], expected);
    }
}

#[tokio::test]
async fn a_new_entry_reaches_everybody_who_never_comes_again_and_nobody_else_changes() {
    on_each_engine(&[], async |it| {
        it.app.is_called("ann", "Annika Wolkenstein");
        it.app.is_called("imported", "Imre Portalanza");
        let owner = [(Party::Owner, "imported")];
        let id = user("imported").to_string();
        let feed = &it.app.identity;
        feed.push(org("imported"), "user.imported", &id, &owner, &Value::Null);
        it.compare().await;
        let before = it.customer("bob").await;
        assert_eq!(before["list_version"], 1);
        it.app.clock.advance(values::DAY);
        let entries = [(8, "Annika", "Wolkenstein"), (9, "Imre", "Portalanza")];
        assert_eq!(it.load(&entries).await, None);
        for who in ["ann", "imported"] {
            let found = it.customer(who).await;
            assert_eq!(it.states(who).await, ["open"], "{found}");
            assert_eq!(found["matches"][0]["found_at"], found["changed_at"]);
            assert_eq!(found["matches"][0]["list_version"], 2);
        }
        let after = it.customer("bob").await;
        assert_eq!(after["list_version"], 2);
        assert_ne!(after["screened_at"], before["screened_at"]);
        assert_eq!(after["changed_at"], before["changed_at"]);
        let lists = it.app.get("auditor", "/screening/lists").await;
        let in_force = &lists["data"][0]["in_force"];
        assert_eq!(
            (&in_force["added"], &in_force["removed"]),
            (&json!(2), &json!(0))
        );
        assert_eq!(lists["waiting"], 0);
    })
    .await;
}

#[tokio::test]
async fn comparing_goes_on_after_a_restart_where_it_was() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "un/consolidated.xml", un(&[BOB]).as_bytes());
        let app = App::with(engine, config(folder.path(), "un")).await;
        app.service.update_lists(None, false).await.unwrap();
        app.is_called("bob", "Bobrik Zavadovsky");
        app.service.catch_up().await.unwrap();
        let app = app.restarted().await;
        let it = Screened { app, folder };
        assert_eq!(it.customer("ann").await["waiting"], true);
        let held = it.app.assess(&it.app.transfer(1, "ann", "bob", 100)).await;
        assert_eq!(
            held.outcome,
            RiskOutcome::Review,
            "the list is in force at once"
        );
        it.compare().await;
        assert_eq!(it.customer("ann").await["waiting"], false);
        assert_eq!(it.states("bob").await, ["open"]);
    }
}

#[tokio::test]
async fn names_of_any_kind_are_compared_and_those_of_nothing_match_nobody() {
    on_each_engine(
        &[(7, "Александр", "Вымыслов"), (8, "Ali", "Oz")],
        async |it| {
            let long = "Al ".repeat(3_334);
            for (name, matches) in [
                ("Aleksandr Vymyslov", true),
                ("Александр Вымыслов", true),
                ("", false),
                (" ", false),
                ("Dr. Mr. Prof.", false),
                ("AB", false),
                (&*long, false),
                ("\u{5f20}\u{4f1f}", false),
                ("\u{639}\u{644}\u{64a} \u{62d}\u{633}\u{646}", false),
                ("\u{5d3}\u{5d5}\u{5d3} \u{5db}\u{5d4}\u{5df}", false),
                ("\u{393}\u{3b9}\u{3ce}\u{3c1}\u{3b3}\u{3bf}\u{3c2}", false),
                ("\u{ae40}\u{bbfc}\u{c218}", false),
            ] {
                it.app.is_called("bob", name);
                it.app.service.catch_up().await.unwrap();
                let decided = it.app.assess(&it.app.transfer(1, "ann", "bob", 100)).await;
                let held = decided.outcome == RiskOutcome::Review;
                assert_eq!(held, matches, "{name:.20}: {decided:?}");
            }
            it.compare().await;
            assert_eq!(it.customer("bob").await["waiting"], false);
        },
    )
    .await;
}
