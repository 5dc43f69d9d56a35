//! The events of an order reach who listens, through a cut connection and the death of the shop.

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::shop::Shop;

async fn open(shop: &Shop, token: &str, order: &str, last: usize) -> Response {
    let url = format!("{}/v1/orders/{order}/events", shop.api);
    let request = Client::new().get(url).bearer_auth(token);
    let request = request.header("accept", "text/event-stream");
    let request = request.header("last-event-id", last.to_string());
    request.send().await.expect("the API answers")
}

/// Reads events, numbered on from `last`, until the one of this type or the end; answers their types.
async fn read(response: &mut Response, last: usize, until: &str) -> Vec<String> {
    assert_eq!(response.status(), StatusCode::OK);
    let (mut text, mut kinds) = (String::new(), Vec::<String>::new());
    while kinds.last().is_none_or(|kind| kind != until) {
        let Some(chunk) = response.chunk().await.expect("the stream goes on") else {
            break;
        };
        text.push_str(&String::from_utf8_lossy(&chunk));
        let Some((whole, rest)) = text.rsplit_once("\n\n") else {
            continue;
        };
        for message in whole.split("\n\n") {
            let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
            let Some((id, data)) = field("id: ").zip(field("data: ")) else {
                continue;
            };
            assert_eq!(
                id,
                (last + kinds.len() + 1).to_string(),
                "none is missed or doubled"
            );
            let event: Value = serde_json::from_str(data).expect("data is JSON");
            kinds.push(event["type"].as_str().expect("it has a type").to_owned());
        }
        text = rest.to_owned();
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_resumes_at_the_last_event_id() {
    let mut shop = Shop::open().await;
    let (token, order) = {
        let ada = shop.customer().await;
        let order = ada.order("mug-01", 1, None).await;
        ada.sees_payment(&order, "open").await;
        let id = order["id"].as_str().unwrap().to_owned();
        (ada.token.clone(), id)
    };
    let mut stream = open(&shop, &token, &order, 0).await;
    let mut events = read(&mut stream, 0, "PaymentOpened").await;
    let first = [
        "OrderPlaced",
        "InventoryReserved",
        "OrderAwaitingPayment",
        "PaymentOpened",
    ];
    assert_eq!(events, first);
    // The client goes away, comes back, and then the whole shop is killed under it.
    drop(stream);
    let mut stream = open(&shop, &token, &order, events.len()).await;
    shop.kill().await;
    assert!(!matches!(stream.chunk().await, Ok(Some(chunk)) if chunk.starts_with(b"id")));
    shop.restart().await;

    let mut stream = open(&shop, &token, &order, events.len()).await;
    let pay = format!("/v1/orders/{order}/pay");
    let method = json!({ "paymentMethod": "pm_card_visa" });
    let (status, _) = shop
        .send(Method::POST, &pay, Some(&token), Some(&method))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let seen = events.len();
    events.extend(read(&mut stream, seen, "none: to the end").await);
    assert_eq!(
        events[seen..],
        [
            "OrderPaymentRequested",
            "PaymentProcessed",
            "OrderConfirmed"
        ]
    );
    let over = open(&shop, &token, &order, events.len()).await;
    assert_eq!(over.status(), StatusCode::NO_CONTENT);
    shop.audit().await;
}
