//! The read model of the catalogue: every product, in memory.
//!
//! It lags behind Redis by as much as the follower does, which `staleness_ms` tells. An order is
//! priced from it, so `expectedTotal` is what protects a buyer from a price they have not seen.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use contracts::{Product, ProductId};
use store::catalog::Update;
use streamward::{Runtime, clock};

/// How often a refresh that collides with the follower is tried again.
const REFRESH_ATTEMPTS: u32 = 8;

type Products = BTreeMap<ProductId, Arc<Product>>;

/// All products by id.
pub(crate) struct Catalog {
    model: RwLock<Model>,
    heard_ms: AtomicU64,
}

struct Model {
    products: Products,
    /// Counts what the follower applied.
    generation: u64,
}

impl Catalog {
    pub(crate) fn new(products: Vec<Product>) -> Self {
        let model = Model {
            products: by_id(products),
            generation: 0,
        };
        Self {
            model: RwLock::new(model),
            heard_ms: AtomicU64::new(clock::now_ms()),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Model> {
        self.model.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Model> {
        self.model.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The product, if there is one.
    pub(crate) fn get(&self, id: &ProductId) -> Option<Arc<Product>> {
        self.read().products.get(id).cloned()
    }

    /// How many products there are.
    pub(crate) fn len(&self) -> usize {
        self.read().products.len()
    }

    /// Up to `limit` products after `after` whose id or name contains `query` (in lower case), by
    /// id; and whether there are more.
    pub(crate) fn page(
        &self,
        query: &str,
        after: Option<&ProductId>,
        limit: usize,
    ) -> (Vec<Arc<Product>>, bool) {
        let model = self.read();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let matches = |product: &&Arc<Product>| {
            query.is_empty()
                || product.id.as_str().contains(query)
                || product.name.to_lowercase().contains(query)
        };
        let found = model
            .products
            .range((from, Bound::Unbounded))
            .map(|(_, product)| product);
        let mut page: Vec<_> = found.filter(matches).take(limit + 1).cloned().collect();
        let has_more = page.len() > limit;
        page.truncate(limit);
        (page, has_more)
    }

    /// Takes over a snapshot.
    pub(crate) fn replace(&self, products: Vec<Product>) {
        let mut model = self.write();
        model.products = by_id(products);
        model.generation += 1;
        drop(model);
        self.heard();
    }

    /// Applies what the follower read, which may be nothing.
    pub(crate) fn apply(&self, updates: Vec<Update>) {
        if !updates.is_empty() {
            let mut model = self.write();
            model.generation += 1;
            for update in updates {
                match update {
                    Update::Changed(product) => set(&mut model.products, product),
                    Update::Removed(id) => drop(model.products.remove(&id)),
                }
            }
        }
        self.heard();
    }

    fn heard(&self) {
        self.heard_ms.store(clock::now_ms(), Ordering::Relaxed);
    }

    /// Milliseconds since the follower last heard from Redis.
    pub(crate) fn staleness_ms(&self) -> u64 {
        clock::now_ms().saturating_sub(self.heard_ms.load(Ordering::Relaxed))
    }

    /// Reads one product from Redis, so that whoever changed it sees the change at once.
    ///
    /// If the follower applied something meanwhile, what was read may be older than that, so it is
    /// read again.
    pub(crate) async fn refresh(&self, runtime: &Runtime, id: &ProductId) -> store::Result<()> {
        for _ in 0..REFRESH_ATTEMPTS {
            let generation = self.read().generation;
            let found = store::catalog::find(runtime, id).await?;
            let mut model = self.write();
            if model.generation == generation {
                match found {
                    Some(product) => set(&mut model.products, product),
                    None => drop(model.products.remove(id)),
                }
                return Ok(());
            }
        }
        // A follower that applies that much is about to bring this change as well.
        Ok(())
    }
}

fn by_id(products: Vec<Product>) -> Products {
    products
        .into_iter()
        .map(|product| (product.id.clone(), Arc::new(product)))
        .collect()
}

fn set(products: &mut Products, product: Product) {
    products.insert(product.id.clone(), Arc::new(product));
}
