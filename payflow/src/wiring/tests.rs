//! A service that is in the list and nowhere else, of which every command and every page of the
//! program knows all the same: one table, one endpoint, one health check, one metric, one file
//! beside its database.
#![cfg(test)]

use std::fs;
use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::Request;
use axum::{Json, Router};
use clap::Parser;
use contracts::identity::{OrgId, UserId};
use db::{Migration, Migrations, args};
use module::{Checks, CompanionFile, Failure, Progress};
use prometheus_client::metrics::gauge::Gauge;
use serde_json::{Map, Value};
use testkit::{Engine, TestStore, engines};
use tokio::sync::watch;
use tower::ServiceExt;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

use super::missing::services_there;
use super::*;
use crate::cli::Cli;
use crate::commands::{openapi, run_listed, runtime, verify};

const MIGRATIONS: Migrations = &[Migration {
    version: 100,
    name: "notes",
    sql: "CREATE TABLE notes (no BIGINT PRIMARY KEY, text TEXT NOT NULL, letters BIGINT NOT NULL)",
}];
const MASTER_KEY: &str = "YSBtYXN0ZXIga2V5IGZvciB0aGUgdGVzdHMgb25seSE=";
const INSERT: &str =
    "INSERT INTO notes (no, text, letters) VALUES (1, 'hello', 5) ON CONFLICT DO NOTHING";
const DAMAGE: &str = "UPDATE notes SET letters = 6";

struct Notes;

#[async_trait::async_trait]
impl Module for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn migrations(&self) -> Migrations {
        MIGRATIONS
    }

    fn api(&self) -> OpenApi {
        endpoints().into_openapi()
    }

    fn files(&self) -> &'static [CompanionFile] {
        &[CompanionFile {
            name: "notes.ink",
            copied: "the ink",
            absent: "without ink",
        }]
    }

    async fn is_untouched(&self, db: &Db) -> Result<bool, Failure> {
        let (notes,): (i64,) = db.fetch_one("SELECT count(*) FROM notes", args![]).await?;
        Ok(notes == 0)
    }

    async fn verify(&self, db: &Db, _: &Place, _: Progress) -> Result<Vec<String>, Failure> {
        let sql = "SELECT no, text, letters FROM notes ORDER BY no";
        let notes: Vec<(i64, String, i64)> = db.fetch_all(sql, args![]).await?;
        for (no, text, letters) in &notes {
            let expected = i64::try_from(text.len())?;
            if *letters != expected {
                return Err(
                    format!("notes {no}: letters is {letters}, expected {expected}").into(),
                );
            }
        }
        Ok(vec![format!("{} notes", notes.len())])
    }
}

struct OpenNotes(Db);

#[async_trait::async_trait]
impl Opened for OpenNotes {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        endpoints().with_state(self.0.clone())
    }

    fn checks(self: Arc<Self>) -> Checks {
        vec![("ink", Arc::new(Dry))]
    }

    async fn personal_data(&self, _: OrgId, _: UserId) -> Result<Map<String, Value>, Failure> {
        Ok(Map::from_iter([("notes".to_owned(), "hello".into())]))
    }

    fn show_in(&self, metrics: &Metrics) {
        let drops: Gauge = Gauge::default();
        metrics
            .register("notes_ink_drops", "Ink that is left", drops)
            .set(7);
    }
}

fn endpoints() -> OpenApiRouter<Db> {
    OpenApiRouter::new().routes(routes!(list_notes))
}

#[utoipa::path(get, path = "/api/v1/notes", responses((status = 200, body = [String])))]
async fn list_notes(State(db): State<Db>) -> Json<Vec<String>> {
    let sql = "SELECT text FROM notes ORDER BY no";
    let notes: Vec<(String,)> = db.fetch_all(sql, args![]).await.unwrap();
    Json(notes.into_iter().map(|(text,)| text).collect())
}

struct Dry;

#[async_trait::async_trait]
impl HealthCheck for Dry {
    async fn check(&self) -> Result<(), String> {
        Ok(())
    }

    async fn warning(&self) -> Option<String> {
        Some("the ink is nearly dry".to_owned())
    }
}

impl Opening {
    async fn notes(&mut self, db: Db) -> OpenedOrNot {
        db.execute(INSERT, args![]).await?;
        if let Some(folder) = self.place.folder() {
            fs::write(folder.join("notes.ink"), "blue")?;
        }
        Ok(Arc::new(OpenNotes(db)))
    }
}

/// The list with one more line.
fn with_notes(settings: &Settings) -> Services {
    let mut list = services(settings);
    list.0.push(Listed::new(Notes, |opening, db| {
        Box::pin(opening.notes(db))
    }));
    list
}

/// A store, and the settings that name it.
pub(super) struct Site {
    store: TestStore,
    folder: tempfile::TempDir,
}

impl Site {
    pub(super) fn new(engine: Engine) -> Self {
        let (store, folder) = (TestStore::new(engine), tempfile::tempdir().unwrap());
        let data = folder.path().join("data");
        let place = match engine {
            Engine::Sqlite => format!("data = {data:?}"),
            Engine::Postgres => format!("database_url = {:?}", store.database_url()),
        };
        let text =
            format!("{place}\n[risk]\nenabled = true\n[identity]\nmaster_key = [{MASTER_KEY:?}]\n");
        fs::write(folder.path().join("payflow.toml"), text).unwrap();
        Self { store, folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn store(&self) -> &TestStore {
        &self.store
    }

    pub(super) fn settings(&self) -> Settings {
        Settings::load(Some(&self.at("payflow.toml")), &[]).unwrap()
    }

    /// Runs a command with a list of services.
    pub(super) fn run(&self, command: &[&str], list: List) -> anyhow::Result<()> {
        let config = self.at("payflow.toml").display().to_string();
        let words = ["payflow"].iter().chain(command).copied();
        run_listed(Cli::parse_from(words.chain(["--config", &config])), list)
    }

    fn verify(&self) -> anyhow::Result<String> {
        let settings = self.settings();
        let place = match self.store.engine() {
            Engine::Sqlite => Place::Folder(settings.data.clone()),
            Engine::Postgres => Place::Database(settings.database_url.expose_secret().to_owned()),
        };
        verify::everything(&place, &with_notes(&settings))
    }

    /// Changes the tables of the added service behind its back.
    fn damage(&self) {
        runtime().unwrap().block_on(async {
            let settings = self.settings();
            let db = match self.store.engine() {
                Engine::Sqlite => {
                    Db::open_sqlite(&file(&settings.data, "notes"), Notes.migrations()).await
                }
                Engine::Postgres => self.store.open("notes", Notes.migrations()).await,
            };
            let db = db.unwrap();
            assert_eq!(db.execute(DAMAGE, args![]).await.unwrap(), 1);
            db.close().await;
        });
    }
}

async fn get(router: &Router, path: &str) -> (u16, String) {
    let peer = std::net::SocketAddr::from(([192, 0, 2, 7], 4_711));
    let request = Request::get(path)
        .header("host", "pay.example")
        .extension(ConnectInfo(peer));
    let request = request.body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn serves(settings: &Settings) {
    let app = App::open_listed(settings, &with_notes(settings))
        .await
        .unwrap();
    let background = app.start_background();
    assert_eq!(background.len(), 6);
    let (_stop, stopping) = watch::channel(false);
    let router = crate::router(&app, settings, stopping).unwrap();
    assert_eq!(
        get(&router, "/api/v1/notes").await,
        (200, "[\"hello\"]".to_owned())
    );
    let json = async |path| -> Value {
        let (status, text) = get(&router, path).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let document = json("/api-docs.json").await;
    assert!(document["paths"]["/api/v1/notes"]["get"].is_object());
    let checks = json("/health").await["checks"].take();
    assert_eq!(checks["notes_store"]["status"], "ok", "{checks}");
    assert_eq!(checks["ink"]["detail"], "the ink is nearly dry", "{checks}");
    let (_, metrics) = get(&router, "/metrics").await;
    assert!(metrics.contains("payflow_notes_ink_drops 7"), "{metrics}");
    drop(background);
    app.close().await;
}

#[test]
fn a_service_is_migrated_served_documented_checked_and_verified_by_its_line_in_the_list() {
    let document = serde_json::to_value(openapi(with_notes).unwrap()).unwrap();
    assert!(document["paths"]["/api/v1/notes"]["get"].is_object());
    for engine in engines() {
        let site = Site::new(engine);
        site.run(&["migrate"], with_notes).unwrap();
        let verified = site.verify().unwrap();
        assert!(
            verified
                .starts_with("verified: 1 notes\n  operations     0 alerts, each readable\n  notifications  0 in inboxes, each readable\n  webhooks       0 endpoints, each readable\n  risk           0 decisions and 0 cases can be read\n  0 transfers"),
            "{verified}"
        );
        runtime().unwrap().block_on(serves(&site.settings()));
        site.damage();
        let refused = format!("{:#}", site.verify().unwrap_err());
        let row = "does not verify: notes 1: letters is 6, expected 5";
        assert!(
            refused.contains(row) && refused.contains("notes"),
            "{refused}"
        );
        assert!(site.run(&["verify"], with_notes).is_err());
        assert!(site.run(&["verify"], services).is_ok());
    }
}

fn words(of: &Path) -> String {
    of.display().to_string()
}

#[cfg(unix)]
#[test]
fn files_of_a_service_that_others_could_read_are_closed_to_them_by_its_line_in_the_list() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new(Engine::Sqlite);
    site.run(&["migrate"], with_notes).unwrap();
    let ink = site.settings().data.join("notes.ink");
    fs::set_permissions(&ink, fs::Permissions::from_mode(0o644)).unwrap();
    site.run(&["migrate"], with_notes).unwrap();
    assert_eq!(
        fs::metadata(&ink).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_service_is_backed_up_and_restored_by_its_line_in_the_list() {
    let site = Site::new(Engine::Sqlite);
    site.run(&["migrate"], with_notes).unwrap();
    let copy = words(&site.at("copy"));
    site.run(&["backup", &copy], with_notes).unwrap();
    assert!(file(Path::new(&copy), "notes").is_file());

    let other = Site::new(Engine::Sqlite);
    other.run(&["restore", &copy], with_notes).unwrap();
    assert!(other.verify().unwrap().contains(" 1 notes\n"));
    let ink = |folder: &Path| fs::read_to_string(folder.join("notes.ink")).unwrap();
    assert_eq!(ink(&other.settings().data), "blue");

    // A list without the service loses nothing in silence.
    let third = Site::new(Engine::Sqlite);
    let refused = third.run(&["restore", &copy], services).unwrap_err();
    assert!(format!("{refused:#}").contains("notes.db"), "{refused:#}");
    fs::write(Path::new(&copy).join("notes.ink"), "red").unwrap();
    let refused = third.run(&["restore", &copy], with_notes).unwrap_err();
    assert!(format!("{refused:#}").contains("notes.ink of the backup is damaged"));
    assert!(!third.settings().data.exists());

    site.damage();
    let second = words(&site.at("second"));
    let refused = site.run(&["backup", &second], with_notes).unwrap_err();
    assert!(
        format!("{refused:#}").contains("notes.db does not verify"),
        "{refused:#}"
    );
    assert!(!Path::new(&second).exists());
}

#[test]
fn a_backup_from_before_a_service_existed_is_restored_with_empty_tables_of_it() {
    let site = Site::new(Engine::Sqlite);
    site.run(&["migrate"], services).unwrap();
    let copy = words(&site.at("copy"));
    site.run(&["backup", &copy], services).unwrap();
    let other = Site::new(Engine::Sqlite);
    other.run(&["restore", &copy], with_notes).unwrap();
    assert!(other.verify().unwrap().contains(" 0 notes\n"));
}

#[test]
fn a_store_without_the_tables_of_a_service_is_refused_until_they_are_migrated() {
    for engine in engines() {
        let site = Site::new(engine);
        site.run(&["migrate"], services).unwrap();
        let settings = site.settings();
        let opened = |list: Services| {
            let runtime = runtime().unwrap();
            runtime.block_on(async { App::open_listed(&settings, &list).await.map(|_| ()) })
        };
        for _ in 0..2 {
            let refused = opened(with_notes(&settings)).unwrap_err().to_string();
            assert!(
                refused.contains("notes") && refused.contains("`payflow migrate`"),
                "{refused}"
            );
            if engine == Engine::Sqlite {
                // As good as none.
                fs::write(file(&settings.data, "notes"), "").unwrap();
            }
        }
        site.run(&["migrate"], with_notes).unwrap();
        opened(with_notes(&settings)).unwrap();
        if engine == Engine::Sqlite {
            fs::write(file(&settings.data, payments::SCHEMA), "").unwrap();
            let refused = opened(services(&settings)).unwrap_err().to_string();
            assert!(
                refused.contains("payments.db") && refused.contains("`payflow restore`"),
                "{refused}"
            );
        }
    }
}

#[test]
fn a_store_whose_databases_are_all_gone_is_not_begun_anew() {
    // What earlier versions have left of it, and this one.
    for left in ["identity.key", "payflow.lock"] {
        let site = Site::new(Engine::Sqlite);
        let data = site.settings().data;
        if left == "payflow.lock" {
            assert_eq!(opens(&site), Ok(()));
            for service in services(&site.settings()).names() {
                fs::remove_file(file(&data, service)).unwrap();
            }
        } else {
            fs::create_dir_all(&data).unwrap();
            fs::write(data.join(left), MASTER_KEY).unwrap();
        }
        let migrated = site.run(&["migrate"], services).unwrap_err();
        for refused in [opens(&site).unwrap_err(), format!("{migrated:#}")] {
            for part in ["identity.db", "`payflow restore`", "To begin anew"] {
                assert!(refused.contains(part), "{left}: {refused}");
            }
        }
        assert!(!file(&data, identity::SCHEMA).exists());
        fs::remove_dir_all(&data).unwrap();
        assert_eq!(opens(&site), Ok(()));
    }
}

#[test]
fn a_backup_that_lacks_a_table_is_none_also_where_it_is_not_verified() {
    let site = Site::new(Engine::Sqlite);
    site.run(&["migrate"], services).unwrap();
    let [whole, copy] = ["whole", "copy"].map(|name| words(&site.at(name)));
    site.run(&["backup", "--no-verify", &whole], services)
        .unwrap();
    runtime().unwrap().block_on(async {
        let file = file(&site.settings().data, payments::SCHEMA);
        let db = Db::open_sqlite(&file, payments::migrations())
            .await
            .unwrap();
        db.execute("DROP TABLE marks", args![]).await.unwrap();
        db.close().await;
    });
    let refused = site.run(&["backup", "--no-verify", &copy], services);
    let refused = format!("{:#}", refused.unwrap_err());
    assert!(refused.contains("the table marks is gone"), "{refused}");
    assert!(!Path::new(&copy).exists());
}

/// Makes tables as a first start that is killed does, as far as it comes.
fn make_tables(site: &Site, service: &'static str, migrations: Migrations) {
    runtime().unwrap().block_on(async {
        let db = match site.store.engine() {
            Engine::Sqlite => {
                let folder = site.settings().data;
                fs::create_dir_all(&folder).unwrap();
                Db::open_sqlite(&file(&folder, service), migrations).await
            }
            Engine::Postgres => site.store.open(service, migrations).await,
        };
        db.unwrap().close().await;
    });
}

pub(super) fn opens(site: &Site) -> Result<(), String> {
    let settings = site.settings();
    runtime().unwrap().block_on(async {
        let app = App::open_listed(&settings, &services(&settings)).await;
        app.map_err(|error| format!("{error:#}"))?.close().await;
        Ok(())
    })
}

#[test]
fn a_first_start_that_ended_before_it_had_made_all_tables_is_gone_on_with() {
    for engine in engines() {
        // Killed after the tables of identity, and before any of them.
        for made in [identity::migrations(), &[]] {
            let site = Site::new(engine);
            make_tables(&site, identity::SCHEMA, made);
            assert_eq!(opens(&site), Ok(()), "{engine:?}");
        }
    }
}

/// Lists the services with one that refuses to be opened, behind the others: what is written before
/// that is their tables.
#[test]
fn a_start_writes_nothing_before_the_tables_of_all_services_are_there() {
    for engine in engines() {
        let site = Site::new(engine);
        let settings = site.settings();
        let mut list = services(&settings);
        list.0.insert(
            0,
            Listed::new(Notes, |_, _| {
                Box::pin(async { anyhow::bail!("killed here") })
            }),
        );
        let opened = runtime()
            .unwrap()
            .block_on(async { App::open_listed(&settings, &list).await.map(|_| ()) });
        assert!(opened.is_err());
        let tables = ["notes", identity::SCHEMA, payments::SCHEMA];
        let there = runtime().unwrap().block_on(async {
            let place = match engine {
                Engine::Sqlite => Place::Folder(settings.data.clone()),
                Engine::Postgres => {
                    Place::Database(settings.database_url.expose_secret().to_owned())
                }
            };
            services_there(&place, &tables).await.unwrap()
        });
        assert!(
            tables
                .iter()
                .all(|name| there.iter().any(|there| there == name)),
            "{engine:?}: {there:?}"
        );
    }
}

#[test]
fn tables_of_identity_that_are_gone_are_missed_although_nothing_was_paid_yet() {
    for engine in engines() {
        let site = Site::new(engine);
        make_tables(&site, payments::SCHEMA, payments::migrations());
        let refused = opens(&site).unwrap_err();
        assert!(refused.contains("identity"), "{engine:?}: {refused}");
    }
}

/// What `/health` answers about a running node after this was done to its PostgreSQL database, or
/// its file of a service.
async fn health_after(site: &Site, damage: &'static str) -> Value {
    let settings = site.settings();
    let app = App::open_listed(&settings, &services(&settings))
        .await
        .unwrap();
    let background = app.start_background();
    let (_stop, stopping) = watch::channel(false);
    // Each router keeps what it was told for a second.
    let router = || crate::router(&app, &settings, stopping.clone()).unwrap();
    assert_eq!(get(&router(), "/ready").await.0, 200);
    match site.store.engine() {
        Engine::Sqlite => app.payments.db().execute(damage, args![]).await.unwrap(),
        Engine::Postgres => {
            let url = settings.database_url.expose_secret();
            let other = Db::look_postgres(url, "public").await.unwrap();
            let done = other.execute(damage, args![]).await.unwrap();
            other.close().await;
            done
        }
    };
    let router = router();
    assert_eq!(get(&router, "/ready").await.0, 503);
    let (_, text) = get(&router, "/health").await;
    drop(background);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn tables_that_are_dropped_under_a_running_node_are_told_by_its_health() {
    for engine in engines() {
        let damages: &[(&str, &str)] = match engine {
            Engine::Sqlite => &[("payments_store", "DROP TABLE marks")],
            Engine::Postgres => &[
                ("payments_store", "DROP SCHEMA payments CASCADE"),
                ("payments_store", "DROP TABLE payments.events CASCADE"),
                (
                    "journal",
                    "ALTER TABLE payments.head RENAME COLUMN hash TO other",
                ),
                ("identity_store", "DROP SCHEMA identity CASCADE"),
                ("identity_store", "DROP TABLE identity.passkeys CASCADE"),
            ],
        };
        for (check, damage) in damages {
            let site = Site::new(engine);
            let runtime = runtime().unwrap();
            let health = runtime.block_on(health_after(&site, damage));
            let found = &health["checks"][check];
            assert_eq!(found["status"], "failing", "{damage}: {health}");
        }
    }
}

#[test]
fn who_names_others_rows_is_copied_before_them() {
    let list = services(&Settings::documented().unwrap());
    let names = [
        "operations",
        "notifications",
        "risk",
        "payments",
        "identity",
    ];
    assert_eq!(list.names(), names);
}
