//! The read model: every product and how many of it can be reserved, in memory.
//!
//! It lags behind Redis by as much as the follower does, which `staleness_ms` tells. An order is
//! priced from it, so `expectedTotal` is what protects a buyer from a price they have not seen. Whoever
//! changes something through this process sees the change at once: it is applied here as well.
//!
//! **Invariant:** of two facts about one product or shelf the one from the newer entry stays, whatever the
//! order in which they are applied.

mod browse;
mod shelves;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use contracts::ProductId;
use store::{
    EntryId,
    catalog::Stored,
    read_model::{Shelf, Snapshot, Update},
};
use streamward::clock;

use self::shelves::Shelves;
use crate::search::Text;

pub(crate) use browse::{Browsed, Criteria, Cursor, Sort};

/// A model that has not heard from Redis for so long refuses nobody. The follower hears at least once a
/// second.
const STALE_MS: u64 = 5000;

/// All products and shelves.
pub(crate) struct Catalog {
    model: RwLock<Model>,
    heard_ms: AtomicU64,
}

#[derive(Default)]
struct Model {
    products: BTreeMap<ProductId, Arc<Stored>>,
    /// Removed products, so that an older change does not bring them back.
    removed: HashMap<ProductId, EntryId>,
    shelves: Shelves,
    /// Products whose texts have changed since they were taken to be indexed.
    rewritten: BTreeSet<ProductId>,
}

/// A product, and how many units of it can be reserved.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) stored: Arc<Stored>,
    /// 0 while the shelf is unknown.
    pub(crate) available: i64,
}

impl Catalog {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        let catalog = Self {
            model: RwLock::default(),
            heard_ms: AtomicU64::new(0),
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

    /// The product, if there is one.
    pub(crate) fn get(&self, id: &ProductId) -> Option<Shown> {
        let model = self.read();
        model.products.get(id).map(|stored| model.shown(stored))
    }

    /// How many products there are.
    pub(crate) fn len(&self) -> usize {
        self.read().products.len()
    }

    /// Which of these products have nothing left, by place. None while the model is stale: what it says
    /// may no longer be true, and the inventory decides.
    pub(crate) fn sold_out<'a>(&self, ids: impl Iterator<Item = &'a ProductId>) -> Vec<usize> {
        if self.staleness_ms() > STALE_MS {
            return Vec::new();
        }
        let model = self.read();
        let nothing = |id: &ProductId| model.shelves.available(id).is_some_and(|units| units <= 0);
        let places = ids.enumerate().filter(|(_, id)| nothing(id));
        places.map(|(place, _)| place).collect()
    }

    /// Takes over a snapshot.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        let products = snapshot.products.into_iter();
        let mut fresh = Model {
            products: products
                .map(|stored| (stored.product.id.clone(), Arc::new(stored)))
                .collect(),
            ..Model::default()
        };
        for shelf in snapshot.shelves {
            fresh.shelves.count(shelf);
        }
        let mut model = self.write();
        let before = std::mem::take(&mut *model);
        // Changed, or gone without a word: the index is told of both.
        fresh.rewritten = before.rewritten;
        fresh.rewritten.extend(before.products.into_keys());
        fresh.rewritten.extend(fresh.products.keys().cloned());
        *model = fresh;
        drop(model);
        self.heard();
    }

    /// Applies what the follower read, which may be nothing.
    pub(crate) fn follow(&self, updates: Vec<Update>) {
        if !updates.is_empty() {
            let mut model = self.write();
            for update in updates {
                model.apply(update);
            }
        }
        self.heard();
    }

    /// Applies what this process has changed itself.
    pub(crate) fn apply(&self, update: Update) {
        self.write().apply(update);
    }

    /// The products among these updates whose shelves are unknown: new ones, or ones that are back.
    pub(crate) fn without_shelf(&self, updates: &[Update]) -> Vec<ProductId> {
        let changed = updates.iter().filter_map(|update| match update {
            Update::Changed(stored) => Some(&stored.product.id),
            Update::Removed(..) | Update::Counted(_) => None,
        });
        let model = self.read();
        let unknown = changed.filter(|id| model.shelves.available(id).is_none());
        unknown.cloned().collect()
    }

    /// Takes over shelves that were read from Redis.
    pub(crate) fn count(&self, shelves: Vec<Shelf>) {
        let mut model = self.write();
        for shelf in shelves {
            model.shelves.count(shelf);
        }
    }

    /// Up to `most` products whose texts are to be indexed, as they are now. Whoever takes them must
    /// index them, or say that they are to be taken again.
    pub(crate) fn take_rewritten(&self, most: usize) -> Vec<Text> {
        let mut model = self.write();
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(id) = model.rewritten.pop_first()
        {
            let stored = model.products.get(&id).cloned();
            taken.push((id, stored));
        }
        taken
    }

    /// How many products' texts are to be indexed.
    pub(crate) fn rewritten(&self) -> usize {
        self.read().rewritten.len()
    }

    /// Has the texts of all products indexed again.
    pub(crate) fn rewrite_all(&self) {
        let mut model = self.write();
        let all: Vec<ProductId> = model.products.keys().cloned().collect();
        model.rewritten.extend(all);
    }

    fn heard(&self) {
        self.heard_ms.store(clock::now_ms(), Ordering::Relaxed);
    }

    /// Milliseconds since the follower last heard from Redis.
    pub(crate) fn staleness_ms(&self) -> u64 {
        clock::now_ms().saturating_sub(self.heard_ms.load(Ordering::Relaxed))
    }
}

impl Model {
    fn shown(&self, stored: &Arc<Stored>) -> Shown {
        Shown {
            stored: Arc::clone(stored),
            available: self.shelves.available(&stored.product.id).unwrap_or(0),
        }
    }

    fn apply(&mut self, update: Update) {
        match update {
            Update::Changed(stored) => self.change(stored),
            Update::Removed(id, version) => self.remove(id, version),
            Update::Counted(shelf) => self.shelves.count(shelf),
        }
    }

    fn change(&mut self, stored: Stored) {
        let id = &stored.product.id;
        let gone = self.removed.get(id);
        let newer = |known: EntryId| known > stored.version;
        if gone.copied().is_some_and(newer)
            || self
                .products
                .get(id)
                .is_some_and(|known| newer(known.version))
        {
            return;
        }
        self.removed.remove(id);
        self.rewritten.insert(id.clone());
        self.products.insert(id.clone(), Arc::new(stored));
    }

    fn remove(&mut self, id: ProductId, version: EntryId) {
        if self
            .products
            .get(&id)
            .is_some_and(|known| known.version > version)
        {
            return;
        }
        self.products.remove(&id);
        self.rewritten.insert(id.clone());
        self.removed.insert(id, version);
    }
}

#[cfg(test)]
mod tests;
