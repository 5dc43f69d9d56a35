//! What kind of address one is: IANA's special-purpose registries, as far as they matter to requests.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anybody may be behind it.
    Public,
    /// This machine.
    Loopback,
    /// This network, or a carrier's.
    Private,
    /// This link; the metadata services of clouds are there.
    LinkLocal,
    /// Many machines.
    Multicast,
    /// No machine.
    Unspecified,
    /// For examples and measurements.
    Documentation,
    /// For anything else but the public.
    Reserved,
}

impl fmt::Display for Kind {
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

/// The kind of an address. One that carries another in it - mapped, translated by NAT64, tunnelled by
/// 6to4 - is of the kind of that one.
pub const fn kind_of(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

const fn kind_of_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [0, 0, 0, 0] => Kind::Unspecified,
        // Shared by a carrier's customers (RFC 6598) is as private as private gets.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Kind::Private,
        [127, ..] => Kind::Loopback,
        [169, 254, ..] => Kind::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => {
            Kind::Documentation
        }
        [224..=239, ..] => Kind::Multicast,
        // "This network", protocol assignments, the old 6to4 relays, and what was never given out.
        [0, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [240..=255, ..] => Kind::Reserved,
        _ => Kind::Public,
    }
}

/// The kind of the IPv4 address in two segments of an IPv6 one.
const fn carried(high: u16, low: u16) -> Kind {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    kind_of_v4(Ipv4Addr::new(a, b, c, d))
}

const fn kind_of_v6(address: Ipv6Addr) -> Kind {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Kind::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            carried(high, low)
        }
        // A relay unwraps 6to4 and sends on what is inside.
        [0x2002, high, low, ..] => carried(high, low),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Kind::Private,
        [0xfe80..=0xfebf, ..] => Kind::LinkLocal,
        [0xff00..=0xffff, ..] => Kind::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Documentation,
        // Protocol assignments: Teredo, benchmarking, ORCHID.
        [0x2001, 0..=0x1ff, ..] => Kind::Reserved,
        // All that has been given out for the public so far.
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Reserved,
    }
}
