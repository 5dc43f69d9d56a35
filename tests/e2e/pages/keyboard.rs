//! The keyboard alone.

use super::chrome::{Chrome, ENTER, Look};
use crate::shop::Shop;

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn the_keyboard_alone_completes_a_purchase() {
    let shop = Shop::open().await;
    let chrome = Chrome::open(&shop, Look::default()).await;
    // The first stop leads past the navigation.
    chrome.tab_to(".skip").await;
    chrome.type_text(ENTER).await;
    chrome.tab_to(".card form button").await;
    chrome.type_text(ENTER).await;
    chrome.sees("Added to the cart").await;
    chrome.tab_to("main a.button").await;
    chrome.type_text(ENTER).await;
    chrome.sees("No account yet?").await;
    chrome.tab_to("a[href^='/register']").await;
    chrome.type_text(ENTER).await;
    chrome.sees("Already registered?").await;
    for (field, text) in [
        ("#name", "Ada Lovelace"),
        ("#email", "nonsense@"),
        ("#password", "correct horse"),
    ] {
        chrome.tab_to(field).await;
        chrome.type_text(text).await;
    }
    // The browser refuses this; what the shop refuses comes back with the focus on the summary.
    chrome
        .run("document.querySelector('main form').noValidate = true")
        .await;
    chrome.type_text(ENTER).await;
    chrome.sees("Enter an email address").await;
    let focused = chrome
        .run("return document.activeElement.matches('.summary')")
        .await;
    assert_eq!(focused, serde_json::json!(true));
    chrome.tab_to("#email").await;
    // Tab selects the field's text, which typing replaces.
    chrome.type_text("ada@example.com").await;
    chrome.tab_to("#password").await;
    chrome.type_text("correct horse").await;
    chrome.type_text(ENTER).await;
    chrome.sees("Order with obligation to pay").await;
    chrome.tab_to("button[name=order]").await;
    chrome.type_text(ENTER).await;
    chrome.sees("Pay now").await;
    chrome.tab_to("main a.button").await;
    chrome.type_text(ENTER).await;
    chrome.sees("Pay by card").await;
    chrome.tab_to("button[value=pm_card_visa]").await;
    chrome.type_text(ENTER).await;
    chrome.sees("Confirmed").await;
    chrome.close().await;
    shop.audit().await;
}
