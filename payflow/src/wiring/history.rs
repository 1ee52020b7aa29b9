//! Whether the database of a service is an older state than was seen committed, by another service
//! or as it is noted beside a database in a file: somebody has put an older copy back, or its
//! write-ahead log is gone. What was acknowledged since is gone, such as users whom others name,
//! and the end of sessions. It changes nothing.

use anyhow::Context;
use db::{Db, Position};
use module::{Module, Place};

use super::{Services, file, file_name, look};

/// How far the log of a service was seen committed: its name, and the last entry.
pub(crate) type LogEnd = (String, Position);

/// A service of whose database something is lost: it is older than what was seen of it.
pub(crate) struct Loss {
    /// Its name.
    pub(crate) service: String,
    /// What is the matter, and what to do.
    pub(crate) told: String,
}

/// What one of these has noted of the logs of others, and what is noted beside its database of its
/// own.
///
/// # Errors
/// What stands against reading it.
pub(crate) async fn log_ends(
    (module, db): (&dyn Module, &Db),
    place: &Place,
) -> anyhow::Result<Vec<LogEnd>> {
    let noted = module.log_ends(db).await;
    let mut ends = noted.map_err(anyhow::Error::from_boxed)?;
    ends.extend(end_beside(module.name(), place)?);
    Ok(ends)
}

/// What is noted beside the database of a service, where that is a file.
///
/// # Errors
/// What stands against reading it.
pub(super) fn end_beside(service: &str, place: &Place) -> anyhow::Result<Option<LogEnd>> {
    let Some(folder) = place.folder() else {
        return Ok(None);
    };
    let noted = db::noted_head(&file(folder, service))?;
    Ok(noted.map(|end| (service.to_owned(), end)))
}

/// The losses that were noticed earlier in the files of a store, with what to do.
pub(crate) fn noted_losses(place: &Place, services: &Services) -> Vec<Loss> {
    let noted = services.names().into_iter().filter_map(|service| {
        let told = db::noted_loss(&file(place.folder()?, service))?;
        let service = service.to_owned();
        Some(Loss { service, told })
    });
    noted.collect()
}

/// All of what is known to be lost of a store that may be in use.
///
/// # Errors
/// What stands against reading it.
pub(crate) async fn losses(place: &Place, services: &Services) -> anyhow::Result<Vec<Loss>> {
    let mut opened = Vec::new();
    for module in services.copied() {
        let db = look(module, place).await;
        let db = db.with_context(|| format!("{} cannot be read", module.name()))?;
        opened.push((module, db));
    }
    let closed: Vec<_> = opened.iter().map(|(module, db)| (*module, db)).collect();
    let found = losses_of(&closed, place).await;
    for (_, db) in &opened {
        db.close().await;
    }
    let mut losses = noted_losses(place, services);
    losses.extend(found?);
    Ok(losses)
}

/// Whether the database of a service is older than what was seen of it.
///
/// # Errors
/// What stands against reading it.
pub(crate) async fn loss_of(
    (module, db): (&dyn Module, &Db),
    ends: &[LogEnd],
    place: &Place,
) -> anyhow::Result<Option<Loss>> {
    let name = module.name();
    for (_, end) in ends.iter().filter(|(of, _)| of == name) {
        let found = module.has_entry(db, end).await;
        if !found.map_err(anyhow::Error::from_boxed)? {
            let (what, with, how) = match place {
                Place::Folder(folder) => (
                    format!("{} in {}", file_name(name), folder.display()),
                    format!(" (with {}-wal, if that is gone)", file_name(name)),
                    "`payflow restore`",
                ),
                Place::Database(_) => {
                    let schema = format!("the schema `{name}`");
                    (schema, String::new(), "pg_restore")
                }
            };
            let told = format!(
                "{what} is older than the rest of the store: entry {} of its log was committed and is not in it. Put back what was \
                 there{with}, or restore the whole store from its backup with {how}. To go on with what is there, and do without what \
                 is missing, run `payflow history accept` (docs/backup.md says what else to do then)",
                end.no
            );
            let service = name.to_owned();
            return Ok(Some(Loss { service, told }));
        }
    }
    Ok(None)
}

/// The services whose databases are older than what was seen of them.
///
/// # Errors
/// What stands against reading it.
pub(super) async fn losses_of(
    services: &[(&dyn Module, &Db)],
    place: &Place,
) -> anyhow::Result<Vec<Loss>> {
    let mut ends = Vec::new();
    for service in services {
        ends.extend(log_ends(*service, place).await?);
    }
    let mut found = Vec::new();
    for service in services {
        found.extend(loss_of(*service, &ends, place).await?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use contracts::identity::OrgId;
    use contracts::notifications::{DirectMessage, MessageId, Messages};
    use db::args;
    use identity::KeyState;
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
            commits_in(&app).await;
            app.close().await;
        });
    }

    async fn commits_in(app: &App) {
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
        let message = DirectMessage {
            id: MessageId(app.ids.next()),
            org: OrgId::DEFAULT,
            user: None,
            address: "ann@example.com".to_owned(),
            kind: "password_changed".to_owned(),
            data: serde_json::json!({}),
            at: app.clock.now(),
        };
        app.notifications.accept(&message).await.unwrap();
    }

    /// The keys by which access tokens count.
    fn keys(site: &Site) -> Vec<String> {
        let settings = site.settings();
        runtime().unwrap().block_on(async {
            let app = App::open(&settings).await.unwrap();
            let keys = app.identity.list_keys();
            app.close().await;
            let counting = keys.iter().filter(|key| key.state != KeyState::Ended);
            counting.map(|key| key.kid.clone()).collect()
        })
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
            let before = keys(&site);
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
            // An older identity knows nothing of some sessions: no earlier access token counts.
            let is_kept = keys(&site).iter().any(|key| before.contains(key));
            assert_eq!(is_kept, service != identity::SCHEMA);
            commits(&site);
            assert_eq!(opens(&site), Ok(()));
        }
    }

    const SERVICES: [&str; 4] = [
        identity::SCHEMA,
        payments::SCHEMA,
        risk::SCHEMA,
        notifications::SCHEMA,
    ];

    fn copy(from: &Path, to: &Path, services: &[&str]) {
        for service in services {
            fs::copy(file(from, service), file(to, service)).unwrap();
        }
    }

    #[test]
    fn older_files_of_several_services_are_refused_until_that_is_accepted() {
        let [identity, payments, risk, notifications] = SERVICES;
        for older in [
            vec![notifications],
            vec![risk],
            vec![payments, notifications],
            vec![identity, notifications],
            SERVICES.to_vec(),
        ] {
            let site = Site::new(Engine::Sqlite);
            let data = site.settings().data;
            let aside = tempfile::tempdir().unwrap();
            commits(&site);
            copy(&data, aside.path(), &older);
            commits(&site);
            copy(aside.path(), &data, &older);
            let target = aside.path().join("backup").display().to_string();
            let refused = site.run(&["backup", &target], services).unwrap_err();
            let refused = format!("{refused:#}");
            assert!(refused.contains("older than the rest"), "{refused}");
            site.run(&["backup", &target, "--no-verify"], services)
                .unwrap();
            is_refused_until_it_is_accepted(&site, "older");
            commits(&site);
            assert_eq!(opens(&site), Ok(()));
            site.run(&["verify"], services).unwrap();
        }
    }

    #[test]
    fn older_files_with_their_heads_are_noticed_by_a_service_that_follows_them_and_is_newer() {
        let [identity, payments, risk, notifications] = SERVICES;
        for (older, is_noticed) in [
            (vec![identity, payments], true),
            (vec![identity, notifications], true),
            (vec![payments, risk], true),
            (vec![identity, risk, notifications], false),
        ] {
            let site = Site::new(Engine::Sqlite);
            let data = site.settings().data;
            let aside = tempfile::tempdir().unwrap();
            commits(&site);
            let copy_all = |from: &Path, to: &Path| {
                copy(from, to, &older);
                for service in &older {
                    let head = format!("{service}.db-head");
                    fs::copy(from.join(&head), to.join(head)).unwrap();
                }
            };
            copy_all(&data, aside.path());
            commits(&site);
            copy_all(aside.path(), &data);
            let verified = site.run(&["verify"], services);
            assert_eq!(verified.is_err(), is_noticed, "{older:?}: {verified:?}");
            assert_eq!(opens(&site).is_err(), is_noticed, "{older:?}");
        }
    }

    #[test]
    fn a_write_ahead_log_that_is_gone_after_a_crash_is_noticed_and_a_whole_one_is_not() {
        for lost in [None].into_iter().chain(SERVICES.map(Some)) {
            let [site, crashed] = [Engine::Sqlite; 2].map(Site::new);
            let (from, to) = (site.settings().data, crashed.settings().data);
            commits(&site);
            fs::create_dir(&to).unwrap();
            runtime().unwrap().block_on(async {
                let app = App::open(&site.settings()).await.unwrap();
                commits_in(&app).await;
                if lost == Some(risk::SCHEMA) {
                    app.risk.note_log_ends().await.unwrap();
                }
                // As `kill -9` leaves it: the others' commits are noted by nobody else.
                for entry in fs::read_dir(&from).unwrap() {
                    let name = entry.unwrap().file_name().into_string().unwrap();
                    let is_lost = lost.is_some_and(|lost| name == format!("{lost}.db-wal"));
                    if !is_lost && !name.ends_with("-shm") {
                        fs::copy(from.join(&name), to.join(&name)).unwrap();
                    }
                }
                app.close().await;
            });
            match lost {
                None => assert_eq!(opens(&crashed), Ok(())),
                Some(service) => is_refused_until_it_is_accepted(&crashed, service),
            }
        }
    }

    #[test]
    fn a_loss_that_was_noted_stands_against_all_but_an_unverified_copy_until_it_is_accepted() {
        let site = Site::new(Engine::Sqlite);
        commits(&site);
        let data = site.settings().data;
        let mark = data.join("payments.history-lost");
        fs::write(&mark, "it was overwritten").unwrap();
        let target = |name| data.with_file_name(name).display().to_string();
        let (copy, refused) = (target("copy"), target("refused"));
        for command in [&["verify"][..], &["backup", &refused]] {
            let told = format!("{:#}", site.run(command, services).unwrap_err());
            for part in ["it was overwritten", "`payflow history accept`"] {
                assert!(told.contains(part), "{told}");
            }
        }
        assert!(!Path::new(&refused).exists());
        assert!(opens(&site).is_err());
        site.run(&["backup", &copy, "--no-verify"], services)
            .unwrap();
        site.run(&["history", "accept", "--reason", "a test"], services)
            .unwrap();
        assert!(!mark.exists());
        assert_eq!(opens(&site), Ok(()));
        site.run(&["verify"], services).unwrap();
    }

    #[test]
    fn a_note_of_the_newest_entry_that_is_damaged_is_a_loss_until_it_is_accepted() {
        let site = Site::new(Engine::Sqlite);
        commits(&site);
        let head = site.settings().data.join("payments.db-head");
        fs::write(&head, "something else").unwrap();
        let verified = format!("{:#}", site.run(&["verify"], services).unwrap_err());
        for refused in [opens(&site).unwrap_err(), verified] {
            for part in ["payments.db-head", "`payflow history accept`"] {
                assert!(refused.contains(part), "{refused}");
            }
        }
        site.run(&["history", "accept", "--reason", "a test"], services)
            .unwrap();
        assert_eq!(opens(&site), Ok(()));
        commits(&site);
        site.run(&["verify"], services).unwrap();
    }

    fn drop_payments(site: &Site) {
        runtime().unwrap().block_on(async {
            let db = Db::look_postgres(site.store().database_url(), "public");
            let db = db.await.unwrap();
            let drop = "DROP SCHEMA payments CASCADE";
            db.execute(drop, args![]).await.unwrap();
            db.close().await;
        });
    }

    #[test]
    fn nothing_is_made_in_the_place_of_a_database_that_had_entries() {
        for engine in engines() {
            for has_heads in [true, false] {
                let site = Site::new(engine);
                commits(&site);
                let data = site.settings().data;
                let payments = file(&data, payments::SCHEMA);
                match engine {
                    Engine::Sqlite => fs::remove_file(&payments).unwrap(),
                    Engine::Postgres => drop_payments(&site),
                }
                if engine == Engine::Sqlite && !has_heads {
                    // As an earlier version leaves it.
                    for service in SERVICES {
                        let head = data.join(format!("{service}.db-head"));
                        fs::remove_file(head).unwrap();
                    }
                }
                for _ in 0..2 {
                    let refused = site.run(&["migrate"], services).unwrap_err();
                    let refused = format!("{refused:#}");
                    assert!(refused.contains("payments are missing"), "{refused}");
                }
                assert!(!payments.exists());
            }
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
