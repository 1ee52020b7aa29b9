//! What is there already: what an import asks before it begins.

use db::{Db, args};
use sqlx::FromRow;
use uuid::Uuid;

use super::statements;
use crate::error::Error;

statements! {
    /// owner, after, limit -> external ids of one maker in order.
    EXTERNAL_IDS = "SELECT external_id FROM external_ids WHERE owner = $1 AND external_id > $2 \
        ORDER BY external_id LIMIT $3";
    /// org, currency, after, limit -> number, id and spendable minor units of wallets in order.
    SPENDABLE = "SELECT a.no, a.id, b.credits_posted - b.debits_posted - b.debits_pending AS spendable \
        FROM wallets w JOIN accounts a ON a.no = w.account JOIN balances b ON b.account = w.account \
        WHERE w.org = $1 AND a.currency = $2 AND w.account > $3 ORDER BY w.account LIMIT $4";
}

/// Rows of one read.
const PAGE: i64 = 10_000;

/// The makers' own ids that `owner` has used and that begin with `prefix`.
pub(crate) async fn external_ids(db: &Db, owner: Uuid, prefix: &str) -> Result<Vec<String>, Error> {
    let mut all = vec![];
    let mut after = prefix.to_owned();
    loop {
        let page: Vec<(String,)> = db
            .fetch_all(EXTERNAL_IDS, args![owner, after.clone(), PAGE])
            .await?;
        let Some((last,)) = page.last() else {
            return Ok(all);
        };
        after.clone_from(last);
        let before = all.len();
        all.extend(
            page.into_iter()
                .map(|(id,)| id)
                .filter(|id| id.starts_with(prefix)),
        );
        if all.len() == before {
            return Ok(all);
        }
    }
}

#[derive(FromRow)]
struct Spendable {
    no: i64,
    id: Uuid,
    spendable: i64,
}

/// What can be spent from each wallet of a currency, in minor units.
pub(crate) async fn spendable(db: &Db, org: i64, currency: u16) -> Result<Vec<(Uuid, i64)>, Error> {
    let mut all = vec![];
    let mut after = 0_i64;
    loop {
        let args = args![org, i64::from(currency), after, PAGE];
        let page: Vec<Spendable> = db.fetch_all(SPENDABLE, args).await?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        after = last.no;
        all.extend(page.into_iter().map(|row| (row.id, row.spendable)));
    }
}
