//! An order from its answer to its entry in the stream.

use contracts::event::OrderPlaced;
use serde_json::json;
use streamward::unpack;

use crate::support::Shop;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn an_order_is_answered_as_it_will_be_read() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({
        "items": [
            { "productId": "mug-01", "quantity": 2 },
            { "productId": "tea-01", "quantity": 1 },
        ],
        "paymentMethod": "pm_card_visa",
        "coupon": null,
        "expectedTotal": { "amount": 4430, "currency": "EUR" },
    });
    let placed = customer.post("/v1/orders", order).await.expect(202);
    let body = placed.body();
    let id = body["id"].as_str().unwrap();
    assert_eq!(placed.header("location"), format!("/v1/orders/{id}"));
    assert_eq!(body["status"], "placed");
    assert_eq!(
        body["items"][0],
        json!({
            "productId": "mug-01", "name": "The mug-01", "quantity": 2,
            "unitPrice": { "amount": 1990, "currency": "EUR" },
            "lineTotal": { "amount": 3980, "currency": "EUR" },
        })
    );
    let money = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    assert_eq!(body["subtotal"], money(4430));
    assert_eq!(body["discount"], money(0));
    assert_eq!(body["total"], money(4430));
    for empty in ["coupon", "payment", "reason"] {
        assert_eq!(body.get(empty), Some(&json!(null)), "{empty}");
    }
    assert!(body.get("shortages").is_none() && body.get("payBefore").is_none());
    assert_eq!(
        body["timeline"],
        json!([{ "status": "placed", "at": body["createdAt"] }])
    );

    let read = customer
        .get(placed.header("location"))
        .await
        .expect(200)
        .body();
    assert_eq!(read, body);
}

#[tokio::test]
async fn the_trace_of_the_request_continues_in_the_stream() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let request = customer
        .request("POST", "/v1/orders")
        .header("content-type", "application/json")
        .header("traceparent", TRACE);
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = customer.send(request, order.to_string()).await.expect(202);
    let entries = shop.entries("orders").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].text("tp")[..36], TRACE[..36]);
    let event: OrderPlaced = unpack(entries[0].data()).unwrap();
    assert_eq!(placed.body()["id"], event.order_id.as_str());
    assert_eq!(Some(event.order.customer_id), customer.id);
    assert_eq!(event.order.contact.email, "ada@example.com");

    let events = customer
        .get(&format!("{}/events", placed.header("location")))
        .await
        .expect(200);
    let event = &events.body()["data"][0];
    assert_eq!(
        (&event["type"], &event["stream"]),
        (&json!("OrderPlaced"), &json!("orders:placed"))
    );
    assert_eq!(event["entry"], entries[0].id);
    assert_eq!(event["data"]["order"]["items"][0]["productId"], "mug-01");
}

#[tokio::test]
async fn the_history_survives_the_trimming_of_the_stream() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = customer.post("/v1/orders", order).await.expect(202);
    let mut connection = shop.redis.connection().await;
    let mut trim = redis::cmd("XTRIM");
    trim.arg("sw:{0}:orders:placed").arg("MAXLEN").arg(0);
    trim.query_async::<u64>(&mut connection).await.unwrap();
    let events = customer
        .get(&format!("{}/events", placed.header("location")))
        .await
        .expect(200);
    let event = &events.body()["data"][0];
    assert_eq!(
        (&event["type"], &event["data"]),
        (&json!("OrderPlaced"), &json!(null))
    );
}
