//! Machines sign their requests; what is forged, stale, sent again or changed is refused.

use serde_json::{Value, json};

use crate::support::{Client, Machine, Shop, mac, now};

fn order(quantity: u32) -> String {
    json!({ "items": [{ "productId": "mug-01", "quantity": quantity }] }).to_string()
}

#[tokio::test]
async fn a_signed_order_is_the_owners() {
    let shop = Shop::stocked().await;
    let ada = shop.customer().await;
    let machine = Machine::of(&ada, &["orders:write", "orders:read"]).await;
    let placed = machine
        .send("POST", "/v1/orders", &order(1))
        .await
        .expect(202);
    let path = placed.header("location").to_owned();
    ada.get(&path).await.expect(200);
    // Looking changes nothing, so it may be done twice in a second.
    for _ in 0..2 {
        machine.send("GET", &path, "").await.expect(200);
    }
}

#[tokio::test]
async fn each_fault_of_a_signed_request_has_its_own_problem() {
    let shop = Shop::stocked().await;
    let machine = Machine::of(&shop.customer().await, &["orders:write"]).await;
    let (body, at) = (order(1), now());
    let signed =
        |secret: &str, at: u64| format!("t={at},v1={}", mac(secret, &format!("{at}.{body}")));
    let good = signed(&machine.secret, at);
    let mut flipped = good.clone().into_bytes();
    let last = flipped.last_mut().unwrap();
    *last = if *last == b'0' { b'1' } else { b'0' };
    let flipped = String::from_utf8(flipped).unwrap();
    for (signature, slug) in [
        (String::new(), "request-signature-malformed"),
        ("nonsense".to_owned(), "request-signature-malformed"),
        (good.replace("t=", "t=soon"), "request-signature-malformed"),
        (format!("n=a b,{good}"), "request-signature-malformed"),
        (
            signed(&machine.secret, at - 301),
            "request-signature-expired",
        ),
        (
            signed(&machine.secret, at + 310),
            "request-signature-expired",
        ),
        (signed("sks_other", at), "request-signature-mismatch"),
        (flipped, "request-signature-mismatch"),
        (format!("t={at}"), "request-signature-mismatch"),
    ] {
        let reply = machine
            .send_as("POST", "/v1/orders", &body, &signature)
            .await;
        assert_eq!(reply.header("www-authenticate"), "Streamward-Signature");
        reply.problem(401, slug);
    }
    let tampered = machine
        .send_as("POST", "/v1/orders", &order(9), &good)
        .await;
    tampered.problem(401, "request-signature-mismatch");
    let half = machine
        .client
        .request("GET", "/v1/orders")
        .header("streamward-key", &machine.id);
    machine
        .client
        .send(half, "")
        .await
        .problem(401, "request-half-signed");
    assert!(shop.entries("orders").await.is_empty());
    machine
        .send_as("POST", "/v1/orders", &body, &good)
        .await
        .expect(202);
}

#[tokio::test]
async fn a_signature_is_good_once() {
    let shop = Shop::stocked().await;
    let machine = Machine::of(&shop.customer().await, &["orders:write"]).await;
    let (body, at) = (order(1), now());
    let signature = format!(
        "t={at},v1={}",
        mac(&machine.secret, &format!("{at}.{body}"))
    );
    let send = || machine.send_as("POST", "/v1/orders", &body, &signature);
    let replies = tokio::join!(send(), send(), send());
    let mut statuses = [replies.0, replies.1, replies.2].map(|reply| reply.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 401, 401]);
    send().await.problem(401, "request-signature-replayed");
    // Neither does another spelling of the same signature help.
    let shouted = signature.replace("v1=", "v0=x,v1=").to_uppercase();
    let shouted = shouted
        .replace("T=", "t=")
        .replace("V0=", "v0=")
        .replace("V1=", "v1=");
    let reply = machine.send_as("POST", "/v1/orders", &body, &shouted).await;
    reply.problem(401, "request-signature-replayed");
    assert_eq!(shop.entries("orders").await.len(), 1);
}

#[tokio::test]
async fn a_v2_signature_covers_method_and_target_and_separates_equal_requests() {
    let shop = Shop::stocked().await;
    let machine = Machine::of(&shop.customer().await, &["orders:write"]).await;
    let body = order(1);
    for nonce in ["1", "2", ""] {
        let signature = machine.bound(nonce, "POST", "/v1/orders", &body);
        machine
            .send_as("POST", "/v1/orders", &body, &signature)
            .await
            .expect(202);
    }
    let elsewhere = machine.bound("3", "POST", "/v1/orders/1/cancel", &body);
    let reply = machine
        .send_as("POST", "/v1/orders", &body, &elsewhere)
        .await;
    reply.problem(401, "request-signature-mismatch");
    // A good one of the first kind does not make up for it.
    let at = now();
    let both = format!(
        "t={at},v1={},v2={}",
        mac(&machine.secret, &format!("{at}.{body}")),
        "0".repeat(64)
    );
    let reply = machine.send_as("POST", "/v1/orders", &body, &both).await;
    reply.problem(401, "request-signature-mismatch");
    assert_eq!(shop.entries("orders").await.len(), 3);
}

#[tokio::test]
async fn a_v2_signature_is_invalid_for_another_method_or_target() {
    let shop = Shop::stocked().await;
    let machine = Machine::of(&shop.admin().await, &["catalog:read", "catalog:write"]).await;
    for id in ["mug", "mug.v2"] {
        let price = json!({ "amount": 100, "currency": "EUR" });
        let product = json!({ "id": id, "name": "Mug", "price": price }).to_string();
        let reply = machine.send("POST", "/v1/products", &product).await;
        reply.expect(201);
    }
    // Whoever sees this on the way has a signature of a text.
    let signature = machine.bound("1", "DELETE", "/v1/products/mug.v2", "");
    let (time, digest) = signature.split_once(",n=1,v2=").unwrap();
    let at = time.strip_prefix("t=").unwrap();
    // The same text, cut elsewhere, and as one of the first kind, by either way of writing it.
    let simple = format!("{time},v1={digest}");
    for (path, body, header) in [
        ("/v1/products/mug", "v2.", &signature),
        ("/v1/products/mug", "v2\n", &signature),
        ("/v1/products/mug", "1.DELETE./v1/products/mug.v2.", &simple),
        (
            "/v1/products/mug",
            "1\nDELETE\n/v1/products/mug.v2\n",
            &simple,
        ),
        (
            "/v1/products/mug",
            &format!("{at}\n1\nDELETE\n/v1/products/mug.v2\n"),
            &simple,
        ),
    ] {
        let reply = machine.send_as("DELETE", path, body, header).await;
        reply.problem(401, "request-signature-mismatch");
    }
    let reply = machine.send_as("DELETE", "/v1/products/mug.v2", "", &signature);
    reply.await.expect(204);
    shop.visitor().get("/v1/products/mug").await.expect(200);
}

#[tokio::test]
async fn a_key_is_limited_by_its_scopes_and_its_owner() {
    let shop = Shop::stocked().await;
    let (ada, admin) = (shop.customer().await, shop.admin().await);
    let reader = Machine::of(&ada, &["orders:read"]).await;
    reader.send("GET", "/v1/orders", "").await.expect(200);
    let refused = reader.send("POST", "/v1/orders", &order(1)).await;
    let body: Value = refused.problem(403, "insufficient-scope");
    assert_eq!(body["scope"], "orders:write");
    let keys = reader.send("GET", "/v1/api-keys", "").await;
    keys.problem(403, "insufficient-scope");
    // Public routes need no scope.
    reader.send("GET", "/v1/products", "").await.expect(200);

    let stock = json!({ "delta": 1 }).to_string();
    let keeper = Machine::of(&admin, &["catalog:write"]).await;
    let path = "/v1/products/mug-01/stock";
    keeper.send("POST", path, &stock).await.expect(200);
    let tree = keeper.send("GET", "/v1/admin/health", "").await;
    assert_eq!(
        tree.problem(403, "insufficient-scope")["scope"],
        "admin:read"
    );
}

#[tokio::test]
async fn a_deleted_key_signs_nothing() {
    let shop = Shop::stocked().await;
    let ada = shop.customer().await;
    let machine = Machine::of(&ada, &["orders:read"]).await;
    machine.send("GET", "/v1/orders", "").await.expect(200);
    ada.delete(&format!("/v1/api-keys/{}", machine.id))
        .await
        .expect(204);
    let reply = machine.send("GET", "/v1/orders", "").await;
    reply.problem(401, "request-signature-mismatch");
}

#[tokio::test]
async fn every_process_accepts_the_shops_keys() {
    let shop = Shop::stocked().await;
    let machine = Machine::of(&shop.customer().await, &["orders:write"]).await;
    let other = Machine {
        client: Client {
            router: shop.neighbour(|_| {}).await.router(),
            ..machine.client.clone()
        },
        ..machine
    };
    other
        .send("POST", "/v1/orders", &order(1))
        .await
        .expect(202);
}
