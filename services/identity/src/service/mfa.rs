//! Signing in with a second factor: what waits between the first one and the second, and sign-in with a passkey, which is both.

use axum::http::HeaderMap;
use contracts::identity::{Factor, Factors};
use platform::args;
use platform::client::Client;
use platform::db::Tx;

use super::accounts::active_user;
use super::proof::{Checked, record_failure};
use crate::audit::{self, Act, Actor, Entry};
use crate::error::Error;
use crate::second_factor::{Assertion, SIGN_IN_LIFETIME, Shown, TRIES_OF_A_SIGN_IN, Unproved};
use crate::service::{LoggedIn, Service};
use crate::session::{Carrier, Proof};
use crate::store::second_factors as store;
use crate::token;
use crate::user::User;

/// What tokens of pending sign-ins begin with, so that they are recognised where they do not belong.
const PREFIX: &str = "pfm_";

/// What a first factor leads to.
#[derive(Debug)]
pub enum SignIn {
    /// A session.
    Done(LoggedIn),
    /// The question for a second factor.
    Pending(PendingSignIn),
}

/// A sign-in that waits for a second factor.
#[derive(Debug)]
pub struct PendingSignIn {
    /// What it is gone on with, for five minutes.
    pub mfa_token: String,
    /// The factors that would do.
    pub methods: Factors,
}

impl Service {
    /// Goes on after a first factor: with a session, or for users who have a second factor with the question for it.
    pub(super) async fn go_on_signing_in(
        &self,
        user: User,
        proof: Proof,
        carrier: Carrier,
        client: &Client,
    ) -> Result<SignIn, Error> {
        let methods = user.second_factors;
        let mut tx = self.db.begin().await?;
        if !methods.has_second() {
            let begun = self.begin_proved_session(tx, user, proof, None, carrier, client);
            return Ok(SignIn::Done(begun.await?));
        }
        let actor = Actor::User(user.id, None);
        let now = self.clock.now();
        let mfa_token = token::random(PREFIX, &self.ids);
        let args = args![
            token::hash(&mfa_token),
            user.org.0,
            user.id.uuid(),
            proof.names(),
            carrier.as_str(),
            now,
            now.plus(SIGN_IN_LIFETIME)
        ];
        tx.execute(store::INSERT_SIGN_IN, args).await?;
        let asked = Entry::done(user.org, Act::SecondFactorAsked, actor, Some(client)).to(user.id);
        audit::record(&mut tx, now, &asked).await?;
        tx.commit().await?;
        Ok(SignIn::Pending(PendingSignIn { mfa_token, methods }))
    }

    /// Ends a sign-in that waits, with its second factor. What shows the session is what the first factor came with a wish for; a
    /// cookie only a page of PayFlow gets, which the headers of the request tell.
    ///
    /// # Errors
    /// [`Unproved::SignIn`], [`Unproved::SignInFactor`], [`Unproved::Wait`], [`Error::CrossSite`] or a fault.
    pub(crate) async fn complete_sign_in(
        &self,
        mfa_token: &str,
        shown: &Shown,
        headers: &HeaderMap,
        client: &Client,
    ) -> Result<LoggedIn, Error> {
        let now = self.clock.now();
        let hash = token::hash(mfa_token);
        let mut tx = self.db.begin().await?;
        let args = args![hash.clone(), now, TRIES_OF_A_SIGN_IN];
        let row = tx
            .fetch_optional::<store::SignInRow>(store::TRY_SIGN_IN, args)
            .await?
            .ok_or(Unproved::SignIn)?;
        let carrier = Carrier::from_name(&row.carrier);
        let carrier = carrier.ok_or(Error::Row("pending_sign_ins.carrier"))?;
        if carrier == Carrier::Cookie {
            self.require_own_page(headers)?;
        }
        let (org, user) = row.user();
        let user = active_user(&mut tx, org, user)
            .await?
            .ok_or(Unproved::SignIn)?;
        let factor = match self.check(&mut tx, &user, shown, now).await? {
            Checked::Fits(factor) => factor,
            Checked::Wrong => {
                record_failure(&mut tx, &user, Actor::Nobody, client, now).await?;
                tx.commit().await?;
                return Err(Unproved::SignInFactor.into());
            }
            Checked::Wait(seconds) => return Err(Unproved::Wait { seconds }.into()),
        };
        tx.execute(store::DELETE_SIGN_IN, args![hash]).await?;
        let proof = Proof::from_names(&row.methods, None)
            .ok_or(Error::Row("pending_sign_ins.methods"))?
            .with(factor, now);
        self.begin_proved_session(tx, user, proof, Some(factor), carrier, client)
            .await
    }

    /// Signs somebody in with a passkey alone: it has verified its user, so that it is two factors.
    ///
    /// # Errors
    /// [`Unproved::Ceremony`], [`Unproved::SignInFactor`] or a fault.
    pub async fn log_in_with_passkey(
        &self,
        assertion: &Assertion,
        carrier: Carrier,
        client: &Client,
    ) -> Result<LoggedIn, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let owner = self.check_passkey(&mut tx, assertion, now).await?;
        let user = match owner {
            Some((org, user)) => active_user(&mut tx, org, user).await?,
            None => None,
        };
        let Some(user) = user else {
            // The ceremony is used up all the same.
            tx.commit().await?;
            let known = owner.map(|(_, user)| user);
            self.record_failed_login(known, client).await?;
            return Err(Unproved::SignInFactor.into());
        };
        let factor = Factor::Passkey;
        let proof = Proof::default().with(factor, now);
        self.begin_proved_session(tx, user, proof, Some(factor), carrier, client)
            .await
    }

    /// Begins a session, in which a second factor was shown where there is one.
    async fn begin_proved_session(
        &self,
        mut tx: Tx,
        user: User,
        proof: Proof,
        factor: Option<Factor>,
        carrier: Carrier,
        client: &Client,
    ) -> Result<LoggedIn, Error> {
        let session = self
            .begin_session(&mut tx, &user, proof, carrier, Some(client))
            .await?;
        let credentials = self.give(&mut tx, &session, &user, carrier).await?;
        let actor = Actor::User(user.id, None);
        let mut begun =
            Entry::done(user.org, Act::SessionBegun, actor, Some(client)).to(session.id);
        if let Some(factor) = factor {
            begun = begun.with("factor", factor.as_str());
        }
        audit::record(&mut tx, session.created_at, &begun).await?;
        tx.commit().await?;
        Ok(LoggedIn { user, credentials })
    }
}
