//! The one rule of what ends with a user's credentials: each user has an epoch of them, and
//! whatever begins or is asked for (a session, a sign-in that waits, a link, a ceremony, a setup)
//! carries the epoch in which it began. An event that takes the ground from under it begins the
//! next epoch; what belongs to an earlier one is refused in the transaction that would complete it.
//! That transaction holds the user's row, so that of an event and a completion at the same moment
//! one sees the other.
//!
//! Locks are taken in one order: the user, then their sessions, then anything else of theirs.

pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod store;

use std::ops::Deref;

use access::Principal;
use contracts::identity::{Credential, OrgId, SessionId, UserId};
use db::Tx;
use values::Timestamp;

use crate::accounts::stores::users;
use crate::accounts::user::User;
use crate::api_keys::store as api_keys;
use crate::credentials::error::CredentialError;
use crate::factors::store::delete_factors;
use crate::fault::Fault;
use crate::oidc::store as oidc;

/// A user whose row is locked until the transaction ends: active, and in the epoch that was asked
/// for.
#[derive(Debug)]
pub(crate) struct LockedUser(User);

impl Deref for LockedUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.0
    }
}

impl LockedUser {
    /// A user who was inserted in this transaction: nobody else sees them before it commits.
    pub(crate) fn inserted(user: User) -> Self {
        Self(user)
    }

    /// The user, once nothing more is done that needs them held.
    pub(crate) fn into_user(self) -> User {
        self.0
    }

    /// The same user, as they are after what this transaction has changed.
    pub(crate) async fn read_again(self, tx: &mut Tx) -> Result<Self, CredentialError> {
        let user = users::active_user_in(tx, self.0.org, self.0.id).await?;
        user.map(Self).ok_or(CredentialError::SessionEnded)
    }

    /// Refuses anyone who has not shown that their e-mail is theirs: nothing is made that would
    /// outlive the owner's proof.
    ///
    /// # Errors
    /// [`CredentialError::EmailNotVerified`].
    pub(crate) fn require_verified(&self) -> Result<(), CredentialError> {
        require_verified(&self.0)
    }
}

/// As [`LockedUser::require_verified`], for what only prepares such a thing.
pub(crate) fn require_verified(user: &User) -> Result<(), CredentialError> {
    match user.email_verified {
        true => Ok(()),
        false => Err(CredentialError::EmailNotVerified),
    }
}

/// Locks a user. None where they are not active, or where what is completed began in another epoch;
/// without one it depends on no credential.
pub(crate) async fn lock_active_user(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    epoch: Option<i64>,
) -> Result<Option<LockedUser>, Fault> {
    if !store::lock_user(tx, org, user, epoch).await? {
        return Ok(None);
    }
    // Read after the lock: what was waited for is seen.
    Ok(users::active_user_in(tx, org, user).await?.map(LockedUser))
}

/// Locks the user who is asking, whose session must go on in their present epoch: what a token
/// still says elsewhere is not enough to change anything.
///
/// # Errors
/// [`CredentialError::SessionEnded`] or a fault.
pub(crate) async fn lock_caller(
    tx: &mut Tx,
    principal: &Principal,
    now: Timestamp,
) -> Result<LockedUser, CredentialError> {
    let locked = lock_active_user(tx, principal.org, principal.user, None).await?;
    let locked = locked.ok_or(CredentialError::SessionEnded)?;
    if let Credential::Session(session) = principal.credential {
        let (whose, epoch) = ((locked.org, locked.id), locked.credential_epoch);
        if !store::is_session_live(tx, whose, session, epoch, now).await? {
            return Err(CredentialError::SessionEnded);
        }
    }
    Ok(locked)
}

/// As [`lock_caller`], for a caller who has shown the password that this user had when they were
/// read.
///
/// # Errors
/// [`CredentialError::PasswordChanged`] where it may be another by now,
/// [`CredentialError::SessionEnded`] or a fault.
pub(crate) async fn lock_proved_caller(
    tx: &mut Tx,
    principal: &Principal,
    proved: &User,
    now: Timestamp,
) -> Result<LockedUser, CredentialError> {
    let locked = lock_caller(tx, principal, now).await?;
    match locked.credential_epoch == proved.credential_epoch {
        true => Ok(locked),
        false => Err(CredentialError::PasswordChanged),
    }
}

/// The login that is asking; an API key is none.
pub(crate) fn session_of(principal: &Principal) -> Result<SessionId, CredentialError> {
    match principal.credential {
        Credential::Session(session) => Ok(session),
        Credential::ApiKey(_) => Err(CredentialError::LoginNeeded),
    }
}

/// Which sessions go on in the next epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptSessions {
    /// None.
    None,
    /// The one that is asking.
    One(SessionId),
    /// All: only what is under way ends.
    All,
}

/// Begins the next epoch of a user's credentials: ends their sessions but those that are kept, and
/// whatever is under way. After the commit each of the sessions has to be forgotten
/// ([`crate::Service::forget_session`]).
pub(crate) async fn end(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    keep: KeptSessions,
    now: Timestamp,
) -> Result<Vec<SessionId>, Fault> {
    let epoch = store::begin_epoch(tx, org, user).await?;
    let whose = (org, user);
    match keep {
        KeptSessions::None => {}
        KeptSessions::One(id) => store::keep_session(tx, whose, epoch, id).await?,
        KeptSessions::All => store::keep_sessions(tx, whose, epoch).await?,
    }
    Ok(store::end_former_sessions(tx, whose, epoch, now).await?)
}

/// Erases what somebody could have made of an account by which its sessions are not the only way
/// in: keys, factors and links to providers. Called when an e-mail is confirmed for the first time,
/// because nobody had shown before that the account is theirs. Afterwards the keys in memory have
/// to be forgotten.
pub(crate) async fn erase_unproved(tx: &mut Tx, user: &User) -> Result<(), Fault> {
    delete_factors(tx, user).await?;
    api_keys::delete_all(tx, user.org, user.id).await?;
    oidc::delete_links(tx, user.org, user.id).await?;
    Ok(())
}
