//! Typed ids, validated on entry; safe to use in a key unescaped.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// Number of partitions that an order id can encode: ten bits of its random part.
pub const MAX_PARTITIONS: u16 = 1024;

const PARTITION_SHIFT: u32 = 70;
const RANDOM_BITS: u128 = (1 << PARTITION_SHIFT) - 1;

/// Error of a text that is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is not 26 characters of Crockford's base 32.
    #[error("{0:?} is not an id: expected 26 characters of Crockford base 32")]
    NotUlid(String),
    /// The text is not a product id.
    #[error(
        "{0:?} is not a product id: expected 1 to 64 characters of a-z, 0-9, '-', '_' or '.', the first a letter or digit"
    )]
    NotProduct(String),
    /// The text is not a coupon code.
    #[error("{0:?} is not a coupon: expected 3 to 32 characters of A-Z, 0-9, '-' or '_'")]
    NotCoupon(String),
    /// The text is not the id of a webhook delivery.
    #[error("{0:?} is not a delivery: expected msg_ and 32 digits of lower-case hex")]
    NotDelivery(String),
}

/// Defines an id that is read from text by `$parse` and never holds anything else.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $parse:expr, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(pattern = $pattern))]
        pub struct $name(String);

        impl $name {
            /// Returns the id as text, as it stands in keys and JSON.
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

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                $parse(text).map(Self)
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

text_id!(
    /// Id of an order: a ULID whose characters 11 and 12 encode the order's partition.
    ///
    /// Every process finds an order from its id alone.
    OrderId,
    parse_ulid,
    "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
);

text_id!(
    /// Id of a customer: a ULID. Its hash decides the partition of all of the customer's orders.
    CustomerId,
    parse_ulid,
    "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
);

text_id!(
    /// Id of a product, chosen by the merchant: 1 to 64 characters of `a-z`, `0-9`, `-`, `_`, `.`, the
    /// first a letter or digit.
    ProductId,
    parse_product,
    "^[a-z0-9][a-z0-9._-]{0,63}$"
);

text_id!(
    /// Code of a coupon: 3 to 32 characters of `A-Z`, `0-9`, `-`, `_`.
    ///
    /// Case-insensitive on input, stored in capitals.
    CouponCode,
    parse_coupon,
    "^[A-Za-z0-9_-]{3,32}$"
);

text_id!(
    /// Id of a merchant's webhook subscription: a ULID.
    WebhookId,
    parse_ulid,
    "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
);

text_id!(
    /// Id of one event's delivery to one webhook: `msg_` and 32 digits of lower-case hex.
    ///
    /// Every attempt carries it in the `webhook-id` header.
    DeliveryId,
    parse_delivery,
    "^msg_[0-9a-f]{32}$"
);

fn parse_ulid(text: &str) -> Result<String, IdError> {
    match Ulid::from_string(text) {
        // Lower case would decode to the same value but name another key.
        Ok(ulid) if ulid.to_string() == text => Ok(text.to_owned()),
        _ => Err(IdError::NotUlid(text.to_owned())),
    }
}

fn parse_product(text: &str) -> Result<String, IdError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    // "." and ".." would be path segments in a URL.
    let named = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) && named {
        Ok(text.to_owned())
    } else {
        Err(IdError::NotProduct(text.to_owned()))
    }
}

fn parse_coupon(text: &str) -> Result<String, IdError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (3..=32).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(IdError::NotCoupon(text.to_owned()))
    }
}

fn parse_delivery(text: &str) -> Result<String, IdError> {
    let digits = text.strip_prefix("msg_").unwrap_or_default();
    let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digits.len() == 32 && digits.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(IdError::NotDelivery(text.to_owned()))
    }
}

impl OrderId {
    /// Returns a new id for `partition`, created at `now_ms` (Unix milliseconds) with 70 of the bits
    /// of `random`.
    pub fn new(partition: u16, now_ms: u64, random: u128) -> Self {
        let partition = u128::from(partition % MAX_PARTITIONS) << PARTITION_SHIFT;
        Self(Ulid::from_parts(now_ms, partition | (random & RANDOM_BITS)).to_string())
    }

    /// Returns the creation time in Unix milliseconds, by the clock of the process that took the order.
    pub fn created_ms(&self) -> u64 {
        Ulid::from_string(&self.0).map_or(0, |ulid| ulid.timestamp_ms())
    }

    /// Returns the partition that holds everything about this order.
    pub fn partition(&self) -> u16 {
        let random = Ulid::from_string(&self.0).map_or(0, |ulid| ulid.random());
        u16::try_from(random >> PARTITION_SHIFT).unwrap_or(0)
    }
}

impl CustomerId {
    /// Returns a new id, created at `now_ms` (Unix milliseconds).
    pub fn new(now_ms: u64, random: u128) -> Self {
        Self(Ulid::from_parts(now_ms, random).to_string())
    }

    /// Returns the partition of this customer's orders among `partitions`.
    pub fn partition(&self, partitions: u16) -> u16 {
        partition_of(self.0.as_bytes(), partitions)
    }
}

impl WebhookId {
    /// Returns a new id, created at `now_ms` (Unix milliseconds).
    pub fn new(now_ms: u64, random: u128) -> Self {
        Self(Ulid::from_parts(now_ms, random).to_string())
    }
}

/// Id of a payment. An order has exactly one payment, so the id follows from the order's.
///
/// Also the idempotency key at the provider: a charge repeated after a crash is the same charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PaymentId(String);

impl PaymentId {
    /// Returns the id of the payment of `order`.
    pub fn of(order: &OrderId) -> Self {
        Self(format!("pay_{order}"))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the partition of `bytes` among `partitions`: FNV-1a 64, the same on every machine and
/// version.
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
    fn a_coupon_code_is_read_in_either_case_and_stored_in_capitals() {
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
