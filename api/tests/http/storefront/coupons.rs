//! Coupons at the checkout.

use contracts::{Coupon, Currency, Discount, Money};
use store::promotion;

use crate::support::{Browser, Shop};

async fn coupon(shop: &Shop, code: &str, discount: Discount, minimum: Option<i64>) {
    let coupon = Coupon {
        code: code.parse().unwrap(),
        discount,
        minimum: minimum.map(|minor| Money::new(minor, Currency::EUR)),
        valid_from: None,
        valid_until: None,
        max_uses: None,
        max_uses_per_customer: None,
        active: true,
    };
    promotion::add_coupon(&shop.runtime, &coupon).await.unwrap();
}

#[tokio::test]
async fn a_coupon_shows_its_effect_before_the_order() {
    let shop = Shop::quick(|_| {}).await;
    coupon(&shop, "TEN", Discount::Percent(10), None).await;
    coupon(&shop, "BIG", Discount::Percent(50), Some(10_000)).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;

    for (code, text) in [
        ("NONE", "There is no such coupon"),
        ("BIG", "too small for this coupon"),
        ("a b", "3 to 32 letters"),
    ] {
        let form = form.clone().with("coupon", code);
        browser
            .submit(&form.clone().with("apply", "1"))
            .await
            .expect(200)
            .has(text);
        let refused = browser.submit(&form).await.expect(409);
        refused.has(text).has("Remove or change the coupon");
    }
    // A total that was not shown is not ordered.
    let page = browser
        .submit(&form.with("coupon", "TEN"))
        .await
        .expect(409);
    page.has("Nothing has been ordered yet")
        .has("\u{2212}€1.99")
        .has("€17.91");
    assert_eq!(shop.entries("orders").await.len(), 0);
    let form = page.form("/checkout");
    let dearer = form.clone().with("discount", "500");
    browser
        .submit(&dearer)
        .await
        .expect(409)
        .has("Check the total");
    let order = browser.submit(&form).await.expect(303);
    assert_eq!(shop.entries("orders").await.len(), 1);
    // Until the coupon is held, its discount is open.
    browser
        .get(order.header("location"))
        .await
        .has("The coupon TEN is being checked");

    // The order is found again although its coupon is gone.
    promotion::set_coupon_active(&shop.runtime, &"TEN".parse().unwrap(), false)
        .await
        .unwrap();
    let again = browser.submit(&form).await.expect(303);
    assert_eq!(again.header("location"), order.header("location"));
}
