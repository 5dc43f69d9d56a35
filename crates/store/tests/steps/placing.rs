//! An order is accepted once, whatever the client repeats.

use contracts::{CustomerId, OrderDocument, OrderId, OrderStatus, event::OrderPlaced};
use store::{
    durability::Durability,
    order::{OpenLimits, Placed, Placement, place_order},
};
use streamward::TraceParent;

use crate::support::{Effect, Shop, customer, doc, line, read};

const WRITTEN: [&str; 3] = ["order:*", "order:customer:*", "orders:placed"];

async fn send(shop: &Shop, doc: &OrderDocument, key: Option<(&str, &str)>) -> (Placed, Effect) {
    let placement = Placement {
        doc,
        payment_method: Some("pm_card_visa"),
        idempotency: key,
        limits: OpenLimits::default(),
        trace: TraceParent::start(),
    };
    shop.observe(place_order(
        &shop.runtime,
        Durability::EverySecond,
        &placement,
    ))
    .await
}

fn id_of(placed: &Placed) -> OrderId {
    match placed {
        Placed::New(order) | Placed::Replay(order) => order.clone(),
        Placed::KeyReused | Placed::OverLimit(_) => unreachable!("no order was made"),
    }
}

#[tokio::test]
async fn a_new_order_is_stored_indexed_and_published() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 2), line("pen", 1)]);
    let (placed, effect) = send(&shop, &doc, None).await;
    effect.wrote(&WRITTEN);
    let order = id_of(&placed);
    assert_eq!(placed, Placed::New(order.clone()));

    let entry = shop.newest("orders", 1).await.remove(0);
    assert_eq!(entry.key(), order.as_str());
    let event: OrderPlaced = read(&entry);
    assert_eq!((&event.order_id, &event.order), (&order, &doc));

    let found = shop.find(&order).await;
    assert_eq!((found.status, &found.doc), (OrderStatus::Placed, &doc));
    assert_eq!(found.total(), doc.subtotal());
    let line = &found.history[0];
    assert_eq!(
        (line.kind.as_str(), line.stream.as_str()),
        ("OrderPlaced", "orders:placed")
    );
    assert_eq!((&line.entry, found.history.len()), (&entry.id, 1));
}

#[tokio::test]
async fn the_same_request_again_finds_the_first_order() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 2)]);
    let (first, effect) = send(&shop, &doc, Some(("key-1", "abc"))).await;
    effect.wrote(&[
        "order:*",
        "order:customer:*",
        "order:key:*",
        "orders:placed",
    ]);
    for _ in 0..2 {
        let (again, effect) = send(&shop, &doc, Some(("key-1", "abc"))).await;
        assert_eq!(again, Placed::Replay(id_of(&first)));
        assert_eq!(effect, Effect::NOTHING);
    }
}

#[tokio::test]
async fn a_key_used_for_another_request_is_refused() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 2)]);
    send(&shop, &doc, Some(("key-1", "abc"))).await;
    let (again, effect) = send(&shop, &doc, Some(("key-1", "abd"))).await;
    assert_eq!((again, effect), (Placed::KeyReused, Effect::NOTHING));
}

#[tokio::test]
async fn another_customer_may_use_the_same_key() {
    let shop = Shop::open().await;
    let (first, _) = send(&shop, &doc(&[line("mug", 2)]), Some(("key-1", "abc"))).await;
    let (other, effect) = send(&shop, &doc(&[line("mug", 2)]), Some(("key-1", "abc"))).await;
    assert!(matches!(other, Placed::New(_)), "{other:?}");
    assert_ne!(id_of(&first), id_of(&other));
    effect.wrote(&[
        "order:*",
        "order:customer:*",
        "order:key:*",
        "orders:placed",
    ]);
}

#[tokio::test]
async fn without_a_key_every_request_is_an_order() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 2)]);
    let (first, _) = send(&shop, &doc, None).await;
    let (second, effect) = send(&shop, &doc, None).await;
    assert_ne!(id_of(&first), id_of(&second));
    effect.wrote(&WRITTEN);
}

#[tokio::test]
async fn an_idempotency_key_expires_after_a_day() {
    let shop = Shop::open().await;
    send(&shop, &doc(&[line("mug", 1)]), Some(("key-1", "abc"))).await;
    let keys: Vec<String> = shop.redis(&["KEYS", "sw:{0}:order:key:*"]).await;
    let ttl: u64 = shop.redis(&["PTTL", &keys[0]]).await;
    let day = 24 * 3600 * 1000;
    assert!(ttl <= day && ttl > day - 60_000, "{ttl} ms");
}

#[tokio::test]
async fn an_order_lives_in_the_partition_of_its_customer() {
    let shop = Shop::with_partitions(4).await;
    let mut seen = [false; 4];
    while seen.contains(&false) {
        let who: CustomerId = customer();
        let doc = OrderDocument {
            customer_id: who.clone(),
            ..doc(&[line("mug", 1)])
        };
        let order = id_of(&send(&shop, &doc, None).await.0);
        let index = who.partition(4);
        assert_eq!(order.partition(), index);
        let key = format!("sw:{{{index}}}:order:{order}");
        assert!(shop.redis::<bool>(&["EXISTS", &key]).await, "{key}");
        assert_eq!(shop.find(&order).await.doc.customer_id, who);
        seen[usize::from(index)] = true;
    }
}

#[tokio::test]
async fn an_order_that_too_few_replicas_have_is_not_accepted_and_its_key_finds_it() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 1)]);
    let placement = Placement {
        doc: &doc,
        payment_method: None,
        idempotency: Some(("key-1", "abc")),
        limits: OpenLimits::default(),
        trace: TraceParent::start(),
    };
    let refused = place_order(&shop.runtime, Durability::Replicas(1), &placement).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.class(), streamward::Class::Outage, "{refused}");
    assert!(refused.to_string().contains("0 of 1 replicas"), "{refused}");
    let (again, _) = send(&shop, &doc, Some(("key-1", "abc"))).await;
    assert!(matches!(again, Placed::Replay(_)), "{again:?}");
}
