//! Forms are protected against other sites, each of them.

use crate::support::{Browser, PASSWORD, Shop};

/// Every address that forms post to.
const FORMS: [&str; 12] = [
    "/cart/add",
    "/cart/change",
    "/checkout",
    "/orders/01K9ZQ3V4T5X6Y7Z8A9B0C1D2E/cancel",
    "/orders/01K9ZQ3V4T5X6Y7Z8A9B0C1D2E/again",
    "/login",
    "/register",
    "/logout",
    "/forgotten",
    "/reset",
    "/account/password",
    "/account/sessions",
];

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    for path in FORMS {
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let request = browser
                .request("POST", path)
                .header(header, value)
                .header("content-type", "application/x-www-form-urlencoded");
            let reply = browser.send(request, "product=mug-01&quantity=1").await;
            reply.expect(403).has("This is not allowed");
        }
    }
}

#[tokio::test]
async fn with_a_session_every_form_needs_its_token() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    let other = Browser::open(&shop);
    other.register("eve@example.com").await;
    let foreign = other.get("/account").await.form("/logout");
    for path in FORMS {
        for token in ["", "rubbish", foreign.field("csrf")] {
            let fields = [("csrf", token), ("product", "mug-01"), ("quantity", "1")];
            browser
                .post(path, &fields)
                .await
                .expect(403)
                .has("older than your login");
        }
    }
    browser
        .get("/account")
        .await
        .expect(200)
        .has("ada@example.com");
}

#[tokio::test]
async fn pages_of_an_allowed_origin_use_the_api_and_post_no_forms() {
    let origin = "https://pages.example";
    let shop = Shop::quick(|settings| settings.cors_origins = vec![origin.to_owned()]).await;
    let browser = Browser::open(&shop);
    let request = browser
        .request("POST", "/cart/add")
        .header("origin", origin)
        .header("content-type", "application/x-www-form-urlencoded");
    browser
        .send(request, "product=mug-01&quantity=1")
        .await
        .expect(403);
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let request = browser
            .request("POST", "/login")
            .header("content-type", kind);
        browser
            .send(request, "{}")
            .await
            .expect(415)
            .has("cannot be understood");
    }
}

#[tokio::test]
async fn the_api_takes_no_forms() {
    let shop = Shop::quick(|_| {}).await;
    shop.register("ada@example.com").await;
    let body = format!("email=ada%40example.com&password={PASSWORD}");
    let request = shop
        .visitor()
        .request("POST", "/v1/auth/login")
        .header("content-type", "application/x-www-form-urlencoded");
    let reply = shop.visitor().send(request, body).await;
    reply.problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn logins_by_the_form_count_as_logins() {
    let shop = Shop::quick(|settings| {
        let rate = api::Rate::new(1, 60);
        settings.limits.set(api::Class::Auth, Some(rate));
    })
    .await;
    let browser = Browser::open(&shop);
    let email = "a@example.com";
    browser.log_in(email, "wrong").await.expect(401);
    browser
        .log_in(email, "wrong")
        .await
        .expect(429)
        .has("Too many requests");
    browser.get("/").await.expect(200);
}

#[tokio::test]
async fn a_browser_without_fetch_metadata_is_recognised_by_its_origin() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    // Without a referrer such browsers would send `Origin: null` with forms.
    let page = browser.get("/products/mug-01").await;
    assert_eq!(page.header("referrer-policy"), "same-origin");
    let request = browser
        .request("POST", "/cart/add")
        .header("origin", "https://shop.example")
        .header("content-type", "application/x-www-form-urlencoded");
    browser
        .send(request, "product=mug-01&quantity=1")
        .await
        .expect(303);
}

#[tokio::test]
async fn an_address_that_forms_post_to_leads_to_the_page_that_has_the_form() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    for (path, parent) in [
        ("/cart/add", "/cart"),
        ("/account/password", "/account"),
        (
            "/orders/01K9ZQ3V4T5X6Y7Z8A9B0C1D2E/cancel",
            "/orders/01K9ZQ3V4T5X6Y7Z8A9B0C1D2E",
        ),
        ("/logout", "/"),
    ] {
        assert_eq!(
            browser.get(path).await.expect(303).header("location"),
            parent
        );
    }
}
