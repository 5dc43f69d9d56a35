//! A shop whose services are too far behind takes on nothing more, and says when to come back.

use serde_json::json;
use streamward::groups;
use supervision::{ChildSpec, SupervisorSpec};
use testkit::eventually;

use crate::support::Shop;

#[tokio::test]
async fn orders_are_refused_above_the_mark_and_accepted_again_below_it() {
    let mut shop = Shop::stocked().await;
    shop.reopen_with(|settings| settings.high_water = 3).await;
    let partition = &shop.runtime.partitions()[0];
    let orders = [partition.stream("orders:placed")];
    let mut link = shop.runtime.server().link();
    groups::ensure(&mut link, partition, "inventory", &orders)
        .await
        .unwrap();
    let api = shop.api.clone();
    let watching = SupervisorSpec::new("api")
        .child(ChildSpec::task("backlog", move |context| {
            api.clone().watch_backlog(context)
        }))
        .start()
        .await
        .unwrap();

    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    customer.order_with_key("first", &order).await.expect(202);
    for key in ["second", "third"] {
        customer.order_with_key(key, &order).await.expect(202);
    }
    let refused = eventually("the mark is noticed", || async {
        let reply = customer.post("/v1/orders", order.clone()).await;
        (reply.status == 503).then_some(reply)
    })
    .await;
    assert_eq!(refused.header("retry-after"), "5");
    let problem = refused.problem(503, "temporary-reduced-capacity");
    assert_eq!(problem["limit"], 3);
    assert!(problem["backlog"].as_u64() >= Some(3), "{problem}");
    // What was accepted stays accepted.
    let again = customer.order_with_key("first", &order).await.expect(202);
    assert_eq!(again.header("idempotent-replayed"), "true");

    let all: Vec<String> = shop
        .entries("orders")
        .await
        .into_iter()
        .map(|e| e.id)
        .collect();
    let mut read = redis::cmd("XREADGROUP");
    read.arg(&[
        "GROUP",
        "inventory",
        "consumer-1",
        "STREAMS",
        &orders[0],
        ">",
    ]);
    read.query_async::<()>(&mut link).await.unwrap();
    let mut ack = redis::cmd("XACK");
    ack.arg(&orders[0]).arg("inventory").arg(all);
    ack.query_async::<()>(&mut link).await.unwrap();
    eventually("there is room again", || async {
        let reply = customer.order_with_key("fourth", &order).await;
        (reply.status == 202).then_some(())
    })
    .await;
    watching.shutdown().await;
}
