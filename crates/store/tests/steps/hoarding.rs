//! A customer reserves only so much without paying; what is being charged does not count.

use contracts::{Line, OrderDocument, OrderId, event::CancelReason};
use store::{
    durability::Durability,
    order::{CancelRequest, OpenLimits, OverLimit, Placed, Placement, cancel_order, place_order},
};
use streamward::TraceParent;

use crate::support::{Effect, Shop, customer, doc, eur, line, product};

const LIMITS: OpenLimits = OpenLimits {
    orders: 3,
    units: 10,
};

async fn send(shop: &Shop, doc: &OrderDocument, method: Option<&str>) -> (Placed, Effect) {
    let placement = Placement {
        doc,
        payment_method: method,
        idempotency: None,
        limits: LIMITS,
        trace: TraceParent::start(),
    };
    let placing = place_order(&shop.runtime, Durability::EverySecond, &placement);
    shop.observe(placing).await
}

async fn accepted(shop: &Shop, doc: &OrderDocument, method: Option<&str>) -> OrderId {
    match send(shop, doc, method).await.0 {
        Placed::New(order) => order,
        other @ (Placed::Replay(_) | Placed::KeyReused | Placed::OverLimit(_)) => {
            unreachable!("{other:?}")
        }
    }
}

async fn refused(shop: &Shop, doc: &OrderDocument, method: Option<&str>, over: OverLimit) {
    let (placed, effect) = send(shop, doc, method).await;
    assert_eq!(placed, Placed::OverLimit(over));
    assert_eq!(effect, Effect::NOTHING);
}

#[tokio::test]
async fn one_order_more_than_may_be_unpaid_is_refused() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 1)]);
    for _ in 0..3 {
        accepted(&shop, &doc, None).await;
    }
    refused(&shop, &doc, None, OverLimit::Orders(3)).await;
    // Naming a payment method does not help: its charge may fail as well.
    refused(&shop, &doc, Some("pm_card_visa"), OverLimit::Orders(3)).await;
    // Another customer is not concerned.
    let other = OrderDocument {
        customer_id: customer(),
        ..doc.clone()
    };
    accepted(&shop, &other, None).await;
}

#[tokio::test]
async fn every_way_an_order_ends_makes_room_for_another() {
    let shop = Shop::open().await;
    let lines = [line("mug", 1)];
    let doc = doc(&lines);
    shop.receive("mug", 100).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(accepted(&shop, &doc, None).await);
    }
    let (paid, left, late) = (&open[0], &open[1], &open[2]);
    for order in &open {
        shop.reserve(order, &lines).await;
        shop.hold(order, None).await;
    }
    refused(&shop, &doc, None, OverLimit::Orders(3)).await;

    shop.paid(paid, eur(1000)).await;
    let next = accepted(&shop, &doc, None).await;
    refused(&shop, &doc, None, OverLimit::Orders(3)).await;

    let cancelled = cancel_order(
        &shop.runtime,
        left,
        CancelReason::ByCustomer,
        TraceParent::start(),
    )
    .await;
    assert_eq!(cancelled.unwrap(), CancelRequest::Cancelled);
    accepted(&shop, &doc, None).await;
    refused(&shop, &doc, None, OverLimit::Orders(3)).await;

    shop.expire(late).await;
    accepted(&shop, &doc, None).await;
    refused(&shop, &doc, None, OverLimit::Orders(3)).await;

    shop.hold(&next, Some(&[])).await;
    accepted(&shop, &doc, None).await;
    refused(&shop, &doc, None, OverLimit::Orders(3)).await;
}

#[tokio::test]
async fn units_of_one_product_are_added_up_over_unpaid_orders() {
    let shop = Shop::open().await;
    let first = doc(&[line("mug", 4), line("pen", 10)]);
    let next = |items: &[Line]| OrderDocument {
        customer_id: first.customer_id.clone(),
        ..doc(items)
    };
    accepted(&shop, &first, None).await;
    accepted(&shop, &next(&[line("mug", 4)]), None).await;
    let over = OverLimit::Units(product("mug"), 8);
    refused(&shop, &next(&[line("cup", 1), line("mug", 3)]), None, over).await;
    let over = OverLimit::Units(product("pen"), 10);
    refused(&shop, &next(&[line("pen", 1)]), None, over).await;
    accepted(&shop, &next(&[line("mug", 2)]), None).await;
}

#[tokio::test]
async fn one_order_alone_may_be_too_much() {
    let shop = Shop::open().await;
    let over = OverLimit::Units(product("mug"), 0);
    refused(&shop, &doc(&[line("mug", 11)]), None, over).await;
}

#[tokio::test]
async fn an_order_that_is_charged_counts_from_its_first_failed_charge() {
    let shop = Shop::open().await;
    let lines = [line("mug", 1)];
    let doc = doc(&lines);
    shop.receive("mug", 100).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(accepted(&shop, &doc, Some("pm_card_visa")).await);
    }
    for order in &open {
        shop.reserve(order, &lines).await;
        shop.hold(order, None).await;
    }
    for order in &open[..2] {
        shop.declined(order).await;
        // A second failure of the same order is not a second order.
        shop.declined(order).await;
        accepted(&shop, &doc, Some("pm_card_visa")).await;
    }
    shop.declined(&open[2]).await;
    refused(&shop, &doc, Some("pm_card_visa"), OverLimit::Orders(3)).await;
    shop.paid(&open[2], eur(1000)).await;
    accepted(&shop, &doc, Some("pm_card_visa")).await;
}

#[tokio::test]
async fn an_order_accepted_before_is_found_however_many_are_open() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 1)]);
    let placement = Placement {
        doc: &doc,
        payment_method: None,
        idempotency: Some(("key-1", "abc")),
        limits: LIMITS,
        trace: TraceParent::start(),
    };
    let place_it = || place_order(&shop.runtime, Durability::EverySecond, &placement);
    let first = place_it().await.unwrap();
    for _ in 0..2 {
        accepted(&shop, &doc, None).await;
    }
    refused(&shop, &doc, None, OverLimit::Orders(3)).await;
    let Placed::New(order) = first else {
        unreachable!("{first:?}")
    };
    assert_eq!(place_it().await.unwrap(), Placed::Replay(order));
}
