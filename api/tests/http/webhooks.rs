//! Webhooks are administrators' to make, and their addresses are looked at before they are kept.

use contracts::event::WebhookAttempt;
use serde_json::{Value, json};
use streamward::unpack;

use crate::support::{Client, Shop};

/// A public IP address, so that no name is resolved.
const URL: &str = "https://93.184.215.14/hooks";

fn body(url: &str) -> Value {
    json!({ "url": url, "eventTypes": ["order.confirmed", "order.refunded"], "description": "ERP" })
}

async fn added(admin: &Client) -> Value {
    admin
        .post("/v1/webhooks", body(URL))
        .await
        .expect(201)
        .body()
}

fn path_of(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_webhook_lives_from_post_to_delete_and_shows_its_secret_once() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let reply = admin.post("/v1/webhooks", body(URL)).await.expect(201);
    let mut webhook = reply.body();
    let path = path_of(&webhook);
    assert_eq!(reply.header("location"), path);
    let secret = webhook.as_object_mut().unwrap().remove("secret").unwrap();
    let spelled = secret.as_str().unwrap().strip_prefix("whsec_").unwrap();
    assert_eq!(spelled.len(), 44, "32 bytes in base64");
    assert_eq!(webhook["eventTypes"], body(URL)["eventTypes"]);
    assert_eq!(
        (&webhook["enabled"], &webhook["disabled"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(webhook["description"], "ERP");

    assert_eq!(admin.get(&path).await.expect(200).body(), webhook);
    let all = admin.get("/v1/webhooks").await.expect(200).body();
    assert_eq!(all["data"], json!([webhook]));

    let change = json!({ "eventTypes": ["*"], "enabled": false });
    let changed = admin.json("PATCH", &path, change).await.expect(200).body();
    assert_eq!(changed["eventTypes"], json!(["*"]));
    assert_eq!(changed["disabled"]["reason"], "byAdmin");
    assert_eq!(changed["url"], URL);
    let on = json!({ "enabled": true });
    let changed = admin
        .json("PATCH", &path, on.clone())
        .await
        .expect(200)
        .body();
    assert_eq!(
        (&changed["enabled"], &changed["disabled"]),
        (&json!(true), &json!(null))
    );

    admin.delete(&path).await.expect(204);
    admin.delete(&path).await.problem(404, "not-found");
    admin.get(&path).await.problem(404, "not-found");
    admin
        .json("PATCH", &path, on)
        .await
        .problem(404, "not-found");
    for rest in ["rotate", "ping"] {
        let gone = admin.post(&format!("{path}/{rest}"), json!({})).await;
        gone.problem(404, "not-found");
    }
    let log = admin.get(&format!("{path}/deliveries")).await;
    log.problem(404, "not-found");
}

#[tokio::test]
async fn every_fault_of_a_webhook_is_pointed_at() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let types = json!(["order.confirmed"]);
    let long = "x".repeat(201);
    for (bad, pointers) in [
        (json!({}), &["#/url", "#/eventTypes"][..]),
        (json!([]), &["#"]),
        (
            json!({ "url": 1, "eventTypes": types, "secret": "x" }),
            &["#/url", "#/secret"],
        ),
        (json!({ "url": URL, "eventTypes": [] }), &["#/eventTypes"]),
        (json!({ "url": URL, "eventTypes": "*" }), &["#/eventTypes"]),
        (
            json!({ "url": URL, "eventTypes": ["*", "order.eaten", "webhook.ping"] }),
            &["#/eventTypes/0", "#/eventTypes/1", "#/eventTypes/2"],
        ),
        (
            json!({ "url": URL, "eventTypes": ["order.placed", "order.placed"] }),
            &["#/eventTypes/1"],
        ),
        (
            json!({ "url": URL, "eventTypes": types, "description": long }),
            &["#/description"],
        ),
    ] {
        admin.post("/v1/webhooks", bad).await.faults(pointers);
    }
    let path = path_of(&added(&admin).await);
    for (bad, pointer) in [
        (json!({}), "#"),
        (json!({ "enabled": "yes" }), "#/enabled"),
        (json!({ "url": "http://93.184.215.14/" }), "#/url"),
    ] {
        let change = admin.json("PATCH", &path, bad).await;
        change.faults(&[pointer]);
    }
}

#[tokio::test]
async fn an_address_that_leads_inside_is_refused_with_the_reason() {
    let mut shop = Shop::open().await;
    let admin = shop.admin().await;
    for (url, words) in [
        ("http://93.184.215.14/", "must begin with https://"),
        ("https://127.0.0.1/", "this machine"),
        ("https://localhost/", "this machine"),
        ("https://169.254.169.254/latest", "the local link"),
        ("https://[::ffff:10.0.0.1]/", "a private network"),
        ("https://user:secret@93.184.215.14/", "login"),
        ("https://93.184.215.14:22/", "port 22"),
        ("https://nobody.invalid/", "cannot be resolved"),
        ("shop.example", "must be a URL"),
    ] {
        let reply = admin.post("/v1/webhooks", body(url)).await;
        assert!(reply.text.contains(words), "{url}: {reply:?}");
        assert!(!reply.text.contains("secret"), "{reply:?}");
        reply.faults(&["#/url"]);
    }
    shop.reopen_with(|settings| {
        settings.merchant_webhook_policy.allow_http = true;
        settings.merchant_webhook_policy.allow_private = true;
    })
    .await;
    let admin = shop.admin().await;
    let inner = body("http://127.0.0.1:9/hooks");
    admin.post("/v1/webhooks", inner).await.expect(201);
}

#[tokio::test]
async fn a_new_secret_is_shown_once_and_the_old_one_has_a_day() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let webhook = added(&admin).await;
    let path = path_of(&webhook);
    let rotate = format!("{path}/rotate");
    let rotated = admin.post(&rotate, json!({})).await.expect(200).body();
    assert!(rotated["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_ne!(rotated["secret"], webhook["secret"]);
    let until = rotated["previousSecretUntil"].as_str().unwrap();
    assert!(until.ends_with('Z'), "{until}");
    let shown = admin.get(&path).await.expect(200);
    assert!(!shown.text.contains("whsec_"), "{shown:?}");
}

#[tokio::test]
async fn a_ping_is_under_way_and_in_the_log_at_once() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let webhook = added(&admin).await;
    let path = path_of(&webhook);
    let sent = admin.post(&format!("{path}/ping"), json!({})).await;
    let sent = sent.expect(202).body();
    let entries = shop.entries("webhook:inbox").await;
    let attempt: WebhookAttempt = unpack(entries[0].data()).unwrap();
    assert_eq!(attempt.webhook_id.as_str(), webhook["id"]);
    let posted: Value = serde_json::from_str(&attempt.body).unwrap();
    assert_eq!(posted["type"], "webhook.ping");
    assert_eq!(posted["data"]["webhookId"], webhook["id"]);

    let log = admin.get(&format!("{path}/deliveries?limit=5")).await;
    let log = log.expect(200).body();
    let delivery = &log["data"][0];
    assert_eq!(delivery["id"], sent["id"]);
    assert_eq!(
        (&delivery["type"], &delivery["status"]),
        (&json!("webhook.ping"), &json!("pending"))
    );
    assert_eq!(delivery["attempts"], json!([]));
    assert_eq!(delivery["orderId"], json!(null));

    let replay = |id: &str| format!("{path}/deliveries/{id}/replay");
    let pending = admin
        .post(&replay(sent["id"].as_str().unwrap()), json!({}))
        .await;
    pending.problem(409, "delivery-pending");
    for unknown in [format!("msg_{}", "0".repeat(32)), "nonsense".to_owned()] {
        let unknown = admin.post(&replay(&unknown), json!({})).await;
        unknown.problem(404, "not-found");
    }
    let off = json!({ "enabled": false });
    admin.json("PATCH", &path, off).await.expect(200);
    let ping = admin.post(&format!("{path}/ping"), json!({})).await;
    ping.problem(409, "webhook-disabled");
    let badly = admin.get(&format!("{path}/deliveries?limit=0")).await;
    badly.problem(400, "invalid-parameter");
}

#[tokio::test]
async fn there_are_at_most_fifty() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    for _ in 0..50 {
        added(&admin).await;
    }
    let full = admin.post("/v1/webhooks", body(URL)).await;
    assert_eq!(full.problem(409, "too-many-webhooks")["limit"], 50);
}
