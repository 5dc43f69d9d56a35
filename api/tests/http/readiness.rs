//! Liveness and readiness probes.

use crate::support::Shop;

#[tokio::test]
async fn a_process_without_redis_is_alive_and_not_ready() {
    let mut shop = Shop::open().await;
    let visitor = shop.visitor();
    visitor.get("/healthz").await.expect(200);
    visitor.get("/readyz").await.expect(200);
    shop.redis.kill();
    visitor.get("/healthz").await.expect(200);
    visitor.get("/readyz").await.problem(503, "unavailable");
    shop.redis.restart();
    testkit::eventually("it is ready again", || async {
        (visitor.get("/readyz").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_metrics_route_returns_the_process_metrics() {
    let shop = Shop::open().await;
    let reply = shop.visitor().get("/metrics").await.expect(200);
    assert_eq!(reply.text, "streamward_up 1\n");
    assert!(reply.header("content-type").starts_with("text/plain"));
}
