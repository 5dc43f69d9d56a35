//! Registering, logging in and out, and the account.

use crate::support::{Browser, PASSWORD, Shop};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn faults_stand_beside_their_fields_and_what_was_entered_stays() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    let form = browser.get("/register").await.form("/register");
    let form = form
        .with("name", "Ada <b>")
        .with("email", "nonsense")
        .with("phone", "0170");
    let page = browser
        .submit(&form.with("password", "short"))
        .await
        .expect(422);
    page.has("Please check the marked fields")
        .has("Enter an email address")
        .has("8 to 200 characters")
        .has("country code")
        .has("aria-describedby=\"email-fault\"")
        .has("value=\"nonsense\"")
        .has_not("Ada <b>")
        .has_not("short");
}

#[tokio::test]
async fn a_taken_address_is_a_fault_of_its_field() {
    let shop = Shop::quick(|_| {}).await;
    Browser::open(&shop).register(ADA).await;
    let browser = Browser::open(&shop);
    let form = browser
        .get("/register")
        .await
        .form("/register")
        .with("name", "Eve");
    let form = form.with("email", ADA).with("password", PASSWORD);
    browser
        .submit(&form)
        .await
        .expect(409)
        .has("Log in instead");
}

#[tokio::test]
async fn a_wrong_password_is_refused_without_a_session() {
    let shop = Shop::quick(|_| {}).await;
    Browser::open(&shop).register(ADA).await;
    let browser = Browser::open(&shop);
    let page = browser.log_in(ADA, "wrong").await.expect(401);
    page.has("is wrong").has(ADA).has_not("Log out");
    let reply = browser.log_in(ADA, PASSWORD).await.expect(303);
    let page = browser.get(reply.header("location")).await.expect(200);
    page.has("Log out").has("You are logged in");
}

#[tokio::test]
async fn a_login_leads_to_pages_of_this_shop_only() {
    let shop = Shop::quick(|_| {}).await;
    Browser::open(&shop).register(ADA).await;
    for (next, to) in [
        ("/orders?before=1", "/orders?before=1"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/v1/orders", "/"),
    ] {
        let browser = Browser::open(&shop);
        let form = browser
            .get("/login")
            .await
            .form("/login")
            .with("next", next);
        let form = form.with("email", ADA).with("password", PASSWORD);
        assert_eq!(
            browser.submit(&form).await.expect(303).header("location"),
            to
        );
    }
}

#[tokio::test]
async fn too_many_wrong_passwords_are_named_with_the_time_to_wait() {
    let shop = Shop::quick(|settings| {
        settings.limits.account_failures = api::Rate::new(1, 900);
    })
    .await;
    Browser::open(&shop).register(ADA).await;
    let browser = Browser::open(&shop);
    browser.log_in(ADA, "wrong").await.expect(401);
    browser
        .log_in(ADA, "wrong")
        .await
        .expect(429)
        .has("Too many requests")
        .has("then try again");
}

#[tokio::test]
async fn a_changed_password_ends_other_sessions() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register(ADA).await;
    let other = browser.at(&shop);
    let log_in = other.get("/").await.form("/logout");
    other.submit(&log_in).await.expect(303);
    other.log_in(ADA, PASSWORD).await.expect(303);

    // The second session changes it, the first registered one was logged out above.
    let form = other.get("/account").await.form("/account/password");
    let wrong = form
        .clone()
        .with("currentPassword", "no")
        .with("newPassword", "battery staple");
    other
        .submit(&wrong)
        .await
        .expect(401)
        .has("The current password is wrong");
    let short = form
        .clone()
        .with("currentPassword", PASSWORD)
        .with("newPassword", "short");
    other
        .submit(&short)
        .await
        .expect(422)
        .has("newPassword-fault");
    let right = form
        .with("currentPassword", PASSWORD)
        .with("newPassword", "battery staple");
    other
        .submit_and_follow(&right)
        .await
        .has("password has been changed");
    browser.get("/account").await.expect(303);
    shop.login(ADA, "battery staple").await.expect(200);
}

#[tokio::test]
async fn every_session_of_an_account_is_ended_at_once() {
    let shop = Shop::quick(|_| {}).await;
    let browser = Browser::open(&shop);
    browser.register(ADA).await;
    let program = shop.member(ADA).await;
    let form = browser.get("/account").await.form("/account/sessions");
    browser
        .submit_and_follow(&form)
        .await
        .has("You are logged out")
        .has("Log in");
    program.get("/v1/orders").await.expect(401);
}
