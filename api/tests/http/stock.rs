//! Receiving and writing off units.

use contracts::{Product, ProductId};
use serde_json::json;
use store::catalog::{self, Change, Mode};
use streamward::TraceParent;

use crate::support::Shop;

#[tokio::test]
async fn units_come_in_and_are_written_off() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let path = "/v1/products/mug-01/stock";
    let ledger = admin
        .post(path, json!({ "delta": 5 }))
        .await
        .expect(200)
        .body();
    assert_eq!(
        ledger,
        json!({
            "productId": "mug-01", "received": 15, "available": 15, "reserved": 0, "sold": 0,
            "transferredIn": 0, "transferredOut": 0,
        })
    );
    let ledger = admin
        .post(path, json!({ "delta": -15 }))
        .await
        .expect(200)
        .body();
    assert_eq!(
        (&ledger["received"], &ledger["available"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(admin.get(path).await.expect(200).body(), ledger);
    let short = admin
        .post(path, json!({ "delta": -1 }))
        .await
        .problem(409, "insufficient-stock");
    assert_eq!(short["available"], 0);
}

#[tokio::test]
async fn a_delta_is_checked() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let path = "/v1/products/mug-01/stock";
    for delta in [
        json!(0),
        json!(1.5),
        json!("1"),
        json!(true),
        json!(null),
        json!(1_000_000_001),
        json!(-1_000_000_001),
        json!(u64::MAX),
        json!(i64::MIN),
        json!([1]),
    ] {
        admin
            .post(path, json!({ "delta": delta }))
            .await
            .faults(&["#/delta"]);
    }
    admin.post(path, json!({})).await.faults(&["#/delta"]);
    admin
        .post(path, json!({ "delta": 1, "reason": "\n", "why": "x" }))
        .await
        .faults(&["#/reason", "#/why"]);
    admin.post(path, json!(5)).await.faults(&["#"]);
    let nowhere = "/v1/products/no-such/stock";
    admin
        .post(nowhere, json!({ "delta": 1 }))
        .await
        .problem(404, "not-found");
    admin.get(nowhere).await.problem(404, "not-found");
}

#[tokio::test]
async fn the_ledger_lists_authors_and_reasons_page_by_page() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    for (delta, reason) in [(5, Some("delivery 17")), (-2, None)] {
        let body = json!({ "delta": delta, "reason": reason });
        admin
            .post("/v1/products/mug-01/stock", body)
            .await
            .expect(200);
    }
    let path = "/v1/products/mug-01/stock/ledger";
    let newest = admin
        .get(&format!("{path}?limit=2"))
        .await
        .expect(200)
        .body();
    let line = |n: usize| newest["data"][n].clone();
    assert_eq!(
        (&line(0)["delta"], &line(0)["reason"]),
        (&json!(-2), &json!(null))
    );
    assert_eq!(
        (&line(0)["received"], &line(0)["available"]),
        (&json!(13), &json!(13))
    );
    assert_eq!(
        (&line(1)["delta"], &line(1)["reason"], &line(1)["actor"]),
        (&json!(5), &json!("delivery 17"), &json!("ada@example.com"))
    );
    assert_eq!(newest["hasMore"], true);
    let next = newest["next"].as_str().unwrap();
    let rest = admin
        .get(&format!("{path}?after={next}"))
        .await
        .expect(200)
        .body();
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&rest["data"][0]["delta"], &rest["hasMore"]),
        (&json!(10), &json!(false))
    );
    let bad = admin.get(&format!("{path}?after=x")).await;
    assert_eq!(bad.problem(400, "invalid-parameter")["parameter"], "after");
    shop.customer()
        .await
        .get(path)
        .await
        .problem(403, "forbidden");
}

/// Simulates a process that died after it wrote the product and before it set the threshold.
#[tokio::test]
async fn a_threshold_that_was_not_set_is_set_by_the_next_change() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let id: ProductId = "mug-01".parse().unwrap();
    let found = catalog::find(&shop.runtime, &id).await.unwrap().unwrap();
    let product = Product {
        low_stock_threshold: Some(7),
        ..found.product
    };
    let written = catalog::put_product(
        &shop.runtime,
        &product,
        Mode::Replace(found.version),
        TraceParent::start(),
    );
    assert!(matches!(written.await.unwrap(), Change::Written(_)));
    let noted = async || {
        let noted: Option<u32> = redis::cmd("HGET")
            .arg(&["sw:{0}:inventory:stock:mug-01", "lowStock"])
            .query_async(&mut shop.redis.connection().await)
            .await
            .unwrap();
        noted
    };
    assert_eq!(noted().await, None);
    let change = json!({ "lowStockThreshold": 7 });
    let path = "/v1/products/mug-01";
    admin.json("PATCH", path, change).await.expect(200);
    assert_eq!(noted().await, Some(7));
}
