//! Every message between services: one struct per event, its type name and schema version.
//!
//! An event is a fact in the past tense, written by the one service that owns its stream; a message
//! in an inbox ([`ProviderCallback`], [`PaymentTimeout`]) is addressed to one service alone.
//! `docs/EVENTS.md` shows each as JSON.

mod catalog;
mod coupons;
mod parts;
mod provider;
mod refunds;
mod webhooks;

use serde::{Deserialize, Serialize};

use crate::{Money, OrderDoc, OrderId, PaymentId, ProductId};

pub use catalog::{ProductChanged, ProductRemoved};
pub use coupons::{CouponHeld, CouponRejected};
pub use parts::{
    CancelReason, Channel, ChargeStatus, CouponRefusal, Failure, NotificationKind, RefundReason,
    RejectReason, Shortage, StockCause, StockLevel,
};
pub use provider::{PaymentPoll, ProviderCallback};
pub use refunds::{OrderPaymentReturned, OrderRefundRequested, OrderRefunded, PaymentRefunded};
pub use webhooks::{DisableReason, WebhookAttempt, WebhookDelivered, WebhookDisabled};

/// A message's name and schema version on the wire.
pub trait Kind {
    /// The `type` field of the entry.
    const KIND: &'static str;
    /// The `v` field of the entry: raised when a reader of the older form would be wrong.
    const VERSION: u32 = 1;
}

macro_rules! kinds {
    ($($name:ident),+ $(,)?) => {
        $(impl Kind for $name {
            const KIND: &'static str = stringify!($name);
        })+

        /// Every message kind, for documentation and tests.
        pub const KINDS: &[&str] = &[$(stringify!($name)),+];
    };
}

kinds!(
    OrderPlaced,
    OrderAwaitingPayment,
    OrderPaymentRequested,
    OrderPaymentFailed,
    OrderPaymentDue,
    OrderConfirmed,
    OrderRejected,
    OrderCancelled,
    OrderRefundRequested,
    OrderRefunded,
    OrderPaymentReturned,
    InventoryReserved,
    InventoryRejected,
    InventoryUpdated,
    CouponHeld,
    CouponRejected,
    ProductChanged,
    ProductRemoved,
    PaymentOpened,
    PaymentProcessed,
    PaymentRefunded,
    ProviderCallback,
    PaymentPoll,
    PaymentReminder,
    PaymentTimeout,
    NotificationSent,
    LowStockReported,
    WebhookAttempt,
    WebhookDelivered,
    WebhookDisabled,
);

/// Stream `orders`: an order was accepted and waits for its holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// The order.
    pub order_id: OrderId,
    /// Who ordered what.
    pub order: OrderDoc,
}

/// Stream `orders`: every hold was granted; the customer may pay until `pay_before`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderAwaitingPayment {
    /// The order.
    pub order_id: OrderId,
    /// What is to be paid.
    pub amount: Money,
    /// The method that came with the order: charge it at once. Without it the customer pays on the
    /// provider's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Unix milliseconds of the payment timeout.
    pub pay_before: u64,
}

/// Stream `orders`: the customer asked to pay an open order with this method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentRequested {
    /// The order.
    pub order_id: OrderId,
    /// What is to be paid.
    pub amount: Money,
    /// The method to charge.
    pub payment_method: String,
    /// Counts the customer's attempts, so that each is one charge at the provider.
    pub attempt: u32,
}

/// Stream `orders`: a charge failed; the order stays payable until its timeout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentFailed {
    /// The order.
    pub order_id: OrderId,
    /// The provider's reason.
    pub failure: Failure,
    /// Where the customer can pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
    /// Who to tell.
    pub order: OrderDoc,
}

/// Stream `orders`: most of the time to pay has passed, and the order is still to be paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPaymentDue {
    /// The order.
    pub order_id: OrderId,
    /// Unix milliseconds of the payment timeout.
    pub pay_before: u64,
    /// Where the customer can pay, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
    /// Who to remind.
    pub order: OrderDoc,
}

/// Stream `orders`: paid in full; stock leaves the shelf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderConfirmed {
    /// The order.
    pub order_id: OrderId,
    /// The payment that paid it.
    pub payment_id: PaymentId,
    /// Who ordered what.
    pub order: OrderDoc,
}

/// Stream `orders`: a hold was refused; whatever was held is to be returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRejected {
    /// The order.
    pub order_id: OrderId,
    /// Why.
    pub reason: RejectReason,
    /// What was missing, when the reason is stock.
    #[serde(default)]
    pub shortages: Vec<Shortage>,
    /// What was wrong with the coupon, when the reason is the coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_refusal: Option<CouponRefusal>,
    /// Who ordered what.
    pub order: OrderDoc,
}

/// Stream `orders`: the order ended without payment; whatever was held is to be returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCancelled {
    /// The order.
    pub order_id: OrderId,
    /// Why.
    pub reason: CancelReason,
    /// Who ordered what.
    pub order: OrderDoc,
}

/// Stream `inventory`: all lines of the order are reserved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReserved {
    /// The order.
    pub order_id: OrderId,
    /// The new figures of every product reserved; none in entries of before they were carried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<StockLevel>,
}

/// Stream `inventory`: nothing was reserved, because these lines ask for more than there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryRejected {
    /// The order.
    pub order_id: OrderId,
    /// The lines that could not be served.
    pub shortages: Vec<Shortage>,
}

/// Stream `inventory`: stock figures changed for good (sold, returned, or adjusted by an admin).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryUpdated {
    /// The order, when one caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// What happened.
    pub cause: StockCause,
    /// The new figures of every product touched.
    pub levels: Vec<StockLevel>,
}

/// Stream `payments`: the customer can pay on the provider's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentOpened {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// The provider's page.
    pub pay_url: String,
}

/// Stream `payments`: the provider reported the end of a charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProcessed {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// How the charge ended.
    pub payment_status: ChargeStatus,
    /// What was captured; zero when it failed.
    pub amount: Money,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Where the customer can try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
}

/// Inbox of the order service, from its delay queue: most of the time to pay has passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentReminder {}

/// Inbox of the order service, from its delay queue: the time to pay is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentTimeout {}

/// Stream `notifications`: the customer was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSent {
    /// The order.
    pub order_id: OrderId,
    /// What they were told.
    pub kind: NotificationKind,
    /// `email` or `sms`.
    pub channel: Channel,
}

/// Stream `notifications`: the administrators were told that a product is scarce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LowStockReported {
    /// The product.
    pub product_id: ProductId,
    /// Units that could be reserved.
    pub available: i64,
    /// At or below this it is scarce.
    pub threshold: u32,
}
