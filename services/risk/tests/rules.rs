//! Rules from the draft to what they do: who may, what is refused, and what is kept of it.

use contracts::risk::RiskOutcome;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::engines;
use values::DAY;

use crate::support::{App, codes, user};
use platform::clock::Clock;

const PUBLISH: &str = "/rule-drafts/publish";

/// A rule that declines what is above an amount of minor units.
pub fn over(code: &str, minor: i64) -> Value {
    let nothing = json!({"points": 0});
    json!({
        "code": code, "name": "Above an amount",
        "when": {"compare": {"left": {"field": "amount"}, "is": "greater", "right": {"value": minor}}},
        "effect": {"outcome": "decline"},
        "unknown": {"error": nothing, "not_applicable": nothing, "too_little_data": nothing}
    })
}

/// An operator drafts a rule, and an administrator publishes the draft.
pub async fn publish(app: &App, rule: Value) -> Value {
    let (status, drafted) = app.post("operator", "/rules", rule).await;
    assert_eq!(status, StatusCode::CREATED, "{drafted}");
    publish_draft(app).await
}

/// An administrator publishes what others have drafted.
pub async fn publish_draft(app: &App) -> Value {
    let draft = app.get("operator", "/rule-drafts").await;
    let body = json!({"revision": draft["revision"], "note": "As agreed"});
    let (status, version) = app.post("admin", PUBLISH, body).await;
    assert_eq!(status, StatusCode::CREATED, "{version}");
    version
}

fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    let (status, body) = answer;
    (status.as_u16(), body["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn an_organisation_begins_with_rules_each_of_which_is_a_sentence() {
    for engine in engines() {
        let app = App::on(engine).await;
        let rules = app.get("auditor", "/rules").await;
        assert_eq!(rules["version"]["version"], 1);
        assert_eq!(rules["version"]["published_by"], Value::Null);
        assert_eq!(rules["draft"], Value::Null);
        let data = rules["data"].as_array().unwrap();
        assert_eq!(data.len(), 6);
        for rule in data {
            assert_eq!(rule["state"], "in_force");
            assert!(!rule["sentence"].as_str().unwrap().is_empty());
        }
        let one = app.get("operator", "/rules/amount_over_5000").await;
        assert_eq!(one, data[0]);
        let fields = app.get("operator", "/rule-fields").await;
        assert!(fields["data"].as_array().unwrap().len() > 20);
        let none = app
            .request("operator", Method::GET, "/rules/none", None)
            .await;
        assert_eq!(code(&none), (404, "not_found"));
    }
}

#[tokio::test]
async fn a_draft_does_nothing_until_somebody_else_publishes_it() {
    for engine in engines() {
        let app = App::on(engine).await;
        let (status, drafted) = app
            .post("admin", "/rules", over("over_3000", 300_000))
            .await;
        assert_eq!(
            (status, &drafted["state"]),
            (StatusCode::CREATED, &json!("new"))
        );
        let number = |number| app.transfer(number, "ann", "bob", 400_000);
        assert_eq!(app.assess(&number(1)).await.outcome, RiskOutcome::Approve);
        let draft = app.get("operator", "/rule-drafts").await;
        assert_eq!(draft["authors"], json!([user("admin")]));
        assert_eq!(draft["changes"][0]["kind"], "added");
        let body = json!({"revision": draft["revision"], "note": "As agreed"});
        let own = app.post("admin", PUBLISH, body.clone()).await;
        assert_eq!(code(&own), (409, "second_operator_needed"));
        let lacking = app.post("operator", PUBLISH, body).await;
        assert_eq!(code(&lacking), (403, "forbidden"));
        // Somebody else works on it from the beginning.
        let gone = app
            .request("operator", Method::DELETE, "/rule-drafts", None)
            .await;
        assert_eq!(gone.0, StatusCode::NO_CONTENT);
        let version = publish(&app, over("over_3000", 300_000)).await;
        assert_eq!(version["version"], 2);
        assert_eq!(version["authors"], json!([user("operator")]));
        assert_eq!(version["published_by"], json!(user("admin")));
        let declined = app.assess(&number(2)).await;
        assert_eq!(
            (declined.outcome, declined.rule_set),
            (RiskOutcome::Decline, 2)
        );
        assert!(codes(&declined).contains(&"over_3000"));
        let shown = app.get("auditor", "/rule-sets/2").await;
        assert_eq!(shown["changes"][0]["kind"], "added");
        let none = app
            .request("operator", Method::GET, "/rule-drafts", None)
            .await;
        assert_eq!(code(&none), (404, "not_found"));
        let acts = app.trail.done.lock().unwrap().clone();
        let expected = [
            "rule.drafted",
            "rules.discarded",
            "rule.drafted",
            "rules.published",
        ];
        assert_eq!(acts, expected);
    }
}

#[tokio::test]
async fn what_is_published_is_the_draft_that_was_seen_and_only_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        app.post("operator", "/rules", over("over_3000", 300_000))
            .await;
        let seen = app.get("admin", "/rule-drafts").await["revision"].clone();
        let path = "/rules/over_3000";
        let changed = Some(over("over_3000", 1));
        let (status, _) = app.request("second", Method::PUT, path, changed).await;
        assert_eq!(status, StatusCode::OK);
        let body = json!({"revision": seen, "note": "As agreed"});
        let refused = app.post("admin", PUBLISH, body).await;
        assert_eq!(code(&refused), (409, "rules_changed"));
        let (one, other) = tokio::join!(publish_once(&app), publish_once(&app));
        let mut both = [one, other];
        both.sort_unstable();
        assert_eq!(both[0], 201, "{both:?}");
        assert!(both[1] == 404 || both[1] == 409, "{both:?}");
        let versions = app.get("operator", "/rule-sets").await;
        assert_eq!(versions["data"].as_array().unwrap().len(), 2);
    }
}

async fn publish_once(app: &App) -> u16 {
    let body = json!({"revision": 2, "note": "As agreed"});
    app.post("admin", PUBLISH, body).await.0.as_u16()
}

#[tokio::test]
async fn earlier_rules_come_back_in_one_step_and_a_draft_is_outdated_then() {
    for engine in engines() {
        let app = App::on(engine).await;
        publish(&app, over("over_3000", 1)).await;
        app.post("operator", "/rules", over("over_4000", 400_000))
            .await;
        let back = |to: i64, in_force: i64| {
            let body = json!({"in_force": in_force, "note": "It declined everybody"});
            let path = format!("/rule-sets/{to}/restore");
            let app = &app;
            async move { app.post("admin", &path, body).await }
        };
        assert_eq!(code(&back(1, 1).await), (409, "rules_changed"));
        assert_eq!(code(&back(2, 2).await), (409, "nothing_changed"));
        assert_eq!(code(&back(7, 2).await), (404, "not_found"));
        let (status, version) = back(1, 2).await;
        assert_eq!(status, StatusCode::CREATED, "{version}");
        assert_eq!(
            (&version["version"], &version["restores"]),
            (&json!(3), &json!(1))
        );
        let small = app.assess(&app.transfer(1, "ann", "bob", 100)).await;
        assert_eq!((small.outcome, small.rule_set), (RiskOutcome::Approve, 3));
        let body = json!({"revision": 1, "note": "As agreed"});
        let refused = app.post("admin", PUBLISH, body).await;
        assert_eq!(code(&refused), (409, "draft_outdated"));
        let app = app.restarted().await;
        let small = app.assess(&app.transfer(2, "ann", "bob", 100)).await;
        assert_eq!((small.outcome, small.rule_set), (RiskOutcome::Approve, 3));
    }
}

#[tokio::test]
async fn another_node_takes_up_what_was_published() {
    for engine in engines() {
        let app = App::on(engine).await;
        let other = app.another_node().await;
        publish(&app, over("over_3000", 300_000)).await;
        other.refresh().await.unwrap();
        let proposed = app.transfer(1, "ann", "bob", 400_000);
        let decision = contracts::risk::Risk::assess(&*other, &proposed)
            .await
            .unwrap();
        assert_eq!(
            (decision.outcome, decision.rule_set),
            (RiskOutcome::Decline, 2)
        );
    }
}

#[tokio::test]
async fn a_window_that_no_rule_asked_about_knows_what_was_before_and_what_is_on_its_way() {
    for engine in engines() {
        let app = App::on(engine).await;
        for number in 0..3 {
            app.pays(number, "ann", "bob", 100).await;
        }
        // The database has two of them, memory all three, and one is on its way.
        app.service.catch_up().await.unwrap();
        app.pays(3, "ann", "bob", 100).await;
        app.assess(&app.transfer(4, "ann", "bob", 100)).await;
        let mut rule = over("many_in_two_days", 0);
        rule["when"] = json!({"compare": {
            "left": {"velocity": {"measure": "count", "window": "2d", "key": "payee"}},
            "is": "greater", "right": {"value": 5}}});
        publish(&app, rule).await;
        let asked = app.assess(&app.transfer(5, "ann", "bob", 100)).await;
        assert_eq!(asked.outcome, RiskOutcome::Decline, "{asked:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_rule_is_told_with_its_place() {
    for engine in engines() {
        let app = App::on(engine).await;
        let mut rule = over("over_3000", 300_000);
        rule["when"]["compare"]["right"]["value"] = json!("much");
        let (status, refused) = app.post("operator", "/rules", rule).await;
        assert_eq!(
            (status.as_u16(), &refused["code"]),
            (422, &json!("invalid_rules"))
        );
        let told = refused["errors"][0]["param"].as_str().unwrap();
        assert!(
            told.contains("rules[") && told.contains("when"),
            "{refused}"
        );
        let again = app
            .post("operator", "/rules", over("amount_over_5000", 1))
            .await;
        assert_eq!(code(&again), (409, "rule_exists"));
        let reserved = app.post("operator", "/rules", over("preview", 1)).await;
        assert_eq!(code(&reserved), (422, "reserved_code"));
        let other = Some(over("another", 1));
        let other = app
            .request("operator", Method::PUT, "/rules/amount_over_5000", other)
            .await;
        assert_eq!(code(&other), (422, "other_code"));
        let mut rule = over("over_3000", 300_000);
        rule["unknown"] = json!({});
        app.post("operator", "/rules", rule).await;
        let body = json!({"revision": 1, "note": "As agreed"});
        let (status, refused) = app.post("admin", PUBLISH, body).await;
        assert_eq!(
            (status.as_u16(), &refused["code"]),
            (422, &json!("invalid_rules"))
        );
        assert_eq!(refused["errors"].as_array().unwrap().len(), 3, "{refused}");
    }
}

/// So many `not` in one another.
fn deep(levels: usize) -> Value {
    let innermost = over("x", 1)["when"].clone();
    (0..levels).fold(innermost, |inner, _| json!({"not": inner}))
}

#[tokio::test]
async fn a_rule_that_is_too_deep_too_wide_or_too_dear_is_refused() {
    for engine in engines() {
        let app = App::on(engine).await;
        let wide = vec![over("x", 1)["when"].clone(); 5_000];
        let values: Vec<_> = (0..20_000).collect();
        for when in [
            deep(9),
            deep(100),
            json!({"all": wide}),
            json!({"in": {"left": {"field": "amount"}, "values": values}}),
            json!({"text": {"field": "email_of_payer", "is": "contains", "text": "x".repeat(9_999)}}),
        ] {
            let mut rule = over("bomb", 1);
            rule["when"] = when;
            for (path, body) in [
                ("/rules", rule.clone()),
                ("/rules/preview", json!({"days": 1, "rule": rule})),
            ] {
                let (status, refused) = app.post("operator", path, body).await;
                let is_refused = [400, 413, 422].contains(&status.as_u16());
                assert!(is_refused, "{path} {status}: {refused}");
            }
        }
        // What is deeper than any JSON that is read.
        let bomb = format!("{}{}", r#"{"not":"#.repeat(30_000), "1");
        let (status, _) = app.raw("operator", "/rules", bomb).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let rules = app.get("operator", "/rules").await;
        assert_eq!(rules["draft"], Value::Null);
    }
}

#[tokio::test]
async fn a_preview_says_what_a_rule_would_have_done_and_changes_nothing() {
    for engine in engines() {
        let app = App::on(engine).await;
        for number in 0..4 {
            let amount = 100_000 * (i64::try_from(number).unwrap() + 1);
            app.pays(number, "ann", "bob", amount).await;
        }
        app.service.write_decided().await.unwrap();
        // One of which nothing but the feed is known.
        let unknown = app.transfer(9, "bob", "ann", 900_000);
        app.tell(&unknown, "bob", "ann", "completed");
        app.service.catch_up().await.unwrap();
        app.clock.advance(1);
        let body = json!({"days": 1, "rule": over("over_2000", 200_000)});
        let (status, preview) = app.post("auditor", "/rules/preview", body).await;
        assert_eq!(status, StatusCode::OK, "{preview}");
        assert_eq!(
            (&preview["asked"], &preview["incomplete"]),
            (&json!(5), &json!(1))
        );
        let of = |code: &str| {
            let rules = preview["rules"].as_array().unwrap();
            rules
                .iter()
                .find(|rule| rule["rule"] == code)
                .unwrap()
                .clone()
        };
        let tried = of("over_2000");
        assert_eq!(
            (&tried["hits"], &tried["amount_minor"]),
            (&json!(2), &json!(700_000))
        );
        assert_eq!(
            tried["overlap"],
            json!([{"rule": "payer_not_verified", "hits": 2}])
        );
        assert_eq!(of("payer_not_verified")["hits"], 4);
        let expected = json!([
            {"before": "approve", "after": "approve", "count": 2},
            {"before": "approve", "after": "decline", "count": 2}
        ]);
        assert_eq!(preview["outcomes"], expected);
        let samples = preview["samples"].as_array().unwrap();
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[0]["after"]["outcome"], "decline");
        let factors = json!(["over_2000", "payer_not_verified"]);
        assert_eq!(samples[0]["factors"], factors);
        assert_eq!(app.get("operator", "/rules").await["draft"], Value::Null);
        let days = app
            .post("operator", "/rules/preview", json!({"days": 91}))
            .await;
        assert_eq!(code(&days), (422, "invalid_days"));
        // Another organisation sees nothing of it.
        let body = json!({"days": 1, "rule": over("over_2000", 200_000)});
        let (_, theirs) = app.post("foreign_admin", "/rules/preview", body).await;
        assert_eq!(theirs["asked"], 0, "{theirs}");
    }
}

#[tokio::test]
async fn a_preview_counts_windows_as_they_were() {
    for engine in engines() {
        let app = App::on(engine).await;
        for number in 0..6 {
            app.pays(number, "ann", "bob", 100).await;
        }
        app.service.write_decided().await.unwrap();
        app.service.catch_up().await.unwrap();
        app.clock.advance(1);
        let mut rule = over("third_in_an_hour", 0);
        rule["when"] = json!({"compare": {
            "left": {"velocity": {"measure": "count", "window": "1h", "key": "payer"}},
            "is": "greater", "right": {"value": 2}}});
        let body = json!({"days": 1, "rule": rule});
        let (status, preview) = app.post("operator", "/rules/preview", body).await;
        assert_eq!(status, StatusCode::OK, "{preview}");
        let rules = preview["rules"].as_array().unwrap();
        let tried = rules
            .iter()
            .find(|it| it["rule"] == "third_in_an_hour")
            .unwrap();
        assert_eq!(tried["hits"], 4, "{preview}");
    }
}

#[tokio::test]
async fn a_rule_in_shadow_is_counted_and_does_nothing() {
    for engine in engines() {
        let app = App::on(engine).await;
        let mut rule = over("over_3000", 300_000);
        rule["mode"] = json!("shadow");
        publish(&app, rule).await;
        for (number, amount) in [(1, 400_000), (2, 100)] {
            let decision = app.pays(number, "ann", "bob", amount).await;
            assert_eq!(decision.outcome, RiskOutcome::Approve);
            assert!(!codes(&decision).contains(&"over_3000"));
        }
        app.service.write_decided().await.unwrap();
        let rule = app.get("operator", "/rules/over_3000").await;
        let expected = json!({"asked": 2, "hits": 1, "unknown": 0, "counted": 0});
        assert_eq!(rule["hit_rate"], expected);
        let rule = app.get("operator", "/rules/payer_not_verified").await;
        let expected = json!({"asked": 2, "hits": 2, "unknown": 0, "counted": 2});
        assert_eq!(rule["hit_rate"], expected);
    }
}

#[tokio::test]
async fn a_rule_is_quiet_for_a_customer_until_its_time_is_over() {
    for engine in engines() {
        let app = App::on(engine).await;
        publish(&app, over("over_3000", 300_000)).await;
        let outcome = async |number, who| {
            let other = if who == "ann" { "bob" } else { "ann" };
            let asked = app.assess(&app.transfer(number, who, other, 400_000)).await;
            app.service.write_decided().await.unwrap();
            asked.outcome
        };
        assert_eq!(outcome(1, "ann").await, RiskOutcome::Decline);
        let path = "/rules/over_3000/snooze";
        let until = |days| app.clock.now().plus(days * DAY);
        let quiet = |days| json!({"user": user("ann"), "until": until(days), "reason": "A house"});
        for (body, expected) in [
            (quiet(0), (422, "invalid_until")),
            (quiet(181), (422, "invalid_until")),
            (
                json!({"user": user("ann"), "until": until(1), "reason": ""}),
                (422, "invalid_reason"),
            ),
        ] {
            assert_eq!(code(&app.post("operator", path, body).await), expected);
        }
        let sanctions = app.post(
            "operator",
            "/rules/sanctions_match_of_payer/snooze",
            quiet(1),
        );
        assert_eq!(code(&sanctions.await), (422, "sanctions_rule"));
        let (status, _) = app.post("operator", path, quiet(1)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(outcome(2, "ann").await, RiskOutcome::Approve);
        assert_eq!(outcome(3, "bob").await, RiskOutcome::Decline);
        let listed = app.get("auditor", "/rule-snoozes").await;
        assert_eq!(listed["data"][0]["reason"], "A house");
        let wake = json!({"user": user("ann")});
        let woken = app
            .post("operator", "/rules/over_3000/wake", wake.clone())
            .await;
        assert_eq!(woken.0, StatusCode::NO_CONTENT);
        assert_eq!(outcome(4, "ann").await, RiskOutcome::Decline);
        let again = app.post("operator", "/rules/over_3000/wake", wake).await;
        assert_eq!(code(&again), (404, "not_found"));
        app.post("operator", path, quiet(1)).await;
        app.clock.advance(DAY);
        assert_eq!(outcome(5, "ann").await, RiskOutcome::Decline);
    }
}

#[tokio::test]
async fn rules_are_exported_and_imported_as_json() {
    for engine in engines() {
        let app = App::on(engine).await;
        publish(&app, over("over_3000", 300_000)).await;
        let exported = app.get("operator", "/rule-sets/2").await["rules"].clone();
        let path = "/rule-drafts";
        let taken = app
            .request("foreign_admin", Method::PUT, path, Some(exported.clone()))
            .await;
        assert_eq!(taken.0, StatusCode::NO_CONTENT, "{:?}", taken.1);
        let draft = app.get("foreign_admin", path).await;
        assert_eq!(draft["rules"], exported);
        // Of the first organisation nobody sees it.
        let none = app.request("operator", Method::GET, path, None).await;
        assert_eq!(none.0, StatusCode::NOT_FOUND);
        let mut broken = exported;
        broken["rules"][0]["code"] = json!("");
        let refused = app
            .request("operator", Method::PUT, path, Some(broken))
            .await;
        assert_eq!(code(&refused), (422, "invalid_rules"));
    }
}

#[tokio::test]
async fn rules_of_one_organisation_are_not_those_of_another() {
    for engine in engines() {
        let app = App::on(engine).await;
        publish(&app, over("over_3000", 1)).await;
        let theirs = app.get("foreign_admin", "/rules").await;
        assert_eq!(theirs["version"]["version"], 1);
        for (method, path) in [
            (Method::GET, "/rules/over_3000"),
            (Method::DELETE, "/rules/over_3000"),
            (Method::GET, "/rule-sets/2"),
        ] {
            let refused = app.request("foreign_admin", method, path, None).await;
            assert_eq!(code(&refused), (404, "not_found"), "{path}");
        }
    }
}

#[tokio::test]
async fn what_can_never_hit_or_hides_something_is_refused_in_a_rule() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (name, kind) in [("countries", "countries"), ("people", "users")] {
            let body = json!({"name": name, "kind": kind, "description": "A test"});
            app.post("operator", "/lists", body).await;
        }
        let refusal = async |change: &dyn Fn(&mut Value)| {
            let mut rule = over("over_3000", 300_000);
            change(&mut rule);
            let (_, answer) = app.post("operator", "/rules", rule).await;
            let told = &answer["errors"][0];
            let param = told["param"].as_str().unwrap_or_default();
            let place = param.split_once("].").unwrap_or_default().1.to_owned();
            (place, told["code"].as_str().unwrap_or_default().to_owned())
        };
        let is_type = |name: &str| json!({"compare": {"left": {"field": "transaction_type"}, "is": "equal", "right": {"value": name}}});
        let on = |field: &str, list: &str| json!({"any": [{"not": {"in_list": {"field": field, "list": list}}}]});
        let of_refunds = refusal(&|rule| rule["when"] = is_type("refund")).await;
        assert_eq!(of_refunds.0, "when.compare.right.value");
        assert_eq!(of_refunds.1, "never_asked");
        let other_kind = refusal(&|rule| rule["when"] = on("email_of_payer", "countries")).await;
        assert_eq!(other_kind.0, "when.any[0].not.in_list");
        assert_eq!(other_kind.1, "wrong_type");
        for text in ["a\u{202e}b", "\u{200b}"] {
            let hidden = refusal(&|rule| rule["name"] = json!(text)).await;
            assert_eq!(hidden, ("name".to_owned(), "malformed".to_owned()));
            let hidden = refusal(&|rule| rule["description"] = json!(text)).await;
            assert_eq!(hidden, ("description".to_owned(), "malformed".to_owned()));
        }
        // The same kind of rule that can hit is taken.
        let taken = refusal(&|rule| rule["when"] = on("payee", "people")).await;
        assert_eq!(taken, Default::default());
        let (_, draft) = app
            .request("operator", Method::GET, "/rule-drafts", None)
            .await;
        let mut set = draft["rules"].clone();
        set["base_currency"] = json!("ISK");
        let set = Some(set);
        let (status, refused) = app
            .request("operator", Method::PUT, "/rule-drafts", set)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused["errors"][0]["code"], "no_rate", "{refused}");
    }
}

#[tokio::test]
async fn nobody_has_a_rule_be_quiet_for_themselves_or_for_nobody() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (who, expected) in [
            ("operator", (403, "own_case")),
            ("nobody", (422, "unknown_user")),
            ("stranger", (422, "unknown_user")),
        ] {
            let until = app.clock.now().plus(DAY);
            let body = json!({"user": user(who), "until": until, "reason": "Known to us"});
            let refused = app
                .post("operator", "/rules/many_on_one_day/snooze", body)
                .await;
            assert_eq!(code(&refused), expected, "{who}");
        }
    }
}
