//! The cart.

use crate::support::{Browser, Shop};

#[tokio::test]
async fn lines_are_changed_and_removed_one_by_one() {
    let shop = Shop::stocked().await;
    let browser = Browser::open(&shop);
    browser.add("mug-01", 1).await;
    browser.add("mug-01", 2).await;
    browser.add("tea-01", 1).await;
    let page = browser.get("/cart").await;
    page.has("value=\"3\"").has("€64.20").has("4 in the cart");

    let line = page.form("/cart/change");
    assert_eq!(line.field("product"), "mug-01");
    let fewer = line.clone().with("remove", "").with("quantity", "1");
    browser
        .submit_and_follow(&fewer)
        .await
        .has("€24.40")
        .has("has been changed");
    browser
        .submit_and_follow(&line.with("remove", "1"))
        .await
        .has_not("mug-01");
    // Shown once.
    browser.get("/cart").await.has_not("has been changed");
}

#[tokio::test]
async fn a_quantity_out_of_range_changes_nothing() {
    let shop = Shop::stocked().await;
    let browser = Browser::open(&shop);
    browser.add("mug-01", 1).await;
    let line = browser
        .get("/cart")
        .await
        .form("/cart/change")
        .with("remove", "");
    for bad in ["0", "1001", "-1", "x", ""] {
        let page = browser
            .submit_and_follow(&line.clone().with("quantity", bad))
            .await;
        page.has("must be 1 to 1000").has("€19.90");
    }
}

#[tokio::test]
async fn what_cannot_be_ordered_is_named_and_leads_to_no_checkout() {
    let mut shop = Shop::stocked().await;
    let browser = Browser::open(&shop);
    browser.add("mug-01", 10).await;
    browser.add("mug-01", 10).await;
    browser
        .get("/cart")
        .await
        .has("Only 10 left")
        .has_not("href=\"/checkout\"");

    shop.sell("sum-01", 100, "USD".parse().unwrap()).await;
    let sum = "sum-01".parse().unwrap();
    let trace = streamward::TraceParent::start();
    store::inventory::adjust_stock(&shop.runtime, &sum, 5, trace)
        .await
        .unwrap();
    shop.reopen().await;
    let browser = Browser::open(&shop);
    browser.add("mug-01", 1).await;
    browser.add("sum-01", 1).await;
    browser
        .get("/cart")
        .await
        .has("several currencies")
        .has_not("href=\"/checkout\"");
    // The checkout leads back to the page that says why.
    browser.register("ada@example.com").await;
    assert_eq!(
        browser
            .get("/checkout")
            .await
            .expect(303)
            .header("location"),
        "/cart"
    );
}

#[tokio::test]
async fn an_unknown_product_is_no_product() {
    let shop = Shop::stocked().await;
    let browser = Browser::open(&shop);
    for product in ["none-01", "<script>", ""] {
        let fields = [("product", product), ("quantity", "1")];
        browser
            .post("/cart/add", &fields)
            .await
            .expect(404)
            .has("does not exist");
    }
    browser.get("/cart").await.has("Your cart is empty");
}
