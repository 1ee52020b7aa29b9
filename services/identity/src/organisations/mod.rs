//! Organisations: made with their first administrator, listed, and found by the name that a login
//! gives.

pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod organisation;
pub(crate) mod store;

use access::Principal;
use contracts::identity::{OrgId, Role};
use secrecy::SecretString;
use web::client::Client;

use crate::accounts::error::AccountError;
use crate::accounts::stores::users;
use crate::accounts::user::{NewUser, User};
use crate::accounts::{RequestedBy, user};
use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::fault::Fault;
use crate::organisations::error::OrganisationError;
use crate::organisations::organisation::{Organisation, is_slug};
use crate::service::Service;
use idempotency::IdempotentRequest;

/// What is asked for when an organisation is made.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// The name that a login gives.
    pub slug: String,
    /// What it calls itself.
    pub name: String,
    /// The e-mail of its first administrator.
    pub admin_email: String,
    /// What the administrator is called.
    pub admin_name: String,
    /// The administrator's first password.
    pub admin_password: SecretString,
}

impl Service {
    /// Makes an organisation and its first administrator, for whose e-mail the caller vouches.
    ///
    /// # Errors
    /// [`OrganisationError::InvalidSlug`], [`OrganisationError::SlugTaken`], as
    /// [`Service::register`], or a fault.
    pub async fn create_organisation(
        &self,
        principal: &Principal,
        new: NewOrganisation,
        client: &Client,
        once: &IdempotentRequest<(Organisation, User)>,
    ) -> Result<(Organisation, User), OrganisationError> {
        if !is_slug(&new.slug) {
            return Err(OrganisationError::InvalidSlug);
        }
        let name = user::check_name(&new.name)?.to_owned();
        let admin = NewUser {
            org: OrgId::NONE,
            email: new.admin_email,
            name: new.admin_name,
            password: new.admin_password,
            role: Role::Admin,
        };
        let (mut admin, hash) = self
            .prepare_user(&admin, RequestedBy::Administrator, Some(client))
            .await?;
        let now = admin.created_at;
        let mut tx = self.db.begin().await?;
        let inserted = store::insert(&mut tx, &new.slug, &name, now).await?;
        let no = inserted.ok_or(OrganisationError::SlugTaken)?;
        admin.org = no;
        admin.email_verified = true;
        if !users::insert_user(&mut tx, &admin, &hash).await? {
            return Err(AccountError::EmailTaken.into());
        }
        let actor = Actor::of(principal);
        let made = Entry::done(
            principal.org,
            AuditAction::OrganisationCreated,
            actor,
            Some(client),
        )
        .to(&new.slug)
        .with("admin", admin.id.to_string());
        // Who made it is known where they are at home, and from where is no business of the new
        // organisation.
        let first = Entry::done(no, AuditAction::UserCreated, Actor::System, None).of_new(&admin);
        let organisation = Organisation {
            no,
            slug: new.slug,
            name,
            created_at: now,
        };
        let answer = (organisation, admin);
        self.keep_answer(&mut tx, once, &answer, now).await?;
        for entry in [made, first] {
            audit::record(&mut tx, now, &entry).await?;
        }
        tx.commit().await?;
        Ok(answer)
    }

    /// Organisations, the newest first, up to so many.
    ///
    /// # Errors
    /// A fault.
    pub async fn organisations(&self, before: i64, rows: i64) -> Result<Vec<Organisation>, Fault> {
        Ok(store::page(&self.db, before, rows).await?)
    }

    /// The organisation with this slug.
    pub(crate) async fn organisation_named(&self, slug: &str) -> Result<Option<OrgId>, Fault> {
        if !is_slug(slug) {
            return Ok(None);
        }
        Ok(store::find_by_slug(&self.db, slug).await?)
    }
}
