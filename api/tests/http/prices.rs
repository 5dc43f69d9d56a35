//! Totals of orders, and prices that are refused.

use contracts::Currency;
use serde_json::{Value, json};

use crate::support::Shop;

fn item(product: Value, quantity: Value) -> Value {
    json!({ "items": [{ "productId": product, "quantity": quantity }] })
}

#[tokio::test]
async fn a_sum_that_cannot_be_exact_is_refused() {
    let mut shop = Shop::stocked().await;
    shop.sell("yacht", 1 << 50, Currency::EUR).await;
    shop.sell("sake", 900, "JPY".parse().unwrap()).await;
    shop.reopen().await;
    let customer = shop.customer().await;
    let yachts = item(json!("yacht"), json!(8));
    customer
        .post("/v1/orders", yachts)
        .await
        .faults(&["#/items"]);
    let mixed = json!({ "items": [
        { "productId": "mug-01", "quantity": 1 },
        { "productId": "sake", "quantity": 1 },
    ]});
    customer
        .post("/v1/orders", mixed)
        .await
        .faults(&["#/items/1/productId"]);
}

#[tokio::test]
async fn a_product_that_is_not_on_sale_cannot_be_ordered() {
    let shop = Shop::stocked().await;
    let patch = json!({ "onSale": false });
    shop.admin()
        .await
        .json("PATCH", "/v1/products/mug-01", patch)
        .await
        .expect(200);
    let order = item(json!("mug-01"), json!(1));
    shop.customer()
        .await
        .post("/v1/orders", order)
        .await
        .faults(&["#/items/0/productId"]);
}

#[tokio::test]
async fn a_changed_price_refuses_the_order() {
    let shop = Shop::stocked().await;
    let mut order = item(json!("mug-01"), json!(2));
    for expected in [
        json!({ "amount": 3979, "currency": "EUR" }),
        json!({ "amount": 3980, "currency": "USD" }),
    ] {
        order["expectedTotal"] = expected;
        let reply = shop
            .customer()
            .await
            .post("/v1/orders", order.clone())
            .await;
        let problem = reply.problem(409, "price-changed");
        assert_eq!(
            problem["total"],
            json!({ "amount": 3980, "currency": "EUR" })
        );
    }
    order["expectedTotal"] = json!({ "amount": 3980, "currency": "EUR" });
    order["coupon"] = json!(null);
    shop.customer()
        .await
        .post("/v1/orders", order)
        .await
        .expect(202);
}
