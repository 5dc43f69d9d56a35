//! Receiving and writing off units.

use serde_json::json;

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
        .post(path, json!({ "delta": 1, "reason": "x" }))
        .await
        .faults(&["#/reason"]);
    admin.post(path, json!(5)).await.faults(&["#"]);
    let nowhere = "/v1/products/no-such/stock";
    admin
        .post(nowhere, json!({ "delta": 1 }))
        .await
        .problem(404, "not-found");
    admin.get(nowhere).await.problem(404, "not-found");
}
