//! What operators and administrators see and do of users: look them up, change roles, suspend, end
//! sessions.

use access::Principal;
use contracts::identity::{Permission, Role, SessionId, UserId};
use uuid::Uuid;
use web::client::Client;

use crate::accounts::error::AccountError;
use crate::accounts::managed_user as administration;
use crate::accounts::managed_user::{Changed, ManagedUser, UserChange};
use crate::accounts::stores::administration as store;
use crate::accounts::user::{User, UserStatus};
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::KeptSessions;
use crate::credentials::error::CredentialError;
use crate::fault::Fault;
use crate::organisations::store as organisations;
use crate::service::Service;
use crate::sessions::store as sessions;
use crate::{audit, credentials};
use idempotency::IdempotentRequest;

/// Which users.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// A part of the e-mail or of the name.
    pub text: String,
    /// With one of these roles; empty: with any.
    pub roles: Vec<Role>,
    /// With one of these statuses; empty: with any.
    pub statuses: Vec<UserStatus>,
}

impl Service {
    /// Users of the caller's organisation, the newest first, up to so many.
    ///
    /// # Errors
    /// A fault.
    pub async fn users(
        &self,
        principal: &Principal,
        filter: &UserFilter,
        before: Uuid,
        rows: i64,
    ) -> Result<Vec<ManagedUser>, Fault> {
        let roles = match filter.roles.as_slice() {
            [] => &Role::ALL,
            some => some,
        };
        let statuses = match filter.statuses.as_slice() {
            [] => UserStatus::ALL.as_slice(),
            some => some,
        };
        let page = (before, rows);
        store::users(&self.db, principal.org, &filter.text, roles, statuses, page).await
    }

    /// A user of the caller's organisation.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`] or a fault.
    pub async fn user(
        &self,
        principal: &Principal,
        user: UserId,
    ) -> Result<ManagedUser, AccountError> {
        let found = store::user(&self.db, principal.org, user).await?;
        found.ok_or(AccountError::NoSuchUser)
    }

    /// Changes a user's role or status. Both end their sessions, whose tokens say what they were.
    ///
    /// Changes of one organisation come one after another, and the administrator must still be one
    /// then: of two who demote each other at once, one remains.
    ///
    /// # Errors
    /// [`AccountError::NotChanged`], [`AccountError::NoSuchUser`],
    /// [`CredentialError::SessionEnded`] or a fault.
    pub async fn change_user(
        &self,
        principal: &Principal,
        user: UserId,
        asked: &UserChange,
        client: &Client,
    ) -> Result<ManagedUser, AccountError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        organisations::lock(&mut tx, principal.org).await?;
        let still_manages = store::user_in(&mut tx, principal.org, principal.user)
            .await?
            .is_some_and(|me| me.user.is_active() && me.user.role.allows(Permission::UsersManage));
        if !still_manages {
            return Err(CredentialError::SessionEnded.into());
        }
        let before = store::user_in(&mut tx, principal.org, user).await?;
        let before = before.ok_or(AccountError::NoSuchUser)?;
        let Changed { role, status } = administration::change(principal.user, &before.user, asked)?;
        let reason = match status {
            UserStatus::Suspended => asked.reason.clone().or(before.status_reason),
            _ => None,
        };
        let as_asked = (role, status);
        if !store::change(&mut tx, principal.org, user, as_asked, reason.as_deref()).await? {
            return Err(AccountError::NoSuchUser);
        }
        let was = &before.user;
        let ended = if as_asked == (was.role, was.status) {
            Vec::new()
        } else {
            let whose = (principal.org, user);
            credentials::end(&mut tx, whose, KeptSessions::None, now).await?
        };
        let changed = Entry::done(
            principal.org,
            AuditAction::UserChanged,
            Actor::of(principal),
            Some(client),
        )
        .to(user)
        .with("role", role.as_str())
        .with("role_before", was.role.as_str())
        .with("status", status.as_str())
        .with("status_before", was.status.as_str())
        .with("reason", reason.clone());
        audit::record(&mut tx, now, &changed).await?;
        tx.commit().await?;
        self.api_key_cache.forget();
        self.forget_sessions(&ended);
        Ok(ManagedUser {
            user: User {
                role,
                status,
                ..before.user
            },
            status_reason: reason,
        })
    }

    /// Ends all sessions of a user, or one; says how many.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`], [`AccountError::NoSuchSession`] or a fault.
    pub async fn end_user_sessions(
        &self,
        principal: &Principal,
        (user, only): (UserId, Option<SessionId>),
        client: &Client,
        once: &IdempotentRequest<usize>,
    ) -> Result<usize, AccountError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let found = store::user_in(&mut tx, principal.org, user).await?;
        found.ok_or(AccountError::NoSuchUser)?;
        let whose = (principal.org, user);
        let ended = match only {
            None => credentials::end(&mut tx, whose, KeptSessions::None, now).await?,
            Some(session) => {
                // What they have under way may have been asked for by that session.
                credentials::end(&mut tx, whose, KeptSessions::All, now).await?;
                if !sessions::end_session_of_user(&mut tx, whose, session, now).await? {
                    return Err(AccountError::NoSuchSession);
                }
                vec![session]
            }
        };
        let actor = Actor::of(principal);
        let told = Entry::done(
            principal.org,
            AuditAction::UserSessionsEnded,
            actor,
            Some(client),
        )
        .to(user)
        .with("sessions", ended.len());
        self.keep_answer(&mut tx, once, &ended.len(), now).await?;
        audit::record(&mut tx, now, &told).await?;
        tx.commit().await?;
        self.forget_sessions(&ended);
        Ok(ended.len())
    }
}
