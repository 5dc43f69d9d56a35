//! The read model: every product and how many of it can be reserved, in memory.
//!
//! It lags behind Redis by as much as the follower does, which `staleness_ms` tells. An order is
//! priced from it, so `expectedTotal` is what protects a buyer from a price they have not seen. Whoever
//! changes something through this process sees the change at once: it is applied here as well.

mod browse;
mod indexes;
mod item;
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
use crate::read_model::search::Text;

pub(crate) use self::{
    browse::{Browsed, Criteria},
    item::{Item, Shown},
    sort::{Cursor, Sort},
};

/// A model that has not heard from Redis for so long refuses nobody. The follower hears at least once a
/// second.
const STALE_MS: u64 = 5000;

/// Updates applied at once.
const AT_ONCE: usize = 32;

/// All products and shelves.
pub(crate) struct Catalog {
    model: RwLock<Model>,
    heard_ms: AtomicU64,
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
        let known = model.products.get(id);
        known.map(|known| Shown::of(&known.item))
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
        let nothing = |id: &ProductId| model.available(id).is_some_and(|units| units <= 0);
        let places = ids.enumerate().filter(|(_, id)| nothing(id));
        places.map(|(place, _)| place).collect()
    }

    /// Takes over a snapshot. Readers wait for no more than the exchange.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        let fresh = Model::of(snapshot, &self.numbers());
        // Changed, or gone without a word: the index is told of both.
        let mut rewritten: BTreeSet<ProductId> = fresh.products.keys().cloned().collect();
        let before = std::mem::replace(&mut *self.write(), fresh);
        rewritten.extend(before.products.keys().cloned());
        rewritten.extend(before.rewritten.iter().cloned());
        let mut model = self.write();
        rewritten.append(&mut model.rewritten);
        model.rewritten = rewritten;
        drop(model);
        self.heard();
    }

    /// What the index knows products by.
    fn numbers(&self) -> HashMap<ProductId, u64> {
        let model = self.read();
        let products = model.products.iter();
        let numbers = products.map(|(id, known)| (id.clone(), known.item.number));
        numbers.collect()
    }

    /// Applies what the follower read, which may be nothing.
    pub(crate) fn follow(&self, updates: Vec<Update>) {
        let mut updates = updates.into_iter().peekable();
        while updates.peek().is_some() {
            // Readers get their turn in between.
            let mut model = self.write();
            updates
                .by_ref()
                .take(AT_ONCE)
                .for_each(|update| model.apply(update));
        }
        self.heard();
    }

    /// Applies what this process has changed itself.
    pub(crate) fn apply(&self, update: Update) {
        self.write().apply(update);
    }

    /// Those of these products whose shelves have not all been read: new ones, and ones that are back.
    pub(crate) fn without_shelves(&self, mut products: Vec<ProductId>) -> Vec<ProductId> {
        let model = self.read();
        products.retain(|id| model.products.contains_key(id) && model.available(id).is_none());
        products
    }

    /// Takes over all shelves of these products, as they were read from Redis.
    pub(crate) fn count(&self, products: &[ProductId], shelves: Vec<Shelf>) {
        let mut model = self.write();
        for shelf in shelves {
            model.count(&shelf);
        }
        for id in products {
            model.complete(id);
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
            let item = model.products.get(&id).map(|known| Arc::clone(&known.item));
            taken.push((id, item));
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

#[cfg(test)]
mod tests;
