//! What is allowed, and the look at a URL and at the addresses behind it.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use crate::{Kind, Refused, kind_of};

/// The longest URL.
const LONGEST: usize = 2000;
/// Below it live the services of the system; 80 and 443 are the web's.
const FIRST_FREE_PORT: u16 = 1024;

/// What is allowed; nothing but public addresses by https, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Plain http too, and its port 80.
    pub allow_http: bool,
    /// Every address and every port.
    pub allow_private: bool,
}

impl Policy {
    /// Looks at the URL alone. A name in it is still to be resolved, by [`Policy::resolve`].
    ///
    /// # Errors
    /// [`Refused`].
    pub fn check_url(&self, text: &str) -> Result<Url, Refused> {
        if text.len() > LONGEST {
            return Err(Refused::TooLong(LONGEST));
        }
        let url = Url::parse(text).map_err(|_| Refused::NotUrl)?;
        match (url.scheme(), self.allow_http) {
            ("https", _) | ("http", true) => {}
            (_, true) => return Err(Refused::Scheme("https:// or http://")),
            (_, false) => return Err(Refused::Scheme("https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Login);
        }
        if url.fragment().is_some() {
            return Err(Refused::Fragment);
        }
        let port = url.port_or_known_default().ok_or(Refused::NotUrl)?;
        let of_the_web = port == 443 || (port == 80 && self.allow_http);
        if !of_the_web && port < FIRST_FREE_PORT && !self.allow_private {
            return Err(Refused::Port(port));
        }
        match url.host().ok_or(Refused::NotUrl)? {
            Host::Domain(_) => {}
            Host::Ipv4(address) => self.check_address(address.into())?,
            Host::Ipv6(address) => self.check_address(address.into())?,
        }
        Ok(url)
    }

    /// Looks at one address.
    ///
    /// # Errors
    /// [`Refused::Inner`].
    pub const fn check_address(&self, address: IpAddr) -> Result<(), Refused> {
        let kind = kind_of(address);
        if self.allow_private || matches!(kind, Kind::Public) {
            return Ok(());
        }
        Err(Refused::Inner { address, kind })
    }

    /// The addresses of a host. One that is not public refuses them all: a name that mixes the two is
    /// no honest one.
    ///
    /// # Errors
    /// [`Refused::Unresolved`] or [`Refused::Inner`].
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Refused> {
        let found = tokio::net::lookup_host((host, port)).await;
        let found: Vec<SocketAddr> = found
            .map_err(|error| Refused::Unresolved(error.to_string()))?
            .collect();
        if found.is_empty() {
            return Err(Refused::Unresolved("it has no address".to_owned()));
        }
        for address in &found {
            self.check_address(address.ip())?;
        }
        Ok(found)
    }

    /// Looks at the URL and at what its name leads to now.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn check(&self, text: &str) -> Result<Url, Refused> {
        let url = self.check_url(text)?;
        if let Some(Host::Domain(name)) = url.host() {
            let port = url.port_or_known_default().ok_or(Refused::NotUrl)?;
            self.resolve(name, port).await?;
        }
        Ok(url)
    }
}
