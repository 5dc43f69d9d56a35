//! What a merchant gets passes Standard Webhooks' own verification, and nothing else does.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use standardwebhooks::Webhook;
use store::webhook;
use testkit::{Merchant, Post};

use crate::counter::{Counter, SECRET};

const OK: &str = "200 OK";
const NEW: &str = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

/// Asks Standard Webhooks' own crate.
fn verifies(secret: &str, post: &Post) -> bool {
    let mut headers = HeaderMap::new();
    for (name, value) in &post.headers {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        headers.insert(name, HeaderValue::try_from(value.as_str()).unwrap());
    }
    let webhook = Webhook::new(secret).unwrap();
    webhook.verify(post.body.as_bytes(), &headers).is_ok()
}

#[tokio::test]
async fn every_post_is_signed_for_its_receiver() {
    let (merchant, counter) = (Merchant::start(OK, "").await, Counter::open().await);
    counter.subscribe(merchant.url()).await;
    counter.confirmed().await;
    assert_eq!(counter.work().await, 1);
    let mut post = merchant.posts().remove(0);
    assert_eq!(post.line, "POST /hooks HTTP/1.1");
    assert_eq!(post.header("content-type"), "application/json");
    assert!(post.header("user-agent").starts_with("Streamward/"));
    assert!(post.header("webhook-id").starts_with("msg_"));
    assert!(verifies(SECRET, &post));
    assert!(!verifies(NEW, &post));
    post.body.push(' ');
    assert!(!verifies(SECRET, &post), "not a byte more");
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_sign() {
    let (merchant, counter) = (Merchant::start(OK, "").await, Counter::open().await);
    let webhook = counter.subscribe(merchant.url()).await;
    webhook::rotate_secret(&counter.runtime, &webhook.id, NEW)
        .await
        .unwrap();
    counter.confirmed().await;
    counter.work().await;
    let post = merchant.posts().remove(0);
    assert_eq!(post.header("webhook-signature").split(' ').count(), 2);
    assert!(verifies(SECRET, &post) && verifies(NEW, &post));
}

#[tokio::test]
async fn a_repeated_attempt_has_the_same_id_and_body_and_is_signed_again() {
    let merchant = Merchant::start("500 Oops", "").await;
    let counter = Counter::open().await;
    counter.subscribe(merchant.url()).await;
    counter.confirmed().await;
    counter.work().await;
    counter.fast_forward().await;
    counter.work().await;
    let posts = merchant.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    assert_eq!(posts[0].body, posts[1].body);
    assert!(verifies(SECRET, &posts[0]) && verifies(SECRET, &posts[1]));
}
