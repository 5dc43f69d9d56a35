//! Tokens and orders that are not one's own are worth nothing.

use std::time::Duration;

use serde_json::json;
use store::account::Role;

use crate::support::{Client, Shop};

#[tokio::test]
async fn forged_tokens_are_refused() {
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
