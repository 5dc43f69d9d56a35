//! Conditional requests on products: `304` for an unchanged one, `If-Match` against lost updates.

use axum::body::Body;
use serde_json::json;

use crate::support::{Client, Reply, Shop};

const MUG: &str = "/v1/products/mug-01";

async fn get(client: &Client, path: &str, seen: &str) -> Reply {
    let request = client.request("GET", path).header("if-none-match", seen);
    client.send(request, Body::empty()).await
}

async fn patch(admin: &Client, tag: &str, name: &str) -> Reply {
    let request = admin.request("PATCH", MUG).header("if-match", tag);
    let request = request.header("content-type", "application/json");
    admin
        .send(request, json!({ "name": name }).to_string())
        .await
}

#[tokio::test]
async fn a_product_or_a_list_that_was_seen_is_not_sent_again() {
    let shop = Shop::stocked().await;
    let (admin, visitor) = (shop.admin().await, shop.visitor());
    for path in [MUG, "/v1/products", "/v1/products?limit=1"] {
        let first = visitor.get(path).await.expect(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "strong: {tag}");
        assert_eq!(first.header("cache-control"), "no-cache");
        let again = get(&visitor, path, &tag).await.expect(304);
        assert_eq!((again.header("etag"), &*again.text), (&*tag, ""));
        let delta = json!({ "delta": 1 });
        admin.post(&format!("{MUG}/stock"), delta).await.expect(200);
        let changed = get(&visitor, path, &tag).await.expect(200);
        assert_ne!(changed.header("etag"), tag, "{path}");
    }
}

#[tokio::test]
async fn a_change_with_a_stale_etag_is_refused() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let tag = admin.get(MUG).await.header("etag").to_owned();
    // Units that come and go are no change of the product.
    let delta = json!({ "delta": 1 });
    admin.post(&format!("{MUG}/stock"), delta).await.expect(200);
    let changed = patch(&admin, &tag, "Cup").await.expect(200);
    assert_ne!(changed.header("etag"), tag);
    patch(&admin, &tag, "Bowl")
        .await
        .problem(412, "precondition-failed");
    let request = admin.request("DELETE", MUG).header("if-match", &tag);
    let late = admin.send(request, Body::empty()).await;
    late.problem(412, "precondition-failed");
    assert_eq!(admin.get(MUG).await.body()["name"], "Cup");

    let request = admin.request("DELETE", MUG);
    let request = request.header("if-match", changed.header("etag"));
    admin.send(request, Body::empty()).await.expect(204);
    patch(&admin, "*", "Bowl").await.problem(404, "not-found");
}

#[tokio::test]
async fn two_changes_at_the_same_moment_are_both_made() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let (a, b, c) = tokio::join!(
        admin.json("PATCH", MUG, json!({ "name": "Cup" })),
        admin.json("PATCH", MUG, json!({ "description": "Holds tea." })),
        admin.json("PATCH", MUG, json!({ "category": "kitchen" })),
    );
    for changed in [a, b, c] {
        changed.expect(200);
    }
    let product = admin.get(MUG).await.body();
    assert_eq!(
        (
            &product["name"],
            &product["description"],
            &product["category"]
        ),
        (&json!("Cup"), &json!("Holds tea."), &json!("kitchen"))
    );
}
