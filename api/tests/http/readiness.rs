//! Liveness and readiness probes.

use testkit::eventually;

use crate::support::{Shop, WRITE_REFUSALS};

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
    eventually("it is ready again", || async {
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

#[tokio::test]
async fn a_process_whose_redis_refuses_writes_is_not_ready_and_names_the_cause() {
    for (code, begin, end) in WRITE_REFUSALS {
        let shop = Shop::open().await;
        let (visitor, operator) = (shop.visitor(), shop.operator().await);
        visitor.get("/readyz").await.expect(200);
        let mut connection = shop.redis.connection().await;
        let mut command = async |words: &[&str]| {
            let mut cmd = redis::cmd(words[0]);
            let done = cmd
                .arg(&words[1..])
                .query_async::<()>(&mut connection)
                .await;
            done.unwrap();
        };
        command(begin).await;
        let detail = eventually(code, || async {
            let reply = visitor.get("/readyz").await;
            (reply.status == 503).then(|| reply.problem(503, "unavailable")["detail"].clone())
        })
        .await;
        assert_eq!(detail, format!("Redis refuses writes: {code}."));
        let health = operator.get("/v1/admin/health").await.expect(200).body();
        assert!(health["redis"]["pingMs"].is_null(), "{health}");
        let outage = health["redis"]["outage"].as_str().unwrap();
        assert!(outage.contains(code), "{outage}");
        command(end).await;
        eventually("it is ready again", || async {
            (visitor.get("/readyz").await.status == 200).then_some(())
        })
        .await;
    }
}
