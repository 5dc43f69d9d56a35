//! Typed and versioned messages of Redis streams.
//!
//! [`Message`] gives a type its wire name and its schema version. The trait has a crate of its own,
//! without I/O, so that a crate that only holds types can implement it; the runtime
//! [streamward](https://docs.rs/streamward) re-exports it.
//!
//! Fields may be added and removed within a version, because messages are packed as maps with named
//! fields. A change that readers of the older form would misread takes a new version, and
//! [`Message::upgrade`] reads the older ones:
//!
//! | version of the entry | effect |
//! | --- | --- |
//! | [`Message::VERSION`] | the entry is unpacked |
//! | older | [`Message::upgrade`] |
//! | newer | the entry is retried: during a rolling upgrade a newer process takes it |

use serde::{Serialize, de::DeserializeOwned};

/// A message of one type.
pub trait Message: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Value of the entry's `type` field.
    const KIND: &'static str;
    /// Value of the entry's `v` field, raised when readers of the older form would misread it.
    const VERSION: u32 = 1;

    /// Reads the form of version `from`, which is older than [`Self::VERSION`].
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

/// Reason why a message cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecodable {
    /// The bytes are no message of this type, and never will be.
    #[error("cannot be decoded: {0}")]
    Broken(String),
    /// The message was written by a newer program than this one.
    #[error("is of version {found}; this program knows {known} at most")]
    Newer {
        /// Version of the entry.
        found: u32,
        /// Newest version that this program reads.
        known: u32,
    },
}

impl From<String> for Undecodable {
    fn from(problem: String) -> Self {
        Self::Broken(problem)
    }
}
