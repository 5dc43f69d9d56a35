//! Classification of addresses by IANA's special-purpose registries.
//!
//! One `match` per family instead of a table of networks: it is exhaustive, `const`, and as long as
//! the table would be.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Purpose of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// Globally reachable.
    Public,
    /// The local machine.
    Loopback,
    /// A private network, or a carrier's shared space.
    Private,
    /// The local link, which includes the metadata services of clouds.
    LinkLocal,
    /// A multicast group.
    Multicast,
    /// The unspecified address.
    Unspecified,
    /// Documentation and benchmarks.
    Documentation,
    /// Any other special purpose.
    Reserved,
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Loopback => "this machine",
            Self::Private => "a private network",
            Self::LinkLocal => "the local link",
            Self::Multicast => "a multicast group",
            Self::Unspecified => "no address",
            Self::Documentation => "for documentation and tests",
            Self::Reserved => "reserved",
        })
    }
}

/// Returns the kind of an address.
///
/// An address that embeds an IPv4 address - mapped, NAT64, 6to4 - has the kind of that address.
pub const fn classify(address: IpAddr) -> AddressKind {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

const fn classify_v4(address: Ipv4Addr) -> AddressKind {
    match address.octets() {
        [0, 0, 0, 0] => AddressKind::Unspecified,
        // 100.64.0.0/10 is shared by a carrier's customers (RFC 6598).
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
            AddressKind::Private
        }
        [127, ..] => AddressKind::Loopback,
        [169, 254, ..] => AddressKind::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => {
            AddressKind::Documentation
        }
        [224..=239, ..] => AddressKind::Multicast,
        // "This network", protocol assignments, former 6to4 relays, and unassigned space.
        [0, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [240..=255, ..] => AddressKind::Reserved,
        _ => AddressKind::Public,
    }
}

/// Returns the kind of the IPv4 address in two segments of an IPv6 address.
const fn classify_embedded(high: u16, low: u16) -> AddressKind {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    classify_v4(Ipv4Addr::new(a, b, c, d))
}

const fn classify_v6(address: Ipv6Addr) -> AddressKind {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressKind::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressKind::Loopback,
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            classify_embedded(high, low)
        }
        // A relay unwraps 6to4 and forwards the inner packet.
        [0x2002, high, low, ..] => classify_embedded(high, low),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressKind::Private,
        [0xfe80..=0xfebf, ..] => AddressKind::LinkLocal,
        [0xff00..=0xffff, ..] => AddressKind::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => AddressKind::Documentation,
        // Protocol assignments: Teredo, benchmarking, ORCHID.
        [0x2001, 0..=0x1ff, ..] => AddressKind::Reserved,
        // All global unicast space assigned so far.
        [0x2000..=0x3fff, ..] => AddressKind::Public,
        _ => AddressKind::Reserved,
    }
}
