//! Products are found by words, filtered, ordered and counted, page by page.

use serde_json::{Value, json};

use crate::support::{Client, Shop, following};

/// A shop with goods of several kinds; the pan is sold out, and the mug not on sale.
async fn shop() -> Shop {
    let mut shop = Shop::open().await;
    let admin = shop.admin().await;
    for (id, name, category, tags, price) in [
        ("pan-01", "Frying pan", "kitchen", &["steel"][..], 3900),
        ("mug-01", "Mug, red", "kitchen", &["red", "gift"], 1290),
        ("mug-02", "Mug, blue", "kitchen", &["blue", "gift"], 1290),
        ("tee-01", "Red T-shirt", "clothes", &["red"], 2490),
        ("pen-01", "Pen", "paper", &["gift"], 990),
    ] {
        let product = json!({
            "id": id, "name": name, "category": category, "tags": tags, "onSale": id != "mug-01",
            "price": { "amount": price, "currency": "EUR" },
        });
        admin.post("/v1/products", product).await.expect(201);
        if id != "pan-01" {
            let path = format!("/v1/products/{id}/stock");
            admin.post(&path, json!({ "delta": 3 })).await.expect(200);
        }
    }
    shop.reopen().await;
    shop
}

async fn list(client: &Client, query: &str) -> Value {
    let reply = client.get(&format!("/v1/products?{query}")).await;
    reply.expect(200).body()
}

fn ids(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().unwrap().iter();
    data.map(|product| product["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn filters_narrow_a_list() {
    let visitor = shop().await.visitor();
    for (query, expected) in [
        ("category=kitchen", &["mug-01", "mug-02", "pan-01"][..]),
        ("tag=gift", &["mug-01", "mug-02", "pen-01"]),
        (
            "minPrice=1290&maxPrice=2490",
            &["mug-01", "mug-02", "tee-01"],
        ),
        ("inStock=false", &["pan-01"]),
        ("onSale=false", &["mug-01"]),
        ("query=red&onSale=true", &["tee-01"]),
        ("query=red&category=paper", &[]),
        ("category=nothing", &[]),
    ] {
        assert_eq!(ids(&list(&visitor, query).await), expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_has_the_requested_order_at_any_page_size() {
    let visitor = shop().await.visitor();
    for (query, expected) in [
        ("sort=price", "pen-01 mug-01 mug-02 tee-01 pan-01"),
        ("sort=-price", "pan-01 tee-01 mug-01 mug-02 pen-01"),
        ("sort=name", "pan-01 mug-02 mug-01 pen-01 tee-01"),
        ("sort=newest", "pen-01 tee-01 mug-02 mug-01 pan-01"),
        ("sort=relevance&query=mug", "mug-01 mug-02"),
        ("sort=relevance&query=gift", "mug-01 mug-02 pen-01"),
        ("query=gift", "mug-01 mug-02 pen-01"),
        ("", "mug-01 mug-02 pan-01 pen-01 tee-01"),
    ] {
        for limit in 1..=6 {
            let mut found: Vec<String> = Vec::new();
            let mut after = String::new();
            loop {
                let query = format!("{query}&limit={limit}&after={after}");
                let page = list(&visitor, &query).await;
                found.extend(ids(&page).into_iter().map(ToOwned::to_owned));
                assert_eq!(page["hasMore"], page["next"].is_string());
                match page["next"].as_str() {
                    Some(next) => next.clone_into(&mut after),
                    None => break,
                }
            }
            assert_eq!(found.join(" "), expected, "{query}, {limit} a page");
        }
    }
}

#[tokio::test]
async fn categories_are_counted_without_the_category_filter() {
    let visitor = shop().await.visitor();
    let found = list(&visitor, "query=gift&category=paper&facets=category").await;
    assert_eq!(ids(&found), ["pen-01"]);
    let expected = json!({ "categories": { "kitchen": 2, "paper": 1 } });
    assert_eq!(found["facets"], expected);
    let plain = list(&visitor, "facets=category&limit=1").await;
    let expected = json!({ "categories": { "clothes": 1, "kitchen": 3, "paper": 1 } });
    assert_eq!((ids(&plain), &plain["facets"]), (vec!["mug-01"], &expected));
    assert!(list(&visitor, "").await.get("facets").is_none());
}

#[tokio::test]
async fn a_changed_text_is_found_and_the_old_one_is_not() {
    let shop = shop().await;
    let tree = following(&shop).await;
    let (admin, visitor) = (shop.admin().await, shop.visitor());
    let path = "/v1/products/pen-01";
    let patch = json!({ "name": "Pencil sharpener" });
    admin.json("PATCH", path, patch).await.expect(200);
    testkit::eventually("the new name", || async {
        let found = list(&visitor, "query=sharpener").await;
        (ids(&found) == ["pen-01"]).then_some(())
    })
    .await;
    admin.delete(path).await.expect(204);
    testkit::eventually("nothing", || async {
        ids(&list(&visitor, "query=sharpener").await)
            .is_empty()
            .then_some(())
    })
    .await;
    // An indexer that starts again has all of it.
    tree.crash("search", supervision::Fault::Panic).unwrap();
    testkit::eventually("the rest", || async {
        let found = list(&visitor, "query=mug").await;
        (ids(&found) == ["mug-01", "mug-02"]).then_some(())
    })
    .await;
    assert!(tree.shutdown().await.killed.is_empty());
}
