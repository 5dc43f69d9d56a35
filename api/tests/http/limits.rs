//! A client's quota is shared by all processes, and responses state the remaining requests.

use api::{Class, Rate};
use serde_json::json;

use crate::support::{Client, Shop};

fn order() -> serde_json::Value {
    json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] })
}

#[tokio::test]
async fn two_processes_share_one_quota() {
    let few = |settings: &mut api::Settings| {
        settings.limits.set(Class::Write, Some(Rate::new(10, 600)));
    };
    let mut shop = Shop::stocked().await;
    shop.reopen_with(few).await;
    let here = shop.customer().await;
    let there = Client {
        router: shop.neighbour(few).await.router(),
        ..here.clone()
    };
    for _ in 0..5 {
        here.post("/v1/orders", order()).await.expect(202);
        let reply = there.post("/v1/orders", order()).await.expect(202);
        assert_eq!(reply.header("ratelimit-policy"), "\"write\";q=10;w=600");
    }
    for client in [&here, &there, &here] {
        let reply = client.post("/v1/orders", order()).await;
        assert!(reply.header("ratelimit").starts_with("\"write\";r=0;t="));
        let wait = reply.over_limit("write");
        assert!((60..=70).contains(&wait), "{wait}");
    }
    assert_eq!(shop.entries("orders").await.len(), 10);
    // Reads have another quota, and so has another client.
    let reply = here.get("/v1/orders").await.expect(200);
    assert!(reply.header("ratelimit").starts_with("\"read\";r="));
    shop.customer()
        .await
        .post("/v1/orders", order())
        .await
        .expect(202);
}

#[tokio::test]
async fn the_remaining_quota_is_counted_down() {
    let mut shop = Shop::stocked().await;
    shop.reopen_with(|settings| {
        settings.limits.set(Class::Read, Some(Rate::new(3, 600)));
    })
    .await;
    let visitor = shop.visitor();
    for left in ["r=2", "r=1", "r=0"] {
        let reply = visitor.get("/v1/products").await.expect(200);
        assert!(reply.header("ratelimit").contains(left), "{reply:?}");
    }
    visitor.get("/v1/products").await.over_limit("read");
    visitor.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_busy_client_costs_redis_a_call_now_and_then() {
    let shop = Shop::stocked().await;
    let visitor = shop.visitor();
    visitor.get("/v1/products").await.expect(200);
    let mut connection = shop.redis.connection().await;
    let count = async |connection: &mut _| -> usize {
        let stats: String = redis::cmd("INFO")
            .arg("commandstats")
            .query_async(connection)
            .await
            .unwrap();
        let line = stats
            .lines()
            .find(|line| line.starts_with("cmdstat_evalsha:"));
        let calls = line.and_then(|line| line.split(['=', ',']).nth(1));
        calls.and_then(|calls| calls.parse().ok()).unwrap_or(0)
    };
    let before = count(&mut connection).await;
    for _ in 0..200 {
        visitor.get("/v1/products").await.expect(200);
    }
    let calls = count(&mut connection).await - before;
    assert!(calls <= 2, "{calls} calls for 200 requests");
}

#[tokio::test]
async fn without_a_limit_nothing_is_counted() {
    let mut shop = Shop::stocked().await;
    shop.reopen_with(|settings| settings.limits.set(Class::Read, None))
        .await;
    let reply = shop.visitor().get("/v1/products").await.expect(200);
    assert_eq!(reply.header("ratelimit"), "");
}

#[tokio::test]
async fn while_redis_is_away_limits_let_everything_pass() {
    let mut shop = Shop::stocked().await;
    shop.reopen_with(|settings| {
        settings.limits.set(Class::Read, Some(Rate::new(1, 600)));
    })
    .await;
    shop.redis.kill();
    let (price, visitor) = ("/v1/products?limit=1", shop.visitor());
    for _ in 0..3 {
        let reply = visitor.get(price).await;
        assert_ne!(reply.status, 429, "{reply:?}");
    }
}
