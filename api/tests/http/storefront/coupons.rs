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
        // Ordering shows it just as applying does: nobody orders a total that was not shown.
        browser.submit(&form).await.expect(200).has(text);
        browser
            .submit(&form.with("apply", "1"))
            .await
            .expect(200)
            .has(text);
    }
    let page = browser
        .submit(&form.with("coupon", "TEN"))
        .await
        .expect(200);
    page.has("\u{2212}€1.99").has("€17.91");
    assert_eq!(shop.entries("orders").await.len(), 0);
    browser
        .submit(&page.form("/checkout").with("apply", ""))
        .await
        .expect(303);
    assert_eq!(shop.entries("orders").await.len(), 1);
}
