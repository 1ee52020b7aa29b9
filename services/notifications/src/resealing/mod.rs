//! What lies sealed in the database is sealed with the newest master key when a node starts, so
//! that older ones can go.

pub(crate) mod store;

use db::Db;
use uuid::Uuid;
use vault::{SealContext, Vault};

use crate::channels::push;
use crate::error::Error;
use crate::resealing::store::{COLUMNS, SealedColumn};

/// Seals with the newest master key what is sealed with an older one, and has it found by the
/// newest, too. What waits and cannot be opened stays as it is.
///
/// # Errors
/// [`vault::Fault::UnknownMasterKey`] where the secret of a webhook or the key of push is sealed
/// with a key that is not at hand: nothing could be sent to it. Or a fault of the database.
pub async fn seal_anew(db: &Db, vault: &Vault) -> Result<(), Error> {
    for column in COLUMNS {
        for row in column.others(db, vault.head()?).await? {
            let what = column.what;
            match seal_row_anew(db, vault, &column, row).await {
                Ok(()) => {}
                Err(fault @ Error::Database(_)) => return Err(fault),
                Err(fault @ Error::Vault(vault::Fault::UnknownMasterKey)) if column.is_needed => {
                    return Err(fault);
                }
                Err(fault) => tracing::warn!("{what} cannot be sealed anew: {fault}"),
            }
        }
    }
    push::seal_key_anew(db, vault).await?;
    Ok(idempotency::seal_anew(db, vault).await?)
}

async fn seal_row_anew(
    db: &Db,
    vault: &Vault,
    column: &SealedColumn,
    (id, sealed): (Uuid, Vec<u8>),
) -> Result<(), Error> {
    let context = SealContext {
        what: column.what,
        whose: id.as_bytes(),
    };
    let secret = vault.open(context, &sealed)?;
    let fingerprint = column.fingerprint.map(|of| of(vault, &secret));
    let anew = vault.seal(context, &secret)?;
    let fingerprint = fingerprint.transpose()?;
    Ok(column.store(db, (id, sealed), anew, fingerprint).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::args;
    use testkit::{FakeClock, TestStore, engines};
    use vault::MasterKey;

    fn vault(keys: &[u8]) -> Vault {
        let masters: Vec<_> = keys.iter().map(|key| MasterKey::of([*key; 32])).collect();
        Vault::new(&masters, crate::SCHEMA, testkit::ids(FakeClock::new())).unwrap()
    }

    const IT: &[u8] = br#"{"endpoint":"https://push.example","p256dh":"","auth":""}"#;

    #[tokio::test]
    async fn the_key_of_push_outlives_the_master_key_with_which_it_was_sealed() {
        for engine in engines() {
            let store = TestStore::new(engine);
            let opened = store.open(crate::SCHEMA, crate::migrations()).await;
            let db = opened.unwrap();
            let before = push::public_key(&db, &vault(&[1])).await.unwrap();
            let refused = seal_anew(&db, &vault(&[2])).await.unwrap_err().to_string();
            assert!(refused.contains("identity.master_key"), "{refused}");
            seal_anew(&db, &vault(&[2, 1])).await.unwrap();
            seal_anew(&db, &vault(&[2])).await.unwrap();
            let after = push::public_key(&db, &vault(&[2])).await.unwrap();
            assert_eq!(after, before);
        }
    }

    #[tokio::test]
    async fn a_device_that_was_subscribed_again_with_the_new_key_is_kept_once() {
        for engine in engines() {
            let store = TestStore::new(engine);
            let opened = store.open(crate::SCHEMA, crate::migrations()).await;
            let db = opened.unwrap();
            let user = Uuid::from_u128(7);
            let (what, whose) = ("push_subscriptions.sealed", user.as_bytes());
            for (no, key) in [(1, 1), (2, 2)] {
                let sealed = vault(&[key]).seal(SealContext { what, whose }, IT).unwrap();
                let fingerprint = push::fingerprint(&vault(&[key]), IT).unwrap();
                let device = "INSERT INTO push_subscriptions (id, org, user_id, fingerprint, sealed, created_at)
                    VALUES ($1, 1, $2, $3, $4, 0)";
                let args = args![Uuid::from_u128(no), user, fingerprint, sealed];
                db.execute(device, args).await.unwrap();
            }
            seal_anew(&db, &vault(&[2, 1])).await.unwrap();
            let sql = "SELECT id FROM push_subscriptions";
            let left: Vec<(Uuid,)> = db.fetch_all(sql, args![]).await.unwrap();
            assert_eq!(left, [(Uuid::from_u128(2),)]);
        }
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
                vault(&[1]).seal(SealContext { what, whose }, IT).unwrap()
            };
            let secret = sealed("webhook_endpoints.secret");
            let endpoint = "INSERT INTO webhook_endpoints
                (id, org, user_id, all_events, url, event_types, description, secret, previous_secret, earlier_secret, created_at,
                updated_at) VALUES ($1, 1, $1, 1, '', '', '', $2, $2, $2, 0, 0)";
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
                assert_eq!(vault(&[2]).open(context, &rows[0].1).unwrap(), IT, "{what}");
            }
            // They are found by the new key alone, too.
            for (what, text, sql) in [
                ("phones.number", IT, "SELECT fingerprint FROM phones"),
                (
                    "push_subscriptions.endpoint",
                    b"https://push.example",
                    "SELECT fingerprint FROM push_subscriptions",
                ),
            ] {
                let (found,): (Vec<u8>,) = db.fetch_one(sql, args![]).await.unwrap();
                assert_eq!(
                    found,
                    vault(&[2]).fingerprint(what, text).unwrap(),
                    "{what}"
                );
            }
            seal_anew(&db, &vault(&[2])).await.unwrap();
        }
    }
}
