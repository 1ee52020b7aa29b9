//! What an event ends of what a user has here. Pure.

use contracts::events::Event;
use contracts::identity::Role;
use events::HandlerError;
use serde::Deserialize;

/// What has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The account, with all that was told.
    Account,
    /// All that was made before: a mailed link has shown who owns the account, and somebody else
    /// may have had it.
    Credentials,
    /// For now: the user may not log in.
    Logins,
    /// A role, and perhaps what only it allows: the user has this one instead, or one that is not
    /// known here.
    Role(Option<Role>),
}

#[derive(Deserialize)]
struct Said {
    change: Option<String>,
    status: Option<String>,
    role: Option<String>,
}

/// What an event ends; nothing where it ends nothing.
pub(crate) fn by(event: &Event) -> Result<Option<Ended>, HandlerError> {
    match event.kind.as_str() {
        "user.closed" => return Ok(Some(Ended::Account)),
        "credential.changed" | "user.changed" => {}
        _ => return Ok(None),
    }
    let said: Said = serde_json::from_str(event.data.get())
        .map_err(|error| HandlerError::Reject(format!("its data cannot be read: {error}")))?;
    Ok(match said {
        Said {
            change: Some(change),
            ..
        } if change == "reset" => Some(Ended::Credentials),
        Said {
            status: Some(status),
            ..
        } if status == "suspended" => Some(Ended::Logins),
        Said {
            role: Some(role), ..
        } => Some(Ended::Role(role.parse().ok())),
        _ => None,
    })
}
