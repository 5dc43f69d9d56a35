//! Where a request comes from.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use axum::http::HeaderMap;

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Addresses that share their first bits, such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
}

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network: expected one such as 10.0.0.0/8 or an address")]
pub struct NotANetwork(String);

/// IPv4 addresses stand in the part of IPv6 that is theirs, so that both compare alike.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let differing = number(address) ^ self.first;
        self.bits == 0 || differing >> (128 - self.bits) == 0
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most: u32 = if address.is_ipv4() { 32 } else { 128 };
        let bits: u32 = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > most {
            return Err(wrong());
        }
        Ok(Self {
            first: number(address),
            bits: bits + 128 - most,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Ipv6Addr::from_bits(self.first);
        match address.to_ipv4_mapped() {
            Some(address) if self.bits >= 96 => write!(f, "{address}/{}", self.bits - 96),
            _ => write!(f, "{address}/{}", self.bits),
        }
    }
}

/// Who sent the request, as far as quotas care: an IPv4 address, or the 64 bits of an IPv6 address that
/// one site has.
///
/// `X-Forwarded-For` counts only behind a trusted proxy, and then its last address that is not one: what
/// stands further left is whatever the client wrote.
pub(crate) fn client(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[Network]) -> String {
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
            // Behind something unreadable nothing can be believed.
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
    fn what_a_stranger_claims_is_not_believed() {
        assert_eq!(from("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(
            from("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]),
            "192.0.2.1"
        );
    }

    #[test]
    fn a_trusted_proxy_says_who_asked_it() {
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
    fn networks_are_read_and_what_is_none_is_refused() {
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
