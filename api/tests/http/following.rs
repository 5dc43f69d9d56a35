//! The read model follows the catalogue, including changes by other processes.

use contracts::Currency;
use serde_json::Value;

use crate::support::{Shop, following};

#[tokio::test]
async fn a_change_made_elsewhere_is_seen() {
    let shop = Shop::stocked().await;
    let tree = following(&shop).await;
    let visitor = shop.visitor();
    for price in [2490, 2590] {
        shop.sell("mug-01", price, Currency::EUR).await;
        testkit::eventually("the new price", || async {
            let body: Value = visitor.get("/v1/products/mug-01").await.body();
            (body["price"]["amount"] == price).then_some(())
        })
        .await;
        // A follower that starts again misses nothing.
        tree.crash("catalog", supervision::Fault::Panic).unwrap();
    }
    assert!(tree.shutdown().await.killed.is_empty());
}
