//! Typed and versioned messages.
//!
//! An entry names its type and the version of its shape. Fields may be added and removed within a
//! version, because the packed maps have named fields; a change that old readers would misunderstand
//! takes a new version, and [`Message::upgrade`] reads the old ones:
//!
//! | the entry's version | what happens |
//! | --- | --- |
//! | this program's | it is unpacked |
//! | older | [`Message::upgrade`] |
//! | newer | it is tried again later: during a rolling upgrade a newer process takes it |

use std::cmp::Ordering;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    entry,
    handler::Inbound,
    outcome::{Cause, Outcome},
};

/// A message of one type. A consumer of several types has an enum that implements [`Inbound`].
pub trait Message: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The entry's `type`.
    const KIND: &'static str;
    /// The version of the shape this program writes, from 1 on.
    const VERSION: u32 = 1;

    /// Reads the shape that version `from` had; only called with older versions.
    ///
    /// # Errors
    /// [`Undecodable::Broken`] when there is no way from that version to this one.
    fn upgrade(from: u32, data: &[u8]) -> Result<Self, Undecodable> {
        let _ = data;
        let kind = Self::KIND;
        Err(Undecodable::Broken(format!(
            "{kind} version {from} is no longer understood"
        )))
    }
}

/// Why a message cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// The bytes make no sense, and never will.
    #[error("cannot be decoded: {0}")]
    Broken(String),
    /// It was written by a newer program than this one.
    #[error("is of version {found}; this program knows {known} at most")]
    Newer {
        /// The entry's version.
        found: u32,
        /// The newest one that this program knows.
        known: u32,
    },
}

impl From<String> for Undecodable {
    fn from(problem: String) -> Self {
        Self::Broken(problem)
    }
}

impl From<Undecodable> for Outcome {
    /// What is broken is a dead letter; what is newer is tried again.
    fn from(problem: Undecodable) -> Self {
        let cause = Cause::new(problem.to_string());
        match problem {
            Undecodable::Broken(_) => Self::dead(cause),
            Undecodable::Newer { .. } => Self::retry(cause),
        }
    }
}

/// Decodes a message of type `M` that was written as `version`.
///
/// # Errors
/// [`Undecodable`].
pub fn decode<M: Message>(version: u32, data: &[u8]) -> Result<M, Undecodable> {
    if version < M::VERSION {
        return M::upgrade(version, data);
    }
    unpack_version(M::VERSION, version, data)
}

/// Unpacks a message that was written as version `found` by a program that knows `known` only, for
/// types that cannot implement [`Message`].
///
/// # Errors
/// [`Undecodable`]; older versions count as broken.
pub fn unpack_version<T: DeserializeOwned>(
    known: u32,
    found: u32,
    data: &[u8],
) -> Result<T, Undecodable> {
    match found.cmp(&known) {
        Ordering::Equal => entry::unpack(data).map_err(Undecodable::Broken),
        Ordering::Greater => Err(Undecodable::Newer { found, known }),
        Ordering::Less => Err(Undecodable::Broken(format!(
            "version {found} is no longer understood"
        ))),
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

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
    fn what_is_broken_is_a_dead_letter() {
        let broken = decode::<Greeting>(2, b"\xc1").expect_err("no MessagePack");
        assert!(matches!(broken.into(), Outcome::Dead { .. }));
        assert!(decode::<Greeting>(0, b"").is_err());
    }
}
