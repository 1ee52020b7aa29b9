//! Whether the database of a service is an older state than another service has seen committed:
//! somebody has put an older copy back beside newer ones. What was acknowledged since is gone, such
//! as users whom others name, and the end of sessions. It changes nothing.

use db::{Db, Position};
use module::{Module, Place};

use super::file_name;

/// How far the log of a service was seen committed: its name, and the last entry.
pub(crate) type LogEnd = (String, Position);

/// A service whose database is older than what was seen of it.
pub(crate) struct Older {
    /// Its name.
    pub(crate) service: String,
    /// What is the matter, and what to do.
    pub(crate) told: String,
}

/// What one of these has noted of the logs of others.
///
/// # Errors
/// What stands against reading it.
pub(crate) async fn log_ends(module: &dyn Module, db: &Db) -> anyhow::Result<Vec<LogEnd>> {
    let noted = module.log_ends(db).await;
    noted.map_err(anyhow::Error::from_boxed)
}

/// Whether the database of a service is older than what was seen of it.
///
/// # Errors
/// What stands against reading it.
pub(crate) async fn older(
    (module, db): (&dyn Module, &Db),
    ends: &[LogEnd],
    place: &Place,
) -> anyhow::Result<Option<Older>> {
    let name = module.name();
    for (_, end) in ends.iter().filter(|(of, _)| of == name) {
        let found = module.has_entry(db, end).await;
        if !found.map_err(anyhow::Error::from_boxed)? {
            let (what, how) = match place {
                Place::Folder(folder) => (
                    format!("{} in {}", file_name(name), folder.display()),
                    "`payflow restore`",
                ),
                Place::Database(_) => (format!("the schema `{name}`"), "pg_restore"),
            };
            let told = format!(
                "{what} is older than the rest of the store: entry {} of its log was committed and is not in it. Put back what was \
                 there, or restore the whole store from its backup with {how}. To go on with what is there, and do without what is \
                 missing, run `payflow history accept` (docs/backup.md says what else to do then)",
                end.no
            );
            let service = name.to_owned();
            return Ok(Some(Older { service, told }));
        }
    }
    Ok(None)
}

/// The services whose databases are older than what was seen of them.
///
/// # Errors
/// What stands against reading it.
pub(super) async fn all_older(
    services: &[(&dyn Module, &Db)],
    place: &Place,
) -> anyhow::Result<Vec<Older>> {
    let mut ends = Vec::new();
    for (module, db) in services {
        ends.extend(log_ends(*module, db).await?);
    }
    let mut found = Vec::new();
    for service in services {
        found.extend(older(*service, &ends, place).await?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use contracts::identity::OrgId;
    use db::args;
    use payments_core::command::{Actor, Command, Operation};
    use testkit::{Engine, engines};

    use super::*;
    use crate::commands::runtime;
    use crate::wiring::tests::{Site, opens};
    use crate::wiring::{App, file, services};

    /// A start in which identity and payments commit something.
    fn commits(site: &Site) {
        let settings = site.settings();
        runtime().unwrap().block_on(async {
            let app = App::open(&settings).await.unwrap();
            app.identity.begin_demo().await.unwrap();
            let reason = "a commit".to_owned();
            let command = Command {
                org: OrgId::DEFAULT.0,
                actor: Actor::System,
                idempotency: None,
                request_id: None,
                operation: Operation::AcceptClock { reason },
            };
            app.payments.journal().submit(command).await.unwrap();
            app.close().await;
        });
    }

    fn is_refused_until_it_is_accepted(site: &Site, service: &str) {
        let verified = site.run(&["verify"], services).unwrap_err();
        for refused in [opens(site).unwrap_err(), format!("{verified:#}")] {
            for part in [service, "older than the rest", "`payflow history accept`"] {
                assert!(refused.contains(part), "{refused}");
            }
        }
        for _ in 0..2 {
            let accept = ["history", "accept", "--reason", "a test"];
            site.run(&accept, services).unwrap();
            assert_eq!(opens(site), Ok(()));
            site.run(&["verify"], services).unwrap();
        }
    }

    #[test]
    fn an_older_file_beside_newer_ones_is_refused_until_it_is_accepted() {
        for service in [identity::SCHEMA, payments::SCHEMA] {
            let site = Site::new(Engine::Sqlite);
            let file = file(&site.settings().data, service);
            commits(&site);
            let older = fs::read(&file).unwrap();
            commits(&site);
            let newer = fs::read(&file).unwrap();
            fs::write(&file, &older).unwrap();
            let refused = opens(&site).unwrap_err();
            assert!(refused.contains(&format!("{service}.db")), "{refused}");
            // The right one is back.
            fs::write(&file, newer).unwrap();
            assert_eq!(opens(&site), Ok(()));
            fs::write(&file, older).unwrap();
            is_refused_until_it_is_accepted(&site, service);
            commits(&site);
            assert_eq!(opens(&site), Ok(()));
        }
    }

    #[test]
    fn a_log_that_lacks_what_was_seen_of_it_is_refused_on_both_engines() {
        for engine in engines() {
            let site = Site::new(engine);
            commits(&site);
            runtime().unwrap().block_on(async {
                let migrations = notifications::migrations();
                let db = match engine {
                    Engine::Sqlite => {
                        let file = file(&site.settings().data, notifications::SCHEMA);
                        Db::open_sqlite(&file, migrations).await
                    }
                    Engine::Postgres => {
                        let store = site.store();
                        store.open(notifications::SCHEMA, migrations).await
                    }
                };
                let db = db.unwrap();
                let further = "UPDATE log_ends SET no = no + 7";
                assert_eq!(db.execute(further, args![]).await.unwrap(), 2);
                db.close().await;
            });
            is_refused_until_it_is_accepted(&site, "older");
        }
    }
}
