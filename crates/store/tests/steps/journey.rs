//! An order from stock to confirmation; each service reads the events of the one before it.

use std::time::Duration;

use contracts::{
    OrderId, OrderStatus, Service,
    event::{
        Channel, ChargeReport, InventoryRejected, InventoryReserved, NotificationKind,
        OrderAwaitingPayment, OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected,
        PaymentOpened, PaymentProcessed,
    },
};
use store::{
    audit, inventory,
    inventory::Ending,
    notification,
    order::{self, Expired, Held, HoldAnswer, Paid},
    payment::{self, Intent, Opening},
};
use streamward::{Delivery, TraceParent};

use crate::support::{ASKING, LOW_STOCK, Shop, URL, callback, doc, eur, line, read};

const QUARTER: Duration = Duration::from_secs(900);

/// The inventory service meets the order.
async fn inventory_answers(shop: &Shop) -> inventory::Reserved {
    let cause = shop.deliver("orders", Service::Inventory).await;
    let event: OrderPlaced = read(&cause.entry);
    let step = shop.at(&cause, &event.order_id);
    inventory::reserve_stock(step, &event.order.items)
        .await
        .unwrap()
}

/// The order service handles the replies of inventory and promotion.
async fn order_is_held(shop: &Shop) {
    let cause = shop.deliver("inventory", Service::Order).await;
    let event: InventoryReserved = read(&cause.entry);
    let step = shop.at(&cause, &event.order_id);
    let held = order::record_hold(step, HoldAnswer::Reserved, QUARTER)
        .await
        .unwrap();
    assert_eq!(held, Held::AwaitingPayment);
}

/// The payment service opens the payment, and the order service notes where.
async fn payment_is_opened(shop: &Shop) {
    let cause = shop.deliver("orders", Service::Payment).await;
    let event: OrderAwaitingPayment = read(&cause.entry);
    let intent = Intent {
        id: "pi_1".to_owned(),
        pay_url: URL.to_owned(),
    };
    let step = shop.at(&cause, &event.order_id);
    payment::open_payment(step, event.amount, &intent, &Opening::Page, ASKING)
        .await
        .unwrap();
    let cause = shop.deliver("payments", Service::Order).await;
    let event: PaymentOpened = read(&cause.entry);
    let step = shop.at(&cause, &event.order_id);
    order::record_payment_opened(step, &event.pay_url)
        .await
        .unwrap();
}

/// The provider calls back, and the order service handles the payment.
async fn provider_reports(shop: &Shop, report: &ChargeReport) -> Paid {
    let trace = TraceParent::start();
    payment::receive_callback(&shop.runtime, report, trace)
        .await
        .unwrap();
    let cause = shop.deliver("payments", Service::Order).await;
    let event: PaymentProcessed = read(&cause.entry);
    order::record_payment(shop.at(&cause, &event.order_id), &event)
        .await
        .unwrap()
}

async fn is_on_its_way(shop: &Shop) -> OrderId {
    let order = shop.place(&doc(&[line("mug", 2)])).await;
    assert_eq!(inventory_answers(shop).await, inventory::Reserved::Reserved);
    order_is_held(shop).await;
    payment_is_opened(shop).await;
    order
}

async fn books_balance(shop: &Shop) {
    let report = audit::run(&shop.runtime).await.unwrap();
    assert_eq!(report.drifts, []);
}

#[tokio::test]
async fn an_order_is_reserved_paid_sold_and_notified() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    let order = is_on_its_way(&shop).await;
    let paid = provider_reports(&shop, &callback(&order, "evt_1", Some(2000))).await;
    assert_eq!(paid, Paid::Confirmed);

    let cause = shop.deliver("orders", Service::Inventory).await;
    let event: OrderConfirmed = read(&cause.entry);
    let step = shop.at(&cause, &event.order_id);
    inventory::end_reservation(step, &event.order.items, Ending::Sold, LOW_STOCK)
        .await
        .unwrap();
    let cause: Delivery = shop.deliver("orders", Service::Notification).await;
    let event: OrderConfirmed = read(&cause.entry);
    let (step, kind) = (
        shop.at(&cause, &event.order_id),
        NotificationKind::OrderConfirmed,
    );
    notification::mark_sent(step, &kind.into(), &[Channel::Email, Channel::Sms])
        .await
        .unwrap();

    assert_eq!(shop.find(&order).await.status, OrderStatus::Confirmed);
    assert_eq!(shop.stock("mug").await, (3, 0, 2));
    books_balance(&shop).await;
}

#[tokio::test]
async fn an_unpaid_order_gives_everything_back() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    let order = is_on_its_way(&shop).await;
    assert_eq!(shop.expire(&order).await.0, Expired::Cancelled);
    let cause = shop.deliver("orders", Service::Inventory).await;
    let event: OrderCancelled = read(&cause.entry);
    let step = shop.at(&cause, &event.order_id);
    inventory::end_reservation(step, &event.order.items, Ending::Returned, LOW_STOCK)
        .await
        .unwrap();
    let cause = shop.deliver("orders", Service::Payment).await;
    let event: OrderCancelled = read(&cause.entry);
    payment::void_payment(shop.at(&cause, &event.order_id), Some("pi_1"), None)
        .await
        .unwrap();
    assert_eq!(shop.payment(&order).await.status, "voided");
    assert_eq!(shop.stock("mug").await, (5, 0, 0));

    let paid = provider_reports(&shop, &callback(&order, "evt_1", Some(2000))).await;
    assert_eq!(paid, Paid::Refund, "the customer paid all the same");
    shop.refund(&order, eur(2000)).await;
    books_balance(&shop).await;
}

#[tokio::test]
async fn an_order_of_too_much_is_rejected() {
    let shop = Shop::open().await;
    shop.receive("mug", 1).await;
    let order = shop.place(&doc(&[line("mug", 2)])).await;
    assert_eq!(
        inventory_answers(&shop).await,
        inventory::Reserved::Rejected
    );
    let cause = shop.deliver("inventory", Service::Order).await;
    let event: InventoryRejected = read(&cause.entry);
    let step = shop.at(&cause, &event.order_id);
    let held = order::record_hold(step, HoldAnswer::Short(&event.shortages), QUARTER)
        .await
        .unwrap();
    assert_eq!(held, Held::Rejected);
    let cause = shop.deliver("orders", Service::Inventory).await;
    let rejected: OrderRejected = read(&cause.entry);
    assert_eq!(
        (&rejected.order_id, rejected.shortages),
        (&order, event.shortages)
    );
    books_balance(&shop).await;
}

#[tokio::test]
async fn every_hop_stays_in_the_trace_of_the_request() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    let order = shop.place(&doc(&[line("mug", 2)])).await;
    inventory_answers(&shop).await;
    order_is_held(&shop).await;
    let view = shop.find(&order).await;
    let mut traces = Vec::new();
    for (_, entry) in order::events(&shop.runtime, &view).await.unwrap() {
        traces.push(entry.unwrap().text("tp").to_owned());
    }
    assert_eq!(traces.len(), 3);
    for pair in traces.windows(2) {
        assert_eq!(pair[0][..35], pair[1][..35], "one trace");
        assert_ne!(pair[0], pair[1], "another span");
    }
}
