//! Reads the shop's events back from entries.

use streamward::{Message, Undecodable, decode};

/// Unpacks an event that was written as `version`.
///
/// # Errors
/// [`Undecodable`], which says whether a newer process could read it.
pub fn read_event<E: Message>(version: u32, data: &[u8]) -> Result<E, Undecodable> {
    decode(version, data)
}
