//! Sign-in with others (OpenID Connect Core 1.0): which providers the settings name, and what
//! becomes of somebody whom one of them vouches for. Pure: it talks to no provider and to no
//! database.
//!
//! An account is known by issuer and subject, never by an e-mail: anyone who shows an e-mail that
//! an account here has must log in to that account first and link the provider there.

use std::collections::BTreeMap;

use contracts::identity::{Role, UserId};
use platform::config::list_or_text;
use platform::text::NAME_MAX_CHARS;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::start_error::StartError;

/// The provider with a preset: its name, issuer and label.
const GOOGLE: (&str, &str, &str) = ("google", "https://accounts.google.com", "Google");
/// What stands for any domain in a list of them.
const ANY_DOMAIN: &str = "*";
/// A name that is a path of its own.
const RESERVED_NAME: &str = "exchange";
const NAME_LENGTH_MAX: usize = 32;

/// A provider, `[identity.oidc.<name>]` in the configuration. The one named `google` needs no
/// issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderConfig {
    /// What people call it; empty: its name.
    pub label: String,
    /// The issuer: where `/.well-known/openid-configuration` is. HTTPS, but for a provider on this
    /// machine.
    pub issuer: String,
    /// The id that the provider gave to this installation.
    pub client_id: String,
    /// The secret that the provider gave with it; empty where it gave none.
    #[serde(with = "platform::secret")]
    pub client_secret: SecretString,
    /// Who else the provider's signed answers may be for (`aud`), beside `client_id`; they must
    /// then name `client_id` as the one that they were issued to (`azp`).
    #[serde(deserialize_with = "list_or_text")]
    pub additional_audiences: Vec<String>,
    /// What is asked for beside `openid`.
    #[serde(deserialize_with = "list_or_text")]
    pub scopes: Vec<String>,
    /// The domains whose verified e-mails may come in by this provider, and get an account when
    /// they come first; `*` for any. Empty: nobody gets an account, and anyone who has one may link
    /// it.
    #[serde(deserialize_with = "list_or_text")]
    pub allowed_domains: Vec<String>,
    /// The claim that says what somebody is, by its name or its path with dots; empty: the provider
    /// has no say in roles.
    pub role_claim: String,
    /// The role for each value of that claim. Anyone who has none of them is a `user`.
    pub roles: BTreeMap<String, Role>,
    /// How long one request to the provider may take, in ms: 100 to 30,000.
    pub timeout_ms: u64,
}

impl Default for ProviderConfig {
    fn default() -> Self {
        Self {
            label: String::new(),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: String::new().into(),
            additional_audiences: Vec::new(),
            scopes: vec!["email".to_owned(), "profile".to_owned()],
            allowed_domains: Vec::new(),
            role_claim: String::new(),
            roles: BTreeMap::new(),
            timeout_ms: 3_000,
        }
    }
}

impl ProviderConfig {
    /// The provider with its preset filled in.
    ///
    /// # Errors
    /// [`StartError::Provider`], with what is wrong.
    pub(crate) fn checked(&self, name: &str) -> Result<Self, StartError> {
        let refused = |problem: &'static str| StartError::Provider {
            provider: name.to_owned(),
            problem,
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.chars().all(plain) {
            return Err(refused(
                "a name has 1 to 32 of the characters a-z, 0-9, - and _",
            ));
        }
        if name == RESERVED_NAME {
            return Err(refused(
                "this name is a path of the API already, choose another",
            ));
        }
        let mut provider = self.clone();
        if name == GOOGLE.0 {
            if !["", GOOGLE.1].contains(&self.issuer.as_str()) {
                return Err(refused(
                    "the issuer of `google` is known: leave it out, or choose another name",
                ));
            }
            GOOGLE.1.clone_into(&mut provider.issuer);
        }
        if provider.label.is_empty() {
            let label = if name == GOOGLE.0 { GOOGLE.2 } else { name };
            label.clone_into(&mut provider.label);
        }
        if !is_issuer(&provider.issuer) {
            return Err(refused(
                "issuer must be an https:// address without query (http:// only on this machine)",
            ));
        }
        if provider.client_id.is_empty() {
            return Err(refused(
                "client_id is missing: the provider gives it when you register PayFlow there",
            ));
        }
        if provider.role_claim.is_empty() != provider.roles.is_empty() {
            return Err(refused(
                "role_claim and roles belong together: set both or none",
            ));
        }
        if !(100..=30_000).contains(&provider.timeout_ms) {
            return Err(refused("timeout_ms must be 100 to 30000"));
        }
        let domain = |text: &String| {
            text == ANY_DOMAIN || (text.contains('.') && !text.contains(['@', '*', '/', ' ']))
        };
        if !provider.allowed_domains.iter().all(domain) {
            return Err(refused(
                "allowed_domains are domains such as pay.example, or * for any",
            ));
        }
        Ok(provider)
    }

    pub(crate) fn secret(&self) -> Option<String> {
        let secret = self.client_secret.expose_secret();
        (!secret.is_empty()).then(|| secret.to_owned())
    }

    /// The role by the claim, where the provider has a say in roles: of several the last in the
    /// order of [`Role::ALL`].
    pub(crate) fn role(&self, claims: &Claims) -> Option<Role> {
        if self.role_claim.is_empty() {
            return None;
        }
        let named = match claims.find(&self.role_claim) {
            Some(Value::String(text)) => vec![text.as_str()],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let roles = named.iter().filter_map(|name| self.roles.get(*name));
        Some(
            roles
                .copied()
                .max_by_key(|role| *role as u8)
                .unwrap_or(Role::User),
        )
    }

    /// Whether somebody may come in by their domain.
    fn admit(&self, claims: &Claims) -> Result<(), Refusal> {
        let listed = &self.allowed_domains;
        if listed.is_empty() || listed.iter().any(|domain| domain == ANY_DOMAIN) {
            return Ok(());
        }
        let email = claims.verified_email().ok_or(Refusal::EmailNotVerified)?;
        let domain = email
            .rsplit_once('@')
            .map(|(_, domain)| domain)
            .unwrap_or_default();
        let is_theirs = listed
            .iter()
            .any(|listed| listed.eq_ignore_ascii_case(domain))
            && self.answers_for(domain, claims);
        is_theirs.then_some(()).ok_or(Refusal::DomainNotAllowed)
    }

    /// Google verifies an e-mail of a foreign domain once and never again. Whether somebody still
    /// belongs to the domain, it says in `hd`.
    fn answers_for(&self, domain: &str, claims: &Claims) -> bool {
        self.issuer != GOOGLE.1
            || domain.eq_ignore_ascii_case("gmail.com")
            || matches!(claims.find("hd"), Some(Value::String(hd)) if hd.eq_ignore_ascii_case(domain))
    }
}

/// HTTPS, or HTTP on this machine; no query, no fragment, no user.
fn is_issuer(text: &str) -> bool {
    openidconnect::url::Url::parse(text).is_ok_and(|url| {
        url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && is_safe(&url)
    })
}

/// Whether secrets may be sent there: over TLS, or without leaving this machine.
pub(crate) fn is_safe(url: &openidconnect::url::Url) -> bool {
    let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

/// What a provider says of somebody, signed by it or asked of it directly.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Claims {
    /// Who, for this issuer and for ever; empty where it does not say.
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
    /// All of them.
    pub(crate) all: Map<String, Value>,
}

impl Claims {
    /// Reads what is needed. A claim of another form than it should have is one that is not there.
    pub(crate) fn of(all: Map<String, Value>) -> Self {
        let text = |name: &str| {
            let text = all.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self {
            subject: text("sub").unwrap_or_default(),
            email: text("email"),
            email_verified: all.get("email_verified").is_some_and(is_true),
            name: text("name"),
            all,
        }
    }

    /// Takes over what is not there yet. An e-mail comes with what the same source says of it.
    pub(crate) fn complete(&mut self, told: Self) {
        if self.email.is_none() {
            (self.email, self.email_verified) = (told.email, told.email_verified);
        }
        self.name = self.name.take().or(told.name);
        for (name, value) in told.all {
            self.all.entry(name).or_insert(value);
        }
    }

    /// A claim by its name, or by its path with dots between.
    pub(crate) fn find(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let walked = parts
            .next()
            .and_then(|first| self.all.get(first))
            .and_then(|first| parts.try_fold(first, |value, part| value.get(part)));
        self.all.get(path).or(walked)
    }

    /// The e-mail, where the provider has verified it.
    pub(crate) fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }

    /// What to call a new user whose e-mail is this.
    pub(crate) fn name_or<'a>(&'a self, email: &'a str) -> String {
        let name = self
            .name
            .as_deref()
            .and_then(|name| crate::accounts::user::check_name(name).ok());
        let local = email.split('@').next().unwrap_or(email);
        name.unwrap_or(local).chars().take(NAME_MAX_CHARS).collect()
    }
}

/// Whether a claim says yes. Some providers write it as a text or a number.
fn is_true(claim: &Value) -> bool {
    match claim {
        Value::Bool(yes) => *yes,
        Value::String(text) => text == "true",
        Value::Number(number) => number.as_u64() == Some(1),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// What is known here when a provider's answer has come.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LinkState {
    /// Who asked to link, where somebody did.
    pub(crate) linking: Option<UserId>,
    /// Whose account it is linked to.
    pub(crate) linked: Option<UserId>,
    /// Whether who asked to link has linked another account at this provider.
    pub(crate) has_another: bool,
    /// Whether a user here has the e-mail.
    pub(crate) email_known: bool,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Begin a session of this user.
    SignIn(UserId),
    /// Make a user, and begin a session.
    Create,
    /// Link to this user.
    Link(UserId),
    /// It is linked to this user already.
    Linked(UserId),
}

/// Why somebody whom a provider vouches for is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The provider names no e-mail, or has not verified it.
    #[error("The provider has not verified your e-mail. Confirm it there, then begin again.")]
    EmailNotVerified,
    /// The domain of the e-mail is not in the list.
    #[error(
        "Nobody of your e-mail's domain may sign in by this provider. Use an account of another domain."
    )]
    DomainNotAllowed,
    /// The provider brings no new users.
    #[error(
        "No account is linked with this provider. Log in another way, and link it from your profile."
    )]
    NoAccount,
    /// A user has the e-mail.
    #[error(
        "There is an account with this e-mail. Log in to it another way, and link the provider from your profile."
    )]
    LinkRequired,
    /// It is linked to another user.
    #[error("This account at the provider is linked to another user. Unlink it there first.")]
    LinkedElsewhere,
    /// The user has linked another account of the provider.
    #[error("You have linked another account at this provider. Unlink that one first.")]
    AnotherLinked,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::EmailNotVerified => "email_not_verified",
            Self::DomainNotAllowed => "domain_not_allowed",
            Self::NoAccount => "no_account",
            Self::LinkRequired => "link_required",
            Self::LinkedElsewhere => "linked_elsewhere",
            Self::AnotherLinked => "another_linked",
        }
    }
}

/// Decides what becomes of somebody whom a provider vouches for.
pub(crate) fn decide(
    provider: &ProviderConfig,
    claims: &Claims,
    links: LinkState,
) -> Result<Decision, Refusal> {
    provider.admit(claims)?;
    match (links.linking, links.linked) {
        (Some(user), Some(linked)) if user == linked => Ok(Decision::Linked(user)),
        (Some(_), Some(_)) => Err(Refusal::LinkedElsewhere),
        (Some(_), None) if links.has_another => Err(Refusal::AnotherLinked),
        (Some(user), None) => Ok(Decision::Link(user)),
        (None, Some(user)) => Ok(Decision::SignIn(user)),
        (None, None) if provider.allowed_domains.is_empty() => Err(Refusal::NoAccount),
        // Before the look at who has it: nobody learns by an e-mail that is not theirs.
        (None, None) if claims.verified_email().is_none() => Err(Refusal::EmailNotVerified),
        (None, None) if links.email_known => Err(Refusal::LinkRequired),
        (None, None) => Ok(Decision::Create),
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
