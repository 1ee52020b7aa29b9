//! Signing in with a second factor: what waits between the first one and the second, and sign-in
//! with a passkey, which is both.

use contracts::identity::{Factor, Factors};
use db::Tx;
use web::client::Client;

use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::{LockedUser, lock_active_user};
use crate::factors::error::SecondFactorError;
use crate::factors::proof::{ProofOutcome, record_failure};
use crate::factors::second_factor::{Assertion, FactorProof, SIGN_IN_LIFETIME};
use crate::factors::store;
use crate::fault::Fault;
use crate::login::LoggedIn;
use crate::passkeys::lock_owner;
use crate::service::Service;
use crate::sessions::session::{Carrier, Method, Proof};
use crate::sessions::token;

/// What tokens of pending sign-ins begin with, so that they are recognised where they do not
/// belong.
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

/// How a session begins.
pub(crate) struct SessionStart<'a> {
    proof: Proof,
    carrier: Carrier,
    /// What the trail says of it, by name.
    detail: Option<(&'static str, &'a str)>,
    /// What the trail says before: it is written last in a transaction, because everybody writes it
    /// at its end.
    before: Option<Entry<'a>>,
}

impl<'a> SessionStart<'a> {
    pub(crate) fn new(proof: Proof, carrier: Carrier) -> Self {
        Self {
            proof,
            carrier,
            detail: None,
            before: None,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.detail = Some((name, value));
        self
    }

    pub(crate) fn after(mut self, entry: Option<Entry<'a>>) -> Self {
        self.before = entry;
        self
    }
}

impl Service {
    /// Goes on after a first factor: with a session, or for users who have a second factor with the
    /// question for it. Commits.
    pub(crate) async fn continue_sign_in(
        &self,
        mut tx: Tx,
        user: LockedUser,
        first: SessionStart<'_>,
        client: &Client,
    ) -> Result<SignIn, Fault> {
        let methods = user.second_factors;
        if !methods.has_second() {
            let begun = self.begin_proved_session(tx, user, first, client).await?;
            return Ok(SignIn::Done(begun));
        }
        let now = self.clock.now();
        let mfa_token = token::random(PREFIX, &self.ids);
        let (hash, expires_at) = (token::hash(&mfa_token), now.plus(SIGN_IN_LIFETIME));
        let shown = (&first.proof, first.carrier);
        store::insert_sign_in(&mut tx, hash, &user, shown, now, expires_at).await?;
        let actor = Actor::User(user.id, None);
        let mut asked = Entry::done(
            user.org,
            AuditAction::SecondFactorAsked,
            actor,
            Some(client),
        )
        .to(user.id);
        if let Some((name, value)) = first.detail {
            asked = asked.with(name, value);
        }
        for entry in first.before.into_iter().chain([asked]) {
            audit::record(&mut tx, now, &entry).await?;
        }
        tx.commit().await?;
        Ok(SignIn::Pending(PendingSignIn { mfa_token, methods }))
    }

    /// Ends a sign-in that waits, with its second factor. What shows the session is what the first
    /// factor came with a wish for; a cookie only a page of PayFlow gets, which the request tells.
    ///
    /// # Errors
    /// [`SecondFactorError::SignInOver`], [`SecondFactorError::WrongAtSignIn`],
    /// [`SecondFactorError::Wait`], [`SecondFactorError::CrossSite`] or a fault.
    pub(crate) async fn verify_mfa(
        &self,
        mfa_token: &str,
        shown: &FactorProof,
        is_own_page: bool,
        client: &Client,
    ) -> Result<LoggedIn, SecondFactorError> {
        let now = self.clock.now();
        let hash = token::hash(mfa_token);
        let mut tx = self.db.begin().await?;
        let waiting = store::try_sign_in(&mut tx, &hash, now).await?;
        let waiting = waiting.ok_or(SecondFactorError::SignInOver)?;
        if waiting.carrier == Carrier::Cookie && !is_own_page {
            return Err(SecondFactorError::CrossSite);
        }
        let epoch = Some(waiting.credential_epoch);
        let user = lock_active_user(&mut tx, waiting.org, waiting.user, epoch).await?;
        let user = user.ok_or(SecondFactorError::SignInOver)?;
        let factor = match self.check(&mut tx, &user, shown, now).await? {
            ProofOutcome::Fits(factor) => factor,
            ProofOutcome::Wrong => {
                record_failure(&mut tx, &user, Actor::Nobody, client, now).await?;
                tx.commit().await?;
                return Err(SecondFactorError::WrongAtSignIn);
            }
            ProofOutcome::Wait(seconds) => return Err(SecondFactorError::Wait { seconds }),
        };
        store::delete_sign_in(&mut tx, hash).await?;
        let proof = waiting.proof.with(factor, now);
        let begun = SessionStart::new(proof, waiting.carrier).with("factor", factor.as_str());
        Ok(self.begin_proved_session(tx, user, begun, client).await?)
    }

    /// Signs somebody in with a passkey alone: it has verified its user, so that it is two factors.
    ///
    /// # Errors
    /// [`PasskeyError::Ceremony`], [`SecondFactorError::WrongAtSignIn`] or a fault.
    pub async fn log_in_with_passkey(
        &self,
        assertion: &Assertion,
        carrier: Carrier,
        client: &Client,
    ) -> Result<LoggedIn, SecondFactorError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let locked = lock_owner(&mut tx, assertion).await?;
        let owner = self.check_passkey(&mut tx, assertion, now).await?;
        let Some(user) = locked.filter(|locked| owner == Some((locked.org, locked.id))) else {
            // The ceremony is used up all the same.
            tx.commit().await?;
            let (org, known) = owner.unzip();
            // Nobody guesses at passkeys, so that no counter slows them down.
            self.record_failed_login(org, None, known, client).await?;
            return Err(SecondFactorError::WrongAtSignIn);
        };
        let factor = Factor::Passkey;
        let proof = Proof::default().with(factor, now);
        let begun = SessionStart::new(proof, carrier).with("factor", factor.as_str());
        Ok(self.begin_proved_session(tx, user, begun, client).await?)
    }

    /// Begins a session, in which a second factor was shown where there is one. Commits.
    async fn begin_proved_session(
        &self,
        mut tx: Tx,
        user: LockedUser,
        how: SessionStart<'_>,
        client: &Client,
    ) -> Result<LoggedIn, Fault> {
        let carrier = how.carrier;
        // After a password the counters of its account are cleared already.
        if !how.proof.methods.contains(&Method::Password) {
            self.clear_device(&mut tx, &user, client).await?;
        }
        let session = self
            .begin_session(&mut tx, &user, how.proof, carrier, Some(client))
            .await?;
        let credentials = self.give(&mut tx, &session, &user, carrier).await?;
        let actor = Actor::User(user.id, None);
        let mut begun =
            Entry::done(user.org, AuditAction::SessionBegun, actor, Some(client)).to(session.id);
        if let Some((name, value)) = how.detail {
            begun = begun.with(name, value);
        }
        let new_device = self.see_login(&mut tx, &user, &session, client).await?;
        for entry in how.before.into_iter().chain([begun]).chain(new_device) {
            audit::record(&mut tx, session.created_at, &entry).await?;
        }
        tx.commit().await?;
        let user = user.into_user();
        Ok(LoggedIn { user, credentials })
    }
}
