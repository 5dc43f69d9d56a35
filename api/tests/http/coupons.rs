//! Coupons: administrators' to make, customers' to name in an order.

use contracts::event::OrderPlaced;
use serde_json::{Value, json};
use streamward::unpack;

use crate::support::Shop;

fn terms(code: &str) -> Value {
    json!({
        "code": code, "percent": 10,
        "minimum": { "amount": 2000, "currency": "EUR" },
        "validFrom": "2026-01-01T00:00:00+01:00", "validUntil": "2026-12-31T23:59:59Z",
        "maxUses": 100, "maxUsesPerCustomer": 1,
    })
}

fn order(coupon: &str) -> Value {
    json!({ "items": [{ "productId": "mug-01", "quantity": 2 }], "coupon": coupon })
}

#[tokio::test]
async fn a_coupon_lives_from_post_to_delete() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let added = admin
        .post("/v1/coupons", terms("welcome10"))
        .await
        .expect(201);
    let path = "/v1/coupons/WELCOME10";
    assert_eq!(added.header("location"), path);
    let mut expected = terms("WELCOME10");
    expected["validFrom"] = json!("2025-12-31T23:00:00.000Z");
    expected["validUntil"] = json!("2026-12-31T23:59:59.000Z");
    expected["amount"] = json!(null);
    expected["active"] = json!(true);
    expected["uses"] = json!(0);
    expected["holds"] = json!(0);
    assert_eq!(added.body(), expected);
    admin
        .post("/v1/coupons", terms("WELCOME10"))
        .await
        .problem(409, "coupon-exists");
    assert_eq!(admin.get(path).await.expect(200).body(), expected);

    let off = json!({ "active": false });
    let changed = admin.json("PATCH", path, off.clone()).await.expect(200);
    assert_eq!(changed.body()["active"], false);
    for bad in [json!({}), json!({ "active": 1 })] {
        admin.json("PATCH", path, bad).await.faults(&["#/active"]);
    }

    admin.delete(path).await.expect(204);
    admin.delete(path).await.problem(404, "not-found");
    admin.get(path).await.problem(404, "not-found");
    let gone = admin.json("PATCH", path, off).await;
    gone.problem(404, "not-found");
}

#[tokio::test]
async fn coupons_are_listed_page_by_page() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    for code in ["CCC", "AAA", "BBB"] {
        let amount = json!({ "code": code, "amount": { "amount": 500, "currency": "EUR" } });
        admin.post("/v1/coupons", amount).await.expect(201);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/coupons?limit=2".to_owned());
    loop {
        let page = admin.get(&path).await.expect(200).body();
        for coupon in page["data"].as_array().unwrap() {
            assert_eq!(coupon["amount"]["amount"], 500);
            assert_eq!((&coupon["uses"], &coupon["holds"]), (&json!(0), &json!(0)));
            seen.push(coupon["code"].as_str().unwrap().to_owned());
        }
        assert_eq!(page["hasMore"], page["next"].is_string());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/coupons?limit=2&after={next}");
    }
    assert_eq!(seen, ["AAA", "BBB", "CCC"]);
    admin
        .get("/v1/coupons?after=a:b")
        .await
        .problem(400, "invalid-parameter");
}

#[tokio::test]
async fn an_order_names_its_coupon_whether_there_is_one_or_not() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let placed = customer
        .post("/v1/orders", order("no-such"))
        .await
        .expect(202);
    let body = placed.body();
    assert_eq!(body["coupon"], "NO-SUCH");
    assert_eq!(body["discount"]["amount"], 0);
    assert_eq!(body["total"], body["subtotal"]);
    let read = customer.get(placed.header("location")).await.expect(200);
    assert_eq!(read.body(), body);
    let entries = shop.entries("orders").await;
    let event: OrderPlaced = unpack(entries[0].data()).unwrap();
    assert_eq!(event.order.coupon.unwrap().as_str(), "NO-SUCH");
}

#[tokio::test]
async fn the_expected_total_is_the_one_before_the_discount() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let mut order = order("WELCOME10");
    order["expectedTotal"] = json!({ "amount": 3582, "currency": "EUR" });
    customer
        .post("/v1/orders", order.clone())
        .await
        .problem(409, "price-changed");
    order["expectedTotal"]["amount"] = json!(3980);
    customer.post("/v1/orders", order).await.expect(202);
}
