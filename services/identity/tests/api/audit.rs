//! The audit trail: what is written into it, that nothing in it is changed, and that a change is
//! found.

use access::Authenticator;
use contracts::identity::{ActId, Identity, KeptEntry, OperatorAction, OperatorEntry};
use db::{Db, args};
use identity::{AuditError, verify_audit};
use platform::clock::Clock;
use uuid::Uuid;
use values::SECOND;

use crate::support::{App, PASSWORD, on_each_engine};

/// The action, actor's kind, outcome, subject.
type Told = (String, String, String, Option<String>);

async fn trail(app: &App) -> Vec<Told> {
    let sql = "SELECT act, actor_kind, outcome, subject FROM audit_entries ORDER BY no";
    app.db.fetch_all(sql, vec![]).await.unwrap()
}

fn acts(trail: &[Told]) -> Vec<&str> {
    trail.iter().map(|(act, ..)| act.as_str()).collect()
}

/// Lets somebody change the trail who owns the tables.
pub async fn unlock(db: &Db) {
    let drops: &[&str] = match db {
        Db::Sqlite { .. } => &[
            "DROP TRIGGER audit_entries_are_not_changed",
            "DROP TRIGGER audit_entries_are_not_deleted",
        ],
        Db::Postgres(_) => &["DROP TRIGGER audit_entries_stay ON audit_entries"],
    };
    for sql in drops {
        db.execute(sql, vec![]).await.unwrap();
    }
}

/// Four entries: a registration with its session, a failed login, a logout.
async fn four_entries(app: &App) {
    let tokens = app.registered("ann@example.com").await;
    app.log_in("ann@example.com", "wrong").await;
    assert_eq!(app.log_out(&tokens.refresh).await, 204);
}

#[tokio::test]
async fn an_act_that_another_service_keeps_is_recorded_once_however_often_it_is_sent() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let client = testkit::client();
        let principal = app.service.authenticate(&tokens.access, &client).await;
        let principal = principal.unwrap();
        let at = app.clock.now();
        for (id, passed) in [(1, 0), (1, 0), (2, 7), (2, 7)] {
            app.clock.advance(passed * SECOND);
            let entry = OperatorEntry {
                org: principal.org,
                user: principal.user,
                credential: principal.credential,
                address: client.address,
                user_agent: None,
                action: OperatorAction::PhoneForgotten,
                subject: principal.user.to_string(),
                refusal: None,
                kept: Some(KeptEntry {
                    id: ActId(Uuid::from_u128(id)),
                    at,
                }),
            };
            app.service.record(entry).await.unwrap();
        }
        let sql = "SELECT details FROM audit_entries WHERE act = 'phone.forgotten' ORDER BY no";
        let found: Vec<(String,)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        let late = format!("{{\"happened_at\":\"{at}\"}}");
        assert_eq!(found, [("{}".to_owned(),), (late,)]);
    })
    .await;
}

#[tokio::test]
async fn each_act_is_told_with_who_and_what_became_of_it() {
    on_each_engine(async |app| {
        let answer = app.register("ann@example.com").await;
        let user = answer.body["user"]["id"].as_str().map(str::to_owned);
        let first = answer.tokens();
        assert_eq!(app.log_in("ann@example.com", "wrong").await.status, 401);
        assert_eq!(app.log_in("eve@example.com", "wrong").await.status, 401);
        let second = app.log_in("ann@example.com", PASSWORD).await.tokens();
        assert_eq!(app.log_out(&second.refresh).await, 204);
        assert_eq!(app.log_out(&second.refresh).await, 204);
        assert_eq!(app.refresh(&first.refresh).await.status, 200);
        app.clock.advance(10 * SECOND);
        assert_eq!(app.refresh(&first.refresh).await.status, 401);

        let trail = trail(&app).await;
        let expected = [
            "user.registered",
            "session.begun",
            "login.failed",
            "login.failed",
            "session.begun",
            "session.ended",
            "refresh_token.reused",
        ];
        assert_eq!(acts(&trail), expected);
        let (_, actor, outcome, subject) = &trail[0];
        assert_eq!(
            (actor.as_str(), outcome.as_str(), subject),
            ("user", "done", &user)
        );
        let (_, actor, outcome, subject) = &trail[2];
        assert_eq!(
            (actor.as_str(), outcome.as_str(), subject),
            ("nobody", "refused", &user)
        );
        assert_eq!(trail[3].3, None, "whom nobody knows is not written down");
        let (_, actor, outcome, subject) = &trail[6];
        assert_eq!((actor.as_str(), outcome.as_str()), ("nobody", "refused"));
        assert!(subject.as_deref().unwrap().starts_with("ses_"));

        let sql = "SELECT address, user_agent FROM audit_entries";
        let froms: Vec<(String, String)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        let client = testkit::client();
        for (address, agent) in froms {
            assert_eq!(
                (address, Some(agent)),
                (client.address.to_string(), client.user_agent.clone())
            );
        }
    })
    .await;
}

#[tokio::test]
async fn no_entry_holds_a_password_an_email_or_a_token() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        app.log_in("my-password-by-mistake", "wrong-password").await;
        app.log_out(&tokens.refresh).await;
        let sql = "SELECT coalesce(actor, '') || coalesce(credential, '') || coalesce(subject, '') || details
            FROM audit_entries";
        let texts: Vec<(String,)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        assert_eq!(texts.len(), 4);
        for (text,) in texts {
            for secret in ["@example", "password", "horse", "pfr_", &tokens.access] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_act_that_is_undone_leaves_no_entry() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        assert_eq!(app.register("ann@example.com").await.status, 409);
        assert_eq!(
            acts(&trail(&app).await),
            ["user.registered", "session.begun"]
        );
        assert_eq!(verify_audit(&app.db).await.unwrap().entries, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acts_at_the_same_time_on_two_nodes_make_one_chain() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        app.registered("ann@example.com").await;
        let log_in = async |node: &App| {
            for _ in 0..10 {
                node.log_in("ann@example.com", "wrong").await;
                assert_eq!(node.log_in("ann@example.com", PASSWORD).await.status, 200);
            }
        };
        tokio::join!(log_in(&app), log_in(&other), log_in(&app), log_in(&other));
        assert_eq!(verify_audit(&app.db).await.unwrap().entries, 82);
    })
    .await;
}

#[tokio::test]
async fn a_long_chain_is_checked_page_by_page_and_an_empty_one_too() {
    on_each_engine(async |app| {
        let empty = verify_audit(&app.db).await.unwrap();
        assert_eq!((empty.entries, empty.head), (0, empty_head()));
        app.registered("ann@example.com").await;
        for _ in 0..1_000 {
            app.log_in("ann@example.com", "wrong").await;
        }
        let report = verify_audit(&app.db).await.unwrap();
        assert_eq!(report.entries, 1_002);
        assert_ne!(report.head, empty_head());
    })
    .await;
}

fn empty_head() -> String {
    "0".repeat(64)
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_delete_an_entry() {
    on_each_engine(async |app| {
        four_entries(&app).await;
        for sql in [
            "UPDATE audit_entries SET outcome = 'done'",
            "DELETE FROM audit_entries",
            "DELETE FROM audit_entries WHERE no = 4",
        ] {
            assert!(app.db.execute(sql, vec![]).await.is_err(), "{sql}");
        }
        assert_eq!(verify_audit(&app.db).await.unwrap().entries, 4);
    })
    .await;
}

/// How a guard of the trail is taken away: its name, what does it, and what brings it back.
type Unguarded = (&'static str, Vec<String>, Vec<String>);

fn unguarded_sqlite() -> Vec<Unguarded> {
    let refuses = "\nBEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END";
    let mut cases = Vec::new();
    for (name, on) in [
        ("audit_entries_are_not_changed", "UPDATE"),
        ("audit_entries_are_not_deleted", "DELETE"),
    ] {
        let drop = format!("DROP TRIGGER {name}");
        let create = format!("CREATE TRIGGER {name} BEFORE {on} ON audit_entries");
        let made = format!("{create}{refuses}");
        let conditional = format!("{create} WHEN old.no = 1{refuses}");
        let idle = format!("{create}\nBEGIN SELECT 1; END");
        cases.push((name, vec![drop.clone()], vec![made.clone()]));
        for other in [conditional, idle] {
            let back = vec![drop.clone(), made.clone()];
            cases.push((name, vec![drop.clone(), other], back));
        }
    }
    cases
}

fn unguarded_postgres() -> Vec<Unguarded> {
    let drop = "DROP TRIGGER audit_entries_stay ON audit_entries".to_owned();
    let made = "CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries \
                FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay()";
    let set = |how: &str| format!("ALTER TABLE audit_entries {how} TRIGGER audit_entries_stay");
    let function = |body: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS \
             $$\nBEGIN\n    {body};\nEND\n$$"
        )
    };
    let fewer = made.replace("UPDATE OR ", "");
    let refuses = "RAISE EXCEPTION 'the audit trail is not changed'";
    [
        (vec![drop.clone()], vec![made.to_owned()]),
        (vec![set("DISABLE")], vec![set("ENABLE")]),
        (vec![set("ENABLE REPLICA")], vec![set("ENABLE")]),
        (vec![drop.clone(), fewer], vec![drop, made.to_owned()]),
        (vec![function("RETURN NULL")], vec![function(refuses)]),
    ]
    .map(|(away, back)| ("audit_entries_stay", away, back))
    .to_vec()
}

#[tokio::test]
async fn a_trigger_that_does_not_refuse_changes_any_more_is_named() {
    on_each_engine(async |app| {
        four_entries(&app).await;
        let cases = match &app.db {
            Db::Sqlite { .. } => unguarded_sqlite(),
            Db::Postgres(_) => unguarded_postgres(),
        };
        for (name, away, back) in cases {
            let told = format!("{away:?}");
            for sql in away {
                app.db.execute(sql.leak(), vec![]).await.unwrap();
            }
            let found = verify_audit(&app.db).await;
            assert!(
                matches!(found, Err(AuditError::Unguarded { trigger }) if trigger == name),
                "{told}: {found:?}"
            );
            for sql in back {
                app.db.execute(sql.leak(), vec![]).await.unwrap();
            }
            assert_eq!(verify_audit(&app.db).await.unwrap().entries, 4, "{told}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_user_who_is_gone_is_named_because_users_are_never_deleted() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        verify_audit(&app.db).await.unwrap();
        for sql in [
            "DELETE FROM sessions",
            "DELETE FROM known_devices",
            "DELETE FROM one_time_tokens",
            "DELETE FROM messages",
            "DELETE FROM users",
        ] {
            app.db.execute(sql, vec![]).await.unwrap();
        }
        let found = verify_audit(&app.db).await.unwrap_err().to_string();
        assert!(found.starts_with("users: usr_"), "{found}");
        assert!(found.contains("is missing, who was registered"), "{found}");
    })
    .await;
}

#[tokio::test]
async fn a_user_who_was_changed_or_made_past_payflow_is_named() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        for (column, change, back) in [
            ("role", "role = 'admin'", "role = 'user'"),
            ("status", "status = 'suspended'", "status = 'active'"),
            ("email_verified", "email_verified = 1", "email_verified = 0"),
            ("closed_at", "closed_at = 1", "closed_at = NULL"),
        ] {
            verify_audit(&app.db).await.unwrap();
            let set = |to| format!("UPDATE users SET {to}").leak();
            app.db.execute(set(change), vec![]).await.unwrap();
            let found = verify_audit(&app.db).await;
            let is_named = matches!(&found, Err(AuditError::UserDiffers { column: is, no: 1, .. }) if *is == column);
            assert!(is_named, "{column}: {found:?}");
            app.db.execute(set(back), vec![]).await.unwrap();
        }
        let insert = "INSERT INTO users (id, org, email, email_normalised, name, role, status, password_hash, created_at)
            VALUES ($1, 1, 'eve@example.com', 'eve@example.com', 'Eve', 'admin', 'active', '', 0)";
        let id = uuid::Uuid::from_u128(7);
        app.db.execute(insert, args![id]).await.unwrap();
        let found = verify_audit(&app.db).await;
        assert!(
            matches!(found, Err(AuditError::UserUntold { user }) if user.uuid() == id),
            "{found:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn whatever_column_is_changed_the_entry_is_named() {
    on_each_engine(async |app| {
        four_entries(&app).await;
        unlock(&app.db).await;
        for sql in [
            "INSERT INTO organisations (no, name, slug, created_at) VALUES (2, 'other', 'other', 0)",
            "CREATE TABLE kept AS SELECT * FROM audit_entries",
        ] {
            app.db.execute(sql, vec![]).await.unwrap();
        }
        for change in [
            "UPDATE audit_entries SET org = 2 WHERE no = 3",
            "UPDATE audit_entries SET time = time + 1 WHERE no = 3",
            "UPDATE audit_entries SET actor_kind = 'system' WHERE no = 3",
            "UPDATE audit_entries SET actor = 'usr_' WHERE no = 3",
            "UPDATE audit_entries SET credential = '' WHERE no = 3",
            "UPDATE audit_entries SET act = 'login.done' WHERE no = 3",
            "UPDATE audit_entries SET subject = NULL WHERE no = 3",
            "UPDATE audit_entries SET outcome = 'done' WHERE no = 3",
            "UPDATE audit_entries SET address = '192.0.2.8' WHERE no = 3",
            "UPDATE audit_entries SET user_agent = NULL WHERE no = 3",
            "UPDATE audit_entries SET request_id = 'req' WHERE no = 3",
            "UPDATE audit_entries SET details = '{\"a\":1}' WHERE no = 3",
        ] {
            app.db.execute(change, vec![]).await.unwrap();
            let found = verify_audit(&app.db).await;
            assert!(
                matches!(found, Err(AuditError::Changed { no: 3 })),
                "{change}: {found:?}"
            );
            for back in [
                "DELETE FROM audit_entries WHERE no = 3",
                "INSERT INTO audit_entries SELECT * FROM kept WHERE no = 3",
            ] {
                app.db.execute(back, vec![]).await.unwrap();
            }
            let found = verify_audit(&app.db).await;
            assert!(
                matches!(found, Err(AuditError::Unguarded { .. })),
                "{change}: {found:?}"
            );
        }
        let sql = "UPDATE audit_entries SET hash = $1 WHERE no = 2";
        app.db.execute(sql, args![vec![7; 32]]).await.unwrap();
        let found = verify_audit(&app.db).await;
        assert!(
            matches!(found, Err(AuditError::Changed { no: 2 })),
            "{found:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_is_gone_is_missed_wherever_it_was() {
    for (gone, sql) in [
        (1, "DELETE FROM audit_entries WHERE no = 1"),
        (2, "DELETE FROM audit_entries WHERE no = 2"),
        (4, "DELETE FROM audit_entries WHERE no = 4"),
    ] {
        on_each_engine(async |app| {
            four_entries(&app).await;
            unlock(&app.db).await;
            app.db.execute(sql, vec![]).await.unwrap();
            let found = verify_audit(&app.db).await;
            assert!(
                matches!(found, Err(AuditError::Missing { no }) if no == gone),
                "{found:?}"
            );
        })
        .await;
    }
}

#[tokio::test]
async fn a_trail_that_was_cut_together_with_its_head_number_is_noticed() {
    on_each_engine(async |app| {
        four_entries(&app).await;
        app.db
            .execute("UPDATE audit_head SET no = 3", vec![])
            .await
            .unwrap();
        let found = verify_audit(&app.db).await;
        assert!(matches!(found, Err(AuditError::Head)), "{found:?}");
    })
    .await;
}
