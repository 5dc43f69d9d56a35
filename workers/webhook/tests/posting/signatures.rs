//! Posts verify with the Standard Webhooks library, and only with the webhook's secrets.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use standardwebhooks::Webhook;
use store::webhook;
use testkit::{Merchant, ReceivedRequest};

use crate::harness::{Harness, SECRET};

const OK: &str = "200 OK";
const NEW: &str = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

/// Verifies a post with the Standard Webhooks library.
fn verifies(secret: &str, post: &ReceivedRequest) -> bool {
    let mut headers = HeaderMap::new();
    for (name, value) in &post.headers {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        headers.insert(name, HeaderValue::try_from(value.as_str()).unwrap());
    }
    let webhook = Webhook::new(secret).unwrap();
    webhook.verify(post.body.as_bytes(), &headers).is_ok()
}

#[tokio::test]
async fn every_post_is_signed_with_the_webhooks_secret() {
    let (merchant, harness) = (Merchant::start(OK, "").await, Harness::start().await);
    harness.subscribe(merchant.url()).await;
    harness.confirm_order().await;
    assert_eq!(harness.run_attempts().await, 1);
    let mut post = merchant.requests().remove(0);
    assert_eq!(post.line, "POST /hooks HTTP/1.1");
    assert_eq!(post.header("content-type"), "application/json");
    assert!(post.header("user-agent").starts_with("Streamward/"));
    assert!(post.header("webhook-id").starts_with("msg_"));
    assert!(verifies(SECRET, &post));
    assert!(!verifies(NEW, &post));
    post.body.push(' ');
    assert!(!verifies(SECRET, &post), "a changed body does not verify");
}

#[tokio::test]
async fn both_secrets_sign_during_a_rotation() {
    let (merchant, harness) = (Merchant::start(OK, "").await, Harness::start().await);
    let webhook = harness.subscribe(merchant.url()).await;
    webhook::rotate_secret(harness.runtime(), &webhook.id, NEW)
        .await
        .unwrap();
    harness.confirm_order().await;
    harness.run_attempts().await;
    let post = merchant.requests().remove(0);
    assert_eq!(post.header("webhook-signature").split(' ').count(), 2);
    assert!(verifies(SECRET, &post) && verifies(NEW, &post));
}

#[tokio::test]
async fn a_retry_has_the_same_id_and_body_and_a_new_signature() {
    let merchant = Merchant::start("500 Oops", "").await;
    let harness = Harness::start().await;
    harness.subscribe(merchant.url()).await;
    harness.confirm_order().await;
    harness.run_attempts().await;
    harness.fast_forward().await;
    harness.run_attempts().await;
    let posts = merchant.requests();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    assert_eq!(posts[0].body, posts[1].body);
    assert!(verifies(SECRET, &posts[0]) && verifies(SECRET, &posts[1]));
}
