//! An order's events as a stream: sent as they happen, resumable, and bounded.

use axum::{
    body::{Body, BodyDataStream},
    http::StatusCode,
    response::Response,
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use supervision::{ChildSpec, SupervisorSpec, Tree};
use testkit::eventually;
use tower::ServiceExt;

use crate::support::{Client, Shop};

/// A shop whose follower runs.
async fn following() -> (Shop, Tree) {
    let shop = Shop::stocked().await;
    let tree = follow(&shop).await;
    (shop, tree)
}

async fn follow(shop: &Shop) -> Tree {
    let api = shop.api.clone();
    let follower = ChildSpec::task("order-events", move |context| {
        api.clone().follow_orders(context)
    });
    let spec = SupervisorSpec::new("api").child(follower);
    spec.start().await.unwrap()
}

async fn order(client: &Client) -> String {
    let body = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let placed = client.post("/v1/orders", body).await.expect(202);
    format!("/v1/orders/{}", placed.body()["id"].as_str().unwrap())
}

async fn open(client: &Client, order: &str, last: Option<&str>) -> Response {
    let mut request = client
        .request("GET", &format!("{order}/events"))
        .header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Body::empty()).unwrap();
    client.router.clone().oneshot(request).await.unwrap()
}

/// A stream, read event by event.
struct Reader {
    body: BodyDataStream,
    text: String,
}

impl Reader {
    async fn open(client: &Client, order: &str, last: Option<&str>) -> Self {
        let response = open(client, order, last).await;
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-store");
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next event's id and data; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let found = message.lines().find_map(|line| line.strip_prefix(name));
                    found.map(|value| value.trim().to_owned())
                };
                let found = field("id:").zip(field("data:"));
                self.text = rest.to_owned();
                match found {
                    Some((id, data)) => return Some((id, serde_json::from_str(&data).unwrap())),
                    None => continue,
                }
            }
            let chunk = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn events_are_sent_as_they_happen_until_the_order_has_ended() {
    let (shop, tree) = following().await;
    let ada = shop.customer().await;
    let order = order(&ada).await;
    let mut reader = Reader::open(&ada, &order, None).await;
    let (id, first) = reader.next().await.unwrap();
    assert_eq!((id.as_str(), &first["type"]), ("1", &json!("OrderPlaced")));
    assert_eq!(first["data"]["order"]["items"][0]["quantity"], 1);

    ada.post(&format!("{order}/cancel"), json!({})).await;
    let (id, second) = reader.next().await.unwrap();
    assert_eq!(
        (id.as_str(), &second["type"]),
        ("2", &json!("OrderCancelled"))
    );
    assert_eq!(reader.next().await, None, "nothing more will come");

    let plain = ada.get(&format!("{order}/events")).await.expect(200);
    assert_eq!(plain.body()["data"], json!([first, second]));
    tree.shutdown().await;
}

#[tokio::test]
async fn a_reconnecting_client_gets_the_rest_and_then_204() {
    let (shop, tree) = following().await;
    let ada = shop.customer().await;
    let order = order(&ada).await;
    let mut reader = Reader::open(&ada, &order, None).await;
    assert_eq!(reader.next().await.unwrap().0, "1");
    drop(reader);
    ada.post(&format!("{order}/cancel"), json!({})).await;
    let mut reader = Reader::open(&ada, &order, Some("1")).await;
    assert_eq!(reader.next().await.unwrap().1["type"], "OrderCancelled");
    assert_eq!(reader.next().await, None);
    let over = open(&ada, &order, Some("2")).await;
    assert_eq!(over.status(), StatusCode::NO_CONTENT);
    for nonsense in ["3", "-1", "orders"] {
        let refused = open(&ada, &order, Some(nonsense)).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{nonsense}");
    }
    tree.shutdown().await;
}

#[tokio::test]
async fn another_customers_order_cannot_be_followed() {
    let (shop, tree) = following().await;
    let (ada, eve) = (shop.customer().await, shop.customer().await);
    let order = order(&ada).await;
    assert_eq!(
        open(&eve, &order, None).await.status(),
        StatusCode::NOT_FOUND
    );
    let stranger = shop.visitor();
    let refused = open(&stranger, &order, None).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let operator = shop.operator().await;
    let mut reader = Reader::open(&operator, &order, None).await;
    assert!(reader.next().await.is_some());
    tree.shutdown().await;
}

#[tokio::test]
async fn so_many_may_listen_and_a_place_is_free_again_when_one_leaves() {
    let mut shop = Shop::stocked().await;
    shop.reopen_with(|settings| {
        settings.streams = 3;
        settings.streams_per_customer = 2;
    })
    .await;
    let (ada, bob) = (shop.customer().await, shop.customer().await);
    let (hers, his) = (order(&ada).await, order(&bob).await);
    let first = Reader::open(&ada, &hers, None).await;
    let _second = Reader::open(&ada, &hers, None).await;
    let refused = open(&ada, &hers, None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "10");
    let _third = Reader::open(&bob, &his, None).await;
    let refused = open(&bob, &his, None).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    drop(first);
    Reader::open(&ada, &hers, None).await;
}

#[tokio::test]
async fn a_crash_of_the_follower_loses_no_event() {
    let (shop, tree) = following().await;
    let ada = shop.customer().await;
    let order = order(&ada).await;
    let mut reader = Reader::open(&ada, &order, None).await;
    assert!(reader.next().await.is_some());
    tree.crash("order-events", supervision::Fault::Panic)
        .unwrap();
    ada.post(&format!("{order}/cancel"), json!({})).await;
    assert_eq!(reader.next().await.unwrap().1["type"], "OrderCancelled");
    eventually("it follows again", || async {
        let tree = tree.snapshot();
        (tree.at("order-events").unwrap().restarts > 0).then_some(())
    })
    .await;
    tree.shutdown().await;
}
