use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::shop::{Customer, Shop};

/// A shop with a mug of 20.00 EUR and one coupon.
async fn offering(coupon: &Value) -> Shop {
    let shop = Shop::open().await;
    let product = json!({
        "id": "plain-01", "name": "Plain mug", "description": "", "onSale": true,
        "price": { "amount": 2000, "currency": "EUR" },
    });
    shop.admin(Method::POST, "/v1/products", Some(&product))
        .await;
    let delta = json!({ "delta": 100 });
    shop.admin(Method::POST, "/v1/products/plain-01/stock", Some(&delta))
        .await;
    shop.admin(Method::POST, "/v1/coupons", Some(coupon)).await;
    shop
}

/// Waits until the coupon has these figures.
async fn counts(shop: &Shop, code: &str, holds: u64, uses: u64) {
    let path = format!("/v1/coupons/{code}");
    eventually(&format!("{code}: {holds} holds, {uses} uses"), || async {
        let coupon = shop.admin(Method::GET, &path, None).await;
        (coupon["holds"] == holds && coupon["uses"] == uses).then_some(())
    })
    .await;
}

async fn refused(ada: &Customer<'_>, order: &Value, refusal: &str) {
    let rejected = ada.sees(order, "rejected").await;
    assert_eq!(rejected["reason"], "couponRefused");
    assert_eq!(rejected["couponRefusal"], refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_coupons_give_their_discounts() {
    let shop = offering(&json!({ "code": "UNUSED", "percent": 1 })).await;
    let ada = shop.customer().await;
    for (coupon, quantity, discount) in [("welcome10", 1, 200), ("FIVEOFF", 2, 500)] {
        let order = ada.order_with("plain-01", quantity, coupon).await;
        assert_eq!(order["coupon"], coupon.to_uppercase());
        let confirmed = ada.sees(&order, "confirmed").await;
        let total = i64::from(quantity) * 2000 - discount;
        assert_eq!(confirmed["discount"]["amount"], discount);
        assert_eq!(confirmed["total"]["amount"], total);
        counts(&shop, &coupon.to_uppercase(), 0, 1).await;
    }
    let ledger = shop.provider_ledger().await;
    assert_eq!(ledger["captured"]["EUR"], 1800 + 3500, "{ledger}");
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_coupons_reject_the_order_and_return_its_stock() {
    let once = json!({
        "code": "ONCE", "percent": 50, "maxUsesPerCustomer": 1,
        "minimum": { "amount": 4000, "currency": "EUR" },
    });
    let shop = offering(&once).await;
    let past = json!({ "code": "PAST", "percent": 5, "validUntil": "2020-01-01T00:00:00Z" });
    shop.admin(Method::POST, "/v1/coupons", Some(&past)).await;
    let ada = shop.customer().await;

    let unknown = ada.order_with("plain-01", 1, "NO-SUCH").await;
    refused(&ada, &unknown, "unknown").await;
    let expired = ada.order_with("plain-01", 1, "PAST").await;
    refused(&ada, &expired, "expired").await;
    let small = ada.order_with("plain-01", 1, "ONCE").await;
    refused(&ada, &small, "minimumNotReached").await;
    let first = ada.order_with("plain-01", 2, "ONCE").await;
    ada.sees(&first, "confirmed").await;
    let again = ada.order_with("plain-01", 2, "ONCE").await;
    refused(&ada, &again, "usedUpByCustomer").await;

    eventually("only two mugs have gone", || async {
        let stock = shop.stock("plain-01").await;
        (stock["available"] == 98 && stock["sold"] == 2).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coupon_of_an_order_without_stock_is_returned() {
    let shop = offering(&json!({ "code": "ONE", "percent": 10, "maxUses": 1 })).await;
    let ada = shop.customer().await;
    let too_many = ada.order_with("plain-01", 101, "ONE").await;
    let rejected = ada.sees(&too_many, "rejected").await;
    assert_eq!(rejected["reason"], "outOfStock");
    counts(&shop, "ONE", 0, 0).await;
    let order = ada.order_with("plain-01", 1, "ONE").await;
    ada.sees(&order, "confirmed").await;
    counts(&shop, "ONE", 0, 1).await;
    let late = ada.order_with("plain-01", 1, "ONE").await;
    refused(&ada, &late, "usedUp").await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_costs_nothing_after_its_discount_is_confirmed_without_a_charge() {
    let shop = offering(&json!({ "code": "GIFT", "percent": 100 })).await;
    let ada = shop.customer().await;
    let order = ada.order_with("plain-01", 1, "GIFT").await;
    let confirmed = ada.sees(&order, "confirmed").await;
    assert_eq!(confirmed["total"]["amount"], 0);
    counts(&shop, "GIFT", 0, 1).await;
    let ledger = shop.provider_ledger().await;
    assert_eq!(ledger["charges"], 0, "{ledger}");
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coupon_for_twenty_orders_is_used_by_twenty_though_the_shop_is_killed() {
    const ORDERS: usize = 60;
    let mut shop = offering(&json!({ "code": "TWENTY", "percent": 50, "maxUses": 20 })).await;
    let mut paths = Vec::with_capacity(ORDERS);
    {
        let ada = shop.customer().await;
        for _ in 0..ORDERS {
            let order = ada.order_with("plain-01", 1, "TWENTY").await;
            paths.push(format!("/v1/orders/{}", order["id"].as_str().unwrap()));
        }
    }
    shop.kill().await;
    shop.restart().await;
    let (mut confirmed, mut rejected) = (0, 0);
    for path in &paths {
        let ended = eventually(&format!("{path} has ended"), || async {
            let order = shop.admin(Method::GET, path, None).await;
            let open = ["placed", "awaitingPayment"].contains(&order["status"].as_str()?);
            (!open).then_some(order)
        })
        .await;
        match ended["status"].as_str() {
            Some("confirmed") => confirmed += 1,
            Some("rejected") => {
                assert_eq!(ended["couponRefusal"], "usedUp");
                rejected += 1;
            }
            other => panic!("{other:?}: {ended}"),
        }
    }
    assert_eq!((confirmed, rejected), (20, ORDERS - 20));
    counts(&shop, "TWENTY", 0, 20).await;
    assert_eq!(shop.provider_ledger().await["charges"], 20);
    shop.audit().await;
}
