//! The list of products and the page of one.

use contracts::{Currency, Money, Product};
use store::catalog::{self, Mode};
use streamward::TraceParent;

use crate::support::{Browser, Shop};

async fn put(shop: &Shop, product: &Product) {
    catalog::put_product(&shop.runtime, product, Mode::Put, TraceParent::start())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_list_is_filtered_by_price_stock_and_category() {
    let mut shop = Shop::stocked().await;
    let price = Money::new(9900, Currency::EUR);
    let lamp = Product::new("lamp-01".parse().unwrap(), "Lamp".to_owned(), price);
    let category = Some("home & garden".to_owned());
    put(
        &shop,
        &Product {
            category,
            ..lamp.clone()
        },
    )
    .await;
    let hidden = Product::new("hidden-01".parse().unwrap(), "Hidden".to_owned(), price);
    put(
        &shop,
        &Product {
            on_sale: false,
            ..hidden
        },
    )
    .await;
    shop.reopen().await;
    let browser = Browser::open(&shop);

    let all = browser.get("/").await.expect(200);
    all.has("The mug-01")
        .has("Lamp")
        .has("Sold out")
        .has_not("Hidden");
    all.has("/?category=home+%26+garden")
        .has("home &#38; garden");
    browser
        .get("/?category=home+%26+garden")
        .await
        .has("Lamp")
        .has_not("The mug-01");
    browser
        .get("/?inStock=true")
        .await
        .has("The mug-01")
        .has_not(">Lamp<");
    for range in ["minPrice=50", "minPrice=49.99", "minPrice=49,99"] {
        let page = browser.get(&format!("/?{range}")).await.expect(200);
        page.has("Lamp").has_not("The mug-01");
    }
    browser
        .get("/?query=lamp")
        .await
        .has("Results for “lamp”")
        .has("Lamp")
        .has_not("The tea");
    browser
        .get("/?query=nothing")
        .await
        .has("No products match");
    browser
        .get("/products/hidden-01")
        .await
        .expect(200)
        .has("No longer sold");
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_named() {
    let shop = Shop::stocked().await;
    let browser = Browser::open(&shop);
    for (query, text) in [
        ("minPrice=x", "Enter a price"),
        ("maxPrice=1.999", "Enter a price"),
        ("minPrice=5&maxPrice=4", "above the higher one"),
        ("sort=rubbish", "check the marked fields"),
        ("sort=price&after=rubbish", "check the marked fields"),
    ] {
        browser
            .get(&format!("/?{query}"))
            .await
            .expect(400)
            .has(text);
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    let mut shop = Shop::open().await;
    for n in 0..30 {
        shop.sell(&format!("p-{n:02}"), 100, Currency::EUR).await;
    }
    shop.reopen().await;
    let browser = Browser::open(&shop);
    let first = browser.get("/").await;
    first
        .has("The p-23")
        .has_not("The p-24")
        .has_not("First page");
    let (_, rest) = first.text.split_once("href=\"/?after=").unwrap();
    let after = rest.split('"').next().unwrap();
    let second = browser.get(&format!("/?after={after}")).await.expect(200);
    second
        .has("The p-24")
        .has("The p-29")
        .has_not("The p-23")
        .has("First page")
        .has_not("Next page");
}

#[tokio::test]
async fn an_empty_shop_says_what_would_be_here() {
    let shop = Shop::open().await;
    Browser::open(&shop)
        .get("/")
        .await
        .has("Nothing is on sale yet");
}

#[tokio::test]
async fn foreign_text_is_escaped_everywhere() {
    let mut shop = Shop::stocked().await;
    let price = Money::new(100, Currency::EUR);
    let name = "<script>alert('1')</script>\"&".to_owned();
    let product = Product {
        description: name.clone(),
        category: Some(name.clone()),
        ..Product::new("x-01".parse().unwrap(), name, price)
    };
    put(&shop, &product).await;
    shop.reopen().await;
    let browser = Browser::open(&shop);
    browser
        .get("/products/x-01")
        .await
        .expect(200)
        .has_not("<script>alert")
        .has_not("')</");
    let query = "/?query=%3Cscript%3Ealert(1)%22&category=%22%3E%3Cb%3E";
    for path in ["/", query] {
        browser
            .get(path)
            .await
            .expect(200)
            .has_not("<script>alert")
            .has_not("\"><b>");
    }
    let picture = browser.get("/pictures/x-01").await.expect(200);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    picture.has(">S</text>").has_not("script");
    browser.get("/pictures/none").await.expect(404);
}
