//! An order that waits for its payment is brought to mind once, with the place where it can be paid.

use contracts::{OrderStatus, event::OrderPaymentDue};
use store::order::{Paid, Reminded};

use crate::support::{Effect, Shop, URL, doc, eur, line, unknown_order};

#[tokio::test]
async fn an_unpaid_order_is_reminded() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    let expected = |found: &store::order::OrderView, pay_url: Option<&str>| OrderPaymentDue {
        order_id: order.clone(),
        pay_before: found.pay_before.unwrap(),
        pay_url: pay_url.map(str::to_owned),
        order: found.doc.clone(),
    };
    let (reminded, effect) = shop.remind(&order).await;
    assert_eq!(reminded, Reminded::Reminded);
    effect.settled_and_wrote(&["order:*", "orders:payment-due"]);
    let found = shop.find(&order).await;
    assert_eq!(
        shop.event::<OrderPaymentDue>("orders").await,
        expected(&found, None)
    );
    assert_eq!(found.history.last().unwrap().kind, "OrderPaymentDue");
    assert_eq!(found.status, OrderStatus::AwaitingPayment);

    shop.opened(&order).await;
    assert_eq!(shop.remind(&order).await.0, Reminded::Reminded);
    let event = shop.event::<OrderPaymentDue>("orders").await;
    assert_eq!(event, expected(&found, Some(URL)));
}

#[tokio::test]
async fn a_paid_or_ended_order_is_not_reminded() {
    let late = (Reminded::Late, Effect::SETTLED);
    let shop = Shop::open().await;
    let order = shop.place(&doc(&[line("mug", 1)])).await;
    assert_eq!(shop.remind(&order).await, late, "not payable yet");

    let paid = shop.awaiting(&[line("mug", 1)]).await;
    assert_eq!(shop.paid(&paid, eur(1000)).await.0, Paid::Confirmed);
    assert_eq!(shop.remind(&paid).await, late);

    let unpaid = shop.awaiting(&[line("mug", 1)]).await;
    let key = format!("sw:{{0}}:order:{unpaid}");
    shop.redis::<u64>(&["HSET", &key, "due", "1732000000000"])
        .await;
    assert_eq!(shop.remind(&unpaid).await, late, "its time is over");
}

#[tokio::test]
async fn a_refunding_order_is_not_reminded() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    assert_eq!(shop.paid(&order, eur(999)).await.0, Paid::Mismatch);
    assert_eq!(shop.remind(&order).await, (Reminded::Late, Effect::SETTLED));
}

#[tokio::test]
async fn a_reminder_of_no_order_is_left_to_the_runtime() {
    let shop = Shop::open().await;
    let unknown = (Reminded::Unknown, Effect::NOTHING);
    assert_eq!(shop.remind(&unknown_order()).await, unknown);
}
