//! Where an endpoint is: what its URL may be, and the addresses that its name leads to. A name is
//! looked up when something is sent and not before, and what comes of it is told in one way for
//! names that are unknown and names that lead inside: nobody finds out by endpoints which names
//! there are in a network. The addresses that were checked are the ones that are connected to: the
//! HTTP client gets them from here.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use reqwest::dns::{Name, Resolve, Resolving};
use tokio::time::timeout;

use super::networks::Networks;

/// The most characters of a URL.
pub(crate) const URL_MAX: usize = 2_048;
/// How long a name is looked up.
const LOOKUP: Duration = Duration::from_secs(5);

/// Why a URL cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidUrl {
    /// It is none, or of another form.
    #[error(
        "the URL must be `https://host/…` of at most {URL_MAX} characters, without a user name, a password or a fragment"
    )]
    Form,
    /// No TLS.
    #[error(
        "the URL must begin with `https://`: without TLS anybody on the way reads and changes what is sent"
    )]
    HttpsRequired,
    /// It leads to an address that is not of the public internet.
    #[error(
        "the URL leads to a private address, which webhooks are not sent to: use a public one, or have the operator list its network in \
         notifications.webhooks.allowed_networks"
    )]
    PrivateAddress,
}

impl InvalidUrl {
    /// The code of the problem.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Form => "invalid_url",
            Self::HttpsRequired => "https_required",
            Self::PrivateAddress => "private_address",
        }
    }
}

/// Finds the addresses of a name.
#[async_trait]
pub(crate) trait Lookup: Send + Sync + 'static {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The machine's own resolver.
pub(crate) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// The form of a URL, before anything is looked up.
pub(crate) fn parse(text: &str) -> Result<Url, InvalidUrl> {
    let url = Url::parse(text).map_err(|_| InvalidUrl::Form)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    let known = matches!(url.scheme(), "http" | "https");
    let fits = text.len() <= URL_MAX && url.as_str().len() <= URL_MAX;
    if plain && has_host && known && fits && url.port() != Some(0) {
        Ok(url)
    } else {
        Err(InvalidUrl::Form)
    }
}

/// The address that stands in a URL in place of a name, or by a name that always means this
/// machine (RFC 6761, section 6.3).
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    let name = host.trim_end_matches('.');
    if name == "localhost" || name.ends_with(".localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

/// The host of a URL that was stored.
pub(crate) fn host(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.unwrap_or_default().to_owned()
}

/// Whether this address may be connected to for this URL.
fn check_address(networks: &Networks, url: &Url, address: IpAddr) -> Result<(), InvalidUrl> {
    if !networks.may_reach(address) {
        return Err(InvalidUrl::PrivateAddress);
    }
    if url.scheme() == "http" && !networks.are_listed(address) {
        return Err(InvalidUrl::HttpsRequired);
    }
    Ok(())
}

/// Checks a URL whose host is an address: the client does not look that up.
pub(crate) fn check_literal(networks: &Networks, url: &Url) -> Result<(), InvalidUrl> {
    literal(url).map_or(Ok(()), |address| check_address(networks, url, address))
}

/// Checks the URL of a new endpoint. Where its name leads is seen when something is sent.
pub(crate) fn check(networks: &Networks, text: &str) -> Result<Url, InvalidUrl> {
    let url = parse(text)?;
    check_literal(networks, &url)?;
    // Without TLS only addresses of listed networks are connected to.
    match url.scheme() {
        "http" if !networks.are_any_listed() => Err(InvalidUrl::HttpsRequired),
        _ => Ok(url),
    }
}

/// A name is not known, or leads to an address that may not be connected to: which of them is not
/// told.
#[derive(Debug, thiserror::Error)]
#[error("its name is unknown, or leads to an address that nothing is sent to")]
pub(crate) struct Refused;

/// Looks names up for the HTTP client, which connects to what it gets from here and to nothing
/// else.
#[derive(Clone)]
pub(crate) struct Resolver {
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) networks: Networks,
    /// Only networks that are listed: for what is sent without TLS.
    pub(crate) listed_only: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = timeout(LOOKUP, resolver.lookup.addresses(name.as_str())).await;
            let found = found.map_err(|_| Refused)?.map_err(|_| Refused)?;
            let may = |address: &IpAddr| match resolver.listed_only {
                true => resolver.networks.are_listed(*address),
                false => resolver.networks.may_reach(*address),
            };
            if found.is_empty() || !found.iter().all(may) {
                return Err(Refused.into());
            }
            // The client puts the port of the URL in place of 0.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Leads(Vec<&'static str>);

    #[async_trait]
    impl Lookup for Leads {
        async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            Ok(self.0.iter().map(|text| text.parse().unwrap()).collect())
        }
    }

    struct NoAnswer;

    #[async_trait]
    impl Lookup for NoAnswer {
        async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            Err(io::Error::other("no such name"))
        }
    }

    fn home() -> Networks {
        Networks::with(&["127.0.0.0/8".parse().unwrap()])
    }

    fn refusal(networks: &Networks, url: &str) -> Option<&'static str> {
        check(networks, url).err().map(|refused| refused.code())
    }

    #[test]
    fn urls_of_another_form_are_refused() {
        let long = format!("https://example.com/{}", "a".repeat(URL_MAX));
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://user@example.com",
            "https://user:word@example.com",
            "https://example.com/#part",
            "https://example.com:0/",
            "https://example.com:99999/",
            "javascript:alert(1)",
            &long,
        ] {
            let refused = refusal(&Networks::default(), url);
            assert_eq!(refused, Some("invalid_url"), "{url}");
        }
        let url = "https://example.com:8443/hooks?for=me";
        assert_eq!(refusal(&Networks::default(), url), None);
    }

    #[test]
    fn addresses_are_checked_in_every_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost:8443/",
        ] {
            let refused = refusal(&Networks::default(), url);
            assert_eq!(refused, Some("private_address"), "{url}");
        }
        for url in ["http://1.1.1.1/", "http://example.com/"] {
            let refused = refusal(&Networks::default(), url);
            assert_eq!(refused, Some("https_required"), "{url}");
        }
        assert_eq!(refusal(&home(), "http://1.1.1.1/"), Some("https_required"));
        for url in [
            "http://localhost:9/",
            "http://127.0.0.1:9/",
            "http://a.example/",
        ] {
            assert_eq!(refusal(&home(), url), None, "{url}");
        }
    }

    async fn resolved(lookup: impl Lookup, listed_only: bool) -> Result<usize, String> {
        let resolver = Resolver {
            lookup: Arc::new(lookup),
            networks: home(),
            listed_only,
        };
        let found = resolver.resolve("intranet.example".parse().unwrap()).await;
        found
            .map(Iterator::count)
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_that_is_unknown_is_refused_like_one_that_leads_inside() {
        let refused = || Err(Refused.to_string());
        assert_eq!(resolved(NoAnswer, false).await, refused());
        assert_eq!(resolved(Leads(vec![]), false).await, refused());
        assert_eq!(resolved(Leads(vec!["10.0.0.1"]), false).await, refused());
        // One private address of a name is enough.
        let mixed = Leads(vec!["1.1.1.1", "10.0.0.1"]);
        assert_eq!(resolved(mixed, false).await, refused());
        assert_eq!(resolved(Leads(vec!["1.1.1.1"]), false).await, Ok(1));
        assert_eq!(resolved(Leads(vec!["1.1.1.1"]), true).await, refused());
        assert_eq!(resolved(Leads(vec!["127.0.0.1"]), true).await, Ok(1));
    }
}
