//! The pages of orders.

use contracts::OrderId;
use store::order;

use crate::support::{Browser, Shop};

/// Places an order and answers the address of its page.
async fn order(browser: &Browser) -> String {
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    let reply = browser.submit(&form).await.expect(303);
    reply.header("location").to_owned()
}

#[tokio::test]
async fn an_order_is_cancelled_on_its_page() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    let address = order(&browser).await;
    let page = browser.get(&address).await.expect(200);
    page.has("We are reserving the items").has("data-events");
    let cancel = page.form(&format!("{address}/cancel"));
    let page = browser.submit_and_follow(&cancel).await;
    page.has("The order has been cancelled")
        .has("You cancelled the order")
        .has_not("data-events");

    let id: OrderId = address.rsplit('/').next().unwrap().parse().unwrap();
    let view = order::find(&shop.runtime, &id).await.unwrap().unwrap();
    assert_eq!(view.status.name(), "cancelled");
    // Sent again, the form changes nothing and says what is.
    browser
        .submit_and_follow(&cancel)
        .await
        .has("You cancelled the order");
    let part = browser.get(&format!("{address}/status")).await.expect(200);
    part.has("Cancelled").has("€19.90").has_not("<html");
    // What was not ordered after all is not collected again by hand.
    let again = page.form(&format!("{address}/again"));
    let cart = browser.submit_and_follow(&again).await;
    cart.has("in the cart again").has("The mug-01");
}

#[tokio::test]
async fn an_order_is_shown_to_its_customer_alone() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    let address = order(&browser).await;

    let stranger = Browser::open(&shop);
    let away = stranger.get(&address).await.expect(303);
    assert!(
        away.header("location")
            .starts_with("/login?next=%2Forders%2F")
    );
    stranger.register("eve@example.com").await;
    for path in [address.clone(), format!("{address}/status")] {
        stranger.get(&path).await.expect(404);
    }
    let token = stranger.get("/account").await.form("/logout");
    let fields = [("csrf", token.field("csrf"))];
    stranger
        .post(&format!("{address}/cancel"), &fields)
        .await
        .expect(404);
    stranger
        .get("/orders")
        .await
        .has("You have not ordered anything yet");
    let form = browser
        .get(&address)
        .await
        .form(&format!("{address}/cancel"));
    assert!(!form.field("csrf").is_empty());
}

#[tokio::test]
async fn orders_are_listed_page_by_page() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    let mut addresses = Vec::new();
    for _ in 0..21 {
        addresses.push(order(&browser).await);
    }
    // Orders of one millisecond are in the order of their ids.
    addresses.sort_unstable();
    let page = browser.get("/orders").await.expect(200);
    page.has(&addresses[20])
        .has(&addresses[1])
        .has_not(&addresses[0]);
    let before = addresses[1].rsplit('/').next().unwrap();
    page.has(&format!("/orders?before={before}"));
    let older = browser.get(&format!("/orders?before={before}")).await;
    older
        .has(&addresses[0])
        .has_not(&addresses[1])
        .has_not("Older orders");
    browser.get("/orders?before=rubbish").await.expect(400);
}
