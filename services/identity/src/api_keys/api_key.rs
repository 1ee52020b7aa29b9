//! API keys: what one looks like, what a new one may be, and where it may be used. Pure: stores
//! nothing.
//!
//! A key is a prefix that secret scanners find, 160 random bits and a checksum, in letters and
//! digits, so that a typo or a made-up key is known without a look into the database, and a scanner
//! raises no false alarm.

use std::net::IpAddr;

use contracts::identity::{ApiKeyId, Permission, PermissionSet, SCOPES};
use ipnet::{IpNet, Ipv4Net};
use platform::ids::Ids;
use values::Timestamp;

/// What every key begins with.
pub const PREFIX: &str = "payflow_sk_";
/// Digits of each half of the random bits.
const HALF_DIGITS: usize = 14;
/// Digits of the checksum.
const CHECK_DIGITS: usize = 6;
/// How much of a key is kept readable: the prefix and the first digits.
const SHOWN: usize = PREFIX.len() + 6;
/// The most address ranges of a key.
pub const ADDRESSES_MAX: usize = 20;
/// The most keys of a user.
pub const KEYS_MAX: i64 = 100;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An API key, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The id.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: String,
    /// Its first characters.
    pub shown: String,
    /// What it may do, where the owner's role allows it.
    pub scopes: PermissionSet,
    /// From where; empty: from anywhere.
    pub addresses: Vec<IpNet>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What is asked for when a key is made, as it was typed.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: String,
    /// Names of permissions.
    pub scopes: Vec<String>,
    /// Addresses and ranges.
    pub addresses: Vec<String>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// What a key cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// No scope at all.
    #[error("The key would be good for nothing. Name at least one scope.")]
    NoScope,
    /// A scope that does not exist.
    #[error(
        "There is no scope `{0}`. `x-permission` in the API's documentation names what each call needs."
    )]
    UnknownScope(String),
    /// A scope that the maker lacks, or that no key has.
    #[error(
        "The scope `{}` cannot be given: your role does not have it, or it belongs to logins only. Leave it out.",
        .0.as_str()
    )]
    Scope(Permission),
    /// What is no address.
    #[error(
        "`{0}` is no address. Use an IP address or a range, such as 192.0.2.7 or 2001:db8::/32."
    )]
    Address(String),
    /// Too many addresses.
    #[error("A key has at most {ADDRESSES_MAX} address ranges. Join some of them.")]
    TooManyAddresses,
    /// In the past.
    #[error("The key would have expired already. Name a later time, or none.")]
    Expired,
}

impl InvalidKey {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoScope => "scope_missing",
            Self::UnknownScope(_) => "unknown_scope",
            Self::Scope(_) => "scope_not_allowed",
            Self::Address(_) => "invalid_address",
            Self::TooManyAddresses => "too_many_addresses",
            Self::Expired => "expired_already",
        }
    }

    /// The field at fault.
    #[must_use]
    pub const fn param(&self) -> &'static str {
        match self {
            Self::NoScope | Self::UnknownScope(_) | Self::Scope(_) => "scopes",
            Self::Address(_) | Self::TooManyAddresses => "addresses",
            Self::Expired => "expires_at",
        }
    }
}

/// A new key.
pub(crate) fn generate(ids: &Ids) -> String {
    let bytes = ids.secret::<20>();
    let mut key = PREFIX.to_owned();
    for half in bytes.chunks(10) {
        let number = half
            .iter()
            .fold(0, |number, byte| (number << 8) | u128::from(*byte));
        key.push_str(&base62(number, HALF_DIGITS));
    }
    let check = checksum(&key);
    key + &check
}

/// Whether a token calls itself an API key.
pub(crate) fn is_one(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// Whether it can be a key of ours: it has the length, and its checksum is right.
pub(crate) fn is_well_formed(token: &str) -> bool {
    token.len() == PREFIX.len() + 2 * HALF_DIGITS + CHECK_DIGITS
        && token
            .split_at_checked(token.len().saturating_sub(CHECK_DIGITS))
            .is_some_and(|(key, check)| checksum(key) == check)
}

/// What of a key may be shown again.
pub(crate) fn shown(key: &str) -> &str {
    key.get(..SHOWN).unwrap_or_default()
}

fn checksum(key: &str) -> String {
    base62(u128::from(crc32(key.as_bytes())), CHECK_DIGITS)
}

fn base62(mut number: u128, digits: usize) -> String {
    let mut text = vec!['0'; digits];
    for digit in text.iter_mut().rev() {
        let place = usize::try_from(number % 62).unwrap_or_default();
        *digit = char::from(DIGITS[place]);
        number /= 62;
    }
    text.into_iter().collect()
}

/// CRC-32 as in zip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// The scopes of a new key: some, and none that its maker lacks.
///
/// # Errors
/// [`InvalidKey`].
pub(crate) fn scopes(names: &[String], maker: PermissionSet) -> Result<PermissionSet, InvalidKey> {
    if names.is_empty() {
        return Err(InvalidKey::NoScope);
    }
    let mut scopes = PermissionSet::default();
    for name in names {
        let unknown = || InvalidKey::UnknownScope(name.escape_debug().take(40).collect());
        let scope: Permission = name.parse().map_err(|_| unknown())?;
        if !maker.intersection(SCOPES).contains(scope) {
            return Err(InvalidKey::Scope(scope));
        }
        scopes = scopes.and(&[scope]);
    }
    Ok(scopes)
}

/// The address ranges of a new key.
///
/// # Errors
/// [`InvalidKey`].
pub(crate) fn addresses(texts: &[String]) -> Result<Vec<IpNet>, InvalidKey> {
    if texts.len() > ADDRESSES_MAX {
        return Err(InvalidKey::TooManyAddresses);
    }
    let range = |text: &String| {
        let one = || text.parse::<IpAddr>().map(IpNet::from);
        let range = text.parse::<IpNet>().or_else(|_| one());
        range
            .map(|range| as_clients_have_it(range.trunc()))
            .map_err(|_| InvalidKey::Address(text.escape_debug().take(60).collect()))
    };
    texts.iter().map(range).collect()
}

/// A range of IPv4 addresses that is written as IPv6 (`::ffff:192.0.2.0/120`) as one of IPv4: so
/// clients' addresses are compared.
fn as_clients_have_it(range: IpNet) -> IpNet {
    let IpNet::V6(six) = range else { return range };
    let four = six.addr().to_ipv4_mapped();
    let length = six.prefix_len().checked_sub(96);
    let four = four
        .zip(length)
        .map(|(four, length)| Ipv4Net::new(four, length));
    match four {
        Some(Ok(four)) => four.into(),
        _ => range,
    }
}

/// Whether a key with these address ranges may be used from there.
pub(crate) fn may_be_used_from(addresses: &[IpNet], address: IpAddr) -> bool {
    addresses.is_empty() || addresses.iter().any(|range| range.contains(&address))
}

/// Permissions as the database keeps them: names with spaces between.
pub(crate) fn scope_names(scopes: PermissionSet) -> String {
    let names: Vec<_> = scopes.iter().map(Permission::as_str).collect();
    names.join(" ")
}

/// The permissions behind names of the database. What a later version calls otherwise is not given,
/// nor what no key may have.
pub(crate) fn scopes_named(names: &str) -> PermissionSet {
    let known: Vec<Permission> = names
        .split_ascii_whitespace()
        .filter_map(|name| name.parse().ok())
        .collect();
    PermissionSet::of(&known).intersection(SCOPES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::identity::Role;
    use testkit::FakeClock;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_key_is_found_by_scanners_and_no_two_are_alike() {
        let ids = testkit::ids(FakeClock::new());
        let (one, two) = (generate(&ids), generate(&ids));
        assert_ne!(one, two);
        assert!(one.starts_with("payflow_sk_") && one.len() == 45, "{one}");
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(one.chars().all(word), "a double click selects all of {one}");
        assert_eq!(shown(&one), &one[..17]);
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let key = generate(&testkit::ids(FakeClock::new()));
        assert!(is_one(&key) && is_well_formed(&key));
        for place in 0..key.len() {
            let mut wrong = key.clone().into_bytes();
            wrong[place] = if wrong[place] == b'7' { b'8' } else { b'7' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(!is_well_formed(&wrong), "{wrong}");
        }
        for wrong in [
            "",
            "payflow_sk_",
            &key[1..],
            &key[..44],
            &(key.clone() + "0"),
        ] {
            assert!(!is_well_formed(wrong), "{wrong}");
        }
        assert!(!is_well_formed(&format!("payflow_sk_{}", "é".repeat(17))));
    }

    #[test]
    fn the_checksum_is_the_one_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(base62(61, 2), "0z");
        assert_eq!(base62(62, 2), "10");
    }

    #[test]
    fn a_key_never_gets_what_its_maker_lacks_or_what_belongs_to_logins() {
        let user = Role::User.permissions();
        let given = scopes(&owned(&["wallets:own", "wallets:own"]), user);
        assert_eq!(given, Ok(PermissionSet::of(&[Permission::WalletsOwn])));
        for (names, code) in [
            (owned(&[]), "scope_missing"),
            (owned(&["wallets:own", "everything"]), "unknown_scope"),
            (owned(&["wallets:own ledger"]), "unknown_scope"),
            (owned(&["ledger"]), "scope_not_allowed"),
            (owned(&["profile"]), "scope_not_allowed"),
            (owned(&["api_keys:own"]), "scope_not_allowed"),
        ] {
            assert_eq!(scopes(&names, user).unwrap_err().code(), code, "{names:?}");
        }
        let admin = Role::Admin.permissions();
        for name in [
            "profile",
            "api_keys:own",
            "users:manage",
            "organisations:manage",
        ] {
            assert!(scopes(&owned(&[name]), admin).is_err(), "{name}");
        }
    }

    #[test]
    fn scopes_come_back_from_the_database_and_unknown_ones_give_nothing() {
        assert_eq!(scopes_named(&scope_names(SCOPES)), SCOPES);
        assert_eq!(
            scopes_named("fly ledger users:manage"),
            PermissionSet::of(&[Permission::Ledger])
        );
    }

    #[test]
    fn address_ranges_let_in_what_is_inside() {
        let ranges = addresses(&owned(&["192.0.2.7", "198.51.100.9/24", "2001:db8::/32"])).unwrap();
        let may = |text: &str| may_be_used_from(&ranges, text.parse().unwrap());
        for inside in ["192.0.2.7", "198.51.100.1", "2001:db8::1"] {
            assert!(may(inside), "{inside}");
        }
        for outside in ["192.0.2.8", "198.51.101.1", "2001:db9::1", "::1"] {
            assert!(!may(outside), "{outside}");
        }
        assert!(may_be_used_from(&[], "203.0.113.1".parse().unwrap()));
    }

    #[test]
    fn a_range_of_ipv4_that_is_written_as_ipv6_is_one_of_ipv4() {
        for (written, meant) in [
            ("::ffff:127.0.0.1/128", "127.0.0.1/32"),
            ("::ffff:127.0.0.1", "127.0.0.1/32"),
            ("::ffff:192.0.2.9/120", "192.0.2.0/24"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::ffff:0:0/95", "::fffe:0:0/95"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            let meant: IpNet = meant.parse().unwrap();
            assert_eq!(addresses(&owned(&[written])), Ok(vec![meant]), "{written}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0",
            "::/129",
            "10.0.0.1 ",
        ] {
            let refused = addresses(&owned(&[wrong]));
            assert_eq!(refused, Err(InvalidKey::Address(wrong.to_owned())));
        }
        let many = vec!["10.0.0.1".to_owned(); ADDRESSES_MAX + 1];
        assert_eq!(addresses(&many), Err(InvalidKey::TooManyAddresses));
    }
}
