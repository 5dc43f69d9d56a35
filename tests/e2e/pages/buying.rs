//! A purchase, from the list to the confirmed order.

use serde_json::json;

use super::chrome::{Chrome, Look};
use crate::shop::Shop;

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn an_order_is_paid_after_a_declined_card_and_confirmed_without_a_reload() {
    let shop = Shop::open().await;
    let chrome = Chrome::open(&shop, Look::default()).await;
    chrome.click(".card form button").await;
    chrome.sees("Added to the cart").await;
    chrome.click("main a.button").await;
    chrome.sees("Email address").await;
    chrome.click("a[href^='/register']").await;
    chrome.fill("#name", "Ada Lovelace").await;
    chrome.fill("#email", "ada@example.com").await;
    chrome.fill("#password", "correct horse").await;
    chrome.click("main form button").await;
    chrome.sees("ada@example.com").await;
    chrome.fill("#coupon", "WELCOME10").await;
    chrome.click("button[name=apply]").await;
    chrome.sees("Discount").await;
    chrome.click("button[name=order]").await;
    chrome.sees("Your order has been received").await;
    let order = chrome.path().await;
    // The page goes on by itself: a reload would lose the mark.
    chrome.run("window.mark = 1").await;
    chrome.sees("Pay now").await;
    assert_eq!(chrome.run("return window.mark").await, json!(1));
    // The discount is known by now, and the page shows it.
    chrome.sees("Discount").await;

    chrome.click("main a.button").await;
    chrome.click("button[value=pm_card_declined]").await;
    chrome.sees("was declined").await;
    // Back in the shop, the order says what happened and how to go on.
    chrome.go(&order).await;
    chrome.sees("nothing was charged").await;
    chrome.click("main a.button").await;
    chrome.click("button[value=pm_card_visa]").await;
    chrome.sees("Confirmed").await;
    assert_eq!(chrome.path().await, order, "the payment page leads back");
    chrome.is_quiet("order").await;
    chrome.close().await;
    shop.audit().await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn an_open_page_shows_a_payment_that_is_made_elsewhere() {
    let shop = Shop::open().await;
    let chrome = Chrome::open(&shop, Look::default()).await;
    chrome.register("ada@example.com").await;
    chrome.to_checkout("mug-01").await;
    chrome.click("button[name=order]").await;
    chrome.sees("Pay now").await;
    chrome.run("window.mark = 1").await;
    let page = chrome
        .run("return document.querySelector('main a.button').href")
        .await;
    let form = [("payment_method", "pm_card_visa")];
    let paid = reqwest::Client::new()
        .post(page.as_str().unwrap())
        .form(&form);
    assert!(paid.send().await.unwrap().status().as_u16() < 500);
    chrome.sees("Confirmed").await;
    assert_eq!(chrome.run("return window.mark").await, json!(1));
    // For people who do not see it change.
    let announced = "return document.querySelector('[data-announce]').textContent";
    let announced = chrome.run(announced).await;
    let text = announced.as_str().unwrap_or_default();
    assert!(text.starts_with("Confirmed Paid."), "{text:?}");
    chrome.close().await;
    shop.audit().await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn the_same_purchase_works_without_scripts() {
    let shop = Shop::open().await;
    let look = Look {
        scripts: false,
        ..Look::default()
    };
    let chrome = Chrome::open(&shop, look).await;
    chrome.register("ada@example.com").await;
    chrome.to_checkout("mug-01").await;
    chrome.click("button[name=order]").await;
    chrome.reloads_until("Pay now").await;
    chrome.sees("Reload to see the current state").await;
    chrome.click("main a.button").await;
    chrome.click("button[value=pm_card_declined]").await;
    chrome.click("button[value=pm_card_visa]").await;
    chrome.reloads_until("Confirmed").await;

    chrome.to_checkout("mug-01").await;
    chrome.click("button[name=order]").await;
    chrome.click("main section form button").await;
    chrome.sees("You cancelled the order").await;
    chrome.close().await;
    shop.audit().await;
}
