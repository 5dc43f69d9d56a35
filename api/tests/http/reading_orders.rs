//! The list of a customer's orders, newest first, page by page.

use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn orders_are_listed_newest_first() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let mut placed = Vec::new();
    for quantity in 1..=5 {
        let order = json!({ "items": [{ "productId": "mug-01", "quantity": quantity }] });
        placed.push(customer.post("/v1/orders", order).await.expect(202).body()["id"].clone());
    }
    let mut seen = Vec::new();
    let mut path = "/v1/orders?limit=2".to_owned();
    loop {
        let page = customer.get(&path).await.expect(200).body();
        let data = page["data"].as_array().unwrap();
        seen.extend(data.iter().map(|order| order["id"].clone()));
        assert_eq!(page["hasMore"].as_bool().unwrap(), page["next"].is_string());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/orders?limit=2&before={next}");
    }
    // An id begins with its time.
    placed.sort_by_key(|id| std::cmp::Reverse(id.to_string()));
    assert_eq!(seen, placed);
}

#[tokio::test]
async fn invalid_ids_are_not_found() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    for id in [
        "1",
        "01j8zzzzzzzzzzzzzzzzzzzzzz",
        "..",
        "%00",
        "sw:%7B0%7D",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    ] {
        customer
            .get(&format!("/v1/orders/{id}"))
            .await
            .problem(404, "not-found");
    }
    let reply = customer.get("/v1/orders?before=nonsense").await;
    assert_eq!(
        reply.problem(400, "invalid-parameter")["parameter"],
        "before"
    );
}
