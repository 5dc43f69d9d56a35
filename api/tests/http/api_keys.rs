//! API keys are made by who has an account, do what their scopes say, and end when they are deleted.

use serde_json::{Value, json};
use store::account::Role;

use crate::support::{Client, Shop};

async fn make(client: &Client, scopes: &[&str]) -> Value {
    let wish = json!({ "name": "till", "scopes": scopes });
    client.post("/v1/api-keys", wish).await.expect(201).body()
}

#[tokio::test]
async fn a_key_is_shown_with_its_secret_once() {
    let shop = Shop::stocked().await;
    let ada = shop.customer().await;
    let key = make(&ada, &["orders:write", "orders:read"]).await;
    assert!(key["id"].as_str().unwrap().starts_with("ak_"), "{key}");
    assert_eq!(key["secret"].as_str().unwrap().len(), "sks_".len() + 64);
    let list = ada.get("/v1/api-keys").await.expect(200);
    assert!(!list.text.contains("sks_"), "{list:?}");
    let line = &list.body()["data"][0];
    assert_eq!(
        (&line["id"], &line["name"], &line["scopes"]),
        (
            &key["id"],
            &json!("till"),
            &json!(["orders:write", "orders:read"])
        )
    );
}

#[tokio::test]
async fn a_key_belongs_to_its_owner_and_administrators_end_any() {
    let shop = Shop::stocked().await;
    let (ada, eve, admin) = (
        shop.customer().await,
        shop.customer().await,
        shop.admin().await,
    );
    let id = make(&ada, &["orders:read"]).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/api-keys/{id}");
    eve.delete(&path).await.problem(404, "not-found");
    assert_eq!(eve.get("/v1/api-keys").await.body()["data"], json!([]));
    admin.delete(&path).await.expect(204);
    ada.delete(&path).await.problem(404, "not-found");
    ada.delete("/v1/api-keys/nonsense")
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_key_cannot_exceed_its_owners_rights() {
    let shop = Shop::stocked().await;
    let ada = shop.customer().await;
    for (scopes, faults) in [
        (json!(["orders:read", "catalog:write"]), &["#/scopes/1"][..]),
        (json!(["admin:read"]), &["#/scopes/0"]),
        (
            json!(["orders:read", "orders:read", 1]),
            &["#/scopes/1", "#/scopes/2"],
        ),
        (json!([]), &["#/scopes"]),
        (json!("orders:read"), &["#/scopes"]),
        (Value::Null, &["#/scopes"]),
    ] {
        let wish = json!({ "name": "till", "scopes": scopes });
        ada.post("/v1/api-keys", wish).await.faults(faults);
    }
    let wish = json!({ "name": "a\nb", "scopes": ["orders:read"], "secret": "mine" });
    ada.post("/v1/api-keys", wish)
        .await
        .faults(&["#/name", "#/secret"]);
    let operator = shop.person(&[Role::Operator]).await;
    make(&operator, &["admin:read", "admin:write"]).await;
    make(&shop.admin().await, &["catalog:write", "webhooks:write"]).await;
}

#[tokio::test]
async fn an_account_has_a_hundred_keys_at_most() {
    let shop = Shop::stocked().await;
    let ada = shop.customer().await;
    for _ in 0..100 {
        make(&ada, &["orders:read"]).await;
    }
    let wish = json!({ "name": "one more", "scopes": ["orders:read"] });
    ada.post("/v1/api-keys", wish)
        .await
        .problem(409, "too-many-api-keys");
}
