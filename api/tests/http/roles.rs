//! Who may do what.

use std::time::Duration;

use serde_json::{Value, json};
use store::account::Role;

use crate::support::{Client, Shop};

const ANY: &[&str] = &["customer", "operator", "admin"];

/// Method, path, body, and who gets past the gate.
fn gates() -> Vec<(&'static str, &'static str, Value, &'static [&'static str])> {
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let none = Value::Null;
    let (admins, operators): (&[&str], &[&str]) = (&["admin"], &["operator", "admin"]);
    vec![
        ("POST", "/v1/orders", order, &["customer", "admin"]),
        ("GET", "/v1/orders", none.clone(), ANY),
        (
            "GET",
            "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ",
            none.clone(),
            ANY,
        ),
        (
            "GET",
            "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ/events",
            none.clone(),
            ANY,
        ),
        ("POST", "/v1/products", json!({}), admins),
        ("PATCH", "/v1/products/mug-01", json!({}), admins),
        ("DELETE", "/v1/products/no-such", none.clone(), admins),
        ("GET", "/v1/products/mug-01/stock", none.clone(), admins),
        (
            "POST",
            "/v1/products/mug-01/stock",
            json!({ "delta": 1 }),
            admins,
        ),
        (
            "POST",
            "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ/cancel",
            none.clone(),
            ANY,
        ),
        (
            "POST",
            "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ/refund",
            none.clone(),
            admins,
        ),
        ("POST", "/v1/coupons", json!({}), admins),
        ("GET", "/v1/coupons", none.clone(), admins),
        ("GET", "/v1/coupons/NO-SUCH", none.clone(), admins),
        ("PATCH", "/v1/coupons/NO-SUCH", json!({}), admins),
        ("DELETE", "/v1/coupons/NO-SUCH", none.clone(), admins),
        ("GET", "/v1/admin/tree", none.clone(), operators),
        ("POST", "/v1/admin/crash", json!({ "path": "x" }), operators),
        ("GET", "/v1/admin/streams", none.clone(), operators),
        ("GET", "/v1/admin/health", none.clone(), operators),
        ("GET", "/v1/admin/dead/order", none.clone(), operators),
        (
            "POST",
            "/v1/admin/dead/order/1-0/replay",
            none.clone(),
            operators,
        ),
        ("DELETE", "/v1/admin/dead/order/1-0", none, operators),
    ]
}

/// The same of webhooks; administrators get past every one of them.
fn webhook_gates() -> Vec<(&'static str, &'static str, Value, &'static [&'static str])> {
    let admins: &[&str] = &["admin"];
    [
        ("POST", "/v1/webhooks"),
        ("GET", "/v1/webhooks"),
        ("GET", "/v1/webhooks/x"),
        ("PATCH", "/v1/webhooks/x"),
        ("DELETE", "/v1/webhooks/x"),
        ("POST", "/v1/webhooks/x/rotate"),
        ("POST", "/v1/webhooks/x/ping"),
        ("GET", "/v1/webhooks/x/deliveries"),
        ("POST", "/v1/webhooks/x/deliveries/y/replay"),
    ]
    .map(|(method, path)| (method, path, json!({}), admins))
    .to_vec()
}

#[tokio::test]
async fn every_gate_lets_in_whom_it_should() {
    let shop = Shop::stocked().await;
    let people = [
        ("customer", shop.customer().await),
        ("operator", shop.operator().await),
        ("admin", shop.admin().await),
    ];
    for (method, path, body, allowed) in gates().into_iter().chain(webhook_gates()) {
        let none = shop.visitor().json(method, path, body.clone()).await;
        assert_eq!(none.header("www-authenticate"), "Bearer", "{method} {path}");
        none.problem(401, "unauthorized");
        for (role, client) in &people {
            let status = client
                .json(method, path, body.clone())
                .await
                .status
                .as_u16();
            let passed = status != 403 && status != 401;
            assert_eq!(
                passed,
                allowed.contains(role),
                "{role}: {method} {path}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn forged_tokens_are_worth_nothing() {
    let shop = Shop::stocked().await;
    let good = shop.customer().await.token.unwrap();
    let forged = format!("sw_{}", "0".repeat(64));
    let headers = [
        format!("Bearer {forged}"),
        format!("Bearer {}", good.to_uppercase()),
        format!("Bearer {}", &good[..66]),
        format!("Bearer {good}x"),
        format!("Basic {good}"),
        format!("Bearer{good}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        good.clone(),
    ];
    for header in headers {
        let visitor = shop.visitor();
        let request = visitor
            .request("GET", "/v1/orders")
            .header("authorization", &header);
        visitor.send(request, "").await.problem(401, "unauthorized");
    }
    let visitor = shop.visitor();
    let request = visitor.request("GET", "/v1/orders");
    visitor
        .send(
            request.header("authorization", format!("bearer {good}")),
            "",
        )
        .await
        .expect(200);
}

#[tokio::test]
async fn an_expired_session_is_over() {
    let shop = Shop::stocked().await;
    let guest = shop
        .guest(&[Role::Customer], Duration::from_millis(1))
        .await;
    testkit::eventually("the session is over", || async {
        (guest.get("/v1/orders").await.status == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_foreign_order_does_not_exist() {
    let shop = Shop::stocked().await;
    let (ada, eve) = (shop.customer().await, shop.customer().await);
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = ada.post("/v1/orders", order).await.expect(202);
    let path = placed.header("location");
    let unknown = "/v1/orders/01J8ZZZZZZZZZZZZZZZZZZZZZZ";
    let detail = |client: Client, path: String| async move {
        client.get(&path).await.problem(404, "not-found")["detail"].clone()
    };
    assert_eq!(
        detail(eve.clone(), path.to_owned()).await,
        detail(eve.clone(), unknown.to_owned()).await
    );
    eve.get(&format!("{path}/events"))
        .await
        .problem(404, "not-found");
    let pay = json!({ "paymentMethod": "pm_card_visa" });
    eve.post(&format!("{path}/pay"), pay.clone())
        .await
        .problem(404, "not-found");
    assert_eq!(
        eve.get("/v1/orders").await.expect(200).body()["data"],
        json!([])
    );

    ada.get(path).await.expect(200);
    let operator = shop.operator().await;
    operator.get(path).await.expect(200);
    operator
        .post(&format!("{path}/pay"), pay)
        .await
        .problem(403, "forbidden");
    shop.admin().await.get(path).await.expect(200);
}
