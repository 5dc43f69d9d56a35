//! Scripts of `lua/order` that the API calls. They settle no delivery.

use contracts::{OrderStatus, event::CancelReason};

use super::{Reply, ScriptResult};
use crate::{
    event::Event,
    scenario::{Mutation, Scenario},
    state::{PayStatus, ShopState},
};

/// `order/place_order`: accepts an order, idempotently.
pub fn place_order(state: &mut ShopState, order: usize) -> ScriptResult {
    let order = &mut state.orders[order];
    if order.status.is_some() {
        return ScriptResult::of(Reply::Replay);
    }
    order.status = Some(OrderStatus::Placed);
    ScriptResult::of(Reply::New).and(Event::OrderPlaced)
}

/// `order/cancel_order`: cancels an order that is not paid yet.
pub fn cancel_order(state: &mut ShopState, order: usize, reason: CancelReason) -> ScriptResult {
    let order = &mut state.orders[order];
    match order.status {
        None => ScriptResult::of(Reply::Unknown),
        Some(OrderStatus::Cancelled) if order.cancel_reason == Some(reason) => {
            ScriptResult::of(Reply::Replay)
        }
        Some(OrderStatus::Placed | OrderStatus::AwaitingPayment) => {
            order.status = Some(OrderStatus::Cancelled);
            order.cancel_reason = Some(reason);
            order.timeout = false;
            order.reminder = false;
            ScriptResult::of(Reply::Cancelled).and(Event::OrderCancelled)
        }
        Some(
            OrderStatus::Confirmed
            | OrderStatus::Rejected
            | OrderStatus::Cancelled
            | OrderStatus::Refunding
            | OrderStatus::Refunded,
        ) => ScriptResult::of(Reply::NotCancellable),
    }
}

/// `order/request_payment`: requests a charge of another card.
pub fn request_payment(state: &mut ShopState, order: usize) -> ScriptResult {
    let order = &mut state.orders[order];
    let Some(status) = order.status else {
        return ScriptResult::of(Reply::Unknown);
    };
    if status != OrderStatus::AwaitingPayment {
        return ScriptResult::of(Reply::NotPayable);
    }
    order.retries += 1;
    let attempt = order.retries + 1;
    ScriptResult::of(Reply::Requested).and(Event::OrderPaymentRequested { attempt })
}

/// `order/request_refund`: requests the refund of a confirmed order.
pub fn request_refund(state: &mut ShopState, scenario: &Scenario, order: usize) -> ScriptResult {
    let order = &mut state.orders[order];
    let Some(status) = order.status else {
        return ScriptResult::of(Reply::Unknown);
    };
    if matches!(status, OrderStatus::Refunding | OrderStatus::Refunded) {
        return ScriptResult::of(Reply::Replay);
    }
    if status != OrderStatus::Confirmed && !scenario.has(Mutation::RefundUnpaid) {
        return ScriptResult::of(Reply::NotRefundable);
    }
    order.status = Some(OrderStatus::Refunding);
    order.paid = Some(PayStatus::Refunding);
    ScriptResult::of(Reply::Requested).and(Event::OrderRefundRequested)
}
