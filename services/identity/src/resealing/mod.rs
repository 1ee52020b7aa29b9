//! What lies sealed in the database beside the signing keys is sealed with the newest master key
//! when a node starts, so that older ones can go. What lives for minutes only is left to expire.

pub(crate) mod store;

use db::Db;
use vault::{SealContext, Vault};

use crate::fault::Fault;
use crate::resealing::store::{SealedColumn, TOTP, WAITING};

/// Seals with the newest master key what is sealed with an older one. What waits and cannot be
/// opened stays: it is not worth a start.
///
/// # Errors
/// [`vault::Fault::UnknownMasterKey`] where the secret of an app is sealed with a key that is not
/// at hand: its user could not log in. Or a fault of the database.
pub(crate) async fn seal_anew(db: &Db, vault: &Vault) -> Result<(), Fault> {
    seal_column(db, vault, &TOTP, true).await?;
    for column in &WAITING {
        seal_column(db, vault, column, false).await?;
    }
    Ok(idempotency::seal_anew(db, vault).await?)
}

async fn seal_column(
    db: &Db,
    vault: &Vault,
    column: &SealedColumn,
    is_needed: bool,
) -> Result<(), Fault> {
    let what = column.what;
    for (whose, sealed) in column.others(db, vault.head()?).await? {
        let anew = vault.seal_anew(context(what, &whose), &sealed);
        match anew {
            Ok(anew) => column.store(db, (whose, sealed), anew).await?,
            Err(fault @ vault::Fault::UnknownMasterKey) if is_needed => return Err(fault.into()),
            Err(fault) => tracing::warn!("{what} cannot be sealed anew: {fault}"),
        }
    }
    Ok(())
}

/// Whether the secrets of all apps open with the master keys at hand.
///
/// # Errors
/// What does not open, or a fault of the database.
pub(crate) async fn check(db: &Db, vault: &Vault) -> Result<(), Fault> {
    for (user, sealed) in TOTP.others(db, vault.head()?).await? {
        vault.open(context(TOTP.what, &user), &sealed)?;
    }
    Ok(())
}

const fn context<'a>(what: &'static str, whose: &'a [u8]) -> SealContext<'a> {
    SealContext { what, whose }
}
