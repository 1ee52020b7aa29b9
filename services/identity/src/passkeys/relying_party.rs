//! Passkeys (Web Authentication, level 3): what a browser is asked, and whether its answer is one.
//! It keeps nothing: the state of a ceremony and the passkeys are stored by its callers. Every
//! ceremony requires that the passkey verifies its user, so that one passkey is two factors;
//! attestation is not asked for, so that any authenticator will do.

use std::net::IpAddr;

use contracts::identity::UserId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::accounts::user::User;
use crate::config::WebauthnConfig;
use crate::fault::Fault;
use crate::passkeys::error::PasskeyError;
use crate::start_error::StartError;

/// What browsers call this installation.
const RP_NAME: &str = "PayFlow";

/// A question to a browser, and what must be kept until it answers.
pub(crate) struct Challenge {
    /// For `navigator.credentials`, in the form that `parse…OptionsFromJSON` of a browser reads.
    pub(crate) options: Value,
    /// To be sealed.
    pub(crate) state: Vec<u8>,
}

/// What an answer is worth.
pub(crate) enum Verdict {
    /// It is the passkey's; the passkey as it is to be kept now.
    Fits(Box<Passkey>),
    /// It is not.
    Wrong,
    /// It is, but its counter of signatures went back: there may be a copy of it.
    Copied,
}

/// This installation, as passkeys know it; none where its address cannot have passkeys.
pub(crate) struct RelyingParty(Option<Webauthn>);

impl RelyingParty {
    /// By the settings; what they leave out follows from the installation's address.
    pub(crate) fn new(config: &WebauthnConfig, public_url: &str) -> Result<Self, StartError> {
        let refused = |_| StartError::PasskeySetting;
        let default = default_origin(public_url);
        let origins = match (config.origins.as_slice(), &default) {
            ([], Some(origin)) => vec![origin.clone()],
            // An address by number has no passkeys; only who asks for them is refused.
            ([], None) if config.rp_id.is_empty() => return Ok(Self(None)),
            ([], None) => return Err(StartError::PasskeySetting),
            (texts, _) => texts
                .iter()
                .map(|text| Url::parse(text).map_err(|_| StartError::PasskeySetting))
                .collect::<Result<_, _>>()?,
        };
        let first = origins.first().ok_or(StartError::PasskeySetting)?;
        let rp_id = match config.rp_id.as_str() {
            "" => first.domain().ok_or(StartError::PasskeySetting)?,
            set => set,
        };
        let mut builder = WebauthnBuilder::new(rp_id, first)
            .map_err(refused)?
            .rp_name(RP_NAME);
        for origin in &origins[1..] {
            WebauthnBuilder::new(rp_id, origin).map_err(refused)?;
            builder = builder.append_allowed_origin(origin);
        }
        Ok(Self(Some(builder.build().map_err(refused)?)))
    }

    /// Asks for a new passkey of a user, none of which these are.
    pub(crate) fn ask_to_register(
        &self,
        user: &User,
        known: Vec<CredentialID>,
    ) -> Result<Challenge, PasskeyError> {
        let (asked, state) = self
            .webauthn()?
            .start_passkey_registration(user.id.uuid(), &user.email, &user.name, Some(known))
            .map_err(Fault::Webauthn)?;
        let mut challenge = challenge(&asked, &state)?;
        // So that it can be found without knowing whose it is: in a sign-in without a password.
        let selection = &mut challenge.options["authenticatorSelection"];
        selection["residentKey"] = "required".into();
        selection["requireResidentKey"] = true.into();
        Ok(challenge)
    }

    /// The passkey in an answer; none where the answer is not to the question.
    pub(crate) fn registered(
        &self,
        state: &[u8],
        answer: &RegisterPublicKeyCredential,
    ) -> Result<Option<Passkey>, PasskeyError> {
        let state: PasskeyRegistration = read(state)?;
        let done = self.webauthn()?.finish_passkey_registration(answer, &state);
        done.map(Some).or_else(|why| {
            tracing::debug!(%why, "a passkey was not registered");
            Ok(None)
        })
    }

    /// Asks for any passkey of this installation.
    pub(crate) fn ask(&self) -> Result<Challenge, PasskeyError> {
        let (asked, state) = self
            .webauthn()?
            .start_discoverable_authentication()
            .map_err(Fault::Webauthn)?;
        Ok(challenge(&asked, &state)?)
    }

    /// Whether an answer to such a question is this passkey's, and names this user as its owner.
    pub(crate) fn verify(
        &self,
        state: &[u8],
        answer: &PublicKeyCredential,
        owner: UserId,
        mut passkey: Passkey,
    ) -> Result<Verdict, PasskeyError> {
        let state: DiscoverableAuthentication = read(state)?;
        let webauthn = self.webauthn()?;
        if answer.get_user_unique_id() != Some(owner.uuid().as_bytes().as_slice()) {
            return Ok(Verdict::Wrong);
        }
        match webauthn.finish_discoverable_authentication_v2(answer, state, &passkey) {
            Ok(shown) => {
                passkey.update_credential(&shown);
                Ok(Verdict::Fits(Box::new(passkey)))
            }
            Err(WebauthnError::CredentialPossibleCompromise) => Ok(Verdict::Copied),
            Err(why) => {
                tracing::debug!(%why, "a passkey was refused");
                Ok(Verdict::Wrong)
            }
        }
    }

    fn webauthn(&self) -> Result<&Webauthn, PasskeyError> {
        self.0.as_ref().ok_or(PasskeyError::Unavailable)
    }
}

/// The origin of browsers at this address. Passkeys belong to names and not to numbers; on the
/// machine itself that is `localhost`.
fn default_origin(public_url: &str) -> Option<Url> {
    let mut url = Url::parse(public_url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => {
            url.set_host(Some("localhost")).ok()?;
            Some(url)
        }
        Ok(_) => None,
        Err(_) => Some(url),
    }
}

fn challenge(asked: &impl Serialize, state: &impl Serialize) -> Result<Challenge, Fault> {
    let unreadable = |_| Fault::Row("passkey_ceremonies.state");
    let mut asked = serde_json::to_value(asked).map_err(unreadable)?;
    Ok(Challenge {
        options: asked["publicKey"].take(),
        state: serde_json::to_vec(state).map_err(unreadable)?,
    })
}

fn read<T: DeserializeOwned>(state: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(state).map_err(|_| Fault::Row("passkey_ceremonies.state"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(rp_id: &str, origins: &[&str], public_url: &str) -> Result<bool, StartError> {
        let config = WebauthnConfig {
            rp_id: rp_id.to_owned(),
            origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        };
        RelyingParty::new(&config, public_url).map(|party| party.0.is_some())
    }

    #[test]
    fn passkeys_belong_to_the_name_of_the_installation() {
        for public_url in [
            "https://pay.example",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost",
        ] {
            assert!(party("", &[], public_url).unwrap(), "{public_url}");
        }
        assert!(
            party(
                "example.com",
                &["https://a.example.com", "https://b.example.com"],
                "http://10.0.0.1"
            )
            .unwrap()
        );
        assert_eq!(
            default_origin("http://127.0.0.1:8080").unwrap().as_str(),
            "http://localhost:8080/"
        );
    }

    #[test]
    fn an_address_by_number_has_no_passkeys_and_says_so_when_asked() {
        assert!(!party("", &[], "http://10.0.0.1").unwrap());
        let none = RelyingParty(None).ask();
        assert!(matches!(none, Err(PasskeyError::Unavailable)));
    }

    #[test]
    fn settings_that_no_browser_would_accept_stop_the_start() {
        for (rp_id, origins) in [
            ("other.example", &["https://pay.example"][..]),
            (
                "pay.example",
                &["https://pay.example", "https://other.example"],
            ),
            ("ay.example", &["https://pay.example"]),
            ("", &["pay.example"]),
            ("", &["https://10.0.0.1"]),
        ] {
            let refused = party(rp_id, origins, "https://pay.example");
            assert!(
                matches!(refused, Err(StartError::PasskeySetting)),
                "{rp_id} {origins:?}"
            );
        }
    }
}
