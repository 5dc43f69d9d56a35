//! Merchants receive orders' events as signed posts, also after an outage, a removal or a kill.

use std::time::Duration;

use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use testkit::{Behaviour, MailServer, Merchant, ReceivedRequest, eventually, eventually_within};

use crate::shop::Shop;

const OPEN: [&str; 2] = ["--webhook-allow-http", "--webhook-allow-private"];
/// Recovery after a kill takes seconds; a loaded machine takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shop with these flags beside those that let it post to this machine.
async fn open(flags: &[&str]) -> Shop {
    Shop::open_with(&[&OPEN, flags].concat()).await
}

/// Subscribes the merchant; answers the webhook's path and secret.
async fn subscribe(shop: &Shop, merchant: &Merchant, types: &[&str]) -> (String, String) {
    let body = json!({ "url": merchant.url(), "eventTypes": types });
    let webhook = shop.admin(Method::POST, "/v1/webhooks", Some(&body)).await;
    let text = |name: &str| webhook[name].as_str().unwrap().to_owned();
    (format!("/v1/webhooks/{}", text("id")), text("secret"))
}

/// The body of a post whose signature Standard Webhooks' own crate accepts.
fn verified(secret: &str, post: &ReceivedRequest) -> Value {
    let mut headers = HeaderMap::new();
    for (name, value) in &post.headers {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        headers.insert(name, HeaderValue::try_from(value.as_str()).unwrap());
    }
    let verdict = Webhook::new(secret)
        .unwrap()
        .verify(post.body.as_bytes(), &headers);
    verdict.unwrap_or_else(|error| panic!("{error}: {post:?}"));
    serde_json::from_str(&post.body).unwrap()
}

async fn deliveries(shop: &Shop, path: &str) -> Vec<Value> {
    let path = format!("{path}/deliveries");
    let log = shop.admin(Method::GET, &path, None).await;
    log["data"].as_array().unwrap().clone()
}

/// Waits until the newest delivery has this status.
async fn newest_is(shop: &Shop, path: &str, status: &str) -> Value {
    eventually(&format!("the newest delivery is {status}"), || async {
        let newest = deliveries(shop, path).await.into_iter().next()?;
        (newest["status"] == status).then_some(newest)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_receives_every_event_of_an_order_up_to_its_refund() {
    let merchant = Merchant::start("204 No Content", "").await;
    let shop = open(&[]).await;
    let (path, secret) = subscribe(&shop, &merchant, &["*"]).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 2, Some("pm_card_visa")).await;
    let confirmed = ada.sees(&order, "confirmed").await;
    let refund = format!("/v1/orders/{}/refund", order["id"].as_str().unwrap());
    shop.admin(Method::POST, &refund, None).await;
    let mut posts = eventually("four posts", || async {
        let posts = merchant.requests();
        (posts.len() == 4).then_some(posts)
    })
    .await;
    // They may come in any order.
    posts.sort_by_key(|post| verified(&secret, post)["timestamp"].to_string());
    let bodies: Vec<Value> = posts.iter().map(|post| verified(&secret, post)).collect();
    let types: Vec<&str> = bodies.iter().filter_map(|it| it["type"].as_str()).collect();
    let expected = [
        "order.placed",
        "order.awaiting_payment",
        "order.confirmed",
        "order.refunded",
    ];
    for kind in expected {
        assert!(types.contains(&kind), "{kind}: {types:?}");
    }
    let as_told = bodies.iter().find(|it| it["type"] == "order.confirmed");
    let data = &as_told.unwrap()["data"];
    for field in [
        "id",
        "status",
        "items",
        "subtotal",
        "discount",
        "total",
        "coupon",
        "createdAt",
    ] {
        assert_eq!(data[field], confirmed[field], "{field}");
    }
    eventually("all are noted", || async {
        let log = deliveries(&shop, &path).await;
        let taken = log.iter().filter(|it| it["status"] == "delivered");
        (taken.count() == 4).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_was_down_gets_every_event_later_under_the_same_id() {
    let merchant = Merchant::start("503 Down", "").await;
    let retries = vec!["1s"; 30].join(",");
    let shop = open(&["--webhook-retries", &retries]).await;
    let (path, secret) = subscribe(&shop, &merchant, &["order.confirmed"]).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    eventually("it was tried again", || async {
        (merchant.requests().len() >= 2).then_some(())
    })
    .await;
    merchant.respond_with("200 OK", "");
    let newest = newest_is(&shop, &path, "delivered").await;
    let posts = merchant.requests();
    assert!(
        posts
            .iter()
            .all(|post| post.header("webhook-id") == newest["id"])
    );
    assert!(posts.iter().all(|post| post.body == posts[0].body));
    assert_eq!(
        verified(&secret, posts.last().unwrap())["data"]["id"],
        order["id"]
    );
    let attempts = newest["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), posts.len());
    assert_eq!(attempts[0]["status"], 503);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_gone_is_disabled_and_mailed_to_the_administrators() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let merchant = Merchant::start("410 Gone", "").await;
    let smtp = format!("smtp://{}", mail.address());
    let flags = ["--smtp", &smtp, "--admin-mail", "grace@shop.test"];
    let shop = open(&flags).await;
    let (path, secret) = subscribe(&shop, &merchant, &["order.confirmed"]).await;
    let ping = format!("{path}/ping");
    shop.admin(Method::POST, &ping, None).await;
    let off = eventually("it is switched off", || async {
        let webhook = shop.admin(Method::GET, &path, None).await;
        (webhook["enabled"] == false).then_some(webhook)
    })
    .await;
    assert_eq!(off["disabled"]["reason"], "gone");
    let subject = "Subject: The webhook at 127.0.0.1 was switched off";
    eventually("a mail", || async {
        let mails = mail.mails();
        mails.iter().any(|it| it.contains(subject)).then_some(())
    })
    .await;

    // Enabled again, it receives new events, and missed ones can be replayed.
    merchant.respond_with("200 OK", "");
    let on = json!({ "enabled": true });
    shop.admin(Method::PATCH, &path, Some(&on)).await;
    let failed = newest_is(&shop, &path, "failed").await;
    let replay = format!(
        "{path}/deliveries/{}/replay",
        failed["id"].as_str().unwrap()
    );
    shop.admin(Method::POST, &replay, None).await;
    newest_is(&shop, &path, "delivered").await;
    let posts = merchant.requests();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    assert_eq!(verified(&secret, &posts[1])["type"], "webhook.ping");
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_in_the_middle_of_a_post_delivers_it_again_under_the_same_id() {
    let merchant = Merchant::start("200 OK", "").await;
    merchant.hang();
    let mut shop = open(&[]).await;
    let (path, secret) = subscribe(&shop, &merchant, &["order.confirmed"]).await;
    let id = {
        let ada = shop.customer().await;
        let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
        ada.sees(&order, "confirmed").await;
        order["id"].clone()
    };
    let first = eventually("the post has begun", || async { merchant.requests().pop() }).await;
    // The next shop finds its redis-server left behind, and shuts it down.
    shop.kill().await;
    merchant.respond_with("200 OK", "");
    shop.restart().await;
    let again = eventually_within(PATIENCE, "the same post again", || async {
        merchant.requests().into_iter().nth(1)
    })
    .await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(verified(&secret, &again)["data"]["id"], id);
    newest_is(&shop, &path, "delivered").await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_flags_nothing_on_this_machine_is_a_webhook() {
    let shop = Shop::open().await;
    let merchant = Merchant::start("200 OK", "").await;
    let token = crate::shop::token_of(shop.data());
    for url in [
        merchant.url(),
        "https://127.0.0.1:9443/",
        "https://localhost/",
    ] {
        let body = json!({ "url": url, "eventTypes": ["*"] });
        let (status, problem) = shop
            .send(Method::POST, "/v1/webhooks", Some(&token), Some(&body))
            .await;
        assert_eq!(status, 422, "{url}");
        assert_eq!(problem["errors"][0]["pointer"], "#/url");
    }
    shop.audit().await;
}
