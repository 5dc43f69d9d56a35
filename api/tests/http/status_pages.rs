//! The pages of a process that is no API.

use api::Status;
use supervision::{ChildSpec, SupervisorSpec, TaskContext};
use testkit::eventually;

use crate::support::{Client, Shop};

fn pages(shop: &Shop) -> (Status, Client) {
    let status = Status::new(shop.runtime.clone(), || "streamward_up 1\n".to_owned());
    let visitor = Client {
        router: status.router(),
        token: None,
        id: None,
    };
    (status, visitor)
}

fn patient(name: &str) -> ChildSpec {
    ChildSpec::task(name, |context: TaskContext| async move {
        context.stopping.cancelled().await;
        Ok(())
    })
}

#[tokio::test]
async fn a_process_that_starts_is_alive_and_not_ready() {
    let shop = Shop::open().await;
    let (_, visitor) = pages(&shop);
    visitor.get("/healthz").await.expect(200);
    visitor.get("/readyz").await.problem(503, "unavailable");
    visitor.get("/tree").await.problem(503, "unavailable");
    visitor.get("/v1/orders").await.problem(404, "not-found");
    let metrics = visitor.get("/metrics").await.expect(200);
    assert_eq!(metrics.text, "streamward_up 1\n");
    assert!(metrics.header("content-type").starts_with("text/plain"));
}

#[tokio::test]
async fn a_process_is_ready_while_its_intake_runs_and_redis_answers() {
    let mut shop = Shop::open().await;
    let (status, visitor) = pages(&shop);
    let order = SupervisorSpec::new("order").child(patient("intake"));
    let tree = SupervisorSpec::new("streamward")
        .child(ChildSpec::supervisor(order))
        .start()
        .await
        .unwrap();
    status.set_tree(tree.clone());
    visitor.get("/readyz").await.expect(200);
    let seen = visitor.get("/tree").await.expect(200).body();
    assert_eq!(seen, serde_json::to_value(tree.snapshot()).unwrap());

    shop.redis.kill();
    visitor.get("/readyz").await.problem(503, "unavailable");
    visitor.get("/tree").await.expect(200);
    shop.redis.restart();
    eventually("it is ready again", || async {
        (visitor.get("/readyz").await.status == 200).then_some(())
    })
    .await;

    tree.shutdown().await;
    let problem = visitor.get("/readyz").await.problem(503, "unavailable");
    assert_eq!(problem["detail"], "order/intake does not run: Stopped.");
}
