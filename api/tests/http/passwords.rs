//! A password is changed by who knows it, and ends the sessions that were opened with the old one.

use serde_json::json;

use crate::support::{PASSWORD, Shop};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let shop = Shop::quick(|_| {}).await;
    shop.register(ADA).await;
    let (here, elsewhere) = (shop.member(ADA).await, shop.member(ADA).await);
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "battery staple" });
    here.post("/v1/auth/password", change.clone())
        .await
        .expect(204);
    here.get("/v1/orders").await.expect(200);
    elsewhere
        .get("/v1/orders")
        .await
        .problem(401, "unauthorized");
    shop.login(ADA, PASSWORD)
        .await
        .problem(401, "invalid-credentials");
    shop.login(ADA, "battery staple").await.expect(200);
    here.post("/v1/auth/password", change)
        .await
        .problem(401, "invalid-credentials");
}

#[tokio::test]
async fn changing_a_password_needs_a_session_and_the_old_password() {
    let shop = Shop::quick(|_| {}).await;
    shop.register(ADA).await;
    let ada = shop.member(ADA).await;
    let wrong = json!({ "currentPassword": "guess", "newPassword": "battery staple" });
    ada.post("/v1/auth/password", wrong.clone())
        .await
        .problem(401, "invalid-credentials");
    shop.visitor()
        .post("/v1/auth/password", wrong)
        .await
        .problem(401, "unauthorized");
    let short = json!({ "currentPassword": PASSWORD, "newPassword": "short", "email": ADA });
    ada.post("/v1/auth/password", short)
        .await
        .faults(&["#/newPassword", "#/email"]);
    shop.login(ADA, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn guessing_with_a_found_session_ends_soon_and_leaves_logins_alone() {
    let shop = Shop::quick(|settings| settings.limits.account_failures.quota = 3).await;
    shop.register(ADA).await;
    let found = shop.member(ADA).await;
    let guess = json!({ "currentPassword": "guess", "newPassword": "battery staple" });
    for _ in 0..3 {
        let reply = found.post("/v1/auth/password", guess.clone()).await;
        reply.problem(401, "invalid-credentials");
    }
    let right = json!({ "currentPassword": PASSWORD, "newPassword": "battery staple" });
    let reply = found.post("/v1/auth/password", right).await;
    assert!(reply.over_limit("login-account") > 0);
    shop.login(ADA, PASSWORD).await.expect(200);
}
