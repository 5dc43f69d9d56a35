//! A request sent twice under one key is one order.

use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn the_same_request_twice_is_one_order() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 2 }] });
    let first = customer
        .order_with_key("\"8e03978e-40d5\"", &order)
        .await
        .expect(202);
    // Quoted or not, it is the same key.
    let second = customer
        .order_with_key("8e03978e-40d5", &order)
        .await
        .expect(202);
    assert_eq!(first.header("idempotent-replayed"), "");
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(first.body(), second.body());
    assert_eq!(shop.entries("orders").await.len(), 1);
}

#[tokio::test]
async fn requests_at_the_same_moment_are_one_order() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let (a, b, c, d) = tokio::join!(
        customer.order_with_key("k", &order),
        customer.order_with_key("k", &order),
        customer.order_with_key("k", &order),
        customer.order_with_key("k", &order),
    );
    let ids: Vec<_> = [a, b, c, d]
        .map(|reply| reply.expect(202).body()["id"].clone())
        .into();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(shop.entries("orders").await.len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 2 }] });
    let other = json!({ "items": [{ "productId": "mug-01", "quantity": 3 }] });
    customer.order_with_key("k", &order).await.expect(202);
    customer
        .order_with_key("k", &other)
        .await
        .problem(422, "idempotency-key-reused");
    assert_eq!(shop.entries("orders").await.len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_customer() {
    let shop = Shop::stocked().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 2 }] });
    let one = shop
        .customer()
        .await
        .order_with_key("k", &order)
        .await
        .expect(202);
    let two = shop
        .customer()
        .await
        .order_with_key("k", &order)
        .await
        .expect(202);
    assert_ne!(one.body()["id"], two.body()["id"]);
    assert_eq!(two.header("idempotent-replayed"), "");
    assert_eq!(shop.entries("orders").await.len(), 2);
}

#[tokio::test]
async fn a_refused_request_does_not_take_the_key() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let bad = json!({ "items": [{ "productId": "mug-01", "quantity": 0 }] });
    let good = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    customer
        .order_with_key("k", &bad)
        .await
        .faults(&["#/items/0/quantity"]);
    customer.order_with_key("k", &good).await.expect(202);
}

#[tokio::test]
async fn invalid_keys_are_refused() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    for key in ["", "\"\"", "two words", "\"open", &"x".repeat(256)] {
        customer
            .order_with_key(key, &order)
            .await
            .problem(400, "invalid-idempotency-key");
    }
    let twice = customer
        .request("POST", "/v1/orders")
        .header("content-type", "application/json")
        .header("idempotency-key", "a")
        .header("idempotency-key", "a");
    customer
        .send(twice, order.to_string())
        .await
        .problem(400, "invalid-idempotency-key");
    assert!(shop.entries("orders").await.is_empty());
    customer
        .order_with_key(&"x".repeat(255), &order)
        .await
        .expect(202);
}
