//! The catalogue and its stream never differ, and a read model misses no change.

use std::{collections::BTreeMap, time::Duration};

use contracts::{
    Product, ProductId,
    event::{ProductChanged, ProductRemoved},
};
use rand::Rng;
use store::catalog::{self, Change, Mode, Update};
use streamward::{Runtime, TraceParent};
use tokio::task::JoinSet;

use crate::support::{Effect, Shop, eur, product};

const WRITTEN: [&str; 2] = ["catalog", "catalog:products"];

fn mug(price: i64) -> Product {
    article("mug", price)
}

fn article(id: &str, price: i64) -> Product {
    Product {
        id: product(id),
        name: format!("The {id}"),
        description: "Holds tea.".to_owned(),
        price: eur(price),
        on_sale: true,
    }
}

async fn put(shop: &Shop, product: &Product, mode: Mode) -> (Change, Effect) {
    let trace = TraceParent::start();
    shop.observe(catalog::put(&shop.runtime, product, mode, trace))
        .await
}

#[tokio::test]
async fn products_are_added_changed_and_put() {
    let shop = Shop::open().await;
    let unknown = put(&shop, &mug(1), Mode::Change).await;
    assert_eq!(unknown, (Change::Unknown, Effect::NOTHING));
    for (price, mode) in [(1, Mode::Add), (2, Mode::Change), (3, Mode::Put)] {
        let (change, effect) = put(&shop, &mug(price), mode).await;
        assert_eq!(change, Change::Written);
        effect.wrote(&WRITTEN);
        let event: ProductChanged = shop.event("catalog").await;
        assert_eq!(event.product, mug(price));
        let found = catalog::find(&shop.runtime, &product("mug")).await.unwrap();
        assert_eq!(found, Some(mug(price)));
    }
    let exists = put(&shop, &mug(4), Mode::Add).await;
    assert_eq!(exists, (Change::Exists, Effect::NOTHING));
    let (change, _) = put(&shop, &article("pen", 1), Mode::Put).await;
    assert_eq!(change, Change::Written, "put adds what is not there");
}

#[tokio::test]
async fn a_product_is_removed_once() {
    let shop = Shop::open().await;
    put(&shop, &mug(1), Mode::Add).await;
    let id = product("mug");
    let remove = || catalog::remove(&shop.runtime, &id, TraceParent::start());
    let (change, effect) = shop.observe(remove()).await;
    assert_eq!(change, Change::Written);
    effect.wrote(&WRITTEN);
    let event: ProductRemoved = shop.event("catalog").await;
    assert_eq!(event.product_id, id);
    assert_eq!(catalog::find(&shop.runtime, &id).await.unwrap(), None);
    let again = shop.observe(remove()).await;
    assert_eq!(again, (Change::Unknown, Effect::NOTHING));
}

/// A read model: a snapshot, and every update since.
struct Model {
    products: BTreeMap<ProductId, Product>,
    position: String,
}

impl Model {
    async fn start(runtime: &Runtime) -> Self {
        let (products, position) = catalog::snapshot(runtime).await.unwrap();
        let products = products.into_iter().map(|one| (one.id.clone(), one));
        Self {
            products: products.collect(),
            position,
        }
    }

    async fn follow(&mut self, runtime: &Runtime) {
        let patience = Duration::from_secs(5);
        let mut connection = runtime.server().dedicated(patience).await.unwrap();
        let read = catalog::follow(runtime, &mut connection, &self.position, 1).await;
        let (updates, position) = read.unwrap();
        for update in updates {
            match update {
                Update::Changed(product) => self.products.insert(product.id.clone(), product),
                Update::Removed(id) => self.products.remove(&id),
            };
        }
        self.position = position;
    }
}

/// Changes the catalogue at random, `n` times.
async fn shuffle(runtime: Runtime, n: i64) {
    for price in 1..=n {
        let id = ["mug", "pen", "cup"][rand::rng().random_range(0..3)];
        let trace = TraceParent::start();
        if rand::rng().random_bool(0.3) {
            catalog::remove(&runtime, &product(id), trace)
                .await
                .unwrap();
        } else {
            let new = article(id, price);
            catalog::put(&runtime, &new, Mode::Put, trace)
                .await
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_model_started_at_any_moment_ends_up_right() {
    let shop = Shop::open().await;
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
    }
}

#[tokio::test]
async fn a_read_model_of_an_empty_catalogue_sees_the_first_product() {
    let shop = Shop::open().await;
    let mut model = Model::start(&shop.runtime).await;
    assert_eq!((model.products.len(), model.position.as_str()), (0, "0-0"));
    model.follow(&shop.runtime).await;
    assert_eq!(model.position, "0-0", "nothing came");
    put(&shop, &mug(1), Mode::Add).await;
    model.follow(&shop.runtime).await;
    assert_eq!(model.products.get(&product("mug")), Some(&mug(1)));
}
