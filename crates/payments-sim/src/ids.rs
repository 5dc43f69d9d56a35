//! Identifiers: a prefix for the type of record, and a ULID.
//!
//! Sixteen bytes in memory, because millions are kept; text only on the wire and in the journal.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

/// Error for a text that is no identifier of the expected type.
#[derive(Debug)]
pub(crate) struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub(crate) struct $name(Ulid);

        impl $name {
            /// Creates a new id that sorts after earlier ones, by the millisecond.
            pub(crate) fn generate() -> Self {
                Self(Ulid::new())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; ulid::ULID_LEN];
                f.write_str($prefix)?;
                f.write_str(self.0.array_to_str(&mut text))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let ulid = text.strip_prefix($prefix).ok_or(NotAnId)?;
                Ulid::from_string(ulid).map(Self).map_err(|_| NotAnId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(|NotAnId| D::Error::custom("not an identifier"))
            }
        }
    };
}

id!(
    /// Identifier of a payment intent.
    IntentId, "pi_"
);
id!(
    /// Identifier of a charge. A succeeding charge shares the ULID of its intent; a failed one has its own.
    ChargeId, "ch_"
);
id!(
    /// Identifier of a refund.
    RefundId, "re_"
);
id!(
    /// Identifier of a checkout session.
    SessionId, "cs_test_"
);
id!(
    /// Identifier of an event.
    EventId, "evt_"
);

impl IntentId {
    /// Returns the charge that captures this intent's amount.
    pub(crate) fn charge(self) -> ChargeId {
        ChargeId(self.0)
    }
}

impl ChargeId {
    /// Returns its creation time in seconds since the epoch; for a succeeding charge, its intent's.
    pub(crate) fn created(self) -> i64 {
        i64::try_from(self.0.timestamp_ms() / 1000).unwrap_or(i64::MAX)
    }
}
