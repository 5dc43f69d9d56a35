//! A read model started at any moment misses no change, of products or of shelves.

use std::{collections::BTreeMap, time::Duration};

use contracts::{Product, ProductId, event::StockCause};
use rand::Rng;
use store::{
    EntryId,
    catalog::{self, Mode, VersionedProduct},
    inventory,
    read_model::{self, Position, Shelf, Update},
};
use streamward::{Envelope, Runtime, TraceParent, publish};
use tokio::task::JoinSet;

use crate::support::{Shop, eur, line, product, unknown_order};

fn article(id: &str, price: i64) -> Product {
    Product::new(product(id), format!("The {id}"), eur(price))
}

/// A read model: a snapshot, and every update since.
struct Model {
    products: BTreeMap<ProductId, VersionedProduct>,
    /// Last removals: two topics have no common order in one read.
    removed: BTreeMap<ProductId, EntryId>,
    shelves: BTreeMap<ProductId, (i64, u64)>,
    position: Position,
}

impl Model {
    async fn start(runtime: &Runtime) -> Self {
        let snapshot = read_model::snapshot(runtime).await.unwrap();
        let products = snapshot.products.into_iter();
        let mut model = Self {
            products: products.map(|one| (one.product.id.clone(), one)).collect(),
            removed: BTreeMap::new(),
            shelves: BTreeMap::new(),
            position: snapshot.position,
        };
        for shelf in snapshot.shelves {
            model.count(shelf);
        }
        model
    }

    fn count(&mut self, shelf: Shelf) {
        let known = self.shelves.entry(shelf.product).or_default();
        if known.1 <= shelf.revision {
            *known = (shelf.available, shelf.revision);
        }
    }

    fn available(&self, id: &str) -> i64 {
        self.shelves[&product(id)].0
    }

    async fn follow(&mut self, runtime: &Runtime) {
        let patience = Duration::from_secs(5);
        let mut connection = runtime.server().dedicated(patience).await.unwrap();
        loop {
            let updates = read_model::follow(&mut connection, &mut self.position, 1).await;
            let updates = updates.unwrap();
            if updates.is_empty() {
                return;
            }
            for update in updates {
                match update {
                    Update::Changed(one) => {
                        let id = one.product.id.clone();
                        if self.removed.get(&id).is_none_or(|end| *end < one.version) {
                            self.products.insert(id, one);
                        }
                    }
                    Update::Removed(id, end) => {
                        if self.products.get(&id).is_some_and(|one| one.version < end) {
                            self.products.remove(&id);
                        }
                        self.removed.insert(id, end);
                    }
                    Update::Counted(shelf) => self.count(shelf),
                }
            }
        }
    }
}

/// Changes catalogue and stock at random, `n` times.
async fn shuffle(runtime: Runtime, n: i64) {
    for price in 1..=n {
        let id = ["mug", "pen", "cup"][rand::rng().random_range(0..3)];
        let (product, trace) = (product(id), TraceParent::start());
        if rand::rng().random_bool(0.3) {
            catalog::remove_product(&runtime, &product, None, trace)
                .await
                .unwrap();
        } else {
            let new = article(id, price);
            catalog::put_product(&runtime, &new, Mode::Put, trace)
                .await
                .unwrap();
        }
        let delta = rand::rng().random_range(-3..5);
        inventory::adjust_stock(&runtime, &product, delta, trace)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_model_started_at_any_moment_ends_up_right() {
    let shop = Shop::open().await;
    for id in ["mug", "pen", "cup"] {
        let (new, trace) = (article(id, 1), TraceParent::start());
        catalog::put_product(&shop.runtime, &new, Mode::Put, trace)
            .await
            .unwrap();
    }
    let mut writers = JoinSet::new();
    for _ in 0..3 {
        writers.spawn(shuffle(shop.runtime.clone(), 100));
    }
    let mut models = Vec::new();
    while !writers.is_empty() {
        models.push(Model::start(&shop.runtime).await);
        let followed = models.len() / 2;
        models[followed].follow(&shop.runtime).await;
        while writers.try_join_next().is_some() {}
    }
    let truth = Model::start(&shop.runtime).await;
    for (n, mut model) in models.into_iter().enumerate() {
        model.follow(&shop.runtime).await;
        assert_eq!(model.products, truth.products, "model {n}");
        assert_eq!(model.position, truth.position, "model {n}");
        for id in truth.products.keys() {
            let found = model.shelves.get(id).map(|shelf| shelf.0);
            assert_eq!(found, Some(truth.available(id.as_str())), "model {n}: {id}");
        }
    }
}

#[tokio::test]
async fn a_read_model_of_an_empty_shop_sees_the_first_product_and_its_units() {
    let shop = Shop::open().await;
    let mut model = Model::start(&shop.runtime).await;
    let start = model.position.clone();
    assert_eq!(model.products.len(), 0);
    model.follow(&shop.runtime).await;
    assert_eq!(model.position, start, "nothing came");
    let (mug, trace) = (article("mug", 1), TraceParent::start());
    catalog::put_product(&shop.runtime, &mug, Mode::Add, trace)
        .await
        .unwrap();
    shop.receive("mug", 5).await;
    model.follow(&shop.runtime).await;
    assert_eq!(model.products[&mug.id].product, mug);
    assert_eq!(model.available("mug"), 5);
}

#[tokio::test]
async fn every_inventory_step_publishes_the_remaining_stock() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    shop.receive("pen", 5).await;
    let mut model = Model::start(&shop.runtime).await;
    let (held, lines) = (unknown_order(), [line("mug", 2), line("pen", 1)]);
    shop.reserve(&held, &lines).await;
    model.follow(&shop.runtime).await;
    assert_eq!((model.available("mug"), model.available("pen")), (3, 4));
    shop.settle(&held, &lines, StockCause::Sold).await;
    model.follow(&shop.runtime).await;
    assert_eq!((model.available("mug"), model.available("pen")), (3, 4));
    shop.take_back(&held, &lines).await;
    model.follow(&shop.runtime).await;
    assert_eq!((model.available("mug"), model.available("pen")), (5, 5));
    shop.reserve(&unknown_order(), &[line("mug", 9)]).await;
    model.follow(&shop.runtime).await;
    assert_eq!(model.available("mug"), 5);
}

#[tokio::test]
async fn an_entry_of_before_levels_were_carried_changes_nothing() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    let mut model = Model::start(&shop.runtime).await;
    let before = model.shelves.clone();
    let (mut link, stream) = (shop.link(), shop.partition().stream("inventory:reserved"));
    let (order, envelope) = (unknown_order(), Envelope::next(TraceParent::start()));
    let old = BTreeMap::from([("orderId", order.as_str())]);
    let kind = ("InventoryReserved", 1);
    publish(&mut link, &stream, kind, order.as_str(), &envelope, &old)
        .await
        .unwrap();
    model.follow(&shop.runtime).await;
    assert_eq!(model.shelves, before);
}
