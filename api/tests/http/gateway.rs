//! Headers of every response: security, CORS, caching, compression, trace context.

use axum::{
    body::{Body, to_bytes},
    http::HeaderMap,
};
use tower::ServiceExt;

use crate::support::{Reply, Shop};

const PAGES: &str = "https://pages.example";
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn send(shop: &Shop, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let visitor = shop.visitor();
    let request = visitor.request(method, path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    visitor.send(request, "").await
}

async fn with_pages() -> Shop {
    let mut shop = Shop::stocked().await;
    shop.reopen_with(|settings| settings.cors_origins.push(PAGES.to_owned()))
        .await;
    shop
}

#[tokio::test]
async fn pages_of_a_named_origin_may_use_the_api_with_their_cookies() {
    let shop = with_pages().await;
    let question = [
        ("origin", PAGES),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "content-type,x-csrf-token",
        ),
    ];
    let reply = send(&shop, "OPTIONS", "/v1/orders", &question)
        .await
        .expect(204);
    assert_eq!(reply.header("access-control-allow-origin"), PAGES);
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    assert!(
        reply
            .header("access-control-allow-methods")
            .contains("POST")
    );
    let allowed = reply.header("access-control-allow-headers");
    assert!(allowed.contains("x-csrf-token") && allowed.contains("idempotency-key"));
    for path in ["/v1/products", "/v1/orders"] {
        // A refusal can be read as well.
        let reply = send(&shop, "GET", path, &[("origin", PAGES)]).await;
        assert_eq!(reply.header("access-control-allow-origin"), PAGES);
        assert!(
            reply
                .header("access-control-expose-headers")
                .contains("ratelimit")
        );
    }
}

#[tokio::test]
async fn pages_of_any_other_origin_may_not() {
    let shop = with_pages().await;
    for origin in [
        "https://evil.example",
        "http://pages.example",
        "https://pages.example:444",
        "https://pages.example.evil.example",
        "null",
        "*",
    ] {
        let question = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
        ];
        for (method, path) in [("OPTIONS", "/v1/orders"), ("GET", "/v1/products")] {
            let reply = send(&shop, method, path, &question).await;
            assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
            assert_eq!(
                reply.header("access-control-allow-credentials"),
                "",
                "{origin}"
            );
        }
    }
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let shop = Shop::stocked().await;
    for path in ["/v1/products", "/v1/orders", "/healthz", "/nowhere"] {
        let reply = send(&shop, "GET", path, &[]).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
    }
    let data = send(&shop, "GET", "/v1/orders", &[]).await;
    let policy = data.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(data.header("cache-control"), "no-store");
}

#[tokio::test]
async fn an_answer_names_its_trace_and_hands_back_the_vendors_state() {
    let shop = Shop::stocked().await;
    let state = "vendor=abc,other=1";
    let asked = [("traceparent", TRACE), ("tracestate", state)];
    let reply = send(&shop, "GET", "/v1/products", &asked).await;
    assert_eq!(reply.header("traceparent"), TRACE);
    assert_eq!(reply.header("tracestate"), state);
    // A state without a trace, or one that is no list, belongs to nothing.
    let zeros = TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32));
    for asked in [
        &[("tracestate", state)][..],
        &[("traceparent", "nonsense"), ("tracestate", state)],
        &[("traceparent", zeros.as_str()), ("tracestate", state)],
        &[("traceparent", TRACE), ("tracestate", "no list")],
    ] {
        let reply = send(&shop, "GET", "/v1/products", asked).await;
        assert_eq!(reply.header("tracestate"), "", "{asked:?}");
        assert_eq!(reply.header("traceparent").len(), 55, "{asked:?}");
        assert!(!reply.header("traceparent").contains(&"0".repeat(32)));
    }
}

/// The head and the raw body of an answer.
async fn raw(shop: &Shop, path: &str, encoding: &str) -> (HeaderMap, Vec<u8>) {
    let visitor = shop.visitor();
    let request = visitor
        .request("GET", path)
        .header("accept-encoding", encoding);
    let request = request.body(Body::empty()).unwrap();
    let response = visitor.router.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (head.headers, body.to_vec())
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_clients_that_accept_gzip() {
    let mut shop = Shop::stocked().await;
    for number in 0..30 {
        let id = format!("thing-{number}");
        shop.sell(&id, 100, contracts::Currency::EUR).await;
    }
    shop.reopen().await;
    let path = "/v1/products?limit=30";
    let (head, plain) = raw(&shop, path, "identity").await;
    assert!(!head.contains_key("content-encoding"));
    assert!(plain.len() > 1024);
    let (head, small) = raw(&shop, path, "br, gzip").await;
    assert_eq!(head["content-encoding"], "gzip");
    assert!(
        head.get_all("vary")
            .iter()
            .any(|on| on.as_bytes().eq_ignore_ascii_case(b"accept-encoding"))
    );
    assert!(small.len() < plain.len() / 2);
    let mut read = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&small[..]), &mut read).unwrap();
    assert_eq!(read, plain);
    let (head, _) = raw(&shop, "/v1/products?limit=1", "gzip").await;
    assert!(!head.contains_key("content-encoding"), "a short one is not");
}

#[tokio::test]
async fn a_product_keeps_its_strong_tag_however_long_it_is() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let path = "/v1/products/mug-01";
    let long = serde_json::json!({ "description": "Holds tea. ".repeat(150) });
    admin.json("PATCH", path, long).await.expect(200);
    let (head, body) = raw(&shop, path, "gzip").await;
    assert!(body.len() > 1024);
    assert!(!head.contains_key("content-encoding"));
    // What a browser has seen can be sent back as If-Match.
    let request = admin
        .request("PATCH", path)
        .header("if-match", &head["etag"]);
    let request = request.header("content-type", "application/json");
    let reply = admin.send(request, r#"{"name":"Cup"}"#.to_owned()).await;
    reply.expect(200);
}
