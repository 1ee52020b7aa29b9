//! A store that fails at any statement: a full disk, a server that only reads, a session that an
//! operator ends. Anyone who asks is told, and once it is over everything goes on, without a
//! restart.

use std::sync::Arc;

use access::Authenticator;
use contracts::identity::{Identity, OperatorAction, OperatorEntry};
use db::args;
use platform::clock::{Clock, SystemClock};
use platform::health::HealthCheck;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{Engine, FakeClock, TestStore, engines};

use crate::support::{App, PASSWORD, fast, on_each_engine};

/// What stands against a statement.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// No room left.
    Full,
    /// The server was made a standby.
    ReadsOnly,
    /// An operator cancels the statement.
    Cancelled,
    /// An operator ends the session, as a server does that stops.
    Ended,
}

impl Trouble {
    /// The code that clients get.
    fn code(self) -> &'static str {
        match self {
            Self::Full => "database_full",
            Self::ReadsOnly | Self::Cancelled | Self::Ended => "database_unavailable",
        }
    }

    /// What the server does when it strikes.
    fn act(self) -> &'static str {
        match self {
            Self::Full => "RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'",
            Self::ReadsOnly => "RAISE EXCEPTION 'it only reads' USING ERRCODE = '25006'",
            Self::Cancelled => "RAISE EXCEPTION 'cancelled' USING ERRCODE = '57014'",
            Self::Ended => "PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(0)",
        }
    }
}

/// Somebody new comes, goes on, and does something that the trail tells of; the first answer that
/// is no success.
async fn somebody_comes(app: &App, email: &str) -> Result<(), (u16, String)> {
    let registered = app.register(email).await;
    let logged_in = app.log_in(email, PASSWORD).await;
    for answer in [&registered, &logged_in] {
        if answer.status >= 400 {
            let (status, code) = answer.refusal();
            return Err((status, code.to_owned()));
        }
    }
    let access = registered.body["access_token"].as_str().unwrap();
    let client = testkit::client();
    let principal = app.service.authenticate(access, &client).await.unwrap();
    let entry = OperatorEntry {
        org: principal.org,
        user: principal.user,
        credential: principal.credential,
        address: client.address,
        user_agent: None,
        action: OperatorAction::WalletFrozen,
        subject: "wal_1".to_owned(),
        refusal: None,
        kept: None,
    };
    let recorded = app.service.record(entry).await;
    recorded.map_err(|error| (503, format!("not in the trail: {error}")))
}

/// How many acts of operators the trail has.
async fn deeds(app: &App) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit_entries WHERE act = 'wallet.frozen'";
    app.db.fetch_one::<(i64,)>(sql, args![]).await.unwrap().0
}

async fn app(store: TestStore) -> App {
    let app = App::on(Arc::new(store), FakeClock::at(SystemClock.now()), fast()).await;
    app.registered("ann@example.com").await;
    app
}

/// Everything works, and health says so.
async fn all_is_well(app: &App, when: &str) {
    assert_eq!(app.service.check().await, Ok(()), "{when}");
    let answer = app.log_in("ann@example.com", PASSWORD).await;
    assert_eq!(answer.status, 200, "{when}: {:?}", answer.body);
}

#[tokio::test]
async fn a_file_that_may_not_grow_any_more_fails_and_recovers_at_every_statement() {
    let app = app(TestStore::new(Engine::Sqlite)).await;
    let mut failures = 0;
    for spare in 0..8 {
        let mut tx = app.db.begin().await.unwrap();
        let read = "SELECT CAST(page_count AS BIGINT) FROM pragma_page_count";
        let (pages,): (i64,) = tx.fetch_optional(read, args![]).await.unwrap().unwrap();
        let limit: &'static str = format!("PRAGMA max_page_count = {}", pages + spare).leak();
        tx.fetch_optional::<(i64,)>(limit, args![]).await.unwrap();
        tx.commit().await.unwrap();
        // As many as it takes, or so many that there was room for all of them.
        for number in 0..30 {
            let email = format!("bob{spare}.{number}@example.com");
            if let Err((status, code)) = somebody_comes(&app, &email).await {
                assert_eq!(status, 503, "{code}");
                assert!(
                    matches!(&*code, "database_full") || code.starts_with("not in"),
                    "{code}"
                );
                failures += 1;
                break;
            }
        }
        let mut tx = app.db.begin().await.unwrap();
        let no_limit = "PRAGMA max_page_count = 1000000";
        tx.fetch_optional::<(i64,)>(no_limit, args![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        all_is_well(&app, &format!("with {spare} pages")).await;
    }
    assert!(failures > 5, "{failures} rounds met a full file");
    assert!(identity::verify_audit(&app.db).await.is_ok());
}

#[tokio::test]
async fn a_server_that_fails_at_any_statement_is_told_of_and_left_behind() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let store = TestStore::new(Engine::Postgres);
    let url = store.database_url().to_owned();
    let app = app(store).await;
    let mut fuse = Fuse::laid(&url).await;
    let mut acts = 0;
    for trouble in [
        Trouble::Full,
        Trouble::ReadsOnly,
        Trouble::Cancelled,
        Trouble::Ended,
    ] {
        fuse.is_to(trouble).await;
        let mut at = 1;
        loop {
            fuse.burns(at).await;
            let email = format!("bob{at}.{trouble:?}@example.com").to_lowercase();
            let came = somebody_comes(&app, &email).await;
            let has_burnt = fuse.is_out().await;
            fuse.burns(1_000_000).await;
            let when = format!("{trouble:?} at write {at}");
            if let Err((status, code)) = &came {
                assert_eq!(*status, 503, "{when}: {code}");
                // A statement that commits by itself may have been carried out when its session
                // ends.
                let open = matches!(trouble, Trouble::Ended) && code == "outcome_unknown";
                assert!(
                    code == trouble.code() || code.starts_with("not in") || open,
                    "{when}: {code}"
                );
            }
            assert_eq!(came.is_err(), has_burnt, "{when}: {came:?}");
            all_is_well(&app, &when).await;
            let is_late = matches!(&came, Err((_, code)) if code.starts_with("not in"));
            acts += i64::from(is_late || came.is_ok());
            app.service.record_waiting_actions().await.unwrap();
            assert_eq!(deeds(&app).await, acts, "{when}");
            if !has_burnt {
                break;
            }
            at += 1;
        }
        assert!(at > 5, "{at}");
    }
    assert!(identity::verify_audit(&app.db).await.is_ok());
}

#[tokio::test]
async fn a_transaction_ends_with_its_first_statement_that_fails() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let mut tx = app.db.begin().await.unwrap();
        let failed = tx.execute("UPDATE nowhere SET nothing = 1", args![]).await;
        assert!(failed.is_err());
        let more = tx.execute("UPDATE users SET name = 'Eve'", args![]).await;
        assert!(more.is_err() && tx.commit().await.is_err());
        let me = app.me(&tokens.access).await;
        assert_ne!(me.body["name"], "Eve");
        all_is_well(&app, "after it").await;
    })
    .await;
}

/// Triggers on every table, which strike at a write that is counted down to.
struct Fuse(PgConnection);

impl Fuse {
    async fn laid(url: &str) -> Self {
        let mut session = PgConnection::connect(url).await.unwrap();
        let sql = "CREATE SEQUENCE public.fuse MINVALUE -10000000; \
                   CREATE FUNCTION public.strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; \
                   DO $$ DECLARE name text; BEGIN \
                   FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'identity' LOOP \
                   EXECUTE format('CREATE TRIGGER fuse BEFORE INSERT OR UPDATE OR DELETE ON identity.%I \
                   FOR EACH STATEMENT EXECUTE FUNCTION public.strike()', name); END LOOP; END $$";
        sqlx::raw_sql(sql).execute(&mut session).await.unwrap();
        Self(session)
    }

    async fn is_to(&mut self, trouble: Trouble) {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION public.strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF nextval('public.fuse') = 0 THEN {}; END IF; RETURN NULL; END $$",
            trouble.act()
        );
        self.run(sql).await;
    }

    /// The write of this number is struck, from 1.
    async fn burns(&mut self, writes: i64) {
        self.run(format!(
            "SELECT setval('public.fuse', {}, false)",
            1 - writes
        ))
        .await;
    }

    async fn is_out(&mut self) -> bool {
        let sql = "SELECT last_value >= 0 AND is_called FROM public.fuse";
        sqlx::query_scalar(sql)
            .fetch_one(&mut self.0)
            .await
            .unwrap()
    }

    async fn run(&mut self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut self.0)
            .await
            .unwrap();
    }
}
