//! Orders for sold-out products are refused before they enter the pipeline.

use contracts::Currency;
use serde_json::{Value, json};
use store::inventory;
use streamward::TraceParent;

use crate::support::{Client, Shop, following};

fn order(products: &[&str]) -> Value {
    let item = |id: &&str| json!({ "productId": id, "quantity": 1 });
    json!({ "items": products.iter().map(item).collect::<Vec<_>>() })
}

async fn adjust(admin: &Client, product: &str, delta: i64) {
    let path = format!("/v1/products/{product}/stock");
    admin
        .post(&path, json!({ "delta": delta }))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_sold_out_product_is_refused_before_the_pipeline() {
    let shop = Shop::stocked().await;
    let (admin, customer) = (shop.admin().await, shop.customer().await);
    adjust(&admin, "tea-01", -10).await;
    let shown = customer.get("/v1/products/tea-01").await.expect(200).body();
    assert_eq!(
        (&shown["available"], &shown["inStock"]),
        (&json!(0), &json!(false))
    );
    let refused = customer
        .post("/v1/orders", order(&["mug-01", "tea-01"]))
        .await
        .problem(409, "sold-out");
    assert_eq!(refused["products"], json!(["tea-01"]));
    assert_eq!(refused["errors"][0]["pointer"], "#/items/1/productId");
    assert!(shop.entries("orders").await.is_empty());

    adjust(&admin, "tea-01", 1).await;
    let shown = customer.get("/v1/products/tea-01").await.expect(200).body();
    assert_eq!(
        (&shown["available"], &shown["inStock"]),
        (&json!(1), &json!(true))
    );
    customer
        .post("/v1/orders", order(&["tea-01"]))
        .await
        .expect(202);
}

#[tokio::test]
async fn too_little_is_the_inventorys_business() {
    let shop = Shop::stocked().await;
    let too_many = json!({ "items": [{ "productId": "mug-01", "quantity": 11 }] });
    shop.customer()
        .await
        .post("/v1/orders", too_many)
        .await
        .expect(202);
}

#[tokio::test]
async fn an_order_that_was_accepted_stays_accepted() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let first = customer.order_with_key("k", &order(&["mug-01"])).await;
    let first = first.expect(202);
    adjust(&shop.admin().await, "mug-01", -10).await;
    let again = customer.order_with_key("k", &order(&["mug-01"])).await;
    assert_eq!(again.expect(202).body()["id"], first.body()["id"]);
    customer
        .order_with_key("other", &order(&["mug-01"]))
        .await
        .problem(409, "sold-out");
}

#[tokio::test]
async fn other_faults_come_first() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    adjust(&shop.admin().await, "mug-01", -10).await;
    let mut bad = order(&["mug-01"]);
    bad["items"][0]["quantity"] = json!(0);
    let reply = customer.post("/v1/orders", bad).await;
    reply.faults(&["#/items/0/quantity"]);
    let mut dear = order(&["mug-01"]);
    dear["expectedTotal"] = json!({ "amount": 1, "currency": "EUR" });
    let reply = customer.post("/v1/orders", dear).await;
    reply.problem(409, "price-changed");
}

#[tokio::test]
async fn stock_changes_of_other_processes_are_followed() {
    let shop = Shop::stocked().await;
    let tree = following(&shop).await;
    let visitor = shop.visitor();
    let mug = "mug-01".parse().unwrap();
    for (delta, available) in [(-10, 0), (4, 4), (-4, 0), (1, 1)] {
        let adjusted = inventory::adjust_stock(&shop.runtime, &mug, delta, TraceParent::start());
        adjusted.await.unwrap();
        testkit::eventually("the new count", || async {
            let shown = visitor.get("/v1/products/mug-01").await.body();
            (shown["available"] == available && shown["inStock"] == (available > 0)).then_some(())
        })
        .await;
    }
    assert!(tree.shutdown().await.killed.is_empty());
}

#[tokio::test]
async fn a_product_that_comes_back_has_the_units_it_left_behind() {
    let shop = Shop::stocked().await;
    let tree = following(&shop).await;
    let (admin, visitor) = (shop.admin().await, shop.visitor());
    admin.delete("/v1/products/mug-01").await.expect(204);
    // This process starts when the product is away, so it knows nothing of its shelf.
    tree.crash("catalog", supervision::Fault::Panic).unwrap();
    testkit::eventually("a follower that has started again", || async {
        let restarts = tree.snapshot().children[0].restarts;
        (restarts == 1).then_some(())
    })
    .await;
    shop.sell("mug-01", 1990, Currency::EUR).await;
    testkit::eventually("the product with its units", || async {
        let shown = visitor.get("/v1/products/mug-01").await.body();
        (shown["available"] == 10).then_some(())
    })
    .await;
    assert!(tree.shutdown().await.killed.is_empty());
}
