//! What operators and administrators see and do of users.

use std::sync::Arc;

use contracts::identity::Role;
use serde_json::{Value, json};
use values::SECOND;

use crate::support::{Answer, App, PASSWORD, Purse, on_each_engine};

async fn change(app: &App, token: &str, user: &str, change: Value) -> Answer {
    app.ask(token, "PATCH", &format!("/users/{user}"), Some(change))
        .await
}

fn suspended() -> Value {
    json!({"status": "suspended", "reason": "chargebacks"})
}

fn emails(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let users = answer.body["data"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["email"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn users_are_found_by_name_email_role_and_status() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (ann, _) = app.somebody("ann_1@example.com", Role::User).await;
        app.somebody("annx1@example.com", Role::Merchant).await;
        assert_eq!(change(&app, &admin, &ann, suspended()).await.status, 200);
        for (query, expected) in [
            (
                "",
                &["annx1@example.com", "ann_1@example.com", "root@example.com"][..],
            ),
            ("?q=ANN", &["annx1@example.com", "ann_1@example.com"]),
            ("?q=n_1", &["ann_1@example.com"]),
            ("?q=%25", &[]),
            ("?q=!", &[]),
            ("?q=some+body&role=admin", &["root@example.com"]),
            (
                "?role=user,merchant",
                &["annx1@example.com", "ann_1@example.com"],
            ),
            ("?status=suspended", &["ann_1@example.com"]),
            ("?status=active&role=user", &[]),
        ] {
            let found = app.see(&admin, &format!("/users{query}")).await;
            assert_eq!(emails(&found), expected, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_of_users_goes_on_where_it_ended() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        for number in 0..4 {
            app.register(&format!("u{number}@example.com")).await;
        }
        let mut seen = Vec::new();
        let mut path = "/users?limit=2".to_owned();
        loop {
            let page = app.see(&admin, &path).await;
            seen.extend(emails(&page).into_iter().map(str::to_owned));
            let Some(cursor) = page.body["next_cursor"].as_str() else {
                break;
            };
            path = format!("/users?limit=2&cursor={cursor}");
        }
        let newest_first =
            ["u3", "u2", "u1", "u0", "root"].map(|name| format!("{name}@example.com"));
        assert_eq!(seen, newest_first);
        for (query, code) in [
            ("cursor=c12", (400, "invalid_cursor")),
            ("role=king", (400, "invalid_parameter")),
            ("status=", (400, "invalid_parameter")),
            ("nope=1", (400, "unknown_parameter")),
            ("limit=0", (422, "limit_out_of_range")),
        ] {
            let refused = app.see(&admin, &format!("/users?{query}")).await;
            assert_eq!(refused.refusal(), code, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_suspended_user_is_out_at_once_here_and_after_a_poll_elsewhere() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let answer = app.register("ann@example.com").await;
        let (ann, tokens) = (answer.body["user"]["id"].as_str().unwrap(), answer.tokens());
        assert_eq!(other.me(&tokens.access).await.status, 200);

        let changed = change(&app, &admin, ann, suspended()).await;
        assert_eq!(changed.status, 200, "{:?}", changed.body);
        assert_eq!(changed.body["status"], "suspended");
        assert_eq!(changed.body["status_reason"], "chargebacks");
        assert_eq!(app.me(&tokens.access).await.status, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status, 401);
        let refused = app.log_in("ann@example.com", PASSWORD).await;
        assert_eq!(refused.refusal(), (401, "invalid_credentials"));
        app.clock.advance(SECOND);
        other.service.poll_revocations().await.unwrap();
        assert_eq!(other.me(&tokens.access).await.status, 401);

        let lifted = change(&app, &admin, ann, json!({"status": "active"})).await;
        assert_eq!(lifted.body["status_reason"], Value::Null);
        assert_eq!(
            app.me(&tokens.access).await.status,
            401,
            "the old login is over"
        );
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_new_role_ends_the_logins_with_the_old_one() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (operator, token) = app.somebody("op@example.com", Role::Operator).await;
        assert_eq!(app.see(&token, "/users").await.status, 200);
        let changed = change(&app, &admin, &operator, json!({"role": "user"})).await;
        assert_eq!(
            (changed.status, &changed.body["role"]),
            (200, &json!("user"))
        );
        assert_eq!(app.see(&token, "/users").await.status, 401);
        let (ann, token) = app.somebody("ann@example.com", Role::Auditor).await;
        assert_eq!(app.see(&token, "/users").await.status, 200);
        let changed = change(&app, &admin, &ann, json!({"role": "user"})).await;
        assert_eq!(changed.status, 200);
        let again = app.log_in("ann@example.com", PASSWORD).await.tokens();
        let refused = app.see(&again.access, "/users").await;
        assert_eq!(refused.refusal(), (403, "forbidden"));
        let same = change(&app, &admin, &ann, json!({"role": "user"})).await;
        assert_eq!(same.status, 200);
        assert_eq!(app.me(&again.access).await.status, 200, "nothing changed");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_changed_is_refused_with_its_reason() {
    on_each_engine(async |app| {
        let (admin_id, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (ann, token) = app.somebody("ann@example.com", Role::User).await;
        for (user, asked, code) in [
            (&ann, json!({}), (422, "nothing_to_change")),
            (
                &ann,
                json!({"status": "suspended"}),
                (422, "reason_required"),
            ),
            (
                &ann,
                json!({"status": "active", "reason": "x"}),
                (422, "reason_required"),
            ),
            (&ann, json!({"role": "king"}), (400, "invalid_value")),
            (&ann, json!({"email": "x@y.z"}), (400, "unknown_field")),
            (&admin_id, json!({"role": "user"}), (422, "own_account")),
            (&admin_id, suspended(), (422, "own_account")),
        ] {
            let refused = change(&app, &admin, user, asked.clone()).await;
            assert_eq!(refused.refusal(), code, "{asked}");
        }
        let nobody = admin_id.replace(&admin_id[10..], &ann[10..].replace(char::is_numeric, "7"));
        let missing = change(&app, &admin, &nobody, suspended()).await;
        assert_eq!(missing.refusal(), (404, "not_found"));
        let malformed = change(&app, &admin, "ann", suspended()).await;
        assert_eq!(malformed.refusal(), (400, "invalid_id"));
        let refused = change(&app, &token, &ann, json!({"role": "admin"})).await;
        assert_eq!(refused.refusal(), (403, "forbidden"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_administrators_who_demote_each_other_at_once_one_remains() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (one, one_token) = app.somebody("one@example.com", Role::Admin).await;
        let (two, two_token) = app.somebody("two@example.com", Role::Admin).await;
        let demote = || json!({"role": "user"});
        let (first, second) = tokio::join!(
            change(&app, &one_token, &two, demote()),
            change(&other, &two_token, &one, demote())
        );
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
        let sql = "SELECT count(*) FROM users WHERE role = 'admin'";
        let (admins,): (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(admins, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_slips_past_a_suspension_at_the_same_time() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (ann, _) = app.somebody("ann@example.com", Role::User).await;
        let log_in = || other.log_in("ann@example.com", PASSWORD);
        let (a, b, c, changed) = tokio::join!(
            log_in(),
            log_in(),
            log_in(),
            change(&app, &admin, &ann, suspended())
        );
        assert_eq!(changed.status, 200);
        app.clock.advance(SECOND);
        other.service.poll_revocations().await.unwrap();
        for answer in [a, b, c] {
            if answer.status == 200 {
                assert_eq!(other.me(&answer.tokens().access).await.status, 401);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_administrator_ends_all_sessions_of_a_user_and_no_others() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let answer = app.register("ann@example.com").await;
        let ann = answer.body["user"]["id"].as_str().unwrap();
        assert_eq!(other.me(&answer.tokens().access).await.status, 200);
        let more = app.log_in("ann@example.com", PASSWORD).await.tokens();
        let path = format!("/users/{ann}/sessions/end");
        let ended = app.ask(&admin, "POST", &path, None).await;
        assert_eq!((ended.status, &ended.body["ended"]), (200, &json!(2)));
        other.service.poll_revocations().await.unwrap();
        for token in [&answer.tokens().access, &more.access] {
            assert_eq!(app.me(token).await.status, 401);
            assert_eq!(other.me(token).await.status, 401);
        }
        assert_eq!(app.me(&admin).await.status, 200);
        let again = app.ask(&admin, "POST", &path, None).await;
        assert_eq!(again.body["ended"], 0);
    })
    .await;
}

#[tokio::test]
async fn staff_see_where_a_user_is_logged_in_and_an_administrator_ends_one_session() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (_, operator) = app.somebody("op@example.com", Role::Operator).await;
        let answer = app.register("ann@example.com").await;
        let ann = answer.body["user"]["id"].as_str().unwrap();
        let first = answer.tokens();
        let second = app.log_in("ann@example.com", PASSWORD).await.tokens();
        let (list, end) = (
            format!("/users/{ann}/sessions"),
            format!("/users/{ann}/sessions/end"),
        );
        let listed = app
            .ask(&operator, "GET", &format!("{list}?limit=1"), None)
            .await;
        assert_eq!(
            (listed.status, &listed.body["has_more"]),
            (200, &json!(true))
        );
        let newest = listed.body["data"][0].clone();
        assert_eq!(newest["current"], false);
        let of = async |body| app.ask(&admin, "POST", &end, Some(body)).await;
        let ended = of(json!({ "session_id": newest["id"] })).await;
        assert_eq!((ended.status, &ended.body["ended"]), (200, &json!(1)));
        assert_eq!(app.me(&second.access).await.status, 401);
        assert_eq!(app.me(&first.access).await.status, 200);
        assert_eq!(of(json!({ "session_id": newest["id"] })).await.status, 404);
        let own =
            app.ask(&admin, "GET", "/auth/sessions", None).await.body["data"][0]["id"].clone();
        assert_eq!(
            of(json!({ "session_id": own })).await.status,
            404,
            "somebody else's"
        );
        let left = app.ask(&admin, "GET", &list, None).await;
        assert_eq!(left.body["data"].as_array().unwrap().len(), 1);
        let missing = list.replace(ann, "usr_00000000000000000000000000");
        assert_eq!(app.ask(&operator, "GET", &missing, None).await.status, 404);
        let refused = app.ask(&first.access, "GET", &list, None).await;
        assert_eq!(refused.status, 403);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_makes_users_of_any_role() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let new = |email: &str| {
            json!({"email": email, "password": PASSWORD, "name": "New", "role": "auditor"})
        };
        let made = app.ask(&admin, "POST", "/users", Some(new("new@example.com"))).await;
        assert_eq!((made.status, &made.body["role"]), (201, &json!("auditor")));
        assert_eq!(app.log_in("new@example.com", PASSWORD).await.status, 200);
        let taken = app.ask(&admin, "POST", "/users", Some(new("NEW@example.com"))).await;
        assert_eq!(taken.refusal(), (409, "email_taken"));
        let invalid = app.ask(&admin, "POST", "/users", Some(new("new"))).await;
        assert_eq!(invalid.refusal(), (422, "invalid_email"));
    })
    .await;
}

#[tokio::test]
async fn each_change_is_in_the_audit_trail_with_what_it_was_before() {
    on_each_engine(async |app| {
        let (admin_id, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (ann, _) = app.somebody("ann@example.com", Role::User).await;
        change(&app, &admin, &ann, suspended()).await;
        let sql = "SELECT actor, subject, details FROM audit_entries WHERE act = 'user.changed'";
        let told: Vec<(String, String, String)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        let [(actor, subject, details)] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!((actor, subject), (&admin_id, &ann));
        let details: Value = serde_json::from_str(details).unwrap();
        let expected = json!({"role": "user", "role_before": "user", "status": "suspended",
            "status_before": "active", "reason": "chargebacks"});
        assert_eq!(details, expected);
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_is_not_seen_and_never_opened_again() {
    on_each_engine(async |app| {
        app.service.set_wallets(Arc::new(Purse(Ok(false))));
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (ann, token) = app.somebody("ann@example.com", Role::User).await;
        let asked = json!({"name": "x", "scopes": ["wallets:own"]});
        let made = app.ask(&token, "POST", "/api-keys", Some(asked)).await;
        let key = made.body["key"].as_str().unwrap();
        assert_eq!(app.me(key).await.status, 200);
        let password = json!({"password": PASSWORD});
        let closed = app.ask(&token, "DELETE", "/users/me", Some(password)).await;
        assert_eq!(closed.status, 204, "{:?}", closed.body);
        assert_eq!(app.me(key).await.refusal(), (401, "unauthenticated"));
        let list = app.see(&admin, "/users").await;
        assert_eq!(emails(&list), ["root@example.com"]);
        let one = app.see(&admin, &format!("/users/{ann}")).await;
        assert_eq!(one.refusal(), (404, "not_found"));
        let (active, role) = (json!({"status": "active"}), json!({"role": "admin"}));
        for asked in [active, role, suspended()] {
            let refused = change(&app, &admin, &ann, asked).await;
            assert_eq!(refused.refusal(), (404, "not_found"));
        }
        let path = format!("/users/{ann}/sessions/end");
        let refused = app.ask(&admin, "POST", &path, None).await;
        assert_eq!(refused.refusal(), (404, "not_found"));
        let count = "SELECT count(*) FROM users WHERE closed_at IS NOT NULL AND status = 'suspended' AND role = 'user'";
        let kept: Option<(i64,)> = app.db.fetch_optional(count, vec![]).await.unwrap();
        assert_eq!(kept, Some((1,)));
        let keys: Option<(i64,)> = app.db.fetch_optional("SELECT count(*) FROM api_keys", vec![]).await.unwrap();
        assert_eq!(keys, Some((0,)));
    })
    .await;
}
