//! The scripts of `lua/order` that people call through the API. They settle no delivery.

use contracts::OrderStatus;

use super::{Answer, Reply};
use crate::{
    books::{Books, Paid, Why},
    event::Event,
    shop::{Mutation, Shop},
};

/// `order/place_order`: accepts an order. Placed again, the idempotency key finds it.
pub fn place(books: &mut Books, order: usize) -> Answer {
    let order = &mut books.orders[order];
    if order.status.is_some() {
        return Answer::of(Reply::Replay);
    }
    order.status = Some(OrderStatus::Placed);
    Answer::of(Reply::New).and(Event::OrderPlaced)
}

/// `order/cancel_order`: somebody takes back an order that is not paid yet.
pub fn cancel(books: &mut Books, order: usize, why: Why) -> Answer {
    let order = &mut books.orders[order];
    match order.status {
        None => Answer::of(Reply::Unknown),
        Some(OrderStatus::Cancelled) if order.why == Some(why) => Answer::of(Reply::Replay),
        Some(OrderStatus::Placed | OrderStatus::AwaitingPayment) => {
            order.status = Some(OrderStatus::Cancelled);
            order.why = Some(why);
            order.timeout = false;
            order.reminder = false;
            Answer::of(Reply::Cancelled).and(Event::OrderCancelled)
        }
        Some(
            OrderStatus::Confirmed
            | OrderStatus::Rejected
            | OrderStatus::Cancelled
            | OrderStatus::Refunding
            | OrderStatus::Refunded,
        ) => Answer::of(Reply::NotCancellable),
    }
}

/// `order/request_payment`: the customer asks to pay with another card.
pub fn pay(books: &mut Books, order: usize) -> Answer {
    let order = &mut books.orders[order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if status != OrderStatus::AwaitingPayment {
        return Answer::of(Reply::NotPayable);
    }
    order.retries += 1;
    let attempt = order.retries + 1;
    Answer::of(Reply::Requested).and(Event::OrderPaymentRequested { attempt })
}

/// `order/request_refund`: an administrator pays a confirmed order back.
pub fn refund(books: &mut Books, shop: &Shop, order: usize) -> Answer {
    let order = &mut books.orders[order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if matches!(status, OrderStatus::Refunding | OrderStatus::Refunded) {
        return Answer::of(Reply::Replay);
    }
    if status != OrderStatus::Confirmed && !shop.has(Mutation::RefundUnpaid) {
        return Answer::of(Reply::NotRefundable);
    }
    order.status = Some(OrderStatus::Refunding);
    order.paid = Some(Paid::Refunding);
    Answer::of(Reply::Requested).and(Event::OrderRefundRequested)
}
