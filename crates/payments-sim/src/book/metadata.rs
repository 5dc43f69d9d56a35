//! The caller's own key-value pairs.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Key-value pairs, sorted by key. One allocation for the list: most hold one or two pairs, and
/// millions are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata(Box<[(Box<str>, Box<str>)]>);

impl Metadata {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These pairs with others set; one with an empty value is taken out.
    pub(crate) fn merged(&self, others: Self) -> Self {
        let both = self.0.iter().cloned().chain(others.0);
        let merged: Self = both.collect();
        let kept = merged.0.into_iter().filter(|(_, value)| !value.is_empty());
        kept.collect()
    }
}

/// Of two pairs with one key, the later stays.
impl FromIterator<(Box<str>, Box<str>)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Box<str>)>>(pairs: I) -> Self {
        let sorted: BTreeMap<_, _> = pairs.into_iter().collect();
        Self(sorted.into_iter().collect())
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|sorted| Self(sorted.into_iter().collect()))
    }
}
