//! Removed products, and the entries that removed them.

use std::collections::{BTreeSet, HashMap};

use contracts::ProductId;
use store::EntryId;

/// Removals that are kept. An older change that arrives after so many newer removals brings its product back until
/// the follower reads the removal's entry.
const MOST: usize = 10_000;

/// The newest removals.
#[derive(Default)]
pub(super) struct Removals {
    versions: HashMap<ProductId, EntryId>,
    oldest_first: BTreeSet<(EntryId, ProductId)>,
}

impl Removals {
    /// Returns the entry that removed a product, if it is kept.
    pub(super) fn version_of(&self, id: &ProductId) -> Option<EntryId> {
        self.versions.get(id).copied()
    }

    /// Records a removal, unless a newer one is known.
    pub(super) fn note(&mut self, id: ProductId, version: EntryId) {
        if self.version_of(&id).is_some_and(|known| known > version) {
            return;
        }
        self.forget(&id);
        self.oldest_first.insert((version, id.clone()));
        self.versions.insert(id, version);
        if self.versions.len() > MOST
            && let Some((_, oldest)) = self.oldest_first.pop_first()
        {
            self.versions.remove(&oldest);
        }
    }

    /// Forgets the removal of a product that is back.
    pub(super) fn forget(&mut self, id: &ProductId) {
        if let Some(version) = self.versions.remove(id) {
            self.oldest_first.remove(&(version, id.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: usize) -> EntryId {
        format!("{n}-0").parse().unwrap()
    }

    fn id(n: usize) -> ProductId {
        format!("product-{n}").parse().unwrap()
    }

    #[test]
    fn only_the_oldest_removals_are_dropped() {
        let mut removals = Removals::default();
        for n in 0..MOST + 3 {
            removals.note(id(n), entry(n));
        }
        assert_eq!(removals.version_of(&id(2)), None);
        assert_eq!(removals.version_of(&id(3)), Some(entry(3)));
        // One that is back makes room for another.
        removals.forget(&id(4));
        removals.note(id(0), entry(MOST + 3));
        assert_eq!(removals.version_of(&id(3)), Some(entry(3)));
        assert_eq!(removals.versions.len(), removals.oldest_first.len());
    }

    #[test]
    fn the_newer_removal_of_a_product_stays() {
        let mut removals = Removals::default();
        removals.note(id(1), entry(20));
        removals.note(id(1), entry(10));
        assert_eq!(removals.version_of(&id(1)), Some(entry(20)));
        removals.note(id(1), entry(30));
        assert_eq!(removals.version_of(&id(1)), Some(entry(30)));
        assert_eq!(removals.oldest_first.len(), 1);
    }
}
