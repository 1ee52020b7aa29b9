//! Logging in, and what it does not tell.

use access::Authenticator;
use contracts::identity::{OrgId, Role, UserId};
use identity::{AccountError, ImportedUser, LoginError, PasswordError};
use uuid::Uuid;
use values::InvalidId;

use crate::support::{App, PASSWORD, fast, on_each_engine};

#[tokio::test]
async fn a_user_logs_in_with_email_in_any_case_and_password() {
    on_each_engine(async |app| {
        let registered = app.register("ann@example.com").await;
        let answer = app.log_in("Ann@EXAMPLE.com", PASSWORD).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["user"], registered.body["user"]);
        assert_eq!(answer.body["token_type"], "Bearer");
        assert_eq!(app.me(&answer.tokens().access).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_email_a_wrong_password_and_a_suspended_user_get_the_same_answer() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let wrong = app
            .log_in("ann@example.com", "correct horse battery stapler")
            .await;
        let case = app
            .log_in("ann@example.com", &PASSWORD.to_uppercase())
            .await;
        let unknown = app.log_in("eve@example.com", PASSWORD).await;
        let no_email = app.log_in("", "").await;
        app.suspend_all().await;
        let suspended = app.log_in("ann@example.com", PASSWORD).await;

        assert_eq!(wrong.refusal(), (401, "invalid_credentials"));
        assert_eq!(wrong.headers["www-authenticate"], "Bearer");
        for other in [case, unknown, no_email, suspended] {
            assert_eq!((other.status, &other.body), (wrong.status, &wrong.body));
            assert_eq!(other.headers, wrong.headers);
        }
    })
    .await;
}

#[tokio::test]
async fn two_logins_are_two_sessions_and_one_outlives_the_other() {
    on_each_engine(async |app| {
        let phone = app.registered("ann@example.com").await;
        let laptop = app.log_in("ann@example.com", PASSWORD).await.tokens();
        assert_eq!(app.log_out(&phone.refresh).await, 204);
        assert_eq!(app.me(&phone.access).await.status, 401);
        assert_eq!(app.me(&laptop.access).await.status, 200);
        assert_eq!(app.refresh(&laptop.refresh).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn tools_get_tokens_for_an_active_user_without_the_password() {
    on_each_engine(async |app| {
        let answer = app.register("ann@example.com").await;
        let user: Result<UserId, InvalidId> = answer.body["user"]["id"].as_str().unwrap().parse();
        let user = user.unwrap();
        let tokens = app
            .service
            .issue_tokens_for(OrgId::DEFAULT, user)
            .await
            .unwrap();
        assert_eq!(
            app.service
                .authenticate(&tokens.access_token, &testkit::client())
                .await
                .unwrap()
                .user,
            user
        );
        assert_eq!(app.refresh(&tokens.refresh_token).await.status, 200);

        let unknown = UserId(Uuid::nil());
        for (org, user) in [(OrgId::DEFAULT, unknown), (OrgId(2), user)] {
            let refused = app.service.issue_tokens_for(org, user).await;
            assert!(
                matches!(refused, Err(LoginError::UnknownUser(_))),
                "{refused:?}"
            );
        }
        app.suspend_all().await;
        let refused = app.service.issue_tokens_for(OrgId::DEFAULT, user).await;
        assert!(
            matches!(refused, Err(LoginError::UnknownUser(_))),
            "{refused:?}"
        );
    })
    .await;
}

async fn stored_hash(app: &App) -> String {
    let sql = "SELECT password_hash FROM users";
    app.db.fetch_one::<(String,)>(sql, vec![]).await.unwrap().0
}

#[tokio::test]
async fn a_hash_with_parameters_of_yesterday_is_replaced_at_the_next_login() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let old = stored_hash(&app).await;
        let mut config = fast();
        config.password.memory_kib = 128;
        let stronger = app.another_node_with(config).await;
        let wrong = stronger.log_in("ann@example.com", "wrong").await;
        assert_eq!(wrong.status, 401);
        assert_eq!(stored_hash(&app).await, old);
        assert_eq!(
            stronger.log_in("ann@example.com", PASSWORD).await.status,
            200
        );
        let new = stored_hash(&app).await;
        assert!(new.starts_with("$argon2id$v=19$m=128,t=1,p=1$"), "{new}");
        assert_eq!(
            stronger.log_in("ann@example.com", PASSWORD).await.status,
            200
        );
        assert_eq!(stored_hash(&app).await, new, "it is made once");
    })
    .await;
}

fn imported(email: &str, hash: &str) -> ImportedUser {
    ImportedUser {
        org: OrgId::DEFAULT,
        email: email.to_owned(),
        name: "Ann".to_owned(),
        password_hash: hash.into(),
        role: Role::User,
        email_verified: true,
    }
}

#[tokio::test]
async fn a_user_of_another_system_logs_in_and_the_hash_is_replaced() {
    on_each_engine(async |app| {
        // "U*U", from the test vectors of the crypt_blowfish library.
        let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let user = imported("ann@example.com", hash);
        app.service.import_user(user).await.unwrap();
        assert_eq!(app.log_in("ann@example.com", "U*V").await.status, 401);
        assert_eq!(stored_hash(&app).await, hash);
        for _ in 0..2 {
            assert_eq!(app.log_in("Ann@example.com", "U*U").await.status, 200);
            assert!(stored_hash(&app).await.starts_with("$argon2id$"));
        }
        assert_eq!(app.log_in("ann@example.com", "U*V").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_verified_is_not_imported() {
    on_each_engine(async |app| {
        for hash in [
            "",
            "hunter2",
            "$1$md5",
            "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$05$short",
            "$argon2id$",
            "$argon2id$v=19$m=4194304,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=1000000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=x,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let refused = app
                .service
                .import_user(imported("ann@example.com", hash))
                .await;
            assert!(matches!(refused, Err(AccountError::Password(PasswordError::ForeignHash))), "{hash}");
        }
        assert!(
            app.service
                .import_user(imported("ann", "hunter2"))
                .await
                .is_err()
        );
        assert_eq!(app.log_in("ann@example.com", "hunter2").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn of_a_hash_of_bcrypt_no_tail_is_believed_and_whoever_has_one_is_told_what_to_do() {
    on_each_engine(async |app| {
        // Of the first 72 bytes: bcrypt saw no more.
        let seen = "correct horse battery staple ".repeat(3)[..72].to_owned();
        let hash = bcrypt::hash(&seen, 4).unwrap();
        let user = imported("ann@example.com", &hash);
        app.service.import_user(user).await.unwrap();
        for tail in ["e and what came after", "x", "\u{e9}"] {
            let refused = app
                .log_in("ann@example.com", &format!("{seen}{tail}"))
                .await;
            assert_eq!(refused.refusal(), (422, "password_reset_needed"), "{tail}");
            assert_eq!(stored_hash(&app).await, hash, "the tail is no password");
        }
        // Anyone who does not know the beginning learns nothing.
        for wrong in [format!("x{seen}"), format!("{}xxxxxx", &seen[..71])] {
            let refused = app.log_in("ann@example.com", &wrong).await;
            assert_eq!(refused.refusal(), (401, "invalid_credentials"));
        }
        assert_eq!(app.log_in("ann@example.com", &seen).await.status, 200);
        assert!(stored_hash(&app).await.starts_with("$argon2id$"));
        let longer = app.log_in("ann@example.com", &format!("{seen}x")).await;
        assert_eq!(longer.refusal(), (401, "invalid_credentials"));
    })
    .await;
}
