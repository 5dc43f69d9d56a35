//! Reads the shop's events back from entries.

use contracts::event::Kind;
use serde::de::DeserializeOwned;
use streamward::{Undecodable, unpack_version};

/// Unpacks an event that was written as `version`.
///
/// # Errors
/// [`Undecodable`], which says whether a newer process could read it.
pub fn read_event<E: Kind + DeserializeOwned>(version: u32, data: &[u8]) -> Result<E, Undecodable> {
    unpack_version(E::VERSION, version, data)
}
