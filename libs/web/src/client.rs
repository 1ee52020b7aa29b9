//! Where a request comes from: the client's address and what it calls itself. The gateway puts it
//! into each request; handlers and identity only read it.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use platform::text::is_invisible;

use crate::problem::Problem;

/// The most characters of a user agent that are kept.
const USER_AGENT_MAX_CHARS: usize = 256;

/// Who is at the other end, as far as the network tells.
///
/// As an extractor it is a fault (500) where nobody put it into the request: a mistake in the
/// wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The address; an IPv4 address is never written as an IPv6 one.
    pub address: IpAddr,
    /// What the client calls itself: its own word, cut to a bearable length, without characters
    /// that are controls or invisible.
    pub user_agent: Option<String>,
    /// The BLAKE3 hash of the cookie that the device was given at an earlier login, where it sent
    /// one that has its form.
    pub device: Option<[u8; 32]>,
}

impl Client {
    /// A client at an address, with its `User-Agent` where it sent one.
    #[must_use]
    pub fn new(address: IpAddr, user_agent: Option<&str>) -> Self {
        let kept = |text: &str| -> String {
            text.chars()
                .filter(|c| !c.is_control() && !is_invisible(*c))
                .take(USER_AGENT_MAX_CHARS)
                .collect()
        };
        Self {
            address: address.to_canonical(),
            user_agent: user_agent.map(kept).filter(|text| !text.is_empty()),
            device: None,
        }
    }

    /// Whose address it is, as far as abuse is counted: an IPv4 address, or the /64 of an IPv6
    /// address, all of whose addresses one household has.
    #[must_use]
    pub fn network(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => self.address,
            IpAddr::V6(address) => {
                let prefix = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(prefix))
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Problem::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_has_one_form() {
        let address = |text: &str| Client::new(text.parse().unwrap(), None).address;
        assert_eq!(address("::ffff:192.0.2.7"), address("192.0.2.7"));
        assert_ne!(address("2001:db8::1"), address("192.0.2.7"));
    }

    #[test]
    fn ipv6_addresses_of_one_64_are_one_network_and_ipv4_addresses_are_not() {
        let network = |text: &str| {
            Client::new(text.parse().unwrap(), None)
                .network()
                .to_string()
        };
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2::"), "2001:db8:1:2::");
        assert_ne!(network("2001:db8:1:3::"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        let agent = |text: &str| Client::new([192, 0, 2, 7].into(), Some(text)).user_agent;
        assert_eq!(agent("curl/8.0").as_deref(), Some("curl/8.0"));
        assert_eq!(agent("a\tb\u{1b}[31m").as_deref(), Some("ab[31m"));
        assert_eq!(agent(""), None);
        assert_eq!(agent("\t"), None);
        let hides = "Fire\u{202e}xof\u{200b} \u{feff}1";
        assert_eq!(agent(hides).as_deref(), Some("Firexof 1"));
        let long = agent(&"é".repeat(10_000)).unwrap();
        assert_eq!(long.chars().count(), USER_AGENT_MAX_CHARS);
    }
}
