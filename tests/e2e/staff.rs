//! Staff accounts are created from the command line.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

async fn admin(shop: &Shop, args: &[&str]) -> Value {
    let output = streamward_on(shop.data(), &[&["admin"], args].concat()).await;
    assert!(output.status.success(), "{args:?}: {output:?}");
    serde_json::from_str(&text(&output)).unwrap()
}

/// Logs in with this password; the token if it is right.
async fn token(shop: &Shop, account: &Value) -> Option<String> {
    let login = json!({ "email": account["email"], "password": account["password"] });
    let (status, session) = shop
        .send(Method::POST, "/v1/auth/login", None, Some(&login))
        .await;
    assert!(matches!(status.as_u16(), 200 | 401), "{session}");
    session["token"].as_str().map(ToOwned::to_owned)
}

async fn streams(shop: &Shop, token: &str) -> StatusCode {
    let found = shop.send(Method::GET, "/v1/admin/streams", Some(token), None);
    found.await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_created_works_and_is_given_another_password() {
    let shop = Shop::open().await;
    let create = ["create", "Olga@example.com", "--role", "operator"];
    let olga = admin(&shop, &create).await;
    assert_eq!(olga["email"], "olga@example.com");
    let first = token(&shop, &olga).await.unwrap();
    assert_eq!(streams(&shop, &first).await, StatusCode::OK);
    let product = json!({ "id": "pot-01" });
    let (status, _) = shop
        .send(Method::POST, "/v1/products", Some(&first), Some(&product))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);

    let reset = admin(&shop, &["reset", "olga@example.com"]).await;
    assert_eq!(streams(&shop, &first).await, StatusCode::UNAUTHORIZED);
    assert_eq!(token(&shop, &olga).await, None);
    let second = token(&shop, &reset).await.unwrap();
    assert_eq!(streams(&shop, &second).await, StatusCode::OK);

    let staff = admin(&shop, &["list", "--json"]).await;
    let lines = staff.as_array().unwrap().iter();
    let known: Vec<_> = lines.map(|one| (&one["email"], &one["roles"])).collect();
    assert_eq!(
        known,
        [
            (
                &json!("admin@streamward.local"),
                &json!(["customer", "operator", "admin"])
            ),
            (&json!("olga@example.com"), &json!(["operator"])),
        ]
    );
    for (args, code) in [
        (&create[..], 1),
        (&["reset", "nobody@example.com"], 1),
        (&["create", "nonsense", "--role", "admin"], 64),
        (&["create", "a@example.com", "--role", "king"], 64),
        (&["create", "a@example.com"], 64),
    ] {
        let output = streamward_on(shop.data(), &[&["admin"], args].concat()).await;
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    }
    shop.audit().await;
}
