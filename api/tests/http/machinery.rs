//! The operators' view of the machinery.

use serde_json::json;
use supervision::{ChildSpec, NodeState, SupervisorSpec, TaskContext};

use crate::support::Shop;

fn patient(name: &str) -> ChildSpec {
    ChildSpec::task(name, |context: TaskContext| async move {
        context.stopping.cancelled().await;
        Ok(())
    })
}

#[tokio::test]
async fn without_a_tree_the_route_is_not_found() {
    let shop = Shop::open().await;
    let operator = shop.operator().await;
    operator
        .get("/v1/admin/tree")
        .await
        .problem(503, "unavailable");
    let crash = json!({ "path": "order" });
    operator
        .post("/v1/admin/crash", crash)
        .await
        .problem(503, "unavailable");
}

#[tokio::test]
async fn a_child_is_crashed_and_comes_back() {
    let shop = Shop::open().await;
    let order = ChildSpec::supervisor(SupervisorSpec::new("order").child(patient("worker")));
    let tree = SupervisorSpec::new("shop")
        .child(order)
        .start()
        .await
        .unwrap();
    shop.api.set_tree(tree.clone());
    let operator = shop.operator().await;
    let seen = operator.get("/v1/admin/tree").await.expect(200).body();
    assert_eq!(seen["children"][0]["name"], "order");
    assert_eq!(seen["children"][0]["children"][0]["kind"], "task");

    let crash = json!({ "path": "order/worker" });
    let reply = operator.post("/v1/admin/crash", crash).await.expect(202);
    assert_eq!(
        reply.body(),
        json!({ "path": "order/worker", "how": "panic" })
    );
    testkit::eventually("the restart", || async {
        let tree = tree.snapshot();
        let worker = tree.at("order/worker").unwrap();
        (worker.restarts == 1 && worker.state == NodeState::Running).then_some(())
    })
    .await;

    let nowhere = json!({ "path": "order/missing", "how": "kill" });
    let problem = operator
        .post("/v1/admin/crash", nowhere)
        .await
        .problem(404, "unknown-path");
    assert_eq!(problem["candidates"], json!(["worker"]));
    for (bad, pointer) in [
        (json!({}), "#/path"),
        (json!({ "path": "" }), "#/path"),
        (json!({ "path": "order/worker", "how": "explode" }), "#/how"),
        (json!({ "path": "order", "how": "hang" }), "#/how"),
    ] {
        operator
            .post("/v1/admin/crash", bad)
            .await
            .faults(&[pointer]);
    }

    let health = operator.get("/v1/admin/health").await.expect(200).body();
    assert_eq!(health["services"][0]["name"], "order");
    assert!(health["redis"]["pingMs"].is_number());
    assert_eq!(health["catalog"]["products"], 0);
    tree.shutdown().await;
    operator
        .post("/v1/admin/crash", json!({ "path": "order" }))
        .await
        .problem(409, "not-running");
}

#[tokio::test]
async fn a_service_that_is_down_makes_the_process_unready() {
    let shop = Shop::open().await;
    let broken = ChildSpec::task("order", |_| async { Err("no luck".into()) });
    let tree = SupervisorSpec::new("shop")
        .child(broken)
        .start()
        .await
        .unwrap();
    shop.api.set_tree(tree);
    let visitor = shop.visitor();
    testkit::eventually("it is not ready", || async {
        (visitor.get("/readyz").await.status == 503).then_some(())
    })
    .await;
}

#[tokio::test]
async fn streams_are_listed_with_their_dead_letters() {
    let shop = Shop::stocked().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    shop.customer()
        .await
        .post("/v1/orders", order)
        .await
        .expect(202);
    let body = shop
        .operator()
        .await
        .get("/v1/admin/streams")
        .await
        .expect(200)
        .body();
    let streams = body["streams"].as_array().unwrap();
    let orders = streams
        .iter()
        .find(|stream| stream["stream"] == "sw:{0}:orders:placed")
        .unwrap();
    assert_eq!(orders["length"], 1);
    assert!(
        streams
            .iter()
            .any(|stream| stream["stream"] == "sw:{0}:catalog:changed")
    );
    assert_eq!(
        body["deadLetters"],
        json!({
            "order": 0, "inventory": 0, "promotion": 0, "payment": 0, "notification": 0, "webhook": 0,
        })
    );
}
