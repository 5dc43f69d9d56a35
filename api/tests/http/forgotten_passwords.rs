//! A forgotten password: requested without a trace of which accounts exist, replaced once.

use contracts::event::PasswordResetRequested;
use serde_json::{Value, json};
use store::password_reset::issue_token;
use streamward::unpack;

use crate::support::{Browser, PASSWORD, Shop};

const ADA: &str = "ada@example.com";

async fn shop() -> Shop {
    let shop =
        Shop::quick(|settings| "https://shop.example".clone_into(&mut settings.shop_url)).await;
    shop.register(ADA).await;
    shop
}

/// Requests to the notification service.
async fn requests(shop: &Shop) -> Vec<PasswordResetRequested> {
    let inbox = shop.entries("notification:inbox").await;
    inbox
        .iter()
        .map(|entry| unpack(entry.data()).unwrap())
        .collect()
}

/// Requests a mail for Ada, and answers the request to the notification service.
async fn requested(shop: &Shop) -> PasswordResetRequested {
    let body = json!({ "email": ADA });
    let path = "/v1/auth/password/forgotten";
    shop.visitor().post(path, body).await.expect(202);
    requests(shop).await.remove(0)
}

fn reset(token: &str, password: &str) -> Value {
    json!({ "token": token, "newPassword": password })
}

#[tokio::test]
async fn only_an_account_receives_a_mail_and_the_answer_is_the_same() {
    let shop = shop().await;
    let visitor = shop.visitor();
    for email in [
        ADA,
        " ADA@Example.com ",
        "nobody@example.com",
        "nonsense",
        "",
    ] {
        let reply = visitor
            .post("/v1/auth/password/forgotten", json!({ "email": email }))
            .await;
        assert_eq!(
            (reply.status.as_u16(), reply.text.as_str()),
            (202, ""),
            "{email}"
        );
    }
    let requests = requests(&shop).await;
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].email, ADA);
    assert_eq!(requests[0].page, "https://shop.example/reset");
}

#[tokio::test]
async fn a_flood_of_requests_is_no_flood_of_mails() {
    let shop = shop().await;
    for _ in 0..6 {
        let body = json!({ "email": ADA });
        shop.visitor()
            .post("/v1/auth/password/forgotten", body)
            .await
            .expect(202);
    }
    assert_eq!(requests(&shop).await.len(), 3);
    // Nor from one address to many accounts.
    for n in 0..24 {
        let body = json!({ "email": format!("{n}@example.com") });
        shop.visitor()
            .post("/v1/auth/password/forgotten", body)
            .await
            .expect(202);
    }
    let body = json!({ "email": "one-more@example.com" });
    let reply = shop
        .visitor()
        .post("/v1/auth/password/forgotten", body)
        .await;
    assert!(reply.over_limit("password-reset-address") > 0);
}

#[tokio::test]
async fn a_token_replaces_the_password_once_and_ends_every_session() {
    let shop = shop().await;
    let member = shop.member(ADA).await;
    let request = requested(&shop).await;
    let token = issue_token(&shop.runtime, &request).await.unwrap();
    let path = "/v1/auth/password/reset";
    let visitor = shop.visitor();

    // A password that is refused does not use up the token.
    visitor
        .post(path, reset(&token, "short"))
        .await
        .faults(&["#/newPassword"]);
    visitor
        .post(path, reset(&token, "battery staple"))
        .await
        .expect(204);
    member.get("/v1/orders").await.expect(401);
    shop.login(ADA, PASSWORD).await.expect(401);
    shop.login(ADA, "battery staple").await.expect(200);
    let again = visitor.post(path, reset(&token, "another one")).await;
    again.problem(403, "reset-token-invalid");
    for token in ["", "rt_0", &format!("rt_{}", "0".repeat(64))] {
        let reply = visitor.post(path, reset(token, "another one")).await;
        reply.problem(403, "reset-token-invalid");
    }
}

#[tokio::test]
async fn a_changed_password_voids_every_link() {
    let shop = shop().await;
    let request = requested(&shop).await;
    let first = issue_token(&shop.runtime, &request).await.unwrap();
    let second = issue_token(&shop.runtime, &request).await.unwrap();
    let path = "/v1/auth/password/reset";
    shop.visitor()
        .post(path, reset(&first, "battery staple"))
        .await
        .expect(204);
    let reply = shop
        .visitor()
        .post(path, reset(&second, "another one"))
        .await;
    reply.problem(403, "reset-token-invalid");
}

#[tokio::test]
async fn the_pages_set_a_new_password() {
    let shop = shop().await;
    let browser = Browser::open(&shop);
    browser.get("/login").await.has("/forgotten");
    for email in [ADA, "nobody@example.com"] {
        let form = browser
            .get("/forgotten")
            .await
            .form("/forgotten")
            .with("email", email);
        let page = browser.submit_and_follow(&form).await;
        page.has("If there is an account with this address");
    }
    let request = requests(&shop).await.remove(0);
    let token = issue_token(&shop.runtime, &request).await.unwrap();
    let form = browser
        .get(&format!("/reset?token={token}"))
        .await
        .form("/reset");
    let short = form.clone().with("newPassword", "short");
    let form = browser.submit(&short).await.expect(422).form("/reset");
    assert_eq!(form.field("token"), token);
    let form = form.with("newPassword", "battery staple");
    browser
        .submit_and_follow(&form)
        .await
        .has("Log in with the new one");
    browser
        .submit(&form)
        .await
        .expect(403)
        .has("was used or has expired");
    browser.log_in(ADA, "battery staple").await.expect(303);
}
