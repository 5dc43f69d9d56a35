//! Requests for an order whose body cannot be read at all.

use serde_json::json;

use crate::support::{Client, Reply, Shop};

async fn raw(client: &Client, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
    let request = client
        .request("POST", "/v1/orders")
        .header("content-type", kind);
    client.send(request, body.into()).await
}

#[tokio::test]
async fn invalid_json_is_400() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let deep = "[".repeat(30_000);
    let deep_object = format!("{}1{}", r#"{"items":"#.repeat(5_000), "}".repeat(5_000));
    let cases: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"{\"items\":[}".to_vec(),
        b"{'items':[]}".to_vec(),
        b"{\"items\":[]} trailing".to_vec(),
        b"{\"items\":\"\xff\xfe\"}".to_vec(),
        b"{\"items\":\"a\x00b\"}".to_vec(),
        b"\x00".to_vec(),
        b"{\"items\":\"\\ud800\"}".to_vec(),
        b"{\"items\":[{\"productId\":\"mug-01\",\"quantity\":1e999}]}".to_vec(),
        b"NaN".to_vec(),
        deep.into_bytes(),
        deep_object.into_bytes(),
    ];
    for body in cases {
        let problem = raw(&customer, "application/json", body)
            .await
            .problem(400, "malformed-json");
        let text = problem.to_string();
        assert!(
            !text.contains("expected"),
            "the parser's words leak: {text}"
        );
    }
}

#[tokio::test]
async fn unusual_valid_json_is_validated_by_content() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let digits = "9".repeat(400);
    let huge = format!(r#"{{"items":[{{"productId":"mug-01","quantity":0.{digits}}}]}}"#);
    raw(&customer, "application/json", huge)
        .await
        .faults(&["#/items/0/quantity"]);
    // Of a repeated name the last value counts.
    let twice = r#"{"items":7,"items":[{"productId":"mug-01","quantity":5,"quantity":0}]}"#;
    raw(&customer, "application/json", twice)
        .await
        .faults(&["#/items/0/quantity"]);
}

#[tokio::test]
async fn only_json_is_read() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "",
    ] {
        raw(&customer, kind, order.clone())
            .await
            .problem(415, "unsupported-media-type");
    }
    let none = customer.request("POST", "/v1/orders");
    customer
        .send(none, order.clone())
        .await
        .problem(415, "unsupported-media-type");
    raw(&customer, "Application/JSON; charset=utf-8", order)
        .await
        .expect(202);
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let shop = Shop::stocked().await;
    let customer = shop.customer().await;
    let fits = format!("{{\"items\":[]{}}}", " ".repeat(64 * 1024 - 12));
    assert_eq!(fits.len(), 64 * 1024);
    raw(&customer, "application/json", fits.clone())
        .await
        .faults(&["#/items"]);
    let problem = raw(&customer, "application/json", fits + " ")
        .await
        .problem(413, "body-too-large");
    assert_eq!(problem["limit"], 64 * 1024);
    let endless = vec![b' '; 8 << 20];
    raw(&customer, "application/json", endless)
        .await
        .problem(413, "body-too-large");
}
