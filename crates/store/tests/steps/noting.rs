//! The order remembers where it can be paid and that its money went back.

use contracts::{OrderStatus, PaymentId, event::OrderPaymentReturned};
use store::order::{Noted, Paid, Refunded};

use crate::support::{Effect, Shop, URL, eur, line, unknown_order};

#[tokio::test]
async fn the_providers_page_is_recorded() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    let (noted, effect) = shop.opened(&order).await;
    assert_eq!(noted, Noted::Noted);
    effect.settled_and_wrote(&["order:*"]);
    let found = shop.find(&order).await;
    assert_eq!(found.pay_url.as_deref(), Some(URL));
    assert_eq!(found.payment_status.as_deref(), Some("open"));
    assert_eq!(found.history.last().unwrap().kind, "PaymentOpened");
}

#[tokio::test]
async fn a_page_recorded_late_does_not_change_the_payments_status() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    let stands = async |expected: &str| {
        assert_eq!(shop.opened(&order).await.0, Noted::Noted);
        let found = shop.find(&order).await;
        assert_eq!(found.payment_status.as_deref(), Some(expected));
    };
    shop.declined(&order).await;
    stands("failed").await;
    assert_eq!(shop.paid(&order, eur(999)).await.0, Paid::Mismatch);
    stands("refunding").await;
    assert_eq!(shop.refunded(&order).await.0, Refunded::Noted);
    stands("refunded").await;
}

#[tokio::test]
async fn a_refund_of_a_late_payment_is_published_and_leaves_the_order_as_it_is() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    shop.expire(&order).await;
    shop.paid(&order, eur(1000)).await;
    let (noted, effect) = shop.refunded(&order).await;
    assert_eq!(noted, Refunded::Noted);
    effect.settled_and_wrote(&["order:*", "orders:payment-returned"]);
    let found = shop.find(&order).await;
    let event: OrderPaymentReturned = shop.event("orders").await;
    let expected = OrderPaymentReturned {
        order_id: order.clone(),
        payment_id: PaymentId::of(&order),
        amount: eur(1000),
        order: found.doc,
    };
    assert_eq!(event, expected);
    assert_eq!(found.status, OrderStatus::Cancelled);
    assert_eq!(found.payment_status.as_deref(), Some("refunded"));
    assert_eq!(found.history.last().unwrap().kind, "OrderPaymentReturned");
    let (again, effect) = shop.refunded(&order).await;
    assert_eq!(again, Refunded::Noted);
    effect.settled_and_wrote(&["order:*"]);
}

#[tokio::test]
async fn notes_about_no_order_are_left_to_the_runtime() {
    let shop = Shop::open().await;
    let unknown = (Noted::Unknown, Effect::NOTHING);
    assert_eq!(shop.opened(&unknown_order()).await, unknown);
    let unknown = (Refunded::Unknown, Effect::NOTHING);
    assert_eq!(shop.refunded(&unknown_order()).await, unknown);
}
