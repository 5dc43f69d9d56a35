//! Policy for outgoing requests: validation of a URL and of the addresses of its host.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use crate::{AddressKind, Rejection, classify};

/// Maximum length of a URL.
const MAX_LENGTH: usize = 2000;
/// First port outside the system services; 80 and 443 are allowed below it.
const FIRST_USER_PORT: u16 = 1024;

/// Allowed targets; by default only public addresses over https.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Allows plain http and port 80.
    pub allow_http: bool,
    /// Allows every address and every port.
    pub allow_private: bool,
}

impl Policy {
    /// Validates the URL alone; [`Policy::resolve`] validates a host name.
    ///
    /// # Errors
    /// Returns the [`Rejection`] of the URL.
    pub fn check_url(&self, text: &str) -> Result<Url, Rejection> {
        if text.len() > MAX_LENGTH {
            return Err(Rejection::TooLong(MAX_LENGTH));
        }
        let url = Url::parse(text).map_err(|_| Rejection::NotUrl)?;
        match (url.scheme(), self.allow_http) {
            ("https", _) | ("http", true) => {}
            (_, true) => return Err(Rejection::Scheme("https:// or http://")),
            (_, false) => return Err(Rejection::Scheme("https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Rejection::Credentials);
        }
        if url.fragment().is_some() {
            return Err(Rejection::Fragment);
        }
        let port = url.port_or_known_default().ok_or(Rejection::NotUrl)?;
        let is_web_port = port == 443 || (port == 80 && self.allow_http);
        if !is_web_port && port < FIRST_USER_PORT && !self.allow_private {
            return Err(Rejection::Port(port));
        }
        match url.host().ok_or(Rejection::NotUrl)? {
            Host::Domain(_) => {}
            Host::Ipv4(address) => self.check_address(address.into())?,
            Host::Ipv6(address) => self.check_address(address.into())?,
        }
        Ok(url)
    }

    /// Validates an address.
    ///
    /// # Errors
    /// Returns [`Rejection::NotPublic`].
    pub const fn check_address(&self, address: IpAddr) -> Result<(), Rejection> {
        let kind = classify(address);
        if self.allow_private || matches!(kind, AddressKind::Public) {
            return Ok(());
        }
        Err(Rejection::NotPublic { address, kind })
    }

    /// Resolves a host and validates all its addresses.
    ///
    /// A single address that is not public rejects the host, because an honest name mixes none.
    ///
    /// # Errors
    /// Returns [`Rejection::Unresolved`] or [`Rejection::NotPublic`].
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Rejection> {
        let found = tokio::net::lookup_host((host, port)).await;
        let found: Vec<SocketAddr> = found
            .map_err(|error| Rejection::Unresolved(error.to_string()))?
            .collect();
        if found.is_empty() {
            return Err(Rejection::Unresolved("it has no address".to_owned()));
        }
        for address in &found {
            self.check_address(address.ip())?;
        }
        Ok(found)
    }

    /// Validates the URL and the current addresses of its host.
    ///
    /// # Errors
    /// Returns the [`Rejection`] of the URL or of an address.
    pub async fn check(&self, text: &str) -> Result<Url, Rejection> {
        let url = self.check_url(text)?;
        if let Some(Host::Domain(name)) = url.host() {
            let port = url.port_or_known_default().ok_or(Rejection::NotUrl)?;
            self.resolve(name, port).await?;
        }
        Ok(url)
    }
}
