//! Decodes messages, and defines the enum of a consumer that handles several types.

use std::cmp::Ordering;

pub use streamward_message::{Message, Undecodable};

use crate::{
    entry,
    handler::Inbound,
    outcome::{Cause, Outcome},
};

impl From<Undecodable> for Outcome {
    /// A broken message becomes a dead letter, a newer one is retried.
    fn from(problem: Undecodable) -> Self {
        let cause = Cause::new(problem.to_string());
        if matches!(problem, Undecodable::Newer { .. }) {
            Self::retry(cause)
        } else {
            Self::dead(cause)
        }
    }
}

/// Decodes a message of type `M` that was written as `version`; [`Message::upgrade`] reads the older
/// versions.
///
/// # Errors
/// [`Undecodable`].
pub fn decode<M: Message>(version: u32, data: &[u8]) -> Result<M, Undecodable> {
    match version.cmp(&M::VERSION) {
        Ordering::Less => M::upgrade(version, data),
        Ordering::Equal => entry::unpack(data).map_err(Undecodable::Broken),
        Ordering::Greater => Err(Undecodable::Newer {
            found: version,
            known: M::VERSION,
        }),
    }
}

impl<M: Message> Inbound for M {
    fn wants(kind: &str) -> bool {
        kind == M::KIND
    }

    fn decode(_kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        decode(version, data)
    }
}

/// Defines the message enum of a consumer, and its [`Inbound`] implementation, from one list.
///
/// Each variant holds a [`Message`], or another enum that this macro defines, plain or in a `Box`.
/// A variant `Name = Type` holds nothing: the message is recognised by its type and not unpacked.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use streamward::{Inbound, Message, inbound, pack};
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// struct Placed {
///     order: u32,
/// }
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// struct Paid {
///     cents: u32,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Timeout {}
///
/// impl Message for Placed {
///     const KIND: &'static str = "Placed";
/// }
/// impl Message for Paid {
///     const KIND: &'static str = "Paid";
/// }
/// impl Message for Timeout {
///     const KIND: &'static str = "Timeout";
/// }
///
/// inbound! {
///     /// Messages of the shipping service.
///     #[derive(Clone, Debug, PartialEq)]
///     pub enum Shipping {
///         /// An order was placed.
///         Placed(Placed),
///         /// An order was paid.
///         Paid(Box<Paid>),
///         /// The time to pay is over.
///         Timeout = Timeout,
///     }
/// }
///
/// let data = pack("Paid", &Paid { cents: 995 })?;
/// let paid = Shipping::decode("Paid", 1, &data)?;
/// assert_eq!(paid, Shipping::Paid(Box::new(Paid { cents: 995 })));
/// assert_eq!(Shipping::decode("Timeout", 1, &[])?, Shipping::Timeout);
/// assert!(Shipping::wants("Placed") && !Shipping::wants("Shipped"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! inbound {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $(
                $(#[$variant_attribute:meta])*
                $variant:ident $(($($payload:tt)+))? $(= $unit:ty)?
            ),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        $visibility enum $name {
            $(
                $(#[$variant_attribute])*
                $variant $(($($payload)+))?
            ),+
        }

        impl $crate::Inbound for $name {
            fn wants(kind: &str) -> bool {
                $($crate::__inbound_type!($($($payload)+)? $($unit)?; wants)(kind))||+
            }

            fn decode(
                kind: &str,
                version: u32,
                data: &[u8],
            ) -> ::std::result::Result<Self, $crate::Undecodable> {
                $(
                    if $crate::__inbound_type!($($($payload)+)? $($unit)?; wants)(kind) {
                        return $crate::__inbound_decode!(
                            Self::$variant, $(($($payload)+))?, kind, version, data
                        );
                    }
                )+
                ::std::result::Result::Err($crate::Undecodable::Broken(::std::format!(
                    "unknown type {kind:?}"
                )))
            }
        }
    };
}

/// A function of [`Inbound`] for the type of a variant, without its `Box`.
#[doc(hidden)]
#[macro_export]
macro_rules! __inbound_type {
    (Box<$payload:ty>; $function:ident) => {
        <$payload as $crate::Inbound>::$function
    };
    ($payload:ty; $function:ident) => {
        <$payload as $crate::Inbound>::$function
    };
}

/// Decodes one variant.
#[doc(hidden)]
#[macro_export]
macro_rules! __inbound_decode {
    ($variant:path, , $kind:ident, $version:ident, $data:ident) => {
        ::std::result::Result::Ok($variant)
    };
    ($variant:path, (Box<$payload:ty>), $kind:ident, $version:ident, $data:ident) => {
        <$payload as $crate::Inbound>::decode($kind, $version, $data)
            .map(|message| $variant(::std::boxed::Box::new(message)))
    };
    ($variant:path, ($payload:ty), $kind:ident, $version:ident, $data:ident) => {
        <$payload as $crate::Inbound>::decode($kind, $version, $data).map($variant)
    };
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::entry::pack;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Old {
        name: String,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Greeting {
        first: String,
        last: String,
    }

    impl Message for Greeting {
        const KIND: &'static str = "Greeting";
        const VERSION: u32 = 2;

        fn upgrade(from: u32, data: &[u8]) -> Result<Self, Undecodable> {
            let Old { name } = match from {
                1 => entry::unpack(data)?,
                other => return Err(Undecodable::Broken(format!("there was no {other}"))),
            };
            let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
            Ok(Self {
                first: first.to_owned(),
                last: last.to_owned(),
            })
        }
    }

    fn ada() -> Greeting {
        Greeting {
            first: "Ada".to_owned(),
            last: "Lovelace".to_owned(),
        }
    }

    #[test]
    fn an_old_shape_is_upgraded_and_a_new_one_waits() {
        let old = Old {
            name: "Ada Lovelace".to_owned(),
        };
        let (old, new) = (pack("Greeting", &old), pack("Greeting", &ada()));
        let (old, new) = (old.expect("packs"), new.expect("packs"));
        assert_eq!(decode::<Greeting>(1, &old), Ok(ada()));
        assert_eq!(decode::<Greeting>(2, &new), Ok(ada()));
        let (found, known) = (3, 2);
        let newer = decode::<Greeting>(3, &new);
        assert_eq!(newer, Err(Undecodable::Newer { found, known }));
        assert!(matches!(
            newer.expect_err("newer").into(),
            Outcome::Retry { .. }
        ));
    }

    #[test]
    fn a_broken_message_becomes_a_dead_letter() {
        let broken = decode::<Greeting>(2, b"\xc1").expect_err("no MessagePack");
        assert!(matches!(broken.into(), Outcome::Dead { .. }));
        assert!(decode::<Greeting>(0, b"").is_err());
    }
}
