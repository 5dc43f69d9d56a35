//! Redis is away or refuses: the API answers 503, at once, and what memory holds goes on.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::eventually;
use tokio::time::Instant;

use crate::support::{Client, Shop, WRITE_REFUSALS, following};

async fn command(shop: &Shop, words: &[&str]) {
    let mut cmd = redis::cmd(words[0]);
    cmd.arg(&words[1..]);
    let mut connection = shop.redis.connection().await;
    cmd.query_async::<()>(&mut connection).await.unwrap();
}

fn order() -> Value {
    json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] })
}

/// Every way to change something is answered with 503 and a time to come back.
async fn is_unavailable(client: &Client, state: &str) {
    let login = json!({ "email": "ada@example.com", "password": "correct horse" });
    for (path, body) in [("/v1/orders", order()), ("/v1/auth/login", login)] {
        let reply = client.post(path, body).await;
        assert_eq!(reply.status, 503, "{state} {path}: {}", reply.text);
        assert_eq!(reply.header("retry-after"), "1", "{state} {path}");
        reply.problem(503, "unavailable");
    }
    client.get("/v1/products/mug-01").await.expect(200);
    client.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_server_that_refuses_writes_is_a_503() {
    let no_right = (
        "NOPERM",
        &["ACL", "SETUSER", "default", "-@all", "+config", "+acl"][..],
        &["ACL", "SETUSER", "default", "+@all"][..],
    );
    for (state, begin, end) in WRITE_REFUSALS.into_iter().chain([no_right]) {
        let shop = Shop::stocked().await;
        shop.register("ada@example.com").await;
        let customer = shop.customer().await;
        let mut redis = shop.redis.connection().await;
        command(&shop, begin).await;
        is_unavailable(&customer, state).await;
        let mut cmd = redis::cmd(end[0]);
        let ended = cmd.arg(&end[1..]).query_async::<()>(&mut redis).await;
        ended.unwrap();
        customer.post("/v1/orders", order()).await.expect(202);
    }
}

#[tokio::test]
async fn a_server_whose_password_has_changed_is_a_503_and_named() {
    let shop = Shop::stocked().await;
    shop.register("ada@example.com").await;
    let customer = shop.customer().await;
    let mut redis = shop.redis.connection().await;
    let mut command = async |words: &[&str]| {
        let mut cmd = redis::cmd(words[0]);
        let done = cmd.arg(&words[1..]).query_async::<()>(&mut redis).await;
        done.unwrap();
    };
    command(&["CONFIG", "SET", "requirepass", "another"]).await;
    // Open connections stay authenticated.
    command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
    eventually("it is named", || async {
        let reply = customer.get("/readyz").await;
        reply
            .text
            .contains("Redis refuses the connection: NOAUTH.")
            .then_some(())
    })
    .await;
    is_unavailable(&customer, "NOAUTH").await;
    command(&["CONFIG", "SET", "requirepass", ""]).await;
    eventually("orders are accepted", || async {
        let reply = customer.post("/v1/orders", order()).await;
        (reply.status == 202).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_runs_a_script_for_long_is_a_503() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    command(&shop, &["CONFIG", "SET", "busy-reply-threshold", "1"]).await;
    let (mut busy, mut killer) = (shop.redis.connection().await, shop.redis.connection().await);
    let mut endless = redis::cmd("EVAL");
    endless.arg("while true do end").arg(0);
    let outage = async {
        eventually("BUSY", || async {
            let reply = customer.post("/v1/orders", order()).await;
            (reply.status == 503).then_some(())
        })
        .await;
        is_unavailable(&customer, "BUSY").await;
        let mut kill = redis::cmd("SCRIPT");
        let killed = kill.arg("KILL").query_async::<()>(&mut killer).await;
        killed.unwrap();
    };
    let (ended, ()) = tokio::join!(endless.query_async::<()>(&mut busy), outage);
    ended.unwrap_err();
    customer.post("/v1/orders", order()).await.expect(202);
}

#[tokio::test]
async fn while_redis_is_away_requests_fail_at_once_and_followers_stay_alive() {
    let mut shop = Shop::stocked().await;
    let tree = following(&shop).await;
    let customer = shop.customer().await;
    let outage = shop.redis.outage();
    outage.attempts(20).await;
    let begun = Instant::now();
    tokio::select! {
        () = outage.attempts(usize::MAX) => {}
        () = is_unavailable(&customer, "away") => {}
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    drop(outage);
    shop.redis.restart();
    let since = Instant::now();
    eventually("it is ready", || async {
        (customer.get("/readyz").await.status == 200).then_some(())
    })
    .await;
    let took = since.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    let follower = tree.snapshot();
    let follower = follower.at("catalog").unwrap();
    assert_eq!(follower.restarts, 0, "{:?}", follower.last_exit);
    tree.shutdown().await;
}
