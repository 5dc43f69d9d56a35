//! Registering, logging in and out.

use serde_json::json;
use streamward::clock;

use crate::support::{Client, Shop};

#[tokio::test]
async fn an_account_is_registered_once_and_logged_into() {
    let shop = Shop::stocked().await;
    let visitor = shop.visitor();
    let ada = json!({
        "email": "Ada@Example.com", "password": "correct horse", "name": "Ada", "phone": "+491701234567",
    });
    let account = visitor
        .post("/v1/auth/register", ada.clone())
        .await
        .expect(201)
        .body();
    assert_eq!(account["email"], "ada@example.com");
    visitor
        .post("/v1/auth/register", ada)
        .await
        .problem(409, "email-taken");

    let right = json!({ "email": "ADA@example.com", "password": "correct horse" });
    let login = visitor
        .post("/v1/auth/login", right)
        .await
        .expect(200)
        .body();
    assert_eq!(login["customerId"], account["customerId"]);
    assert_eq!(login["roles"], json!(["customer"]));
    assert!(login["expiresAt"].as_str().unwrap() > clock::now_rfc3339().as_str());

    let ada = Client {
        token: login["token"].as_str().map(ToOwned::to_owned),
        ..visitor
    };
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    ada.post("/v1/orders", order.clone()).await.expect(202);
    ada.post("/v1/auth/logout", json!({})).await.expect(204);
    ada.post("/v1/orders", order)
        .await
        .problem(401, "unauthorized");
    ada.post("/v1/auth/logout", json!({}))
        .await
        .problem(401, "unauthorized");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_response() {
    let shop = Shop::open().await;
    let visitor = shop.visitor();
    let ada = json!({ "email": "ada@example.com", "password": "correct horse", "name": "Ada" });
    visitor.post("/v1/auth/register", ada).await.expect(201);
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let wrong = json!({ "email": email, "password": "incorrect horse" });
        let reply = visitor.post("/v1/auth/login", wrong).await;
        answers.push(reply.problem(401, "invalid-credentials"));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_registration_is_checked() {
    let shop = Shop::open().await;
    let visitor = shop.visitor();
    let bad = json!({
        "email": "ada", "password": "short", "name": "A\r\nBcc: x", "phone": "0170", "roles": ["admin"],
    });
    visitor.post("/v1/auth/register", bad).await.faults(&[
        "#/email",
        "#/password",
        "#/name",
        "#/phone",
        "#/roles",
    ]);
    visitor
        .post("/v1/auth/register", json!({}))
        .await
        .faults(&["#/email", "#/password", "#/name"]);
    visitor
        .post("/v1/auth/login", json!({ "email": 1 }))
        .await
        .faults(&["#/email", "#/password"]);
    visitor
        .post("/v1/auth/login", json!([]))
        .await
        .faults(&["#"]);
}

#[tokio::test]
async fn the_first_administrator_gets_in_with_password_and_token() {
    let shop = Shop::open().await;
    let first = api::accounts::bootstrap(&shop.runtime).await.unwrap();
    let second = api::accounts::bootstrap(&shop.runtime).await.unwrap();
    assert_eq!(first.email, "admin@streamward.local");
    assert_ne!(first.email, second.email);
    let login = json!({ "email": first.email, "password": first.password });
    let login = shop
        .visitor()
        .post("/v1/auth/login", login)
        .await
        .expect(200)
        .body();
    assert_eq!(login["roles"], json!(["customer", "operator", "admin"]));
    let admin = Client {
        token: Some(second.token),
        ..shop.visitor()
    };
    admin.get("/v1/admin/streams").await.expect(200);
    admin.get("/v1/orders").await.expect(200);
}
