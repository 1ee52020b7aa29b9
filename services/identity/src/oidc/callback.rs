//! Somebody whom a provider vouches for has arrived: a session of theirs begins, an account is
//! made, or one is linked.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::identity::{OrgId, Role, UserId};
use db::Tx;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use values::SECOND;
use web::client::Client;

use crate::accounts::email::{Email, normalise_email};
use crate::accounts::stores::users;
use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::{KeptSessions, LockedUser, lock_active_user};
use crate::fault::Fault;
use crate::links::{NewToken, Purpose};
use crate::login::second_step::{SessionStart, SignIn};
use crate::oidc::error::ProviderError;
use crate::oidc::policy::{Claims, Decision, LinkState, Refusal};
use crate::oidc::provider::Provider;
use crate::oidc::store::ProviderAccount;
use crate::oidc::{Attempt, policy as oidc, store};
use crate::service::Service;
use crate::sessions::session::{Carrier, Proof};
use crate::sessions::token;
use crate::{audit, credentials, links as one_time};

/// How long the code that an app exchanges for tokens is good: it is sent at once.
const CODE_LIFETIME: i64 = 60 * SECOND;

/// What came of it.
pub(crate) enum Completed {
    /// A session of the browser, or the question for a second factor.
    SignIn(SignIn),
    /// A code, with which the app that the browser is sent to goes on.
    Code(String),
    /// The account is linked.
    Linked,
}

/// What is kept with the code for an app.
#[derive(Serialize, Deserialize)]
struct CodeData {
    provider: String,
    code_challenge: String,
}

impl Service {
    /// Does what is to be done.
    pub(crate) async fn complete(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        claims: &Claims,
        client: &Client,
    ) -> Result<Completed, ProviderError> {
        let links = self.links(provider, attempt, claims).await?;
        match oidc::decide(&provider.config, claims, links)? {
            Decision::SignIn(user) => {
                self.sign_in_linked(provider, attempt, user, claims, client)
                    .await
            }
            Decision::Create => self.sign_in_new(provider, attempt, claims, client).await,
            Decision::Linked(_) => Ok(Completed::Linked),
            Decision::Link(user) => {
                let mut tx = self.db.begin().await?;
                // It may have been closed meanwhile, or have a new password, which ends what was
                // asked for before.
                let epoch = attempt.linking.map(|(_, epoch)| epoch);
                let locked = lock_active_user(&mut tx, attempt.org, user, epoch).await?;
                let locked = locked.ok_or(ProviderError::SignInRefused)?;
                locked.require_verified()?;
                self.insert_link(&mut tx, provider, &locked, claims, client)
                    .await?;
                tx.commit().await?;
                Ok(Completed::Linked)
            }
        }
    }

    async fn links(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        claims: &Claims,
    ) -> Result<LinkState, ProviderError> {
        let org = attempt.org;
        let account = account_of(provider, claims);
        let linked = store::linked_user(&self.db, org, account).await?;
        let linking = attempt.linking.map(|(user, _)| user);
        let has_another = match linking {
            Some(user) => store::has_link(&self.db, org, user, account.issuer).await?,
            None => false,
        };
        let email_known = match claims.verified_email() {
            Some(email) => users::is_email_taken(&self.db, org, &normalise_email(email)).await?,
            None => false,
        };
        Ok(LinkState {
            linking,
            linked,
            has_another,
            email_known,
        })
    }

    /// A user who has been here before: their role may be another by now.
    async fn sign_in_linked(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        user: UserId,
        claims: &Claims,
        client: &Client,
    ) -> Result<Completed, ProviderError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let locked = lock_active_user(&mut tx, attempt.org, user, None).await?;
        let mut user = locked.ok_or(ProviderError::SignInRefused)?;
        let account = account_of(provider, claims);
        let linked = store::use_link(&mut tx, attempt.org, account, now).await?;
        if linked != Some(user.id) {
            // The link was removed meanwhile.
            return Err(ProviderError::SignInOver);
        }
        let (mut ended, before) = (Vec::new(), user.role);
        if let Some(role) = provider.config.role(claims).filter(|role| *role != before) {
            store::set_role(&mut tx, &user, role).await?;
            // Their access tokens say what they were.
            let whose = (user.org, user.id);
            ended = credentials::end(&mut tx, whose, KeptSessions::None, now).await?;
            user = user.read_again(&mut tx).await?;
        }
        let changed = (user.role != before).then(|| {
            Entry::done(
                user.org,
                AuditAction::UserRoleChanged,
                Actor::User(user.id, None),
                Some(client),
            )
            .to(user.id)
            .with("from", before.as_str())
            .with("to", user.role.as_str())
            .with("provider", provider.name.as_str())
        });
        let role_changed = user.role != before;
        let completed = self
            .enter(tx, user, &provider.name, attempt, changed, client)
            .await?;
        if role_changed {
            self.api_key_cache.forget();
        }
        self.forget_sessions(&ended);
        Ok(completed)
    }

    /// Somebody who comes first. Their password is one that nobody knows, until they set another by
    /// their e-mail.
    async fn sign_in_new(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        claims: &Claims,
        client: &Client,
    ) -> Result<Completed, ProviderError> {
        let email = Email::parse(claims.verified_email().ok_or(Refusal::EmailNotVerified)?)?;
        let name = claims.name_or(email.as_str());
        let role = provider.config.role(claims).unwrap_or(Role::User);
        let unknown = SecretString::from(token::random("", &self.ids));
        let hash = self.passwords.hash(&unknown, Some(client)).await?;
        let now = self.clock.now();
        let id = UserId(self.ids.next());
        let mut user = User::register(id, attempt.org, &email, &name, role, now);
        user.email_verified = true;
        let mut tx = self.db.begin().await?;
        if !users::insert_user(&mut tx, &user, &hash).await? {
            return Err(Refusal::LinkRequired.into());
        }
        let registered = Entry::done(
            user.org,
            AuditAction::UserRegistered,
            Actor::User(user.id, None),
            Some(client),
        )
        .of_new(&user)
        .with("provider", provider.name.as_str());
        self.insert_link_row(&mut tx, provider, (user.org, user.id), claims)
            .await?;
        // The first device is no news.
        self.see_device(&mut tx, user.org, user.id, client).await?;
        let user = LockedUser::inserted(user);
        self.enter(tx, user, &provider.name, attempt, Some(registered), client)
            .await
    }

    /// Goes on as after a password; for an app, with the code to do so. Commits.
    async fn enter(
        &self,
        mut tx: Tx,
        user: LockedUser,
        provider: &str,
        attempt: &Attempt,
        before: Option<Entry<'_>>,
        client: &Client,
    ) -> Result<Completed, ProviderError> {
        let now = self.clock.now();
        let Some(challenge) = &attempt.kept.code_challenge else {
            let first = provider_session_start(attempt.kept.carrier(), provider).after(before);
            let led = self.continue_sign_in(tx, user, first, client).await?;
            return Ok(Completed::SignIn(led));
        };
        let data = CodeData {
            provider: provider.to_owned(),
            code_challenge: challenge.clone(),
        };
        let new = NewToken {
            org: user.org,
            user: user.id,
            purpose: Purpose::SignIn,
            expires_at: now.plus(CODE_LIFETIME),
            data: serde_json::to_string(&data).map_err(|_| Fault::Row("one_time_tokens.data"))?,
            epoch: Some(user.credential_epoch),
        };
        let code = one_time::make(&mut tx, &self.ids, now, new).await?;
        if let Some(entry) = before {
            audit::record(&mut tx, now, &entry).await?;
        }
        tx.commit().await?;
        Ok(Completed::Code(code))
    }

    /// Goes on with the code that a browser brought to an app, where it is the app that asked for
    /// it.
    pub(crate) async fn exchange_code(
        &self,
        code: &str,
        verifier: &str,
        client: &Client,
    ) -> Result<SignIn, ProviderError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let used = one_time::consume(&mut tx, code, Purpose::SignIn, now).await?;
        let used = used.ok_or(ProviderError::SignInOver)?;
        let data: CodeData =
            serde_json::from_str(&used.data).map_err(|_| Fault::Row("one_time_tokens.data"))?;
        if URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) != data.code_challenge {
            // Somebody else has it: it is used up.
            tx.commit().await?;
            self.record_refused_sign_in(
                used.org,
                &data.provider,
                &ProviderError::SignInOver,
                client,
            )
            .await?;
            return Err(ProviderError::SignInOver);
        }
        let locked = lock_active_user(&mut tx, used.org, used.user, used.epoch).await?;
        let user = locked.ok_or(ProviderError::SignInRefused)?;
        let first = provider_session_start(Carrier::Tokens, &data.provider);
        Ok(self.continue_sign_in(tx, user, first, client).await?)
    }

    /// Links, and says so by mail and in the trail. The last of the transaction.
    async fn insert_link(
        &self,
        tx: &mut Tx,
        provider: &Provider,
        user: &User,
        claims: &Claims,
        client: &Client,
    ) -> Result<(), ProviderError> {
        let now = self.clock.now();
        self.insert_link_row(tx, provider, (user.org, user.id), claims)
            .await?;
        let change = ("linked_account_added", Some(provider.name.as_str()));
        self.tell_of_change(tx, user, change, now).await?;
        let linked = Entry::done(
            user.org,
            AuditAction::AccountLinked,
            Actor::User(user.id, None),
            Some(client),
        )
        .to(user.id)
        .with("provider", provider.name.as_str());
        Ok(audit::record(tx, now, &linked).await?)
    }

    async fn insert_link_row(
        &self,
        tx: &mut Tx,
        provider: &Provider,
        whose: (OrgId, UserId),
        claims: &Claims,
    ) -> Result<(), ProviderError> {
        let (account, now) = (account_of(provider, claims), self.clock.now());
        match store::insert_link(tx, whose, account, now).await? {
            true => Ok(()),
            // At the same moment, in another window.
            false => Err(Refusal::LinkedElsewhere.into()),
        }
    }
}

fn account_of<'a>(provider: &'a Provider, claims: &'a Claims) -> ProviderAccount<'a> {
    ProviderAccount {
        issuer: &provider.config.issuer,
        subject: &claims.subject,
    }
}

fn provider_session_start(carrier: Carrier, provider: &str) -> SessionStart<'_> {
    SessionStart::new(Proof::by_provider(), carrier).with("provider", provider)
}
