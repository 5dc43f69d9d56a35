//! Sessions are listed, last while they are used, and end all at once.

use std::time::Duration;

use serde_json::json;
use testkit::eventually;

use crate::support::{Client, Shop};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn a_user_sees_the_own_account_and_sessions() {
    let shop = Shop::quick(|_| {}).await;
    shop.register(ADA).await;
    let (here, _elsewhere) = (shop.member(ADA).await, shop.member(ADA).await);
    let me = here.get("/v1/auth/session").await.expect(200).body();
    assert_eq!(
        (&me["email"], &me["kind"], &me["roles"]),
        (&json!(ADA), &json!("bearer"), &json!(["customer"]))
    );
    assert_eq!(me.get("csrfToken"), None);
    let all = here.get("/v1/auth/sessions").await.expect(200).body();
    let current: Vec<_> = all["data"].as_array().unwrap().iter().collect();
    assert_eq!(current.len(), 2, "{all}");
    let here_only = current.iter().filter(|one| one["current"] == true);
    assert_eq!(here_only.count(), 1, "{all}");
}

#[tokio::test]
async fn logging_out_everywhere_ends_all_sessions_and_logging_out_one() {
    let shop = Shop::quick(|_| {}).await;
    shop.register(ADA).await;
    let one = shop.member(ADA).await;
    let (two, three) = (shop.member(ADA).await, shop.member(ADA).await);
    one.post("/v1/auth/logout", json!({})).await.expect(204);
    one.get("/v1/orders").await.problem(401, "unauthorized");
    two.get("/v1/orders").await.expect(200);
    two.delete("/v1/auth/sessions").await.expect(204);
    for client in [two, three] {
        client.get("/v1/orders").await.problem(401, "unauthorized");
    }
    shop.member(ADA).await.get("/v1/orders").await.expect(200);
}

#[tokio::test]
async fn a_session_that_is_used_outlives_its_idle_time_and_not_its_life() {
    let shop = Shop::quick(|settings| {
        settings.session_idle = Duration::from_secs(2);
        settings.session_ttl = Duration::from_secs(4);
    })
    .await;
    shop.register(ADA).await;
    let (used, unused) = (shop.member(ADA).await, shop.member(ADA).await);
    let ends = used.get("/v1/auth/session").await.expect(200).body()["endsAt"].clone();
    // Whenever the used one is looked at it lasts longer, until it has lived its life.
    let over = eventually("the session ends", async || {
        let reply = used.get("/v1/auth/session").await;
        (reply.status == 401).then(streamward::clock::now_rfc3339)
    })
    .await;
    let ends = ends.as_str().unwrap();
    assert!(over.as_str() >= ends, "{over} is before {ends}");
    unused.get("/v1/orders").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn the_first_administrators_token_ends_with_the_password() {
    let shop = Shop::quick(|_| {}).await;
    let first = api::accounts::bootstrap(&shop.runtime).await.unwrap();
    let admin = Client {
        token: Some(first.token),
        ..shop.visitor()
    };
    admin.get("/v1/orders").await.expect(200);
    let reset = api::accounts::reset(&shop.runtime, &first.email).await;
    assert_ne!(reset.unwrap().unwrap(), first.password);
    admin.get("/v1/orders").await.problem(401, "unauthorized");
}
