//! The products, shelves and indexes of the read model, and the updates applied to them.
//!
//! **Invariant:** of two updates of a product or shelf the one of the newer entry wins, in whatever order they are
//! applied.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use contracts::ProductId;
use store::{
    EntryId,
    catalog::VersionedProduct,
    read_model::{Shelf, Snapshot, Update},
};

use super::{
    super::item::{self, Item},
    indexes::Indexes,
    removals::Removals,
    shelf::Counts,
};

/// The read model's products.
#[derive(Default)]
pub(super) struct Model {
    pub(super) products: HashMap<ProductId, Known>,
    pub(super) by_number: HashMap<u64, Arc<Item>>,
    pub(super) indexes: Indexes,
    /// Removed products: an older change must not bring them back.
    pub(super) removed: Removals,
    /// Products whose texts have changed since they were last taken for indexing.
    pub(super) rewritten: BTreeSet<ProductId>,
    /// The newest change in the snapshot: an older change was overtaken, by a removal if its product is unknown.
    as_of: EntryId,
    /// Updates while a snapshot is being read, which may lack them.
    pub(super) concurrent: Option<Vec<Update>>,
}

/// A product and its shelves.
pub(super) struct Known {
    pub(super) item: Arc<Item>,
    pub(super) counts: Counts,
}

impl Model {
    /// Builds a model of a snapshot. Products keep the numbers they had.
    pub(super) fn of(mut snapshot: Snapshot, numbers: &HashMap<ProductId, u64>) -> Self {
        let mut model = Self {
            as_of: snapshot.changed,
            ..Self::default()
        };
        // Neighbours in the default order become neighbours in memory.
        let by_id = |one: &VersionedProduct, other: &VersionedProduct| {
            one.product.id.cmp(&other.product.id)
        };
        snapshot.products.sort_unstable_by(by_id);
        for stored in snapshot.products {
            let number = numbers.get(&stored.product.id).copied();
            model.insert(stored, number, Counts::default());
        }
        for shelf in snapshot.shelves {
            if let Some(known) = model.products.get_mut(&shelf.product) {
                known.counts.count(&shelf);
                known.item.set_available(known.counts.available());
            }
        }
        for known in model.products.values_mut() {
            known.counts.complete();
        }
        let items = model.products.values();
        model.indexes = Indexes::of(items.map(|known| Arc::clone(&known.item)).collect());
        model
    }

    /// Returns the available units of a product; `None` until all of its shelves have been read.
    pub(super) fn available(&self, id: &ProductId) -> Option<i64> {
        let counts = &self.products.get(id)?.counts;
        counts.is_whole().then(|| counts.available())
    }

    /// Marks all shelves of a product as read.
    pub(super) fn complete(&mut self, id: &ProductId) {
        if let Some(known) = self.products.get_mut(id) {
            known.counts.complete();
        }
    }

    pub(super) fn apply(&mut self, update: Update) {
        if let Some(concurrent) = &mut self.concurrent {
            concurrent.push(update.clone());
        }
        match update {
            Update::Changed(stored) => self.change(stored),
            Update::Removed(id, version) => self.remove(id, version),
            Update::Counted(shelf) => self.count(&shelf),
        }
    }

    fn change(&mut self, stored: VersionedProduct) {
        let id = stored.product.id.clone();
        let known = self.products.get(&id);
        let known_as = known.map(|known| known.item.version);
        let newest = known_as.max(self.removed.version_of(&id));
        if newest.is_some_and(|newest| newest > stored.version) || stored.version <= self.as_of {
            return;
        }
        self.removed.forget(&id);
        let (number, counts) = match self.products.remove(&id) {
            None => (None, Counts::default()),
            Some(before) => {
                self.indexes.remove(&before.item);
                (Some(before.item.number), before.counts)
            }
        };
        let item = self.insert(stored, number, counts);
        self.indexes.insert(&item);
        self.rewritten.insert(id);
    }

    /// Inserts a product, under its previous number if it had one.
    fn insert(
        &mut self,
        stored: VersionedProduct,
        number: Option<u64>,
        counts: Counts,
    ) -> Arc<Item> {
        let number = number.unwrap_or_else(item::next_number);
        let id = stored.product.id.clone();
        let available = counts.available();
        let item = Arc::new(Item::new(Arc::new(stored), number, available));
        self.by_number.insert(number, Arc::clone(&item));
        let known = Known {
            item: Arc::clone(&item),
            counts,
        };
        self.products.insert(id, known);
        item
    }

    fn remove(&mut self, id: ProductId, version: EntryId) {
        let known = self.products.get(&id);
        if known.is_some_and(|known| known.item.version > version) {
            return;
        }
        if let Some(known) = self.products.remove(&id) {
            self.indexes.remove(&known.item);
            self.by_number.remove(&known.item.number);
        }
        self.rewritten.insert(id.clone());
        self.removed.note(id, version);
    }

    /// Updates a shelf. Shelves of unknown products are ignored: they are read when the product appears.
    fn count(&mut self, shelf: &Shelf) {
        let Some(known) = self.products.get_mut(&shelf.product) else {
            return;
        };
        known.counts.count(shelf);
        let available = known.counts.available();
        self.indexes.count(&known.item, available);
    }
}
