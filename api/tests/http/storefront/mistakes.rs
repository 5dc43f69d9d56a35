//! Problems: pages for people, problem details for programs.

use crate::support::{Browser, Shop};

#[tokio::test]
async fn an_unknown_page_is_a_page_in_the_visitors_language() {
    let shop = Shop::stocked().await;
    let page = Browser::open(&shop).get("/nothing").await.expect(404);
    page.has("This page does not exist")
        .has("<html lang=\"en\">");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.header("x-request-id").is_empty());
    let page = Browser::speaking(&shop, "de-AT,de;q=0.9")
        .get("/products/none")
        .await
        .expect(404);
    page.has("Diese Seite gibt es nicht")
        .has("<html lang=\"de\">");
    shop.visitor()
        .get("/nothing")
        .await
        .problem(404, "not-found");
    Browser::open(&shop)
        .get("/v1/products/none")
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn without_redis_the_catalogue_stays_up_and_the_rest_says_so() {
    let mut shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.add("mug-01", 1).await;
    shop.redis.kill();
    browser.get("/").await.expect(200).has("The mug-01");
    browser.get("/products/mug-01").await.expect(200);
    browser.get("/cart").await.expect(200).has("The mug-01");
    let form = browser.get("/login").await.expect(200).form("/login");
    let form = form
        .with("email", "ada@example.com")
        .with("password", "correct horse");
    let page = browser.submit(&form).await.expect(503);
    page.has("unavailable at the moment");
    assert!(!page.header("retry-after").is_empty());
}
