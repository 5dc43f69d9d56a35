//! Typed ids. They are validated where they enter and can be put into a key as they are.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// Partitions an order id can name: ten bits of its random part.
pub const MAX_PARTITIONS: u16 = 1024;

const PARTITION_SHIFT: u32 = 70;
const RANDOM_BITS: u128 = (1 << PARTITION_SHIFT) - 1;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 26 characters of Crockford's base 32.
    #[error("{0:?} is not an id: expected 26 characters of Crockford base 32")]
    NotUlid(String),
    /// Not a product id.
    #[error(
        "{0:?} is not a product id: expected 1 to 64 characters of a-z, 0-9, '-', '_' or '.', the first a letter or digit"
    )]
    NotProduct(String),
    /// Not a coupon's code.
    #[error("{0:?} is not a coupon: expected 3 to 32 characters of A-Z, 0-9, '-' or '_'")]
    NotCoupon(String),
    /// Not a webhook delivery's id.
    #[error("{0:?} is not a delivery: expected msg_ and 32 digits of lower-case hex")]
    NotDelivery(String),
}

fn parse_ulid(text: &str) -> Result<Ulid, IdError> {
    let ulid = Ulid::from_string(text).map_err(|_| IdError::NotUlid(text.to_owned()))?;
    // Lower case would decode to the same value but name another key.
    if ulid.to_string() == text {
        Ok(ulid)
    } else {
        Err(IdError::NotUlid(text.to_owned()))
    }
}

macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// The id as text, as it stands in keys and JSON.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

/// An order's id: a ULID whose characters 11 and 12 are the order's partition.
///
/// The partition in the id lets any process find the order from its id alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderId(String);

text_id!(OrderId);

impl OrderId {
    /// A new id for `partition`, created at `now_ms` (Unix milliseconds) with 70 of the bits of
    /// `random`.
    pub fn new(partition: u16, now_ms: u64, random: u128) -> Self {
        let partition = u128::from(partition % MAX_PARTITIONS) << PARTITION_SHIFT;
        Self(Ulid::from_parts(now_ms, partition | (random & RANDOM_BITS)).to_string())
    }

    /// Unix milliseconds at which the order was made, by the clock of who took it.
    pub fn created_ms(&self) -> u64 {
        Ulid::from_string(&self.0).map_or(0, |ulid| ulid.timestamp_ms())
    }

    /// The partition that holds everything about this order.
    pub fn partition(&self) -> u16 {
        let random = Ulid::from_string(&self.0).map_or(0, |ulid| ulid.random());
        u16::try_from(random >> PARTITION_SHIFT).unwrap_or(0)
    }
}

impl FromStr for OrderId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse_ulid(text).map(|_| Self(text.to_owned()))
    }
}

/// A customer's id: a ULID. Its hash decides the partition of all of the customer's orders.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomerId(String);

text_id!(CustomerId);

impl CustomerId {
    /// A new id, created at `now_ms` (Unix milliseconds).
    pub fn new(now_ms: u64, random: u128) -> Self {
        Self(Ulid::from_parts(now_ms, random).to_string())
    }

    /// The partition of this customer's orders when there are `partitions` of them.
    pub fn partition(&self, partitions: u16) -> u16 {
        partition_of(self.0.as_bytes(), partitions)
    }
}

impl FromStr for CustomerId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse_ulid(text).map(|_| Self(text.to_owned()))
    }
}

/// A product's id, chosen by the merchant: 1 to 64 characters of `a-z`, `0-9`, `-`, `_`, `.`, the
/// first a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductId(String);

text_id!(ProductId);

impl FromStr for ProductId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
        // "." and ".." would walk in a URL's path.
        let named = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if (1..=64).contains(&text.len()) && text.bytes().all(plain) && named {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::NotProduct(text.to_owned()))
        }
    }
}

/// A coupon's code: 3 to 32 characters of `A-Z`, `0-9`, `-`, `_`.
///
/// People type it as they like: a code is read in either case, and kept in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CouponCode(String);

text_id!(CouponCode);

impl FromStr for CouponCode {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (3..=32).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(IdError::NotCoupon(text.to_owned()))
        }
    }
}

/// The id of a merchant's webhook subscription: a ULID.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookId(String);

text_id!(WebhookId);

impl WebhookId {
    /// A new id, created at `now_ms` (Unix milliseconds).
    pub fn new(now_ms: u64, random: u128) -> Self {
        Self(Ulid::from_parts(now_ms, random).to_string())
    }
}

impl FromStr for WebhookId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse_ulid(text).map(|_| Self(text.to_owned()))
    }
}

/// The id of one event's delivery to one webhook: `msg_` and 32 digits of lower-case hex. It is the
/// `webhook-id` header of every attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeliveryId(String);

text_id!(DeliveryId);

impl FromStr for DeliveryId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix("msg_").unwrap_or_default();
        let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if digits.len() == 32 && digits.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::NotDelivery(text.to_owned()))
        }
    }
}

/// A payment's id. An order has exactly one payment, so the id follows from the order's.
///
/// It doubles as the idempotency key at the provider: a charge repeated after a crash is the same
/// charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PaymentId(String);

impl PaymentId {
    /// The payment of `order`.
    pub fn of(order: &OrderId) -> Self {
        Self(format!("pay_{order}"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The partition of `bytes` among `partitions`: FNV-1a 64, the same on every machine and version.
pub fn partition_of(bytes: &[u8], partitions: u16) -> u16 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    u16::try_from(hash % u64::from(partitions.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_id_carries_its_partition() {
        for partition in [0, 1, 31, 32, 1023] {
            let id = OrderId::new(partition, 1_732_000_000_000, u128::MAX);
            assert_eq!(id.partition(), partition);
            assert_eq!(id.created_ms(), 1_732_000_000_000);
            assert_eq!(id.as_str().parse::<OrderId>().as_ref(), Ok(&id));
        }
    }

    #[test]
    fn ids_that_could_name_another_key_are_refused() {
        for text in [
            "",
            "dead",
            "01J8",
            "01j8zzzzzzzzzzzzzzzzzzzzzz",
            "01J8ZZZZZZZZZZZZZZZZZZZZ:}",
        ] {
            assert!(text.parse::<OrderId>().is_err(), "{text:?}");
            assert!(text.parse::<CustomerId>().is_err(), "{text:?}");
        }
        for text in [
            "",
            "Mug",
            "mug 01",
            "mug:01",
            "{0}",
            "mug/01",
            &"x".repeat(65),
        ] {
            assert!(text.parse::<ProductId>().is_err(), "{text:?}");
        }
        assert!("mug-01".parse::<ProductId>().is_ok());
    }

    #[test]
    fn a_coupon_is_read_in_either_case_and_kept_in_capitals() {
        for text in ["welcome10", "WELCOME10", "wElCoMe10"] {
            assert_eq!(text.parse::<CouponCode>().unwrap().as_str(), "WELCOME10");
        }
        for text in ["", "AB", "A B C", "A:B", "{0}", "ÄÖÜ", &"X".repeat(33)] {
            assert!(text.parse::<CouponCode>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn partitions_are_stable_and_in_range() {
        // Fixed values: a change would lose every existing customer's orders.
        assert_eq!(partition_of(b"01J8ZZZZZZZZZZZZZZZZZZZZZZ", 1), 0);
        assert_eq!(partition_of(b"a", 16), 12);
        assert!((0..500_u32).all(|n| partition_of(&n.to_le_bytes(), 7) < 7));
    }
}
