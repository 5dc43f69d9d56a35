//! Asking to pay an order.

use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn an_order_that_waits_for_its_stock_cannot_be_paid_yet() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = customer.post("/v1/orders", order).await.expect(202);
    let path = format!("{}/pay", placed.header("location"));
    let reply = customer
        .post(&path, json!({ "paymentMethod": "pm_card_visa" }))
        .await;
    assert_eq!(reply.problem(409, "not-payable")["orderStatus"], "placed");
    for bad in [
        json!({}),
        json!({ "paymentMethod": "" }),
        json!({ "paymentMethod": 7 }),
    ] {
        customer.post(&path, bad).await.faults(&["#/paymentMethod"]);
    }
}

#[tokio::test]
async fn an_order_that_awaits_its_payment_is_charged() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = customer.post("/v1/orders", order).await.expect(202);
    // What the order service does once the stock is held.
    let key = format!("sw:{{0}}:order:{}", placed.body()["id"].as_str().unwrap());
    let mut connection = shop.redis.connection().await;
    let mut set = redis::cmd("HSET");
    set.arg(key)
        .arg("status")
        .arg("awaitingPayment")
        .arg("due")
        .arg(1_732_000_000_000_u64);
    set.query_async::<u64>(&mut connection).await.unwrap();

    let path = format!("{}/pay", placed.header("location"));
    let asked = customer
        .post(&path, json!({ "paymentMethod": "pm_card_visa" }))
        .await
        .expect(202);
    let body = asked.body();
    assert_eq!(body["status"], "awaitingPayment");
    assert_eq!(body["payment"]["status"], "pending");
    assert_eq!(body["payBefore"], "2024-11-19T07:06:40.000Z");
    assert_eq!(asked.header("location"), placed.header("location"));
    let entries = shop.entries("orders").await;
    assert_eq!(entries.last().unwrap().kind(), "OrderPaymentRequested");
}
