//! Routes that create or move something run once per idempotency key.

use serde_json::{Value, json};

use testkit::eventually;

use crate::support::{Client, Reply, Shop};

async fn under(client: &Client, key: &str, path: &str, body: &Value) -> Reply {
    let request = client
        .request("POST", path)
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    client.send(request, body.to_string()).await
}

async fn units(admin: &Client) -> Value {
    let stock = admin.get("/v1/products/mug-01/stock").await.expect(200);
    stock.body()["available"].clone()
}

/// The keys of all claims in Redis.
async fn claims(shop: &Shop) -> Vec<String> {
    let mut keys = redis::cmd("KEYS");
    keys.arg("sw:*:edge:once:*");
    let mut connection = shop.redis.connection().await;
    keys.query_async(&mut connection).await.unwrap()
}

const STOCK: &str = "/v1/products/mug-01/stock";

#[tokio::test]
async fn a_repeated_stock_delivery_counts_once_with_the_same_response() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let five = json!({ "delta": 5 });
    let first = under(&admin, "\"delivery-1\"", STOCK, &five)
        .await
        .expect(200);
    assert_eq!(first.header("idempotent-replayed"), "");
    // Quotes do not count.
    for key in ["\"delivery-1\"", "delivery-1"] {
        let again = under(&admin, key, STOCK, &five).await.expect(200);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("content-type"), "application/json");
        assert_eq!(again.text, first.text);
    }
    assert_eq!(units(&admin).await, 15);
    under(&admin, "delivery-2", STOCK, &five).await.expect(200);
    assert_eq!(units(&admin).await, 20);
}

#[tokio::test]
async fn of_equal_requests_at_once_one_runs() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let one = json!({ "delta": 1 });
    let send = || under(&admin, "k", STOCK, &one);
    let replies = tokio::join!(send(), send(), send(), send(), send());
    let mut done = 0;
    for reply in [replies.0, replies.1, replies.2, replies.3, replies.4] {
        match reply.status.as_u16() {
            200 => done += 1,
            _ => drop(reply.problem(409, "idempotency-key-in-use")),
        }
    }
    assert!(done >= 1);
    assert_eq!(units(&admin).await, 11);
}

/// Simulates a process that died after its write and before it stored the response; the lease has expired.
#[tokio::test]
async fn a_stock_delivery_without_stored_response_counts_once() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let five = json!({ "delta": 5 });
    under(&admin, "k", STOCK, &five).await.expect(200);
    let notes = claims(&shop).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    let mut redis = shop.redis.connection().await;
    let _: u32 = redis::cmd("DEL")
        .arg(&notes)
        .query_async(&mut redis)
        .await
        .unwrap();
    let again = under(&admin, "k", STOCK, &five).await.expect(200);
    assert_eq!(again.header("idempotent-replayed"), "");
    assert_eq!(again.body()["available"], 15);
    assert_eq!(units(&admin).await, 15);
}

#[tokio::test]
async fn a_key_is_one_requests_and_one_persons() {
    let shop = Shop::stocked().await;
    let (admin, other) = (shop.admin().await, shop.admin().await);
    under(&admin, "k", STOCK, &json!({ "delta": 1 }))
        .await
        .expect(200);
    under(&admin, "k", STOCK, &json!({ "delta": 2 }))
        .await
        .problem(422, "idempotency-key-reused");
    let elsewhere = "/v1/products/tea-01/stock";
    under(&admin, "k", elsewhere, &json!({ "delta": 1 }))
        .await
        .expect(200);
    under(&other, "k", STOCK, &json!({ "delta": 2 }))
        .await
        .expect(200);
    assert_eq!(units(&admin).await, 13);
    for key in ["", "two words", "\"open"] {
        under(&admin, key, STOCK, &json!({ "delta": 1 }))
            .await
            .problem(400, "invalid-idempotency-key");
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_given_again_and_one_for_now_is_not() {
    let shop = Shop::stocked().await;
    let (admin, customer) = (shop.admin().await, shop.customer().await);
    let all = json!({ "delta": -11 });
    for replayed in ["", "true"] {
        let reply = under(&admin, "k", STOCK, &all).await;
        assert_eq!(reply.header("idempotent-replayed"), replayed);
        let body = reply.problem(409, "insufficient-stock");
        assert_eq!(
            (&body["available"], &body["instance"]),
            (&json!(10), &json!(STOCK))
        );
    }
    let bad = json!({ "delta": 0 });
    for _ in 0..2 {
        under(&admin, "bad", STOCK, &bad).await.faults(&["#/delta"]);
        under(&customer, "mine", STOCK, &bad)
            .await
            .problem(403, "forbidden");
    }
}

#[tokio::test]
async fn coupons_products_and_payments_are_idempotent_too() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let coupon = json!({ "code": "TEN", "percent": 10 });
    let product =
        json!({ "id": "pot-01", "name": "Pot", "price": { "amount": 1, "currency": "EUR" } });
    for (path, body) in [("/v1/coupons", coupon), ("/v1/products", product)] {
        let first = under(&admin, "k", path, &body).await.expect(201);
        let again = under(&admin, "k", path, &body).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("location"), first.header("location"));
        under(&admin, "other", path, &body).await.expect(409);
    }
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = admin.post("/v1/orders", order).await.expect(202);
    let path = format!("{}/cancel", placed.header("location"));
    let first = under(&admin, "k", &path, &json!({})).await;
    let again = under(&admin, "k", &path, &json!({})).await;
    assert_eq!(first.status, again.status);
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn a_disconnected_clients_request_is_done_once() {
    let shop = Shop::stocked().await;
    let admin = shop.admin().await;
    let one = json!({ "delta": 1 });
    let mut left = 0;
    for number in 0..20 {
        let key = format!("k-{number}");
        let claimed = async || (claims(&shop).await.len() > number).then_some(());
        tokio::select! {
            biased;
            () = eventually("the key is claimed", claimed) => left += 1,
            reply = under(&admin, &key, STOCK, &one) => drop(reply.expect(200)),
        }
        eventually("the deed is done", async || {
            let reply = under(&admin, &key, STOCK, &one).await;
            (reply.status == 200).then_some(())
        })
        .await;
    }
    assert_eq!(units(&admin).await, 30, "{left} went away");
}

#[tokio::test]
async fn a_key_is_evaluated_after_authentication() {
    let shop = Shop::stocked().await;
    let (admin, visitor) = (shop.admin().await, shop.visitor());
    let one = json!({ "delta": 1 });
    // A malformed key, or another principal's, does not change what a stranger is answered.
    under(&admin, "k", STOCK, &one).await.expect(200);
    for key in ["k", "two words", "\"open"] {
        let reply = under(&visitor, key, STOCK, &one).await;
        assert_eq!(reply.header("idempotent-replayed"), "");
        reply.problem(401, "unauthorized");
    }
    // Nor is the key of a request without a principal claimed.
    under(&visitor, "fresh", STOCK, &one)
        .await
        .problem(401, "unauthorized");
    let claims = claims(&shop).await;
    assert_eq!(claims.len(), 1, "{claims:?}");
}
