//! The times that operators accepted, as readers need them: next to always none.

use db::{Db, args};
use payments_core::acceptance::{Acceptances, KIND};

use super::{statements, unreadable};
use crate::error::Error;
use crate::journal::acceptance;

statements! {
    /// -> the data of their events.
    ACCEPTED = acceptance::SELECT;
}

/// All of them.
pub(crate) async fn acceptances(db: &Db) -> Result<Acceptances, Error> {
    let rows: Vec<(String,)> = db.fetch_all(ACCEPTED, args![]).await?;
    Acceptances::read(rows.iter().map(|(data,)| data.as_str()))
        .map_err(|error| unreadable("events", KIND, "data", error))
}
