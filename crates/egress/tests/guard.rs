//! SSRF protection: private addresses are rejected in every notation, and public ones pass.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use egress::{AddressKind, Policy, Rejection, classify};
use rand::{Rng, SeedableRng, rngs::StdRng};

const ROUNDS: usize = 20_000;
const SEED: u64 = 0x5ee_d5ee;

/// Blocks that are not public, from IANA's registry of special-purpose addresses.
const SPECIAL_V4: [(&str, u32); 16] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
    ("255.255.255.255", 32),
];

const SPECIAL_V6: [(&str, u32); 11] = [
    ("::", 96),
    ("64:ff9b:1::", 48),
    ("100::", 64),
    ("2001::", 23),
    ("2001:db8::", 32),
    ("3fff::", 20),
    ("4000::", 3),
    ("fc00::", 7),
    ("fe80::", 10),
    ("fec0::", 10),
    ("ff00::", 8),
];

fn bits(address: &str) -> u32 {
    address.parse::<Ipv4Addr>().unwrap().to_bits()
}

fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix).unwrap_or(0)
}

/// Independent implementation by prefix and mask.
fn is_special(address: Ipv4Addr) -> bool {
    let inside = |(block, prefix): &(&str, u32)| {
        address.to_bits() & mask(*prefix) == bits(block) & mask(*prefix)
    };
    SPECIAL_V4.iter().any(inside)
}

fn is_public(address: impl Into<IpAddr>) -> bool {
    classify(address.into()) == AddressKind::Public
}

#[test]
fn an_ipv4_address_is_public_exactly_when_it_is_in_no_special_block() {
    let mut random = StdRng::seed_from_u64(SEED);
    for round in 0..ROUNDS {
        // Half of the addresses are at a boundary or inside a block, where errors are likely.
        let bits = if round % 2 == 0 {
            random.random()
        } else {
            let (block, prefix) = SPECIAL_V4[random.random_range(0..SPECIAL_V4.len())];
            let first = bits(block);
            let last = first | !mask(prefix);
            let edges = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
            let inside = first | (random.random::<u32>() & !mask(prefix));
            [edges[random.random_range(0..4)], inside][random.random_range(0..2)]
        };
        let address = Ipv4Addr::from_bits(bits);
        assert_eq!(is_public(address), !is_special(address), "{address}");
    }
}

#[test]
fn an_address_with_an_embedded_one_has_its_kind() {
    let mut random = StdRng::seed_from_u64(SEED);
    for _ in 0..ROUNDS {
        let inner = Ipv4Addr::from_bits(random.random());
        let [a, b, c, d] = inner.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let (subnet, host) = (random.random(), random.random());
        let embedding = [
            inner.to_ipv6_mapped(),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, subnet, 0, 0, 0, host),
        ];
        for address in embedding {
            assert_eq!(is_public(address), is_public(inner), "{address}");
        }
        let compatible = Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low);
        assert!(!is_public(compatible), "{compatible}");
    }
}

#[test]
fn special_ipv6_blocks_are_not_public() {
    let mut random = StdRng::seed_from_u64(SEED);
    for (block, prefix) in SPECIAL_V6 {
        let first = block.parse::<Ipv6Addr>().unwrap().to_bits();
        for _ in 0..ROUNDS / 10 {
            let address = Ipv6Addr::from_bits(first | (random.random::<u128>() >> prefix));
            assert!(!is_public(address), "{address} of {block}/{prefix}");
        }
    }
    for public in [
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
    ] {
        assert!(is_public(public.parse::<Ipv6Addr>().unwrap()), "{public}");
    }
}

#[test]
fn an_address_is_rejected_in_every_notation() {
    let policy = Policy::default();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a9fe:a9fe::]",
        "169.254.169.254",
        "0",
    ] {
        let rejected = policy.check_url(&format!("https://{host}/"));
        assert!(
            matches!(rejected, Err(Rejection::NotPublic { .. })),
            "{host}: {rejected:?}"
        );
    }
    assert!(policy.check_url("https://93.184.215.14/hooks?a=b").is_ok());
}

#[test]
fn a_url_is_validated_by_the_policy() {
    let (strict, open) = (
        Policy::default(),
        Policy {
            allow_http: true,
            allow_private: true,
        },
    );
    let public_http = Policy {
        allow_http: true,
        allow_private: false,
    };
    let long = format!("https://a.example/{}", "x".repeat(2000));
    for (url, rejected) in [
        ("shop.example", Rejection::NotUrl),
        ("https://", Rejection::NotUrl),
        ("http://a.example/", Rejection::Scheme("https://")),
        ("ftp://a.example/", Rejection::Scheme("https://")),
        ("https://u:p@a.example/", Rejection::Credentials),
        ("https://u@a.example/", Rejection::Credentials),
        ("https://a.example/#x", Rejection::Fragment),
        ("https://a.example:25/", Rejection::Port(25)),
        ("https://a.example:0/", Rejection::Port(0)),
        ("https://a.example:80/", Rejection::Port(80)),
        (long.as_str(), Rejection::TooLong(2000)),
    ] {
        assert_eq!(strict.check_url(url), Err(rejected), "{url}");
    }
    assert!(strict.check_url("https://a.example:8443/").is_ok());
    assert!(public_http.check_url("http://a.example/").is_ok());
    let inner = public_http.check_url("http://127.0.0.1:9000/");
    assert!(matches!(inner, Err(Rejection::NotPublic { .. })));
    assert!(open.check_url("http://127.0.0.1:81/").is_ok());
}

#[tokio::test]
async fn a_host_name_is_rejected_by_its_addresses() {
    let rejected = Policy::default().check("https://localhost/hooks").await;
    let Err(Rejection::NotPublic { kind, .. }) = rejected else {
        unreachable!("{rejected:?}");
    };
    assert_eq!(kind, AddressKind::Loopback);
    let open = Policy {
        allow_http: false,
        allow_private: true,
    };
    assert!(open.check("https://localhost/hooks").await.is_ok());
    let unknown = Policy::default().check("https://nobody.invalid/").await;
    assert!(
        matches!(unknown, Err(Rejection::Unresolved(_))),
        "{unknown:?}"
    );
}
