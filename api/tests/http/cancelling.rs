//! Taking back an order.

use serde_json::{Value, json};

use crate::support::{Client, Shop};

async fn place(customer: &Client) -> String {
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = customer.post("/v1/orders", order).await.expect(202);
    placed.header("location").to_owned()
}

async fn set(shop: &Shop, path: &str, fields: &[(&str, &str)]) {
    let id = path.rsplit('/').next().unwrap();
    let mut connection = shop.redis.connection().await;
    let mut set = redis::cmd("HSET");
    set.arg(format!("sw:{{0}}:order:{id}"));
    for (name, value) in fields {
        set.arg(name).arg(value);
    }
    set.query_async::<u64>(&mut connection).await.unwrap();
}

async fn cancel(client: &Client, path: &str) -> crate::support::Reply {
    client.post(&format!("{path}/cancel"), Value::Null).await
}

#[tokio::test]
async fn cancelling_an_open_order_is_idempotent() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let path = place(&customer).await;
    let first = cancel(&customer, &path).await.expect(202);
    assert_eq!(first.header("location"), path);
    let body = first.body();
    assert_eq!(
        (&body["status"], &body["reason"]),
        (&json!("cancelled"), &json!("customer"))
    );
    assert_eq!(body["payment"], json!(null), "there was nothing to pay yet");
    assert_eq!(cancel(&customer, &path).await.expect(202).body(), body);
    let entries = shop.entries("orders").await;
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind()).collect();
    assert_eq!(kinds, ["OrderPlaced", "OrderCancelled"]);
}

#[tokio::test]
async fn without_a_body_it_is_the_same_request() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let path = format!("{}/cancel", place(&customer).await);
    let request = customer.request("POST", &path);
    customer.send(request, "").await.expect(202);
}

#[tokio::test]
async fn an_order_that_went_on_names_where_it_is() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    for status in [
        "confirmed",
        "rejected",
        "refunding",
        "refunded",
        "cancelled",
    ] {
        let path = place(&customer).await;
        let fields = [("status", status), ("reason", "paymentTimeout")];
        set(&shop, &path, &fields).await;
        let problem = cancel(&customer, &path).await;
        let problem = problem.problem(409, "not-cancellable");
        assert_eq!(problem["orderStatus"], status);
    }
}

#[tokio::test]
async fn only_the_customer_and_administrators_cancel() {
    let shop = Shop::stocked().await;
    let (ada, eve) = (shop.customer().await, shop.customer().await);
    let path = place(&ada).await;
    let visitor = shop.visitor();
    cancel(&visitor, &path).await.problem(401, "unauthorized");
    cancel(&eve, &path).await.problem(404, "not-found");
    let operator = shop.operator().await;
    cancel(&operator, &path).await.problem(403, "forbidden");
    cancel(&ada, "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ")
        .await
        .problem(404, "not-found");
    cancel(&shop.admin().await, &path).await.expect(202);
}
