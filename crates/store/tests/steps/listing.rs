//! A customer's orders, newest first, page by page, and what each of them has been through.

use contracts::{OrderDocument, OrderId, OrderStatus};
use store::order;
use streamward::TraceParent;

use crate::support::{Shop, customer, doc, eur, line, unknown_order};

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 1)]);
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(shop.place(&doc).await);
    }
    placed.sort_by(|a, b| b.cmp(a));
    let stranger = OrderDocument {
        customer_id: customer(),
        ..doc.clone()
    };
    shop.place(&stranger).await;

    let (mut seen, mut before) = (Vec::new(), None);
    for expected in [2, 2, 1, 0] {
        let page = order::of_customer(&shop.runtime, &doc.customer_id, before.as_ref(), 2).await;
        let page = page.unwrap();
        assert_eq!(page.len(), expected);
        seen.extend(page.into_iter().map(|order| order.id));
        before = seen.last().cloned();
    }
    assert_eq!(seen, placed);
}

#[tokio::test]
async fn an_order_that_does_not_exist_is_not_found() {
    let shop = Shop::open().await;
    let found = order::find(&shop.runtime, &unknown_order()).await.unwrap();
    assert_eq!(found, None);
    let elsewhere = OrderId::new(7, 0, 1);
    let found = order::find(&shop.runtime, &elsewhere).await.unwrap();
    assert_eq!(found, None, "partition 7 does not exist");
}

/// Returns the history of `order`, read from the stream entries that it names.
async fn history(shop: &Shop, order: &OrderId) -> Vec<String> {
    let view = shop.find(order).await;
    let mut events = Vec::new();
    for (line, entry) in order::events(&shop.runtime, &view).await.unwrap() {
        let entry = entry.unwrap();
        assert_eq!((&entry.id, entry.key()), (&line.entry, order.as_str()));
        if line.stream.starts_with("orders:") {
            assert_eq!(
                entry.kind(),
                line.kind,
                "an event of the order service's own"
            );
        }
        events.push(format!("{} {}", line.stream, line.kind));
    }
    assert_eq!(events.len(), view.history.len());
    events
}

#[tokio::test]
async fn the_history_of_a_confirmed_order_is_complete() {
    let shop = Shop::open().await;
    let order = shop.confirmed(&[line("mug", 1)]).await;
    let expected = [
        "orders:placed OrderPlaced",
        "inventory:reserved InventoryReserved",
        "orders:awaiting-payment OrderAwaitingPayment",
        "payments:processed PaymentProcessed",
        "orders:confirmed OrderConfirmed",
    ];
    assert_eq!(history(&shop, &order).await, expected);
    let view = shop.find(&order).await;
    let changes: Vec<OrderStatus> = view.changes().iter().map(|change| change.0).collect();
    let expected = [
        OrderStatus::Placed,
        OrderStatus::AwaitingPayment,
        OrderStatus::Confirmed,
    ];
    assert_eq!(changes, expected);
}

#[tokio::test]
async fn the_history_of_a_rejected_order_is_complete() {
    let shop = Shop::open().await;
    let order = shop.place(&doc(&[line("mug", 1)])).await;
    shop.hold(&order, Some(&[])).await;
    let expected = [
        "orders:placed OrderPlaced",
        "inventory:rejected InventoryRejected",
        "orders:rejected OrderRejected",
    ];
    assert_eq!(history(&shop, &order).await, expected);
}

#[tokio::test]
async fn the_history_of_an_order_with_failed_charges_is_complete() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    shop.opened(&order).await;
    shop.declined(&order).await;
    let trace = TraceParent::start();
    let request = order::request_payment(&shop.runtime, &order, "pm_other", trace).await;
    request.unwrap();
    shop.paid(&order, eur(999)).await;
    shop.refunded(&order).await;
    let expected = [
        "orders:placed OrderPlaced",
        "inventory:reserved InventoryReserved",
        "orders:awaiting-payment OrderAwaitingPayment",
        "payments:opened PaymentOpened",
        "payments:processed PaymentProcessed",
        "orders:payment-failed OrderPaymentFailed",
        "orders:payment-requested OrderPaymentRequested",
        "payments:processed PaymentProcessed",
        "orders:refund-requested OrderRefundRequested",
        "orders:cancelled OrderCancelled",
        "payments:refunded PaymentRefunded",
        "orders:payment-returned OrderPaymentReturned",
    ];
    assert_eq!(history(&shop, &order).await, expected);
}
