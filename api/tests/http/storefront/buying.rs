//! From the cart to the order, whatever happens in between.

use contracts::Currency;

use crate::support::{Browser, Shop};

#[tokio::test]
async fn a_visitor_registers_at_the_checkout_and_orders_the_cart() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.add("mug-01", 2).await;
    browser.add("tea-01", 1).await;

    let away = browser.get("/checkout").await.expect(303);
    assert_eq!(away.header("location"), "/login?next=%2Fcheckout");
    let login = browser.get(away.header("location")).await.expect(200);
    login.has("/register?next=%2Fcheckout");
    let form = browser
        .get("/register?next=%2Fcheckout")
        .await
        .form("/register");
    let form = form.with("name", "Ada").with("email", "ada@example.com");
    let back = browser
        .submit(&form.with("password", "correct horse"))
        .await
        .expect(303);
    assert_eq!(
        back.header("location"),
        "/checkout",
        "the cart survives the login"
    );

    let checkout = browser.get("/checkout").await.expect(200);
    checkout
        .has("2 × The mug-01")
        .has("€44.30")
        .has("ada@example.com");
    let page = browser.submit_and_follow(&checkout.form("/checkout")).await;
    page.has("Your order has been received")
        .has("Received")
        .has("€44.30");
    assert_eq!(shop.entries("orders").await.len(), 1);
    browser.get("/cart").await.has("Your cart is empty");
    browser.get("/orders").await.has("€44.30");
}

#[tokio::test]
async fn a_checkout_that_is_sent_twice_is_one_order() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    let (first, second) = tokio::join!(browser.submit(&form), browser.submit(&form));
    let (first, second) = (first.expect(303), second.expect(303));
    assert_eq!(first.header("location"), second.header("location"));
    // Back, and sent once more.
    let third = browser.submit(&form).await.expect(303);
    assert_eq!(third.header("location"), first.header("location"));
    assert_eq!(shop.entries("orders").await.len(), 1);
}

#[tokio::test]
async fn a_changed_price_is_shown_before_anything_is_ordered() {
    let mut shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    shop.sell("mug-01", 2490, Currency::EUR).await;
    shop.reopen().await;
    let browser = browser.at(&shop);

    let page = browser.submit(&form).await.expect(409);
    page.has("Prices have changed").has("€24.90");
    assert_eq!(shop.entries("orders").await.len(), 0);
    let confirmed = page.form("/checkout");
    assert_eq!(confirmed.field("key"), form.field("key"), "still one order");
    browser.submit_and_follow(&confirmed).await.has("€24.90");
    assert_eq!(shop.entries("orders").await.len(), 1);
}

#[tokio::test]
async fn what_is_sold_out_meanwhile_is_named_and_nothing_is_ordered() {
    let mut shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    let mug = "mug-01".parse().unwrap();
    let trace = streamward::TraceParent::start();
    store::inventory::adjust_stock(&shop.runtime, &mug, -10, trace)
        .await
        .unwrap();
    shop.reopen().await;
    let browser = browser.at(&shop);

    let page = browser.submit(&form).await.expect(409);
    page.has("sold out in the meantime").has("Sold out");
    assert_eq!(shop.entries("orders").await.len(), 0);
    browser
        .get("/cart")
        .await
        .has("Change or remove what cannot be ordered");
}

#[tokio::test]
async fn an_ended_session_orders_nothing_and_keeps_the_cart() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    store::account::close_sessions(&shop.runtime, "ada@example.com", None)
        .await
        .unwrap();

    let page = browser.submit_and_follow(&form).await;
    page.has("Nothing has been ordered")
        .has("value=\"/checkout\"");
    assert_eq!(shop.entries("orders").await.len(), 0);
    browser.get("/cart").await.has("The mug-01");
}

#[tokio::test]
async fn an_order_is_what_its_page_showed_and_not_what_another_tab_did_to_the_cart() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    browser.add("tea-01", 3).await;
    browser
        .submit_and_follow(&form)
        .await
        .has("The mug-01")
        .has_not("The tea-01");
    // What was added since is still there to be ordered.
    browser
        .get("/cart")
        .await
        .has("The tea-01")
        .has_not("The mug-01");
}

#[tokio::test]
async fn a_used_checkout_with_other_contents_places_no_second_order() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    browser.submit(&form).await.expect(303);
    let changed = form.with("items", "mug-01:2").with("amount", "3980");
    let page = browser.submit(&changed).await.expect(422);
    page.has("already placed an order");
    assert_eq!(shop.entries("orders").await.len(), 1);
    // Pressing the button after reading that is another order.
    browser.submit(&page.form("/checkout")).await.expect(303);
    assert_eq!(shop.entries("orders").await.len(), 2);
}

#[tokio::test]
async fn a_lost_answer_is_found_again_from_a_new_page() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    // The order is stored, and the browser learns nothing of it.
    let answer = browser.at(&shop).submit(&form).await.expect(303);
    let again = browser.checkout().await;
    let found = browser.submit(&again).await.expect(303);
    assert_eq!(found.header("location"), answer.header("location"));
    assert_eq!(shop.entries("orders").await.len(), 1);
    browser.get("/cart").await.has("Your cart is empty");
    // The next cart is another order.
    browser.add("mug-01", 1).await;
    browser.submit(&browser.checkout().await).await.expect(303);
    assert_eq!(shop.entries("orders").await.len(), 2);
}

#[tokio::test]
async fn a_customer_with_too_many_unpaid_orders_is_told_what_to_do() {
    let shop = Shop::quick(|settings| settings.open_limits.orders = 1).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    for status in [303, 409] {
        browser.add("mug-01", 1).await;
        let form = browser.checkout().await;
        let reply = browser.submit(&form).await.expect(status);
        if status == 409 {
            reply.has("Pay or cancel one first");
        }
    }
    browser.get("/cart").await.has("The mug-01");
}

#[tokio::test]
async fn without_redis_nothing_is_ordered_and_sessions_stay() {
    let mut shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    shop.redis.kill();
    let page = browser.submit(&form).await;
    page.expect(503)
        .has("What you ordered and your cart are kept");
    browser.get("/orders").await.expect(503).has("unavailable");
    // Logging out would leave the session alive.
    browser.post("/logout", &[]).await.expect(503);
    browser.get("/").await.expect(200).has_not("/login");
}

#[tokio::test]
async fn a_shop_that_cannot_take_the_order_keeps_the_checkout_for_another_try() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    let limit_memory = async |bytes: &str| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(bytes);
        let mut link = shop.runtime.server().link();
        set.query_async::<()>(&mut link).await.unwrap();
    };
    limit_memory("1").await;
    let page = browser.submit(&form).await.expect(503);
    page.has("not be ordered twice");
    let again = page.form("/checkout");
    assert_eq!(again.field("key"), form.field("key"));
    limit_memory("0").await;
    browser.submit(&again.with("apply", "")).await.expect(303);
    assert_eq!(shop.entries("orders").await.len(), 1);
}
