//! The address that a request comes from, as far as quotas are concerned.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, request::Parts},
};
use ipnet::IpNet;

use crate::Api;

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// A range of addresses such as `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

/// The error of a text that is not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network: expected one such as 10.0.0.0/8, or an address")]
pub struct NotANetwork(String);

impl Network {
    /// Returns whether the address lies in the network, be it written as IPv4 or as IPv6.
    fn contains(&self, address: IpAddr) -> bool {
        let mapped = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        self.0.contains(&address.to_canonical()) || self.0.contains(&IpAddr::V6(mapped))
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let network = text.parse().or_else(|_| text.parse().map(IpAddr::into));
        network.map(Self).map_err(|_| NotANetwork(text.to_owned()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The address that a request is counted under.
pub(crate) struct ClientAddress(pub(crate) String);

impl ClientAddress {
    pub(crate) fn of(api: &Api, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let peer = extensions.get().map(|Peer(address)| *address);
        Self(client(headers, peer, &api.settings.trusted_proxies))
    }
}

impl FromRequestParts<Api> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        Ok(Self::of(api, &parts.headers, &parts.extensions))
    }
}

/// Returns an IPv4 address, or the /64 network of an IPv6 address, which one site has.
///
/// `X-Forwarded-For` counts only behind a trusted proxy, and then its last address that is not a trusted proxy:
/// the client can write anything further left.
fn client(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[Network]) -> String {
    let Some(peer) = peer else {
        return "nowhere".to_owned();
    };
    let is_proxy = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut found = peer;
    if is_proxy(peer) {
        let values = headers.get_all("x-forwarded-for");
        let hops: Vec<&str> = values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in hops.into_iter().rev() {
            // Nothing to the left of an unreadable entry is trustworthy.
            let Ok(address) = hop.trim().parse() else {
                break;
            };
            found = address;
            if !is_proxy(address) {
                break;
            }
        }
    }
    match found.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let site = address.to_bits() & (u128::MAX << 64);
            format!("{}/64", Ipv6Addr::from_bits(site))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn from(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        let trusted: Vec<Network> = trusted.iter().map(|one| one.parse().unwrap()).collect();
        client(&headers, Some(peer.parse().unwrap()), &trusted)
    }

    #[test]
    fn x_forwarded_for_of_an_untrusted_peer_is_ignored() {
        assert_eq!(from("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(
            from("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]),
            "192.0.2.1"
        );
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        for (forwarded, found) in [
            (&["198.51.100.7"][..], "198.51.100.7"),
            (&["6.6.6.6, 198.51.100.7"][..], "198.51.100.7"),
            (&["6.6.6.6", "198.51.100.7, 10.9.9.9"][..], "198.51.100.7"),
            (&["198.51.100.7, rubbish, 10.9.9.9"][..], "10.9.9.9"),
            (&[][..], "10.1.2.3"),
        ] {
            assert_eq!(
                from("10.1.2.3", forwarded, &trusted),
                found,
                "{forwarded:?}"
            );
        }
    }

    #[test]
    fn an_ipv6_site_is_one_client() {
        assert_eq!(from("2001:db8::1", &[], &[]), "2001:db8::/64");
        assert_eq!(from("2001:db8::ffff:1", &[], &[]), "2001:db8::/64");
        assert_eq!(from("::ffff:192.0.2.1", &[], &[]), "192.0.2.1");
    }

    #[test]
    fn a_mapped_address_lies_in_both_kinds_of_networks() {
        for (network, address) in [
            ("10.0.0.0/8", "::ffff:10.1.2.3"),
            ("::ffff:10.0.0.0/104", "10.1.2.3"),
            ("::/0", "10.1.2.3"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(
                network.contains(address.parse().unwrap()),
                "{network} {address}"
            );
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(!all.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn networks_are_parsed_and_anything_else_is_refused() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("192.0.2.1", "192.0.2.1/32"),
            ("fd00::/8", "fd00::/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), shown);
        }
        for bad in [
            "",
            "10.0.0.0/33",
            "::/129",
            "ten/8",
            "10.0.0.0/",
            "10.0.0/8",
        ] {
            assert!(bad.parse::<Network>().is_err(), "{bad:?}");
        }
    }
}
