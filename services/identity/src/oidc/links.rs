//! The accounts at providers that a user has linked: seen, added, removed. Adding ends in
//! `callback.rs`, when the browser comes back.

use access::Principal;
use values::Timestamp;
use web::client::Client;

use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::{lock_caller, require_verified, session_of};
use crate::fault::Fault;
use crate::oidc::error::ProviderError;
use crate::oidc::store::StoredLink;
use crate::oidc::{BegunSignIn, SignInOptions, store};
use crate::service::Service;
use crate::sessions::session::Carrier;

/// An account at a provider.
pub(crate) struct LinkedAccount {
    /// The provider, by its name in the settings; none where it is not there any more.
    pub(crate) provider: Option<String>,
    /// Its issuer.
    pub(crate) issuer: String,
    /// When it was linked.
    pub(crate) created_at: Timestamp,
    /// When it was last signed in with.
    pub(crate) last_used_at: Timestamp,
}

impl Service {
    /// Begins to link an account to anyone who asks. The browser that asks must be the one that
    /// comes back.
    pub(crate) async fn begin_link(
        &self,
        principal: &Principal,
        provider: &str,
        return_to: Option<String>,
    ) -> Result<BegunSignIn, ProviderError> {
        session_of(principal)?;
        let user = self.me(principal).await?;
        require_verified(&user)?;
        let wish = SignInOptions {
            return_to,
            code_challenge: None,
            // No session begins.
            carrier: Carrier::Tokens,
        };
        let provider = self.provider(provider)?;
        self.begin(provider, user.org, Some(&user), wish).await
    }

    /// What a user has linked.
    pub(crate) async fn linked_accounts(
        &self,
        principal: &Principal,
    ) -> Result<Vec<LinkedAccount>, Fault> {
        let links = store::links_of_user(&self.db, principal.org, principal.user).await?;
        let named = |issuer: &str| {
            let mut all = self.providers.values();
            all.find(|provider| provider.config.issuer == issuer)
                .map(|provider| provider.name.clone())
        };
        let account = |link: StoredLink| LinkedAccount {
            provider: named(&link.issuer),
            issuer: link.issuer,
            created_at: link.created_at,
            last_used_at: link.last_used_at,
        };
        Ok(links.into_iter().map(account).collect())
    }

    /// Removes a link. One that is not there is no error.
    pub(crate) async fn unlink(
        &self,
        principal: &Principal,
        provider: &str,
        client: &Client,
    ) -> Result<(), ProviderError> {
        session_of(principal)?;
        let provider = self.provider(provider)?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        let issuer = &provider.config.issuer;
        if !store::delete_link(&mut tx, user.org, user.id, issuer).await? {
            return Ok(());
        }
        let change = ("linked_account_removed", Some(provider.name.as_str()));
        self.tell_of_change(&mut tx, &user, change, now).await?;
        let actor = Actor::User(principal.user, Some(principal.credential));
        let unlinked = Entry::done(
            principal.org,
            AuditAction::AccountUnlinked,
            actor,
            Some(client),
        )
        .to(principal.user)
        .with("provider", provider.name.as_str());
        audit::record(&mut tx, now, &unlinked).await?;
        Ok(tx.commit().await?)
    }
}
