//! How numbers are sealed, and found again.

use contracts::identity::UserId;
use vault::{SealContext, Vault};

use crate::error::Error;
use crate::phones::number::PhoneNumber;

pub(super) fn context<'a>(what: &'static str, user: &'a UserId) -> SealContext<'a> {
    SealContext {
        what,
        whose: user.0.as_bytes(),
    }
}

/// What is sealed or hashed.
pub(super) const NUMBER: &str = "phones.number";
pub(super) const CLAIM: &str = "phone_claims.number";
pub(super) const CODE: &str = "phone_claims.code";

/// By what a number is found, of which this is sealed.
pub(crate) fn fingerprint(vault: &Vault, number: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(vault.fingerprint(NUMBER, number)?)
}

/// The same with each master key.
pub(crate) fn fingerprints(vault: &Vault, number: &PhoneNumber) -> Vec<Vec<u8>> {
    let found = vault.fingerprints(NUMBER, number.as_str().as_bytes());
    found.collect()
}

pub(super) fn open(
    vault: &Vault,
    what: &'static str,
    user: UserId,
    sealed: &[u8],
) -> Result<PhoneNumber, Error> {
    let text = String::from_utf8(vault.open(context(what, &user), sealed)?);
    let number = text.map(|text| PhoneNumber::parse(&text));
    number.ok().and_then(Result::ok).ok_or(Error::Row("phones"))
}
