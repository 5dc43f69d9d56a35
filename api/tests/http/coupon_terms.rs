//! Terms that make no coupon: 422, with a pointer to every fault.

use serde_json::{Value, json};

use crate::support::Shop;

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// A good coupon with other fields.
fn with(fields: Value) -> Value {
    let mut coupon = json!({ "code": "TEN", "percent": 10 });
    for (name, value) in fields.as_object().unwrap() {
        coupon[name] = value.clone();
    }
    coupon
}

#[tokio::test]
async fn every_fault_is_pointed_at() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let cases: Vec<(Value, &[&str])> = vec![
        (json!([]), &["#"]),
        (json!({}), &["#/code", "#/percent"]),
        (with(json!({ "code": "AB" })), &["#/code"]),
        (with(json!({ "code": "A B C" })), &["#/code"]),
        (with(json!({ "percent": 0 })), &["#/percent"]),
        (with(json!({ "percent": 101 })), &["#/percent"]),
        (with(json!({ "percent": 2.5 })), &["#/percent"]),
        (with(json!({ "amount": eur(500) })), &["#/amount"]),
        (
            json!({ "code": "TEN", "amount": eur(0) }),
            &["#/amount/amount"],
        ),
        (
            json!({ "code": "TEN", "amount": eur(5), "minimum": { "amount": 5, "currency": "USD" } }),
            &["#/minimum"],
        ),
        (with(json!({ "minimum": 20 })), &["#/minimum"]),
        (with(json!({ "validFrom": "tomorrow" })), &["#/validFrom"]),
        (
            with(
                json!({ "validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z" }),
            ),
            &["#/validUntil"],
        ),
        (with(json!({ "maxUses": 0 })), &["#/maxUses"]),
        (
            with(json!({ "maxUsesPerCustomer": -1 })),
            &["#/maxUsesPerCustomer"],
        ),
        (with(json!({ "active": "yes" })), &["#/active"]),
        (with(json!({ "uses": 7 })), &["#/uses"]),
    ];
    for (body, pointers) in cases {
        admin.post("/v1/coupons", body).await.faults(pointers);
    }
    let list = admin.get("/v1/coupons").await.expect(200).body();
    assert_eq!(list["data"], json!([]));
}
