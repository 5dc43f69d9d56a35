//! Password guessing is rate-limited, reveals no accounts and locks out no other user.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{PASSWORD, Shop};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn ten_wrong_passwords_lock_known_and_unknown_accounts_alike() {
    let shop = Shop::quick(|_| {}).await;
    shop.register(ADA).await;
    let session = shop.member(ADA).await;
    let mut answers = Vec::new();
    for email in [ADA, "nobody@example.com"] {
        for _ in 0..10 {
            let reply = shop.login(email, "guess").await;
            reply.problem(401, "invalid-credentials");
        }
        // The right password is refused in the same way, so the lock reveals nothing.
        let reply = shop.login(email, PASSWORD).await;
        let mut body = reply.body();
        let wait = reply.over_limit("login-account");
        assert!((80..=120).contains(&wait), "{wait}");
        body["detail"] = json!("");
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    session.get("/v1/orders").await.expect(200);
    shop.register("eve@example.com").await;
    shop.member("eve@example.com").await;
}

#[tokio::test]
async fn a_lock_holds_in_every_process() {
    let shop = Shop::quick(|_| {}).await;
    shop.register(ADA).await;
    for _ in 0..10 {
        shop.login(ADA, "guess").await.expect(401);
    }
    let mut other = shop;
    other.reopen().await;
    other.login(ADA, PASSWORD).await.over_limit("login-account");
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_stopped() {
    let shop = Shop::quick(|settings| settings.limits.address_failures.quota = 20).await;
    shop.register(ADA).await;
    for number in 0..20 {
        let email = format!("user-{number}@example.com");
        shop.login(&email, "guess").await.expect(401);
    }
    let reply = shop.login(ADA, PASSWORD).await;
    reply.over_limit("login-address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_wrong_logins_are_refused_while_others_are_served() {
    let shop = Arc::new(Shop::quick(|_| {}).await);
    shop.register(ADA).await;
    shop.register("eve@example.com").await;
    let eve = shop.member("eve@example.com").await;
    let mut flood = JoinSet::new();
    for _ in 0..20 {
        let shop = Arc::clone(&shop);
        flood.spawn(async move {
            let mut seen: BTreeMap<u16, u32> = BTreeMap::new();
            for _ in 0..500 {
                let reply = shop.login(ADA, "guess").await;
                *seen.entry(reply.status.as_u16()).or_default() += 1;
            }
            seen
        });
    }
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    for _ in 0..10 {
        eve.post("/v1/orders", order.clone()).await.expect(202);
    }
    let mut seen: BTreeMap<u16, u32> = BTreeMap::new();
    for (status, count) in flood.join_all().await.into_iter().flatten() {
        *seen.entry(status).or_default() += count;
    }
    let count = |status| seen.get(&status).copied().unwrap_or(0);
    // Ten, and at most what was being hashed when the tenth was found wrong.
    assert!((10..=30).contains(&count(401)), "{seen:?}");
    assert_eq!(count(401) + count(429) + count(503), 10_000, "{seen:?}");
    assert!(count(429) > 9000, "{seen:?}");
    shop.member("eve@example.com").await;
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("sw:*:edge:quota:login-*")
        .query_async(&mut shop.redis.connection().await)
        .await
        .unwrap();
    // The address' few wrong ones may be forgotten already: it has a larger quota.
    assert!(
        keys.len() <= 2,
        "one per account and one per address: {keys:?}"
    );
}
