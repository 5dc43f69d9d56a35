//! Messages between services: one struct each, with its wire name and schema version.
//!
//! An event is a fact in the past tense, written to its topic by the owning service; a message
//! in an inbox ([`ChargeReport`], [`PaymentTimeout`]) is addressed to one service alone.
//! `docs/EVENTS.md` shows each as JSON.

mod account;
mod inventory;
mod notification;
mod order;
mod parts;
mod payment;
mod promotion;
mod webhook;

pub use account::PasswordResetRequested;
pub use inventory::{
    InventoryRejected, InventoryReserved, InventoryUpdated, LowStock, ProductChanged,
    ProductRemoved,
};
pub use notification::NotificationSent;
pub use order::{
    OrderAwaitingPayment, OrderCancelled, OrderConfirmed, OrderPaymentDue, OrderPaymentFailed,
    OrderPaymentRequested, OrderPaymentReturned, OrderPlaced, OrderRefundRequested, OrderRefunded,
    OrderRejected, PaymentReminder, PaymentTimeout,
};
pub use parts::{
    CancelReason, Channel, ChargeStatus, CouponRefusal, Failure, NotificationKind, RefundReason,
    RejectReason, Shortage, StockCause, StockLevel,
};
pub use payment::{ChargeReport, PaymentOpened, PaymentPoll, PaymentProcessed, PaymentRefunded};
pub use promotion::{CouponHeld, CouponRejected};
pub use webhook::{DisableReason, WebhookAttempt, WebhookDelivered, WebhookDisabled};

pub use streamward_message::Message;

macro_rules! kinds {
    ($($name:ident = $kind:literal),+ $(,)?) => {
        $(impl Message for $name {
            const KIND: &'static str = $kind;
        })+

        /// Wire names of all messages, for documentation and tests.
        pub const KINDS: &[&str] = &[$($kind),+];
    };
}

kinds!(
    OrderPlaced = "OrderPlaced",
    OrderAwaitingPayment = "OrderAwaitingPayment",
    OrderPaymentRequested = "OrderPaymentRequested",
    OrderPaymentFailed = "OrderPaymentFailed",
    OrderPaymentDue = "OrderPaymentDue",
    OrderConfirmed = "OrderConfirmed",
    OrderRejected = "OrderRejected",
    OrderCancelled = "OrderCancelled",
    OrderRefundRequested = "OrderRefundRequested",
    OrderRefunded = "OrderRefunded",
    OrderPaymentReturned = "OrderPaymentReturned",
    InventoryReserved = "InventoryReserved",
    InventoryRejected = "InventoryRejected",
    InventoryUpdated = "InventoryUpdated",
    LowStock = "LowStock",
    CouponHeld = "CouponHeld",
    CouponRejected = "CouponRejected",
    ProductChanged = "ProductChanged",
    ProductRemoved = "ProductRemoved",
    PaymentOpened = "PaymentOpened",
    PaymentProcessed = "PaymentProcessed",
    PaymentRefunded = "PaymentRefunded",
    ChargeReport = "ProviderCallback",
    PaymentPoll = "PaymentPoll",
    PasswordResetRequested = "PasswordResetRequested",
    PaymentReminder = "PaymentReminder",
    PaymentTimeout = "PaymentTimeout",
    NotificationSent = "NotificationSent",
    WebhookAttempt = "WebhookAttempt",
    WebhookDelivered = "WebhookDelivered",
    WebhookDisabled = "WebhookDisabled",
);
