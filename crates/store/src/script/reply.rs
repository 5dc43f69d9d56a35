//! Replies of scripts: a tag, and the values behind it.

use std::time::Duration;

use contracts::{DeliveryId, OrderId, ProductId};
use streamward::Reply;

use crate::{EntryId, Result};

/// A reply with a type.
pub(crate) trait Answer: Sized {
    /// Every tag it knows.
    const TAGS: &'static [&'static str];

    /// Reads the reply.
    ///
    /// # Errors
    /// [`streamward::Error::Reply`] when the tag is unknown or a value is of another type.
    fn read(reply: Reply) -> Result<Self>;
}

/// Whether a change was made.
impl Answer for bool {
    const TAGS: &'static [&'static str] = &[
        "ADDED",
        "FANNED_OUT",
        "LISTED",
        "REGISTERED",
        "RELEASED",
        "REMOVED",
        "SET",
        "STORED",
        "FULL",
        "LOST",
        "STALE",
        "TAKEN",
        "UNKNOWN",
    ];

    fn read(reply: Reply) -> Result<Self> {
        match reply.tag() {
            "ADDED" | "FANNED_OUT" | "LISTED" | "REGISTERED" => Ok(true),
            "RELEASED" | "REMOVED" | "SET" | "STORED" => Ok(true),
            "FULL" | "LOST" | "STALE" | "TAKEN" | "UNKNOWN" => Ok(false),
            _ => Err(reply.unexpected()),
        }
    }
}

/// For callers to whom every reply is the same.
impl Answer for () {
    const TAGS: &'static [&'static str] = &[
        "MARKED", "STALE", "NOTED", "REPORTED", "KNOWN", "RENEWED", "GONE", "SET",
    ];

    fn read(reply: Reply) -> Result<Self> {
        if Self::TAGS.contains(&reply.tag()) {
            return Ok(());
        }
        Err(reply.unexpected())
    }
}

/// The values behind the only tag of a script that reads.
macro_rules! values {
    ($($($part:ident)+;)+) => {
        $(impl<$($part: Part),+> Answer for ($($part,)+) {
            const TAGS: &'static [&'static str] = &["READ", "OBSERVED"];

            fn read(reply: Reply) -> Result<Self> {
                let reply = &mut { reply };
                if Self::TAGS.contains(&reply.tag()) {
                    return Ok(($($part::take(reply)?,)+));
                }
                Err(reply.unexpected())
            }
        })+
    };
}
values! { A; A B; A B C; A B C D E; }

/// A value behind the tag.
pub(crate) trait Part: Sized {
    /// Takes it.
    ///
    /// # Errors
    /// [`streamward::Error::Reply`] when it is missing or of another type.
    fn take(reply: &mut Reply) -> Result<Self>;
}

macro_rules! parts {
    (plain: $($type:ty),+; parsed: $($text:ty),+ $(;)?) => {
        $(impl Part for $type {
            fn take(reply: &mut Reply) -> Result<Self> {
                reply.take()
            }
        })+
        $(impl Part for $text {
            fn take(reply: &mut Reply) -> Result<Self> {
                let text: String = reply.take()?;
                text.parse().map_err(|_| reply.unexpected())
            }
        })+
    };
}
parts!(
    plain: u32, u64, i64, String, Vec<String>, Option<String>, Option<i64>, Vec<Option<String>>,
        Vec<[Option<String>; 18]>, Vec<[Option<i64>; 6]>, Vec<(String, u64)>;
    parsed: DeliveryId, OrderId, ProductId, EntryId;
);

/// Milliseconds; a negative number is none.
impl Part for Duration {
    fn take(reply: &mut Reply) -> Result<Self> {
        let ms: i64 = reply.take()?;
        Ok(Self::from_millis(u64::try_from(ms).unwrap_or(0)))
    }
}

/// Defines a reply: each variant, the values it carries, and its tags.
macro_rules! replies {
    ($(#[$meta:meta])* $visibility:vis $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident
            $(($($payload:ty),+))?
            $({ $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? })?
            = $($tag:literal)|+),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $($(#[$variant_meta])* $variant
                $(($($payload),+))? $({ $($(#[$field_meta])* $field: $type),+ })?),+
        }

        impl $crate::script::Answer for $name {
            const TAGS: &'static [&'static str] = &[$($($tag),+),+];

            fn read(reply: streamward::Reply) -> $crate::Result<Self> {
                let reply = &mut { reply };
                match reply.tag() {
                    $($($tag)|+ => Ok(Self::$variant
                        $(($(<$payload as $crate::script::Part>::take(reply)?),+))?
                        $({ $($field: $crate::script::Part::take(reply)?),+ })?),)+
                    _ => Err(reply.unexpected()),
                }
            }
        }
    };
}
