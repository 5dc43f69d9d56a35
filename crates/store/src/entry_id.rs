//! Ids of stream entries, ordered by age.

use std::{fmt, str::FromStr};

use crate::Result;

/// The id of an entry: Unix milliseconds, and a number within them. The default is `0-0`, which is
/// before every entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    ms: u64,
    n: u64,
}

/// A text that is not the id of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEntryId;

impl EntryId {
    /// Unix milliseconds of the entry, by the server's clock.
    pub const fn ms(self) -> u64 {
        self.ms
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.n)
    }
}

impl FromStr for EntryId {
    type Err = NotEntryId;

    fn from_str(text: &str) -> Result<Self, NotEntryId> {
        let (ms, n) = text.split_once('-').ok_or(NotEntryId)?;
        let number = |text: &str| {
            let plain = text.bytes().all(|b| b.is_ascii_digit());
            // A leading zero would be another text for the same id.
            let only = plain && (text == "0" || !text.starts_with('0'));
            text.parse().ok().filter(|_| only).ok_or(NotEntryId)
        };
        Ok(Self {
            ms: number(ms)?,
            n: number(n)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> EntryId {
        text.parse().unwrap()
    }

    #[test]
    fn ids_are_ordered_by_number_and_not_as_text() {
        assert!(id("9-0") < id("10-0"));
        assert!(id("10-9") < id("10-10"));
        assert_eq!(id("0-0"), EntryId::default());
        assert_eq!(id("1795170221370-12").to_string(), "1795170221370-12");
    }

    #[test]
    fn every_id_has_one_text() {
        for bad in ["", "1", "1-", "-1", "01-0", "1-00", "+1-0", "1-0-0", "a-b"] {
            assert_eq!(bad.parse::<EntryId>(), Err(NotEntryId), "{bad:?}");
        }
    }
}
