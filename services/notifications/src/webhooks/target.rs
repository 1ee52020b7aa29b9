//! Where an endpoint is: what its URL may be, and the addresses that its name leads to. The
//! addresses that were checked are the ones that are connected to: the HTTP client gets them from
//! here.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use reqwest::dns::{Name, Resolve, Resolving};
use tokio::time::timeout;

use super::networks::Networks;

/// The most characters of a URL.
pub(crate) const URL_MAX: usize = 2_048;
/// How long the name of a new endpoint is looked up. One that has no answer is checked when
/// something is sent.
const LOOKUP: Duration = Duration::from_secs(2);

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

/// The address that stands in a URL in place of a name.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
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

/// Checks the URL of a new endpoint, with the addresses that its name has now.
pub(crate) async fn check(
    networks: &Networks,
    lookup: &dyn Lookup,
    text: &str,
) -> Result<Url, InvalidUrl> {
    let url = parse(text)?;
    check_literal(networks, &url)?;
    if literal(&url).is_some() {
        return Ok(url);
    }
    let name = url.host_str().unwrap_or_default();
    let addresses = match timeout(LOOKUP, lookup.addresses(name)).await {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    for address in &addresses {
        check_address(networks, &url, *address)?;
    }
    match url.scheme() {
        "http" if addresses.is_empty() => Err(InvalidUrl::HttpsRequired),
        _ => Ok(url),
    }
}

/// A name led to an address that may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("its name leads to a private address")]
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
            let found = resolver.lookup.addresses(name.as_str()).await?;
            let may = |address: &IpAddr| match resolver.listed_only {
                true => resolver.networks.are_listed(*address),
                false => resolver.networks.may_reach(*address),
            };
            if !found.iter().all(may) {
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

    async fn refusal(networks: &Networks, lookup: &dyn Lookup, url: &str) -> Option<&'static str> {
        let checked = check(networks, lookup, url).await;
        checked.err().map(|refused| refused.code())
    }

    #[tokio::test]
    async fn urls_of_another_form_are_refused() {
        let public = Leads(vec!["1.1.1.1"]);
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
            let refused = refusal(&Networks::default(), &public, url).await;
            assert_eq!(refused, Some("invalid_url"), "{url}");
        }
        let url = "https://example.com:8443/hooks?for=me";
        assert_eq!(refusal(&Networks::default(), &public, url).await, None);
    }

    #[tokio::test]
    async fn addresses_are_checked_in_every_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            let refused = refusal(&Networks::default(), &NoAnswer, url).await;
            assert_eq!(refused, Some("private_address"), "{url}");
        }
        for url in ["http://1.1.1.1/", "http://example.com/"] {
            let refused = refusal(&Networks::default(), &Leads(vec!["1.1.1.1"]), url).await;
            assert_eq!(refused, Some("https_required"), "{url}");
        }
    }

    #[tokio::test]
    async fn one_private_address_of_a_name_is_enough_to_refuse_it() {
        let mixed = Leads(vec!["1.1.1.1", "10.0.0.1"]);
        let refused = refusal(&Networks::default(), &mixed, "https://example.com/").await;
        assert_eq!(refused, Some("private_address"));
    }

    #[tokio::test]
    async fn a_listed_network_is_reached_without_tls_and_an_unknown_name_is_checked_later() {
        let local = Leads(vec!["127.0.0.1"]);
        assert_eq!(refusal(&home(), &local, "http://localhost:9/").await, None);
        assert_eq!(refusal(&home(), &local, "http://127.0.0.1:9/").await, None);
        assert_eq!(
            refusal(&home(), &NoAnswer, "https://later.example/").await,
            None
        );
        let refused = refusal(&home(), &NoAnswer, "http://later.example/").await;
        assert_eq!(refused, Some("https_required"));
    }
}
