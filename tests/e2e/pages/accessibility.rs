//! Every page and state, by axe-core, in width and in colour. Leaves a picture of each.

use super::chrome::{Chrome, Look};
use crate::shop::Shop;

async fn every_page(look: Look) {
    let shop = Shop::open_with(&["--payment-timeout", "1h"]).await;
    let chrome = Chrome::open(&shop, look).await;
    chrome.check("products").await;
    chrome.go("/?query=mug&minPrice=x").await;
    chrome.check("products-bad-filter").await;
    chrome.go("/?query=nothing-like-it").await;
    chrome.check("products-none").await;
    chrome.go("/products/mug-01").await;
    chrome.check("product").await;
    chrome.go("/cart").await;
    chrome.check("cart-empty").await;
    chrome.go("/nothing").await;
    chrome.check("not-found").await;
    chrome.go("/login").await;
    chrome.check("login").await;
    chrome.fill("#email", "ada@example.com").await;
    chrome.fill("#password", "wrong").await;
    chrome.click("main form button").await;
    chrome.check("login-wrong").await;
    chrome.go("/forgotten").await;
    chrome.check("forgotten").await;
    chrome.fill("#email", "nobody@example.com").await;
    chrome.click("main form button").await;
    chrome.sees("If there is an account").await;
    chrome.check("login-mail-sent").await;
    chrome.go("/reset?token=rt_0").await;
    chrome.fill("#newPassword", "battery staple").await;
    chrome.click("main form button").await;
    chrome.sees("has expired").await;
    chrome.check("reset-expired").await;
    chrome.go("/register").await;
    chrome.check("register").await;
    chrome
        .run("document.querySelector('main form').noValidate = true")
        .await;
    chrome.click("main form button").await;
    chrome.check("register-faults").await;

    a_customers_pages(&chrome).await;
    chrome.close().await;
    shop.audit().await;
}

/// The pages of a customer: the account, an order in each state, a cart with a fault.
async fn a_customers_pages(chrome: &Chrome) {
    chrome.register("ada@example.com").await;
    chrome.check("products-welcome").await;
    chrome.go("/orders").await;
    chrome.check("orders-none").await;
    chrome.go("/account").await;
    chrome.check("account").await;
    pages_of_orders(chrome).await;
    // More than there are, in the cart.
    chrome.go("/products/mug-03").await;
    chrome.fill("#quantity", "9").await;
    chrome.click("main form button").await;
    chrome.sees("lower the quantity").await;
    chrome.check("cart-too-many").await;
    chrome.go("/orders").await;
    chrome.check("orders").await;
}

async fn pages_of_orders(chrome: &Chrome) {
    chrome.to_checkout("mug-01").await;
    chrome.check("checkout").await;
    chrome.fill("#coupon", "NONE").await;
    chrome.click("button[name=apply]").await;
    chrome.sees("There is no such coupon").await;
    chrome.check("checkout-bad-coupon").await;
    chrome.fill("#coupon", "WELCOME10").await;
    chrome.click("button[name=apply]").await;
    chrome.sees("Discount").await;
    chrome.check("checkout-coupon").await;
    chrome.click("button[name=order]").await;
    chrome.sees("Pay now").await;
    chrome.check("order-awaiting-payment").await;
    let order = chrome.path().await;
    chrome.click("main a.button").await;
    chrome.click("button[value=pm_card_declined]").await;
    chrome.sees("was declined").await;
    chrome.go(&order).await;
    chrome.sees("nothing was charged").await;
    chrome.check("order-declined").await;
    chrome.click("main a.button").await;
    chrome.click("button[value=pm_card_visa]").await;
    chrome.sees("Confirmed").await;
    chrome.check("order-confirmed").await;
    chrome.to_checkout("tee-01").await;
    chrome.click("button[name=order]").await;
    chrome.click("[data-live] form button").await;
    chrome.sees("You cancelled the order").await;
    chrome.check("order-cancelled").await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn every_page_is_accessible_in_a_wide_light_window() {
    every_page(Look::default()).await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn every_page_is_accessible_on_a_small_dark_screen() {
    let look = Look {
        width: 375,
        dark: true,
        ..Look::default()
    };
    every_page(look).await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn every_page_is_accessible_in_a_wide_dark_window() {
    let look = Look {
        dark: true,
        ..Look::default()
    };
    every_page(look).await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn every_page_is_accessible_on_the_smallest_light_screen() {
    let look = Look {
        width: 320,
        ..Look::default()
    };
    every_page(look).await;
}

#[tokio::test]
#[ignore = "needs a browser: make pages"]
async fn visitors_read_german_if_they_prefer_it() {
    let shop = Shop::open().await;
    let look = Look {
        language: "de",
        width: 375,
        ..Look::default()
    };
    let chrome = Chrome::open(&shop, look).await;
    chrome.sees("Produkte").await;
    chrome.check("products").await;
    chrome.go("/products/mug-01").await;
    chrome.sees("In den Warenkorb").await;
    chrome.go("/register").await;
    chrome.check("register").await;
    chrome.close().await;
    shop.audit().await;
}
