//! Money on its way back.

use serde::{Deserialize, Serialize};

use super::RefundReason;
use crate::{Money, OrderDoc, OrderId, PaymentId};

/// Stream `orders`: this money must go back to the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRefundRequested {
    /// The order.
    pub order_id: OrderId,
    /// The payment to refund in full.
    pub payment_id: PaymentId,
    /// Why.
    pub reason: RefundReason,
}

/// Stream `orders`: a confirmed order was paid back; what was sold goes back on the shelf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRefunded {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// What was paid back.
    pub amount: Money,
    /// Who ordered what.
    pub order: OrderDoc,
}

/// Stream `orders`: money for an order that ended unpaid went back; the order stays what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentReturned {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// What was paid back.
    pub amount: Money,
    /// Who to tell.
    pub order: OrderDoc,
}

/// Stream `payments`: the whole payment went back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRefunded {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// What was paid back.
    pub amount: Money,
}
