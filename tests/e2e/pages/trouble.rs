//! Two buyers for one unit, ways back, and a shop that dies in the middle of a checkout.

use reqwest::Method;
use serde_json::json;
use testkit::eventually;

use super::chrome::{Chrome, Look};
use crate::shop::Shop;

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn of_two_customers_one_gets_the_last_unit_and_the_other_reads_why() {
    let shop = Shop::open().await;
    let product =
        json!({ "id": "rare-01", "name": "Rare", "price": { "amount": 1000, "currency": "EUR" } });
    shop.admin(Method::POST, "/v1/products", Some(&product))
        .await;
    let unit = json!({ "delta": 1 });
    shop.admin(Method::POST, "/v1/products/rare-01/stock", Some(&unit))
        .await;
    let ada = Chrome::open(&shop, Look::default()).await;
    let eve = Chrome::open(&shop, Look::default()).await;
    ada.register("ada@example.com").await;
    eve.register("eve@example.com").await;
    eventually("the unit is for sale", || async {
        ada.go("/products/rare-01").await;
        ada.text()
            .await
            .ok()
            .filter(|text| text.contains("Only 1 left"))
    })
    .await;
    ada.to_checkout("rare-01").await;
    eve.to_checkout("rare-01").await;
    tokio::join!(
        ada.click("button[name=order]"),
        eve.click("button[name=order]")
    );
    // One pays; the other reads why not, at once or after the reservation was refused.
    let mut outcomes = Vec::new();
    for chrome in [&ada, &eve] {
        let outcome = eventually("the order is payable or refused", || async {
            let text = chrome.text().await.unwrap_or_default();
            let refused =
                text.contains("no longer available") || text.contains("sold out in the meantime");
            match text.contains("Pay now") {
                true => Some(true),
                false => refused.then_some(false),
            }
        })
        .await;
        outcomes.push(outcome);
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, [false, true]);
    ada.close().await;
    eve.close().await;
    shop.audit().await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn a_shop_that_is_killed_during_a_checkout_has_one_order_after_the_next_try() {
    let mut shop = Shop::open().await;
    let chrome = Chrome::open(&shop, Look::default()).await;
    chrome.register("ada@example.com").await;
    chrome.to_checkout("mug-01").await;
    let address = shop.api.trim_start_matches("http://").to_owned();
    // Killed while the request is under way: whether the order was stored is open.
    chrome
        .run("setTimeout(() => document.querySelector('button[name=order]').click())")
        .await;
    shop.kill().await;
    shop.restart_with(&["--listen", &address]).await;
    // The page is gone; the cart is there unless the answer arrived.
    chrome.go("/checkout").await;
    if chrome.path().await == "/checkout" {
        chrome.click("button[name=order]").await;
        chrome.sees("received").await;
    }
    chrome.go("/orders").await;
    let orders = chrome
        .run("return document.querySelectorAll('tbody tr').length")
        .await;
    assert_eq!(orders, json!(1));
    chrome.go("/cart").await;
    chrome.sees("Your cart is empty").await;
    chrome.close().await;
    shop.audit().await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn going_back_after_an_order_places_no_second_one() {
    let shop = Shop::open().await;
    let chrome = Chrome::open(&shop, Look::default()).await;
    chrome.register("ada@example.com").await;
    chrome.to_checkout("mug-01").await;
    chrome.click("button[name=order]").await;
    chrome.sees("received").await;
    chrome.back().await;
    // The page of the checkout is loaded anew, and there is nothing left to order.
    chrome.sees("What you have ordered is under Orders").await;
    chrome.go("/orders").await;
    let orders = chrome
        .run("return document.querySelectorAll('tbody tr').length")
        .await;
    assert_eq!(orders, json!(1));
    chrome.close().await;
    shop.audit().await;
}
