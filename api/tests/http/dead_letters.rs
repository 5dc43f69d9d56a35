//! Dead letters over HTTP.

use serde_json::json;
use streamward::pack;

use crate::support::Shop;

async fn add_dead_letter(shop: &Shop, id: &str) {
    let data = pack("OrderPlaced", &json!({ "orderId": "x" })).unwrap();
    let mut connection = shop.redis.connection().await;
    let mut add = redis::cmd("XADD");
    add.arg("sw:{0}:order:dead")
        .arg(id)
        .arg("type")
        .arg("InventoryReserved")
        .arg("key")
        .arg("x");
    add.arg("data")
        .arg(data)
        .arg("dead.stream")
        .arg("sw:{0}:inventory:reserved")
        .arg("dead.id")
        .arg("5-0");
    add.arg("dead.first")
        .arg("5-0")
        .arg("dead.cause")
        .arg("no luck")
        .arg("dead.deliveries")
        .arg(3);
    add.query_async::<String>(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_dead_letter_is_shown_and_discarded() {
    let shop = Shop::open().await;
    let operator = shop.operator().await;
    for id in ["7-0", "8-0"] {
        add_dead_letter(&shop, id).await;
    }
    let page = operator
        .get("/v1/admin/dead/order?limit=1")
        .await
        .expect(200)
        .body();
    assert_eq!(
        (&page["hasMore"], &page["next"]),
        (&json!(true), &json!("7-0"))
    );
    let letter = &page["data"][0];
    assert_eq!(
        (&letter["type"], &letter["cause"]),
        (&json!("InventoryReserved"), &json!("no luck"))
    );
    assert_eq!(
        (&letter["entryId"], &letter["deliveries"]),
        (&json!("5-0"), &json!(3))
    );
    assert_eq!(letter["data"]["orderId"], "x");
    let rest = operator
        .get("/v1/admin/dead/order?after=7-0")
        .await
        .expect(200)
        .body();
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    operator
        .delete("/v1/admin/dead/order/7-0")
        .await
        .expect(204);
    operator
        .delete("/v1/admin/dead/order/7-0")
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_dead_letter_is_replayed_once() {
    let shop = Shop::open().await;
    let operator = shop.operator().await;
    add_dead_letter(&shop, "7-0").await;
    let path = "/v1/admin/dead/order/7-0/replay";
    operator.post(path, json!({})).await.expect(202);
    operator
        .post(path, json!({}))
        .await
        .problem(404, "not-found");
    let inbox = shop.entries("order:inbox").await;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].kind(), "InventoryReserved");
}

#[tokio::test]
async fn an_unknown_dead_letter_is_not_found() {
    let shop = Shop::open().await;
    let operator = shop.operator().await;
    operator
        .get("/v1/admin/dead/kitchen")
        .await
        .problem(404, "not-found");
    for id in [
        "x",
        "1",
        "1-",
        "-1",
        "1-1-1",
        "+-+",
        "99999999999999999999-0",
    ] {
        operator
            .delete(&format!("/v1/admin/dead/order/{id}"))
            .await
            .problem(404, "not-found");
    }
    for query in ["after=x", "limit=0", "partition=1", "partition=x"] {
        let reply = operator.get(&format!("/v1/admin/dead/order?{query}")).await;
        reply.problem(400, "invalid-parameter");
    }
}
