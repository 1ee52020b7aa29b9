//! Where a request comes from. The peer of the connection is believed; what a header says of hops
//! before it only as far back as each hop is a proxy of ours. It never refuses anything.
//!
//! Only the one header that the settings name is read: a proxy that sets `X-Forwarded-For` hands on
//! a `Forwarded` that the client made up, and the other way round.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::extract::Request;
use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use web::client::Client;

use crate::config::{Config, ForwardedHeader};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that are believed, and where they say whom they speak for.
#[derive(Debug)]
pub(crate) struct Proxies {
    trusted: Vec<IpNet>,
    header: ForwardedHeader,
}

impl Proxies {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            trusted: config.trusted_proxies.clone(),
            header: config.forwarded_header,
        }
    }

    /// The client of a request; none where the request came by no connection.
    pub(crate) fn client_of(&self, request: &Request) -> Option<Client> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        let headers = request.headers();
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok());
        Some(Client::new(self.address(peer.ip(), headers), agent))
    }

    /// The rightmost hop that is no proxy of ours. What cannot be read is not passed: then it is
    /// the hop after it.
    fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut address = peer.to_canonical();
        if self.trusted.is_empty() {
            return address;
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        for value in headers.get_all(name).into_iter().rev() {
            let Ok(text) = value.to_str() else {
                return address;
            };
            for hop in text.rsplit(',') {
                if !self.trusts(address) {
                    return address;
                }
                let before = match self.header {
                    ForwardedHeader::XForwardedFor => parse_node(hop.trim()),
                    ForwardedHeader::Forwarded => parse_element(hop),
                };
                let Some(before) = before else {
                    return address;
                };
                address = before.to_canonical();
            }
        }
        address
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&address))
    }
}

/// The `for` of one element of `Forwarded` (RFC 7239, section 4):
/// `for="[2001:db8::1]:4711";proto=https`.
fn parse_element(element: &str) -> Option<IpAddr> {
    let value = element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let is_for = name.trim().eq_ignore_ascii_case("for");
        is_for.then(|| value.trim())
    })?;
    let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    parse_node(quoted.unwrap_or(value))
}

/// An address with or without a port; IPv6 in brackets where there is one. Names and `unknown` are
/// no addresses.
fn parse_node(node: &str) -> Option<IpAddr> {
    node.parse::<IpAddr>()
        .ok()
        .or_else(|| node.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| {
            let inside = node.strip_prefix('[')?.strip_suffix(']')?;
            inside.parse().ok().map(IpAddr::V6)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies = Proxies {
            trusted: ["10.0.0.0/8", "2001:db8::/32"]
                .map(|net| net.parse().unwrap())
                .into(),
            header,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        proxies.address(peer.parse().unwrap(), &headers).to_string()
    }

    fn x_forwarded_for(peer: &str, lines: &[&str]) -> String {
        let lines: Vec<_> = lines
            .iter()
            .map(|line| ("x-forwarded-for", *line))
            .collect();
        client(ForwardedHeader::XForwardedFor, peer, &lines)
    }

    fn forwarded(line: &str) -> String {
        client(
            ForwardedHeader::Forwarded,
            "10.0.0.1",
            &[("forwarded", line)],
        )
    }

    #[test]
    fn a_peer_that_is_no_proxy_of_ours_speaks_for_itself() {
        assert_eq!(x_forwarded_for("192.0.2.9", &["203.0.113.5"]), "192.0.2.9");
        assert_eq!(x_forwarded_for("192.0.2.9", &["10.0.0.1"]), "192.0.2.9");
    }

    #[test]
    fn the_rightmost_hop_that_is_no_proxy_of_ours_is_the_client() {
        for (lines, expected) in [
            (&["203.0.113.5"][..], "203.0.113.5"),
            (&["198.51.100.1, 203.0.113.5"], "203.0.113.5"),
            (&["203.0.113.5, 10.1.2.3"], "203.0.113.5"),
            (&["198.51.100.1", "203.0.113.5, 10.1.2.3"], "203.0.113.5"),
            (&["198.51.100.1, 203.0.113.5", "10.1.2.3"], "203.0.113.5"),
            (&["10.1.1.1, 10.1.2.3"], "10.1.1.1"),
            (&["::ffff:203.0.113.5"], "203.0.113.5"),
            (&["203.0.113.5:4711"], "203.0.113.5"),
            (&["[2001:db9::5]:4711"], "2001:db9::5"),
            (&["203.0.113.5,2001:db8::7"], "203.0.113.5"),
        ] {
            assert_eq!(x_forwarded_for("10.0.0.1", lines), expected, "{lines:?}");
        }
        assert_eq!(
            x_forwarded_for("::ffff:10.0.0.1", &["203.0.113.5"]),
            "203.0.113.5"
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_passed() {
        for lines in [
            &[][..],
            &[""],
            &["unknown"],
            &["localhost"],
            &["203.0.113.5, "],
            &["203.0.113.5,_hidden"],
            &["203.0.113.5", "\u{e9}"],
            &["203.0.113.5.6"],
            &["999.0.0.1"],
        ] {
            assert_eq!(x_forwarded_for("10.0.0.1", lines), "10.0.0.1", "{lines:?}");
        }
    }

    #[test]
    fn the_standard_header_is_read_where_the_settings_say_so() {
        for (line, expected) in [
            ("for=203.0.113.5", "203.0.113.5"),
            ("For=\"203.0.113.5:4711\"; proto=https", "203.0.113.5"),
            ("proto=https;for=\"[2001:db9::5]\"", "2001:db9::5"),
            (
                "for=198.51.100.1, for=203.0.113.5;by=10.0.0.1",
                "203.0.113.5",
            ),
            ("for=unknown", "10.0.0.1"),
            ("for=\"_secret\"", "10.0.0.1"),
            ("by=203.0.113.5", "10.0.0.1"),
            ("203.0.113.5", "10.0.0.1"),
        ] {
            assert_eq!(forwarded(line), expected, "{line}");
        }
    }

    #[test]
    fn the_header_that_our_proxy_does_not_set_is_not_believed() {
        let both = [
            ("forwarded", "for=198.51.100.66"),
            ("x-forwarded-for", "203.0.113.5"),
        ];
        for (header, expected) in [
            (ForwardedHeader::XForwardedFor, "203.0.113.5"),
            (ForwardedHeader::Forwarded, "198.51.100.66"),
        ] {
            assert_eq!(client(header, "10.0.0.1", &both), expected);
        }
    }
}
