//! Files and headers of the pages.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::support::{Browser, Reply, Shop};

/// The addresses of a page's own files.
fn files(page: &Reply) -> Vec<String> {
    let parts = page.text.split("/assets/").skip(1);
    parts
        .map(|rest| format!("/assets/{}", rest.split('"').next().unwrap()))
        .collect()
}

#[tokio::test]
async fn files_are_kept_for_good_and_compressed_once() {
    let shop = Shop::stocked().await;
    let browser = Browser::open(&shop);
    let files = files(&browser.get("/").await);
    assert_eq!(files.len(), 3, "one style, one icon, one module: {files:?}");
    for file in files {
        let plain = browser.get(&file).await.expect(200);
        assert_eq!(
            plain.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(plain.header("content-encoding"), "");
        let request = browser
            .request("GET", &file)
            .header("accept-encoding", "br, gzip");
        let response = shop.visitor().bytes(request).await;
        assert_eq!(response.0["content-encoding"], "gzip", "{file}");
        let mut text = String::new();
        GzDecoder::new(&response.1[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, plain.text, "{file}");
    }
    browser.get("/assets/shop.css").await.expect(404);
}

#[tokio::test]
async fn pages_hold_no_script_or_style_and_are_kept_by_no_cache() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register("ada@example.com").await;
    browser.add("mug-01", 1).await;
    let form = browser.checkout().await;
    for path in [
        "/",
        "/products/mug-01",
        "/cart",
        "/checkout",
        "/account",
        "/nothing",
    ] {
        check(path, &browser.get(path).await);
    }
    let order = browser.submit(&form).await.expect(303);
    for path in [order.header("location"), "/orders"] {
        check(path, &browser.get(path).await);
    }
    let visitor = Browser::speaking(&shop, "de");
    for path in ["/login", "/register", "/forgotten", "/reset?token=rt_0"] {
        check(path, &visitor.get(path).await);
    }
}

fn check(path: &str, page: &Reply) {
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{path}: {policy}"
    );
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(page.header("cache-control"), "no-store", "{path}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
    page.has_not(" style=")
        .has_not("<style")
        .has_not(" onclick")
        .has_not("javascript:");
    let scripts = page.text.matches("<script").count();
    assert_eq!(
        scripts,
        page.text
            .matches("<script type=\"module\" src=\"/assets/")
            .count()
    );
    for heading in ["<h1", "<title", "<main"] {
        assert_eq!(page.text.matches(heading).count(), 1, "{path}: {heading}");
    }
}

#[tokio::test]
async fn the_first_page_is_small() {
    let shop = Shop::stocked().await;
    let browser = Browser::open(&shop);
    let page = browser.get("/").await;
    let mut sent = 0;
    for path in files(&page).into_iter().chain(["/".to_owned()]) {
        let request = browser
            .request("GET", &path)
            .header("accept-encoding", "gzip");
        sent += shop.visitor().bytes(request).await.1.len();
    }
    assert!(sent < 40_000, "{sent} bytes");
}
