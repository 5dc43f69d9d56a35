//! Bodies that are JSON and no order: 422, with a pointer to every fault.

use serde_json::{Value, json};

use crate::support::Shop;

fn item(product: Value, quantity: Value) -> Value {
    json!({ "items": [{ "productId": product, "quantity": quantity }] })
}

fn line() -> Value {
    json!({ "productId": "mug-01", "quantity": 1 })
}

/// A good order with one more field.
fn with(field: &str, value: Value) -> Value {
    let mut order = json!({ "items": [line()] });
    order[field] = value;
    order
}

async fn refuse(cases: Vec<(Value, &[&str])>) {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    for (order, pointers) in cases {
        customer.post("/v1/orders", order).await.faults(pointers);
    }
    assert!(shop.entries("orders").await.is_empty());
}

#[tokio::test]
async fn an_order_is_an_object_with_items() {
    refuse(vec![
        (json!([]), &["#"]),
        (json!(null), &["#"]),
        (json!("order"), &["#"]),
        (json!({}), &["#/items"]),
        (json!({ "items": null }), &["#/items"]),
        (json!({ "items": {} }), &["#/items"]),
        (json!({ "items": [] }), &["#/items"]),
        (json!({ "items": vec![line(); 101] }), &["#/items"]),
        (json!({ "items": [7] }), &["#/items/0"]),
        (
            json!({ "items": [{}] }),
            &["#/items/0/productId", "#/items/0/quantity"],
        ),
        (
            json!({ "items": [line(), line()] }),
            &["#/items/1/productId"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_quantity_is_an_integer_from_1_to_1000() {
    let quantities = [
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1.0),
        json!("2"),
        json!(1001),
        json!(1_000_000_000_000_u64),
        json!(u64::MAX),
        json!(true),
        json!(null),
        json!([1]),
    ];
    let pointer: &[&str] = &["#/items/0/quantity"];
    let cases = quantities.map(|quantity| (item(json!("mug-01"), quantity), pointer));
    refuse(cases.into()).await;
}

#[tokio::test]
async fn a_product_is_one_on_sale() {
    let products = [
        json!("no-such"),
        json!("Mug 01"),
        json!("mug-01\u{0}"),
        json!(""),
        json!(7),
        json!(null),
    ];
    let pointer: &[&str] = &["#/items/0/productId"];
    let cases = products.map(|product| (item(product, json!(1)), pointer));
    refuse(cases.into()).await;
}

#[tokio::test]
async fn the_other_fields_are_checked_and_unknown_ones_refused() {
    let method: &[&str] = &["#/paymentMethod"];
    let coupon: &[&str] = &["#/coupon"];
    refuse(vec![
        (with("coupon", json!("AB")), coupon),
        (with("coupon", json!("NO SPACES")), coupon),
        (with("coupon", json!("X".repeat(33))), coupon),
        (with("coupon", json!(10)), coupon),
        (with("paymentMethod", json!("")), method),
        (with("paymentMethod", json!("pm card")), method),
        (with("paymentMethod", json!("x".repeat(65))), method),
        (with("paymentMethod", json!(1)), method),
        (with("expectedTotal", json!(1990)), &["#/expectedTotal"]),
        (
            with(
                "expectedTotal",
                json!({ "amount": 19.9, "currency": "eur" }),
            ),
            &["#/expectedTotal/amount", "#/expectedTotal/currency"],
        ),
        (
            with(
                "expectedTotal",
                json!({ "amount": -1, "currency": "EUR", "cents": 0 }),
            ),
            &["#/expectedTotal/amount", "#/expectedTotal/cents"],
        ),
        (with("price", json!(1)), &["#/price"]),
        (with("a/b", json!(1)), &["#/a~1b"]),
        (
            json!({ "items": [{ "productId": "mug-01", "quantity": 1, "unitPrice": 1 }] }),
            &["#/items/0/unitPrice"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn all_faults_of_a_body_are_reported_together() {
    let shop = Shop::stocked().await;
    let order = json!({
        "items": [
            { "productId": "mug-01", "quantity": 0 },
            { "productId": "no-such", "quantity": 1, "colour": "red" },
            { "productId": "mug-01", "quantity": 1 },
        ],
        "coupon": "X",
        "paymentMethod": "?",
        "note": "hello",
    });
    shop.customer()
        .await
        .post("/v1/orders", order)
        .await
        .faults(&[
            "#/items/0/quantity",
            "#/items/1/productId",
            "#/items/1/colour",
            "#/items/2/productId",
            "#/coupon",
            "#/paymentMethod",
            "#/note",
        ]);
}
