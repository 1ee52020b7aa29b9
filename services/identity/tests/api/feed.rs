//! What others are told of users: what happened, and nothing that must not leave.

use contracts::events::{Event, Party, catalogue};
use contracts::identity::{OrgId, Role, UserId};
use contracts::kyc::{KycLevel, KycStanding, KycStandings, KycStatus};
use events::Feed;
use serde_json::{Value, json};
use values::Timestamp;

use crate::support::{App, PASSWORD, on_each_engine};

async fn told(app: &App) -> Vec<Event> {
    let mut events = Vec::new();
    let mut after = 0;
    loop {
        let page = app.service.feed().read(after, 7).await.unwrap();
        if page.through == after {
            return events;
        }
        after = page.through;
        events.extend(page.events);
    }
}

#[tokio::test]
async fn events_are_of_the_catalogue_and_hold_no_email_no_name_and_no_secret() {
    on_each_engine(async |app| {
        let tokens = app.confirmed("ann.secret@example.com").await;
        let (user, admin) = app.somebody("root.secret@example.com", Role::Admin).await;
        assert!(user.starts_with("usr_"));
        let key = json!({"name": "reports of Ann", "scopes": ["wallets:own"]});
        let made = app
            .ask(&tokens.access, "POST", "/api-keys", Some(key))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        let other = "another horse battery staple";
        let change = json!({"current_password": PASSWORD, "new_password": other});
        let changed = app
            .ask(
                &tokens.access,
                "POST",
                "/auth/change-password",
                Some(change),
            )
            .await;
        assert!(changed.status < 300, "{changed:?}");
        app.from("198.51.100.9", "another/1")
            .log_in("ann.secret@example.com", other)
            .await;
        let me = app.me(&tokens.access).await.body["id"].clone();
        let events = told(&app).await;
        let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
        for kind in [
            "user.registered",
            "credential.changed",
            "api_key.created",
            "session.new_device",
        ] {
            assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
        }
        let secrets = [
            "@",
            "secret",
            "reports",
            "Some Body",
            PASSWORD,
            other,
            made.body["key"].as_str().unwrap(),
        ];
        for event in &events {
            let known = catalogue::find(&event.kind).unwrap();
            assert_eq!((known.feed, known.data), ("identity", "UserEvent"));
            let text = serde_json::to_string(&event.public()).unwrap();
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        drop((me, admin));
    })
    .await;
}

#[tokio::test]
async fn what_an_administrator_did_is_told_without_their_address() {
    on_each_engine(async |app| {
        let (ann, _) = app.somebody("ann@example.com", Role::User).await;
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let change = json!({"status": "suspended", "reason": "chargebacks"});
        let office = app.from("198.51.100.7", "office/1");
        let path = format!("/users/{ann}");
        let changed = office.ask(&admin, "PATCH", &path, Some(change)).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let events = told(&app).await;
        let changed = events.iter().find(|event| event.kind == "user.changed");
        let data: Value = serde_json::from_str(changed.unwrap().data.get()).unwrap();
        assert_eq!(
            data,
            json!({"user_id": ann, "role": "user", "status": "suspended"})
        );
    })
    .await;
}

#[tokio::test]
async fn how_a_verification_stands_is_kept_and_told_once_and_never_goes_back_to_an_older_one() {
    on_each_engine(async |app| {
        let tokens = app.confirmed("ann@example.com").await;
        let me = app.me(&tokens.access).await;
        let user = me.body["id"].as_str().unwrap().parse().unwrap();
        let set = async |version, level, status| {
            let standing = KycStanding {
                org: OrgId::DEFAULT,
                user,
                level,
                status,
                version,
                at: Timestamp(version),
            };
            app.service.set_standing(&standing).await.unwrap();
        };
        set(2, KycLevel::Basic, KycStatus::Approved).await;
        set(1, KycLevel::None, KycStatus::Pending).await;
        set(2, KycLevel::Basic, KycStatus::Approved).await;
        let me = app.me(&tokens.access).await;
        assert_eq!(me.body["kyc_status"], "approved");
        let events = told(&app).await;
        let mut events = events
            .iter()
            .filter(|event| event.kind == "kyc.status_changed");
        let event = events.next().unwrap();
        assert!(events.next().is_none());
        assert_eq!(event.party(Party::Owner), Some(user));
        let data: Value = serde_json::from_str(event.data.get()).unwrap();
        let expected = json!({"user_id": user, "kyc_status": "approved", "kyc_level": "basic", "kyc_version": 2});
        assert_eq!(data, expected);
    })
    .await;
}

#[tokio::test]
async fn a_verification_is_nothing_to_an_account_that_is_closed_or_not_there() {
    on_each_engine(async |app| {
        let standing = KycStanding {
            org: OrgId::DEFAULT,
            user: UserId(uuid::Uuid::from_u128(7)),
            level: KycLevel::Full,
            status: KycStatus::Approved,
            version: 1,
            at: Timestamp(1),
        };
        app.service.set_standing(&standing).await.unwrap();
        let events = told(&app).await;
        assert!(
            events
                .iter()
                .all(|event| event.kind != "kyc.status_changed")
        );
    })
    .await;
}
