//! Services receive the events they handle, and no others.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use contracts::{Service, event::OrderConfirmed, topic::TOPICS};
use redis::streams::{StreamInfoGroup, StreamInfoGroupsReply};
use reqwest::Method;
use serde_json::json;
use streamward::{Consumer, Delivery, Handler, Namespace, Outcome, Runtime, Server};
use testkit::{Merchant, eventually};

use crate::shop::{Shop, read_json};

fn redis_url(shop: &Shop) -> String {
    let url = &read_json(&shop.data().join("run.json"))["redis"];
    url.as_str().unwrap().to_owned()
}

/// The groups of every topic and inbox, with the entries that they have received.
async fn groups(shop: &Shop) -> Vec<(&'static str, StreamInfoGroup)> {
    let client = redis::Client::open(redis_url(shop)).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let partition = Namespace::default().partition(0);
    let topics = TOPICS
        .iter()
        .map(|topic| (topic.context(), partition.stream(topic.name)));
    let inboxes = Service::ALL.map(|service| ("inbox", partition.inbox(service.name())));
    let mut groups = Vec::new();
    for (context, stream) in topics.chain(inboxes) {
        let mut info = redis::cmd("XINFO");
        info.arg("GROUPS").arg(&stream);
        // A topic without entries and subscribers does not exist.
        if let Ok(found) = info
            .query_async::<StreamInfoGroupsReply>(&mut connection)
            .await
        {
            groups.extend(found.groups.into_iter().map(|group| (context, group)));
        }
    }
    groups
}

/// Entries that each service has received, by its groups' own counts.
async fn received(shop: &Shop) -> BTreeMap<String, usize> {
    let mut received = BTreeMap::new();
    for (_, group) in groups(shop).await {
        *received.entry(group.name).or_default() += group.entries_read.unwrap_or(0);
    }
    received.retain(|_, entries| *entries > 0);
    received
}

async fn subscribes_to_orders(shop: &Shop, service: Service) -> bool {
    let groups = groups(shop).await;
    groups
        .iter()
        .any(|(context, group)| *context == "orders" && group.name == service.name())
}

async fn becomes(shop: &Shop, expected: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> = expected
        .iter()
        .map(|(name, n)| ((*name).to_owned(), *n))
        .collect();
    eventually(
        &format!("the services have received {expected:?}"),
        || async { (received(shop).await == expected).then_some(()) },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_makes_six_deliveries_and_one_with_a_coupon_nine() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    // Placed and confirmed; reserved and processed; awaiting payment; confirmed.
    let plain = [
        ("inventory", 2),
        ("order", 2),
        ("payment", 1),
        ("notification", 1),
    ];
    becomes(&shop, &plain).await;

    let order = ada.order_with("mug-01", 1, "WELCOME10").await;
    ada.sees(&order, "confirmed").await;
    let both = [
        ("inventory", 4),
        ("order", 5),
        ("payment", 2),
        ("notification", 2),
        ("promotion", 2),
    ];
    becomes(&shop, &both).await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_service_receives_orders_only_while_a_merchant_subscribes() {
    let open = ["--webhook-allow-http", "--webhook-allow-private"];
    let shop = Shop::open_with(&open).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    assert!(!subscribes_to_orders(&shop, Service::Webhook).await);

    let merchant = Merchant::start("204 No Content", "").await;
    let body = json!({ "url": merchant.url(), "eventTypes": ["order.placed"] });
    let webhook = shop.admin(Method::POST, "/v1/webhooks", Some(&body)).await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    eventually("the merchant receives the order placed since", || async {
        let id = order["id"].as_str().unwrap();
        let posts = merchant.requests();
        posts
            .iter()
            .any(|post| post.body.contains(id))
            .then_some(())
    })
    .await;

    let path = format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap());
    shop.admin(Method::DELETE, &path, None).await;
    eventually("the service has no group on orders any more", || async {
        (!subscribes_to_orders(&shop, Service::Webhook).await).then_some(())
    })
    .await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    assert!(!subscribes_to_orders(&shop, Service::Webhook).await);
    shop.audit().await;
}

/// Gives out a gift card for each confirmed order.
#[derive(Clone, Default)]
struct GiftCards(Arc<Mutex<Vec<String>>>);

impl Handler for GiftCards {
    type Message = OrderConfirmed;

    async fn handle(&self, event: OrderConfirmed, _: &Delivery) -> Outcome {
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.push(event.order_id.to_string());
        Outcome::Done
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_service_subscribes_to_a_running_shop() {
    let shop = Shop::open().await;
    let server = Server::new(&redis_url(&shop)).unwrap();
    let runtime = Runtime::open(server, &Namespace::default(), 1)
        .await
        .unwrap();
    let cards = GiftCards::default();
    let consumer = Consumer::new("gift-card", cards.clone()).reads(["orders:confirmed"]);
    let tree = consumer.start(&runtime).await.unwrap();

    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    eventually("the order has its gift card", || async {
        let given = cards.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.iter().any(|id| order["id"] == *id).then_some(())
    })
    .await;
    tree.shutdown().await;
    shop.audit().await;
}
