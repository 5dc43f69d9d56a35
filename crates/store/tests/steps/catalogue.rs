//! The catalogue and its stream never differ, and no change is lost under another one.

use contracts::{
    Product,
    event::{ProductChanged, ProductRemoved},
};
use store::{
    EntryId,
    catalog::{self, Change, Mode, VersionedProduct},
};
use streamward::TraceParent;

use crate::support::{Effect, Shop, eur, product};

fn mug(price: i64) -> Product {
    article("mug", price)
}

fn article(id: &str, price: i64) -> Product {
    Product::new(product(id), format!("The {id}"), eur(price))
}

async fn put(shop: &Shop, product: &Product, mode: Mode) -> (Change, Effect) {
    let trace = TraceParent::start();
    shop.observe(catalog::put_product(&shop.runtime, product, mode, trace))
        .await
}

#[tokio::test]
async fn products_are_added_changed_and_put() {
    let shop = Shop::open().await;
    let mut version = EntryId::default();
    let unknown = put(&shop, &mug(1), Mode::Replace(version)).await;
    assert_eq!(unknown, (Change::Unknown, Effect::NOTHING));
    for n in 1..=3 {
        let mode = [Mode::Add, Mode::Replace(version), Mode::Put][n - 1];
        let price = i64::try_from(n).unwrap();
        let (change, effect) = put(&shop, &mug(price), mode).await;
        version = shop.newest("catalog", 1).await[0].id.parse().unwrap();
        assert_eq!(change, Change::Written(version));
        effect.wrote(&["catalog:changed", "catalog:products", "catalog:versions"]);
        let event: ProductChanged = shop.event("catalog").await;
        let stored = VersionedProduct {
            product: mug(price),
            version,
        };
        assert_eq!(event.product, stored.product);
        let found = catalog::find(&shop.runtime, &product("mug")).await.unwrap();
        assert_eq!(found, Some(stored));
    }
    let exists = put(&shop, &mug(4), Mode::Add).await;
    assert_eq!(exists, (Change::Exists, Effect::NOTHING));
    let (change, _) = put(&shop, &article("pen", 1), Mode::Put).await;
    assert!(matches!(change, Change::Written(_)), "put adds: {change:?}");
}

#[tokio::test]
async fn a_change_that_has_not_seen_the_one_before_is_refused() {
    let shop = Shop::open().await;
    let (Change::Written(first), _) = put(&shop, &mug(1), Mode::Add).await else {
        unreachable!("there was none");
    };
    put(&shop, &mug(2), Mode::Replace(first)).await;
    let late = put(&shop, &mug(3), Mode::Replace(first)).await;
    assert_eq!(late, (Change::Conflict, Effect::NOTHING));
    let (id, trace) = (product("mug"), TraceParent::start());
    let late = shop.observe(catalog::remove_product(
        &shop.runtime,
        &id,
        Some(first),
        trace,
    ));
    assert_eq!(late.await, (Change::Conflict, Effect::NOTHING));
    let stored = catalog::find(&shop.runtime, &id).await.unwrap().unwrap();
    assert_eq!(stored.product, mug(2));
    let removed = catalog::remove_product(&shop.runtime, &id, Some(stored.version), trace);
    assert!(matches!(removed.await.unwrap(), Change::Written(_)));
}

#[tokio::test]
async fn a_product_of_before_there_were_versions_can_be_replaced() {
    let shop = Shop::open().await;
    let json = serde_json::to_string(&mug(1)).unwrap();
    let () = shop
        .redis(&["HSET", "sw:{0}:catalog:products", "mug", &json])
        .await;
    let stored = catalog::find(&shop.runtime, &product("mug")).await.unwrap();
    let version = stored.unwrap().version;
    assert_eq!(version, EntryId::default());
    let (change, _) = put(&shop, &mug(2), Mode::Replace(version)).await;
    assert!(matches!(change, Change::Written(_)), "{change:?}");
}

#[tokio::test]
async fn a_product_is_removed_once() {
    let shop = Shop::open().await;
    put(&shop, &mug(1), Mode::Add).await;
    let id = product("mug");
    let remove = || catalog::remove_product(&shop.runtime, &id, None, TraceParent::start());
    let (change, effect) = shop.observe(remove()).await;
    let entry = shop.newest("catalog", 1).await[0].id.parse().unwrap();
    assert_eq!(change, Change::Written(entry));
    effect.wrote(&["catalog:products", "catalog:removed", "catalog:versions"]);
    let event: ProductRemoved = shop.event("catalog").await;
    assert_eq!(event.product_id, id);
    assert_eq!(catalog::find(&shop.runtime, &id).await.unwrap(), None);
    let again = shop.observe(remove()).await;
    assert_eq!(again, (Change::Unknown, Effect::NOTHING));
}
