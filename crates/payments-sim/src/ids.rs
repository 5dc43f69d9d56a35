//! Identifiers: a prefix that says what it names, and a ULID.
//!
//! Kept as sixteen bytes, because millions of them stay in memory; text only on the wire and in
//! the journal.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

/// The text names nothing of the expected kind.
#[derive(Debug)]
pub(crate) struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub(crate) struct $name(Ulid);

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
    /// A payment intent.
    IntentId, "pi_"
);
id!(
    /// A charge. The one that takes an intent's money shares its ULID; those that failed have their own.
    ChargeId, "ch_"
);
id!(
    /// A refund.
    RefundId, "re_"
);
id!(
    /// A checkout session.
    SessionId, "cs_test_"
);
id!(
    /// An event.
    EventId, "evt_"
);

macro_rules! generated {
    ($($name:ident),+) => {
        $(impl $name {
            /// A new one; later ones sort after it, by the millisecond.
            pub(crate) fn generate() -> Self {
                Self(Ulid::new())
            }
        })+
    };
}

generated!(IntentId, ChargeId, RefundId, SessionId, EventId);

impl IntentId {
    /// The charge that takes this intent's money.
    pub(crate) fn charge(self) -> ChargeId {
        ChargeId(self.0)
    }
}

impl ChargeId {
    /// When it was made, in seconds since the epoch; that of a charge that succeeds is its intent's.
    pub(crate) fn created(self) -> i64 {
        i64::try_from(self.0.timestamp_ms() / 1000).unwrap_or(i64::MAX)
    }
}
