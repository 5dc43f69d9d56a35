//! `/metrics` counts every refused request exactly, by reason.

use std::collections::BTreeMap;

use api::{Class, Cost, Rate, Settings};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Client, Counters, Machine, PASSWORD, SECRET, Shop, mac, now};

const ADA: &str = "ada@example.com";

fn order() -> Value {
    json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] })
}

/// A stocked shop that counts for this test alone.
async fn counting(change: impl FnOnce(&mut Settings)) -> (Shop, Counters) {
    let counters = Counters::start();
    let mut shop = Shop::stocked().await;
    shop.count_in(&counters, |settings| {
        settings.password_cost = Cost {
            memory_kib: 64,
            passes: 1,
        };
        change(settings);
    })
    .await;
    (shop, counters)
}

/// The series of a counter with the one label `outcome`.
fn outcomes<const N: usize>(all: [(&str, u64); N]) -> BTreeMap<String, u64> {
    let series = |(outcome, count)| (format!("outcome=\"{outcome}\""), count);
    all.map(series).into()
}

#[tokio::test]
async fn signed_requests_are_counted_by_fault() {
    let (shop, _counters) = counting(|_| {}).await;
    let machine = Machine::of(&shop.customer().await, &["orders:write"]).await;
    let (body, at) = (order().to_string(), now());
    let signed =
        |secret: &str, at: u64| format!("t={at},v1={}", mac(secret, &format!("{at}.{body}")));
    let good = signed(&machine.secret, at);
    for (signature, status, times) in [
        ("nonsense", 401, 2),
        (signed(&machine.secret, at - 400).as_str(), 401, 3),
        (signed("sks_other", at).as_str(), 401, 4),
        (good.as_str(), 202, 1),
        // The same once more is a replay.
        (good.as_str(), 401, 5),
    ] {
        for _ in 0..times {
            let reply = machine.send_as("POST", "/v1/orders", &body, signature);
            reply.await.expect(status);
        }
    }
    let half = shop.visitor().request("GET", "/v1/orders");
    let half = half.header("streamward-key", &machine.id);
    shop.visitor().send(half, "").await.expect(401);
    // A key without the scope has signed well.
    machine.send("GET", "/v1/orders", "").await.expect(403);
    assert_eq!(
        shop.counted("streamward_api_signatures_total").await,
        outcomes([
            ("good", 2),
            ("request-half-signed", 1),
            ("request-signature-expired", 3),
            ("request-signature-malformed", 2),
            ("request-signature-mismatch", 4),
            ("request-signature-replayed", 5),
        ])
    );
}

#[tokio::test]
async fn callbacks_are_counted_by_fault() {
    let (shop, _counters) = counting(|_| {}).await;
    let body = json!({ "type": "charge.refunded" }).to_string();
    let signed = |secret: &str, at: u64| {
        let mac = mac(secret, &format!("{at}.{body}"));
        Some(format!("t={at},v1={mac}"))
    };
    for (signature, status) in [
        (None, 400),
        (Some("nonsense".to_owned()), 400),
        (signed(SECRET, now() - 400), 400),
        (signed("whsec_other", now()), 400),
        (signed("whsec_another", now()), 400),
        (signed(SECRET, now()), 200),
    ] {
        let visitor = shop.visitor();
        let mut request = visitor.request("POST", "/v1/payments/webhook");
        if let Some(signature) = signature {
            request = request.header("stripe-signature", signature);
        }
        visitor.send(request, body.clone()).await.expect(status);
    }
    assert_eq!(
        shop.counted("streamward_api_callbacks_total").await,
        outcomes([
            ("good", 1),
            ("signature-expired", 1),
            ("signature-malformed", 1),
            ("signature-mismatch", 2),
            ("signature-missing", 1),
        ])
    );
}

#[tokio::test]
async fn logins_are_counted_by_result() {
    let (shop, _counters) = counting(|_| {}).await;
    shop.register(ADA).await;
    for (password, status, times) in [(PASSWORD, 200, 2), ("guess", 401, 10), (PASSWORD, 429, 3)] {
        for _ in 0..times {
            shop.login(ADA, password).await.expect(status);
        }
    }
    assert_eq!(
        shop.counted("streamward_api_logins_total").await,
        outcomes([("locked", 3), ("opened", 2), ("wrong", 10)])
    );
    let refused = "policy=\"login-account\",outcome=\"refused\"".to_owned();
    assert_eq!(
        shop.counted("streamward_api_limited_total").await,
        [(refused, 3)].into()
    );
}

#[tokio::test]
async fn logins_that_find_no_place_to_wait_are_counted() {
    let (shop, _counters) = counting(|_| {}).await;
    let emails: Vec<_> = (0..200).map(|n| format!("user-{n}@example.com")).collect();
    let replies = join_all(emails.iter().map(|email| shop.login(email, "guess"))).await;
    let busy = replies.iter().filter(|reply| reply.status == 503).count();
    assert!(busy > 0, "64 may wait, 200 have come at once");
    let counted = shop.counted("streamward_api_logins_total").await;
    let busy = u64::try_from(busy).unwrap();
    assert_eq!(counted, outcomes([("busy", busy), ("wrong", 200 - busy)]));
}

/// A browser's cookies, and the CSRF token of its session.
async fn browser(shop: &Shop) -> (String, String) {
    let login = json!({ "email": ADA, "password": PASSWORD, "session": "cookie" });
    let reply = shop.visitor().post("/v1/auth/login", login).await;
    let set = reply.headers.get_all("set-cookie").iter();
    let pairs: Vec<_> = set
        .map(|set| set.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect();
    let csrf = reply.body()["csrfToken"].as_str().unwrap().to_owned();
    (pairs.join("; "), csrf)
}

#[tokio::test]
async fn a_request_that_may_be_forged_is_counted_once() {
    let (shop, _counters) = counting(|_| {}).await;
    shop.register(ADA).await;
    let (cookies, csrf) = browser(&shop).await;
    let visitor = shop.visitor();
    let unknown = "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ";
    let paths = [
        "/v1/orders".to_owned(),
        format!("{unknown}/cancel"),
        "/v1/auth/logout".to_owned(),
    ];
    for path in &paths {
        for token in [None, Some("mac.random")] {
            // With a key the request is looked at before its route does.
            let mut request = visitor
                .request("POST", path)
                .header("cookie", &cookies)
                .header("content-type", "application/json")
                .header("idempotency-key", "first");
            if let Some(token) = token {
                request = request.header("x-csrf-token", token);
            }
            visitor
                .send(request, order().to_string())
                .await
                .problem(403, "csrf");
        }
    }
    let foreign = visitor
        .request("POST", "/v1/auth/login")
        .header("content-type", "application/json")
        .header("sec-fetch-site", "cross-site");
    let login = json!({ "email": ADA, "password": PASSWORD, "session": "cookie" });
    visitor.send(foreign, login.to_string()).await.expect(403);
    let good = visitor
        .request("POST", "/v1/orders")
        .header("cookie", &cookies)
        .header("content-type", "application/json")
        .header("x-csrf-token", &csrf);
    visitor.send(good, order().to_string()).await.expect(202);
    assert_eq!(
        shop.counted("streamward_api_csrf_refused_total").await,
        [(String::new(), 7)].into()
    );
}

#[tokio::test]
async fn shed_requests_are_counted() {
    let (shop, _counters) = counting(|settings| settings.connections.in_flight = 0).await;
    for path in ["/v1/products", "/v1/products", "/v1/orders", "/healthz"] {
        let status = if path == "/healthz" { 200 } else { 503 };
        shop.visitor().get(path).await.expect(status);
    }
    assert_eq!(
        shop.counted("streamward_api_shed_total").await,
        [(String::new(), 3)].into()
    );
}

#[tokio::test]
async fn requests_over_a_limit_are_counted_by_the_limit() {
    let (mut shop, _counters) = counting(|settings| {
        settings.limits.set(Class::Read, Some(Rate::new(3, 600)));
        settings.limits.set(Class::Write, Some(Rate::new(2, 600)));
    })
    .await;
    let ada = shop.customer().await;
    let look = async |client: &Client| client.get("/v1/products").await.status.as_u16();
    for _ in 0..3 {
        assert_eq!(look(&ada).await, 200);
        ada.post("/v1/orders", order()).await;
    }
    for _ in 0..4 {
        assert_eq!(look(&ada).await, 429);
    }
    let limited =
        |policy: &str, outcome: &str| format!("policy=\"{policy}\",outcome=\"{outcome}\"");
    let mut wanted = BTreeMap::from([
        (limited("read", "refused"), 4),
        (limited("write", "refused"), 1),
    ]);
    let counted = shop.counted("streamward_api_limited_total").await;
    assert_eq!(counted, wanted);

    // Without Redis no limit can be checked: requests pass and are counted.
    shop.redis.kill();
    for _ in 0..3 {
        assert_eq!(look(&shop.visitor()).await, 200);
    }
    wanted.insert(limited("read", "unknown"), 3);
    let counted = shop.counted("streamward_api_limited_total").await;
    assert_eq!(counted, wanted);
}
