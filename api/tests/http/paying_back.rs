//! Paying a confirmed order back, which only administrators may.

use serde_json::{Value, json};

use crate::support::{Client, Reply, Shop};

/// An order of a new customer, as it lies in Redis in this state.
async fn order_that_is(shop: &Shop, status: &str) -> (Client, String) {
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = customer.post("/v1/orders", order).await.expect(202);
    let path = placed.header("location").to_owned();
    let id = path.rsplit('/').next().unwrap();
    let mut connection = shop.redis.connection().await;
    let mut set = redis::cmd("HSET");
    set.arg(format!("sw:{{0}}:order:{id}"))
        .arg("status")
        .arg(status);
    set.query_async::<u64>(&mut connection).await.unwrap();
    (customer, path)
}

async fn refund(client: &Client, path: &str) -> Reply {
    client.post(&format!("{path}/refund"), Value::Null).await
}

#[tokio::test]
async fn refunding_a_confirmed_order_is_idempotent() {
    let shop = Shop::stocked().await;
    let (customer, path) = order_that_is(&shop, "confirmed").await;
    let admin = shop.admin().await;
    let first = refund(&admin, &path).await.expect(202);
    assert_eq!(first.header("location"), path);
    let body = first.body();
    assert_eq!(body["status"], "refunding");
    assert_eq!(body["payment"]["status"], "refunding");
    assert_eq!(refund(&admin, &path).await.expect(202).body(), body);
    assert_eq!(customer.get(&path).await.expect(200).body(), body);
    let entries = shop.entries("orders").await;
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind()).collect();
    assert_eq!(kinds, ["OrderPlaced", "OrderRefundRequested"]);
}

#[tokio::test]
async fn an_order_in_another_state_names_it() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    for status in ["placed", "awaitingPayment", "rejected", "cancelled"] {
        let (_, path) = order_that_is(&shop, status).await;
        let problem = refund(&admin, &path).await.problem(409, "not-refundable");
        assert_eq!(problem["orderStatus"], status);
    }
}

#[tokio::test]
async fn only_administrators_pay_back() {
    let shop = Shop::stocked().await;
    let (customer, path) = order_that_is(&shop, "confirmed").await;
    refund(&shop.visitor(), &path)
        .await
        .problem(401, "unauthorized");
    refund(&customer, &path).await.problem(403, "forbidden");
    let operator = shop.operator().await;
    refund(&operator, &path).await.problem(403, "forbidden");
    let admin = shop.admin().await;
    refund(&admin, "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ")
        .await
        .problem(404, "not-found");
}
