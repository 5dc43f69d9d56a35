//! The catalogue: every product and its available units, in memory.
//!
//! It lags behind Redis by as much as the follower does (`staleness_ms`). Orders are priced from it, and
//! `expectedTotal` protects buyers from a price they have not seen. Changes through this process are applied at once.

mod browse;
mod collector;
mod criteria;
mod indexes;
mod matches;
mod model;
mod removals;
mod row;
mod shelf;
mod sort;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use contracts::ProductId;
use store::read_model::{Shelf, Snapshot, Update};
use streamward::clock;

use self::model::Model;
use super::item::{ProductText, Shown};

pub(crate) use self::{
    collector::Browsed,
    criteria::Criteria,
    sort::{Cursor, Sort},
};

/// A model that is older refuses no orders. The follower reads at least once a second.
const STALE_MS: u64 = 5000;

/// Updates applied under one write lock.
const AT_ONCE: usize = 32;

/// All products and shelves.
pub(crate) struct Catalog {
    model: RwLock<Model>,
    /// Time of the follower's last read.
    current_ms: AtomicU64,
}

impl Catalog {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        let catalog = Self {
            model: RwLock::default(),
            current_ms: AtomicU64::new(0),
        };
        catalog.replace(snapshot);
        catalog
    }

    fn read(&self) -> RwLockReadGuard<'_, Model> {
        self.model.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Model> {
        self.model.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, id: &ProductId) -> Option<Shown> {
        let model = self.read();
        let known = model.products.get(id);
        known.map(|known| Shown::of(&known.item))
    }

    /// Returns the first product by id.
    pub(crate) fn first(&self) -> Option<Shown> {
        let page = self.browse(&Criteria::default(), None, 1, 2)?;
        page.products.into_iter().next()
    }

    /// Returns the names of the first `most` categories.
    pub(crate) fn category_names(&self, most: usize) -> Vec<String> {
        let model = self.read();
        let names = model.indexes.categories().take(most);
        names.map(|(name, _)| name.to_owned()).collect()
    }

    /// Returns the number of products.
    pub(crate) fn len(&self) -> usize {
        self.read().products.len()
    }

    /// Returns the places of those of these products that are sold out. None while the model is stale: then the
    /// inventory decides.
    pub(crate) fn sold_out<'a>(&self, ids: impl Iterator<Item = &'a ProductId>) -> Vec<usize> {
        if self.staleness_ms() > STALE_MS {
            return Vec::new();
        }
        let model = self.read();
        let sold_out = |id: &ProductId| model.available(id).is_some_and(|units| units <= 0);
        let places = ids.enumerate().filter(|(_, id)| sold_out(id));
        places.map(|(place, _)| place).collect()
    }

    /// Keeps the updates from now on for the next call of [`Self::replace`]. Call it before reading the snapshot.
    pub(crate) fn expect_snapshot(&self) {
        self.write().concurrent = Some(Vec::new());
    }

    /// Replaces the model by a snapshot, and applies the updates since [`Self::expect_snapshot`] to it: the snapshot
    /// may lack them. Readers wait for the exchange only.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        let fresh = Model::of(snapshot, &self.numbers());
        // The index needs changed products, and those that are gone.
        let mut rewritten: BTreeSet<ProductId> = fresh.products.keys().cloned().collect();
        let mut model = self.write();
        let mut before = std::mem::replace(&mut *model, fresh);
        for update in before.concurrent.take().unwrap_or_default() {
            model.apply(update);
        }
        drop(model);
        rewritten.extend(before.products.keys().cloned());
        rewritten.extend(before.rewritten.iter().cloned());
        let mut model = self.write();
        rewritten.append(&mut model.rewritten);
        model.rewritten = rewritten;
        drop(model);
        self.mark_current();
    }

    /// Returns the numbers by which the index knows products.
    fn numbers(&self) -> HashMap<ProductId, u64> {
        let model = self.read();
        let products = model.products.iter();
        let numbers = products.map(|(id, known)| (id.clone(), known.item.number));
        numbers.collect()
    }

    /// Applies the updates of one read of the follower, which may be none.
    pub(crate) fn follow(&self, updates: Vec<Update>) {
        let mut updates = updates.into_iter().peekable();
        while updates.peek().is_some() {
            // The lock is released in between for readers.
            let mut model = self.write();
            updates
                .by_ref()
                .take(AT_ONCE)
                .for_each(|update| model.apply(update));
        }
        self.mark_current();
    }

    /// Applies an update of this process.
    pub(crate) fn apply(&self, update: Update) {
        self.write().apply(update);
    }

    /// Returns those of these products whose shelves have not all been read: new and returning ones.
    pub(crate) fn without_shelves(&self, mut products: Vec<ProductId>) -> Vec<ProductId> {
        let model = self.read();
        products.retain(|id| model.products.contains_key(id) && model.available(id).is_none());
        products
    }

    /// Applies all shelves of these products, as read from Redis.
    pub(crate) fn count(&self, products: &[ProductId], shelves: Vec<Shelf>) {
        let mut model = self.write();
        let counted = shelves.into_iter().map(Update::Counted);
        counted.for_each(|update| model.apply(update));
        products.iter().for_each(|id| model.complete(id));
    }

    /// Takes up to `most` products whose texts need indexing. The caller must index them, or mark them again.
    pub(crate) fn take_rewritten(&self, most: usize) -> Vec<ProductText> {
        let mut model = self.write();
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(id) = model.rewritten.pop_first()
        {
            let item = model.products.get(&id).map(|known| Arc::clone(&known.item));
            taken.push((id, item));
        }
        taken
    }

    /// Returns the number of products whose texts need indexing.
    pub(crate) fn rewritten(&self) -> usize {
        self.read().rewritten.len()
    }

    /// Marks the texts of all products for indexing.
    pub(crate) fn rewrite_all(&self) {
        let mut model = self.write();
        let all: Vec<ProductId> = model.products.keys().cloned().collect();
        model.rewritten.extend(all);
    }

    fn mark_current(&self) {
        self.current_ms.store(clock::local_ms(), Ordering::Relaxed);
    }

    /// Returns the milliseconds since the follower's last read.
    pub(crate) fn staleness_ms(&self) -> u64 {
        clock::local_ms().saturating_sub(self.current_ms.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests;
