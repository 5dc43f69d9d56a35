//! Events of the order service, and the timers in its inbox.

use serde::{Deserialize, Serialize};

use super::{CancelReason, CouponRefusal, Failure, RefundReason, RejectReason, Shortage};
use crate::{Money, OrderDocument, OrderId, PaymentId};

/// Topic `orders:placed`: an order was accepted; stock and coupon are to be held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// The order.
    pub order_id: OrderId,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Topic `orders:awaiting-payment`: every hold was granted; the customer may pay until `pay_before`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderAwaitingPayment {
    /// The order.
    pub order_id: OrderId,
    /// The amount to pay.
    pub amount: Money,
    /// Payment method given with the order, to be charged at once. Without it the customer pays on
    /// the provider's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Unix milliseconds of the payment timeout.
    pub pay_before: u64,
}

/// Topic `orders:payment-requested`: the customer requested a charge of an open order with this method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentRequested {
    /// The order.
    pub order_id: OrderId,
    /// The amount to pay.
    pub amount: Money,
    /// The payment method to charge.
    pub payment_method: String,
    /// Number of the customer's attempt, so that each is one charge at the provider.
    pub attempt: u32,
}

/// Topic `orders:payment-failed`: a charge failed; the order stays payable until its timeout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentFailed {
    /// The order.
    pub order_id: OrderId,
    /// The provider's reason.
    pub failure: Failure,
    /// The provider's payment page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Topic `orders:payment-due`: most of the time to pay has passed, and the order is still unpaid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentDue {
    /// The order.
    pub order_id: OrderId,
    /// Unix milliseconds of the payment timeout.
    pub pay_before: u64,
    /// The provider's payment page, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Topic `orders:confirmed`: paid in full; stock leaves the shelf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderConfirmed {
    /// The order.
    pub order_id: OrderId,
    /// The payment that paid it.
    pub payment_id: PaymentId,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Topic `orders:rejected`: a hold was refused; the other holds are to be released.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRejected {
    /// The order.
    pub order_id: OrderId,
    /// Reason of the rejection.
    pub reason: RejectReason,
    /// Missing units, when the reason is stock.
    #[serde(default)]
    pub shortages: Vec<Shortage>,
    /// The coupon's fault, when the reason is the coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_refusal: Option<CouponRefusal>,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Topic `orders:cancelled`: the order ended without payment; its holds are to be released.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCancelled {
    /// The order.
    pub order_id: OrderId,
    /// Reason of the cancellation.
    pub reason: CancelReason,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Topic `orders:refund-requested`: this payment must be refunded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRefundRequested {
    /// The order.
    pub order_id: OrderId,
    /// The payment to refund in full.
    pub payment_id: PaymentId,
    /// Reason of the refund.
    pub reason: RefundReason,
}

/// Topic `orders:refunded`: a confirmed order was paid back; sold units return to stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRefunded {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// The amount paid back.
    pub amount: Money,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Topic `orders:payment-returned`: money for an order that ended unpaid was paid back; the order keeps its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentReturned {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// The amount paid back.
    pub amount: Money,
    /// Snapshot of the order.
    pub order: OrderDocument,
}

/// Inbox of the order service, from its delay queue: most of the time to pay has passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentReminder {}

/// Inbox of the order service, from its delay queue: the time to pay is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentTimeout {}
