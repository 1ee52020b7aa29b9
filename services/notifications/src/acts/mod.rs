//! Acts of users on where their news goes, kept in the transaction of the change until identity has
//! them in its audit trail.

pub(crate) mod store;

use std::net::IpAddr;
use std::sync::Arc;

use access::Principal;
use contracts::identity::{Credential, OperatorAction, OrgId, UserId};
use db::Tx;
use platform::ids::Ids;
use serde::{Deserialize, Serialize};
use values::Timestamp;
use web::client::Client;

use crate::error::Error;

/// An act, as it is kept until identity has it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Act {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) credential: Credential,
    pub(crate) address: IpAddr,
    pub(crate) user_agent: Option<String>,
    pub(crate) action: OperatorAction,
    pub(crate) subject: String,
    pub(crate) request_id: Option<Arc<str>>,
}

/// Keeps an act for the audit trail, in the transaction of what was done.
pub(crate) async fn keep(
    tx: &mut Tx,
    ids: &Ids,
    (principal, client): (&Principal, &Client),
    (action, subject): (OperatorAction, &str),
    now: Timestamp,
) -> Result<(), Error> {
    let act = Act {
        org: principal.org,
        user: principal.user,
        credential: principal.credential,
        address: client.address,
        user_agent: client.user_agent.clone(),
        action,
        subject: subject.to_owned(),
        request_id: platform::request_id::current(),
    };
    let act = serde_json::to_string(&act).map_err(|_| Error::Row("acts"))?;
    Ok(store::insert(tx, ids.next(), now, act).await?)
}
