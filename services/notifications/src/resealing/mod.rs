//! What lies sealed in the database is sealed with the newest master key when a node starts, so
//! that older ones can go.

pub(crate) mod store;

use db::Db;
use vault::{SealContext, Vault};

use crate::error::Error;
use crate::resealing::store::COLUMNS;

/// Seals with the newest master key what is sealed with an older one. What waits and cannot be
/// opened stays as it is.
///
/// # Errors
/// [`vault::Fault::UnknownMasterKey`] where the secret of a webhook is sealed with a key that is
/// not at hand: nothing could be sent to it. Or a fault of the database.
pub async fn seal_anew(db: &Db, vault: &Vault) -> Result<(), Error> {
    for column in COLUMNS {
        let what = column.what;
        for (id, sealed) in column.others(db, vault.head()?).await? {
            let whose = id.as_bytes();
            match vault.seal_anew(SealContext { what, whose }, &sealed) {
                Ok(anew) => column.store(db, (id, sealed), anew).await?,
                Err(fault @ vault::Fault::UnknownMasterKey) if column.is_needed => {
                    return Err(fault.into());
                }
                Err(fault) => tracing::warn!(%id, "{what} cannot be sealed anew: {fault}"),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::args;
    use testkit::{FakeClock, TestStore, engines};
    use uuid::Uuid;
    use vault::MasterKey;

    fn vault(keys: &[u8]) -> Vault {
        let masters: Vec<_> = keys.iter().map(|key| MasterKey::of([*key; 32])).collect();
        Vault::new(&masters, crate::SCHEMA, testkit::ids(FakeClock::new())).unwrap()
    }

    #[tokio::test]
    async fn after_a_start_with_a_new_key_before_it_the_old_one_opens_nothing_that_is_needed() {
        for engine in engines() {
            let store = TestStore::new(engine);
            let opened = store.open(crate::SCHEMA, crate::migrations()).await;
            let db = opened.unwrap();
            let id = Uuid::from_u128(7);
            let sealed = |what| {
                let whose = id.as_bytes();
                vault(&[1])
                    .seal(SealContext { what, whose }, b"it")
                    .unwrap()
            };
            let secret = sealed("webhook_endpoints.secret");
            let endpoint = "INSERT INTO webhook_endpoints
                (id, org, user_id, all_events, url, event_types, description, secret, previous_secret, created_at, updated_at)
                VALUES ($1, 1, $1, 1, '', '', '', $2, $2, 0, 0)";
            let args = args![id, secret.clone()];
            db.execute(endpoint, args).await.unwrap();
            let message =
                "INSERT INTO messages (id, org, kind, data, created_at) VALUES ($1, 1, '', $2, 0)";
            let args = args![id, sealed("messages.data")];
            db.execute(message, args).await.unwrap();
            let delivery = "INSERT INTO deliveries (message, channel, state, attempts, due_at, address, updated_at)
                VALUES ($1, 'email', 'queued', 0, 0, $2, 0)";
            let args = args![id, sealed("deliveries.address")];
            db.execute(delivery, args).await.unwrap();

            let phone = "INSERT INTO phones (org, user_id, number, fingerprint, verified_at)
                VALUES (1, $1, $2, $2, 0)";
            let args = args![id, sealed("phones.number")];
            db.execute(phone, args).await.unwrap();
            let device =
                "INSERT INTO push_subscriptions (id, org, user_id, fingerprint, sealed, created_at)
                VALUES ($1, 1, $1, $2, $2, 0)";
            let args = args![id, sealed("push_subscriptions.sealed")];
            db.execute(device, args).await.unwrap();

            let refused = seal_anew(&db, &vault(&[2])).await.unwrap_err().to_string();
            assert!(refused.contains("identity.master_key"), "{refused}");
            seal_anew(&db, &vault(&[2, 1])).await.unwrap();
            for column in COLUMNS {
                let what = column.what;
                let others = vault(&[3]).head().unwrap();
                let rows = column.others(&db, others).await.unwrap();
                let context = SealContext {
                    what,
                    whose: rows[0].0.as_bytes(),
                };
                assert_eq!(
                    vault(&[2]).open(context, &rows[0].1).unwrap(),
                    b"it",
                    "{what}"
                );
            }
            seal_anew(&db, &vault(&[2])).await.unwrap();
        }
    }
}
