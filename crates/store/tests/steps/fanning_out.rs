//! An event fans out into one delivery per webhook, atomically and idempotently.

use contracts::EventType;
use store::webhook::{self, DeliveryStatus, KEPT};

use crate::support::{BODY, Shop, unknown_order};

#[tokio::test]
async fn every_webhook_gets_a_delivery_of_its_own() {
    let shop = Shop::open().await;
    let (one, two) = (shop.webhook().await, shop.webhook().await);
    let order = unknown_order();
    let (first, effect) = shop
        .fan_out(&order, "E1", &[one.clone(), two.clone()])
        .await;
    assert!(first);
    effect.settled_and_wrote(&[
        "webhook:bodies:*",
        "webhook:bodies:*",
        "webhook:inbox",
        "webhook:log:*",
        "webhook:log:*",
        "webhook:recent:*",
        "webhook:recent:*",
    ]);
    let attempts = shop.attempts().await;
    assert_eq!(attempts.len(), 2);
    for ((delivery, message), webhook) in attempts.iter().zip([&one, &two]) {
        assert_eq!(delivery.key(), message.delivery_id.as_str());
        assert_eq!(message.webhook_id, webhook.id);
        assert_eq!(message.order_id.as_ref(), Some(&order));
        assert_eq!((message.failed, message.body.as_str()), (0, BODY));
        let (id, record) = shop.log(webhook).await.remove(0);
        assert_eq!(id, message.delivery_id);
        assert_eq!(record.event_type, EventType::OrderConfirmed);
        assert_eq!(record.status, DeliveryStatus::Pending);
        assert!(record.attempts.is_empty());
    }
    assert_ne!(attempts[0].1.delivery_id, attempts[1].1.delivery_id);
}

#[tokio::test]
async fn a_delivery_is_identified_by_event_and_webhook() {
    let shop = Shop::open().await;
    let webhook = [shop.webhook().await];
    let order = unknown_order();
    for event in ["E1", "E1", "E2"] {
        shop.fan_out(&order, event, &webhook).await;
    }
    let all = shop.attempts().await;
    let ids: Vec<_> = all.iter().map(|(_, it)| &it.delivery_id).collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert_eq!(shop.log(&webhook[0]).await.len(), 2);
}

#[tokio::test]
async fn a_webhook_that_was_removed_in_between_is_left_out() {
    let shop = Shop::open().await;
    let (gone, there) = (shop.webhook().await, shop.webhook().await);
    webhook::remove_webhook(&shop.runtime, &gone.id)
        .await
        .unwrap();
    let to = [gone.clone(), there.clone()];
    assert!(shop.fan_out(&unknown_order(), "E1", &to).await.0);
    let attempts = shop.attempts().await;
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].1.webhook_id, there.id);
    assert!(shop.log(&gone).await.is_empty());
}

#[tokio::test]
async fn the_log_keeps_the_newest() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    let key = |what| {
        shop.partition()
            .key(&["webhook", what, webhook.id.as_str()])
    };
    // As if so many had been delivered before.
    let mut fill = redis::pipe();
    for n in 0..KEPT {
        let id = format!("old-{n:04}");
        fill.cmd("ZADD").arg(key("recent")).arg(n).arg(&id).ignore();
        for what in ["log", "bodies"] {
            fill.cmd("HSET").arg(key(what)).arg(&id).arg("{}").ignore();
        }
    }
    fill.query_async::<()>(&mut shop.link()).await.unwrap();
    shop.fan_out(&unknown_order(), "E1", std::slice::from_ref(&webhook))
        .await;
    for (command, what) in [("ZCARD", "recent"), ("HLEN", "log"), ("HLEN", "bodies")] {
        let kept: usize = shop.redis(&[command, &key(what)]).await;
        assert_eq!(kept, KEPT, "{what}");
    }
    let oldest: bool = shop.redis(&["HEXISTS", &key("log"), "old-0000"]).await;
    assert!(!oldest);
    assert_eq!(
        shop.log(&webhook).await.len(),
        1,
        "the others are no deliveries"
    );
}
