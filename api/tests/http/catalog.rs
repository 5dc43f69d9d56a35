//! The catalogue: public to read, administrators' to change.

use serde_json::{Value, json};

use crate::support::{Client, Shop};

fn teapot() -> Value {
    json!({
        "id": "pot-01", "name": "Teapot", "description": "Holds a litre.",
        "price": { "amount": 4990, "currency": "EUR" },
    })
}

async fn ids(client: &Client, path: &str) -> Vec<String> {
    let body = client.get(path).await.expect(200).body();
    let data = body["data"].as_array().unwrap();
    data.iter()
        .map(|product| product["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_product_lives_from_post_to_delete() {
    let shop = Shop::open().await;
    let (admin, visitor) = (shop.admin().await, shop.visitor());
    let added = admin.post("/v1/products", teapot()).await.expect(201);
    assert_eq!(added.header("location"), "/v1/products/pot-01");
    let mut expected = teapot();
    expected["onSale"] = json!(true);
    expected["available"] = json!(0);
    expected["inStock"] = json!(false);
    assert_eq!(added.body(), expected);
    admin
        .post("/v1/products", teapot())
        .await
        .problem(409, "product-exists");

    let patch = json!({ "price": { "amount": 3990, "currency": "EUR" }, "onSale": false });
    let path = "/v1/products/pot-01";
    let changed = admin.json("PATCH", path, patch).await.expect(200).body();
    assert_eq!(changed["price"]["amount"], 3990);
    assert_eq!(
        (&changed["onSale"], &changed["name"]),
        (&json!(false), &json!("Teapot"))
    );
    assert_eq!(visitor.get(path).await.expect(200).body(), changed);

    admin.delete(path).await.expect(204);
    visitor.get(path).await.problem(404, "not-found");
    admin.delete(path).await.problem(404, "not-found");
    admin
        .json("PATCH", path, json!({ "name": "Pot" }))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn products_are_found_page_by_page() {
    let mut shop = Shop::stocked().await;
    let admin = shop.admin().await;
    admin.post("/v1/products", teapot()).await.expect(201);
    shop.reopen().await;
    let visitor = shop.visitor();
    assert_eq!(
        ids(&visitor, "/v1/products").await,
        ["mug-01", "pot-01", "tea-01"]
    );
    assert_eq!(
        ids(&visitor, "/v1/products?query=TEA").await,
        ["pot-01", "tea-01"]
    );
    let first = visitor.get("/v1/products?limit=2").await.expect(200).body();
    assert_eq!(
        (&first["hasMore"], &first["next"]),
        (&json!(true), &json!("pot-01"))
    );
    assert_eq!(first["data"][0]["available"], 10);
    let rest = visitor
        .get("/v1/products?limit=2&after=pot-01")
        .await
        .expect(200)
        .body();
    assert_eq!(
        (&rest["hasMore"], &rest["next"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(
        ids(&visitor, "/v1/products?limit=2&after=pot-01").await,
        ["tea-01"]
    );
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let shop = Shop::stocked().await;
    let long = format!("query={}", "x".repeat(101));
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("after=%00", "after"),
        ("after=A%20B", "after"),
        (&long, "query"),
        ("sort=cheap", "sort"),
        ("sort=relevance", "sort"),
        ("sort=price&after=mug-01", "after"),
        ("sort=price&after=name:6d:mug-01", "after"),
        ("minPrice=1.5", "minPrice"),
        ("maxPrice=-1", "maxPrice"),
        ("minPrice=2&maxPrice=1", "minPrice"),
        ("inStock=yes", "inStock"),
        ("onSale=", "onSale"),
        ("facets=price", "facets"),
    ] {
        let reply = shop.visitor().get(&format!("/v1/products?{query}")).await;
        assert_eq!(reply.problem(400, "invalid-parameter")["parameter"], name);
    }
    shop.visitor()
        .get("/v1/products/%ff")
        .await
        .problem(400, "bad-request");
    shop.visitor()
        .get("/v1/products/a%2Fb")
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_description_of_a_product_is_checked() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let bad = json!({
        "id": "Big Mug", "name": "", "description": 7, "price": { "amount": -1, "currency": "EURO" },
        "onSale": "yes", "stock": 5, "category": "", "tags": ["ok", 7, ""], "imageUrl": "javascript:1",
        "lowStockThreshold": -1,
    });
    admin.post("/v1/products", bad).await.faults(&[
        "#/id",
        "#/name",
        "#/description",
        "#/price/amount",
        "#/price/currency",
        "#/onSale",
        "#/stock",
        "#/category",
        "#/tags/1",
        "#/tags/2",
        "#/imageUrl",
        "#/lowStockThreshold",
    ]);
    admin
        .post("/v1/products", json!({}))
        .await
        .faults(&["#/id", "#/name", "#/price"]);
    let bad = json!({ "id": "x", "name": null, "price": 3 });
    let reply = admin.json("PATCH", "/v1/products/mug-01", bad).await;
    reply.faults(&["#/id", "#/name", "#/price"]);
}

#[tokio::test]
async fn a_product_has_a_category_tags_a_picture_and_a_threshold_until_they_are_taken_away() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let mut whole = teapot();
    whole["category"] = json!("kitchen");
    whole["tags"] = json!(["white", "gift", "white"]);
    whole["imageUrl"] = json!("https://shop.example/pot.jpg");
    whole["lowStockThreshold"] = json!(3);
    let added = admin.post("/v1/products", whole).await.expect(201).body();
    assert_eq!(added["tags"], json!(["white", "gift"]));
    assert_eq!(added["category"], "kitchen");
    assert_eq!(added["imageUrl"], "https://shop.example/pot.jpg");
    let watched = async |expected: Option<&str>| {
        let mut get = redis::cmd("HGET");
        get.arg("sw:{0}:inventory:stock:pot-01").arg("lowStock");
        let mut connection = shop.redis.connection().await;
        let found: Option<String> = get.query_async(&mut connection).await.unwrap();
        assert_eq!(found.as_deref(), expected);
    };
    watched(Some("3")).await;
    let nothing =
        json!({ "category": null, "tags": [], "imageUrl": null, "lowStockThreshold": null });
    let path = "/v1/products/pot-01";
    let changed = admin.json("PATCH", path, nothing).await.expect(200).body();
    for gone in ["category", "tags", "imageUrl", "lowStockThreshold"] {
        assert!(changed.get(gone).is_none(), "{gone}: {changed}");
    }
    watched(None).await;
}
