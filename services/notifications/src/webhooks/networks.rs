//! Where webhooks may go: to addresses of the public internet, and to networks that the operator
//! has listed. It keeps a URL of somebody from making PayFlow talk to what only PayFlow can reach
//! (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 that is not of the public internet (IANA IPv4 Special-Purpose Address Registry, and
/// multicast).
const SPECIAL_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // The metadata of cloud machines is here.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Of `2000::/3`, the only IPv6 of the public internet, what is not: protocols with Teredo and
/// ORCHID, documentation, 6to4.
const SPECIAL_V6: [([u16; 8], u8); 4] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

/// Which addresses may be connected to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Networks {
    allowed: Vec<IpNet>,
}

impl Networks {
    /// The public internet and these.
    pub(crate) fn with(allowed: &[IpNet]) -> Self {
        Self {
            allowed: allowed.to_vec(),
        }
    }

    /// Whether an address may be connected to: it is public, or listed.
    pub(crate) fn may_reach(&self, address: IpAddr) -> bool {
        self.are_listed(address) || is_public(meant(address))
    }

    /// Whether any network is listed.
    pub(crate) const fn are_any_listed(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Whether an address is of a listed network: also without TLS.
    pub(crate) fn are_listed(&self, address: IpAddr) -> bool {
        let address = meant(address);
        self.allowed
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// The IPv4 address that an IPv6 address leads to by itself (`::ffff:a.b.c.d`), or by the
/// translation of NAT64 (RFC 6052).
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else {
        return address;
    };
    let [a, b, c, d, e, f, high, low] = six.segments();
    let [one, two] = high.to_be_bytes();
    let [three, four] = low.to_be_bytes();
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => {
            IpAddr::V4(Ipv4Addr::new(one, two, three, four))
        }
        _ => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => !SPECIAL_V4.iter().any(|(network, prefix)| {
            Ipv4Net::new(Ipv4Addr::from(*network), *prefix).is_ok_and(|net| net.contains(&four))
        }),
        IpAddr::V6(six) => {
            let special = SPECIAL_V6.iter().any(|(network, prefix)| {
                Ipv6Net::new(Ipv6Addr::from(*network), *prefix).is_ok_and(|net| net.contains(&six))
            });
            six.segments()[0] & 0xe000 == 0x2000 && !special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_reach(allowed: &[&str], address: &str) -> bool {
        let allowed: Vec<IpNet> = allowed.iter().map(|net| net.parse().unwrap()).collect();
        Networks::with(&allowed).may_reach(address.parse().unwrap())
    }

    #[test]
    fn what_is_not_of_the_public_internet_is_refused_however_it_is_written() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may_reach(&[], address), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_reached() {
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "192.0.1.1",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(may_reach(&[], address), "{address}");
        }
    }

    #[test]
    fn listed_networks_are_reached_and_nothing_beside_them() {
        assert!(may_reach(&["127.0.0.0/8"], "127.0.0.1"));
        assert!(may_reach(&["127.0.0.0/8"], "::ffff:127.0.0.1"));
        assert!(!may_reach(&["127.0.0.0/8"], "10.0.0.1"));
        assert!(!may_reach(&["127.0.0.0/8"], "::1"));
        assert!(may_reach(&["::1/128"], "::1"));
    }
}
