//! Events and messages of the saga, as far as a service depends on them.

use contracts::{Service, event as wire, event::Message};

/// Identity of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intent {
    /// The intent that the provider opened for the order.
    Ours,
    /// Another order's intent.
    Foreign,
    /// No intent at the provider: the order is free.
    Free,
}

/// Result of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Charge {
    /// The charge was captured, with this amount in minor units.
    Captured(i64),
    /// The charge was declined.
    Failed,
}

/// An event or message of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the event of its name in `contracts`")]
pub enum Event {
    OrderPlaced,
    OrderAwaitingPayment,
    OrderPaymentRequested {
        attempt: u8,
    },
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
    CouponHeld {
        discount: i64,
    },
    CouponRejected,
    PaymentOpened,
    PaymentProcessed(Charge),
    PaymentRefunded,
    ProviderCallback {
        report: u8,
        copy: u8,
        charge: Charge,
    },
    PaymentReminder,
    PaymentTimeout,
    PaymentPoll {
        /// Number among concurrent polls.
        which: u8,
    },
    NotificationSent,
}

impl Event {
    /// Returns the wire name.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::OrderPlaced => wire::OrderPlaced::KIND,
            Self::OrderAwaitingPayment => wire::OrderAwaitingPayment::KIND,
            Self::OrderPaymentRequested { .. } => wire::OrderPaymentRequested::KIND,
            Self::OrderPaymentFailed => wire::OrderPaymentFailed::KIND,
            Self::OrderPaymentDue => wire::OrderPaymentDue::KIND,
            Self::OrderConfirmed => wire::OrderConfirmed::KIND,
            Self::OrderRejected => wire::OrderRejected::KIND,
            Self::OrderCancelled => wire::OrderCancelled::KIND,
            Self::OrderRefundRequested => wire::OrderRefundRequested::KIND,
            Self::OrderRefunded => wire::OrderRefunded::KIND,
            Self::OrderPaymentReturned => wire::OrderPaymentReturned::KIND,
            Self::InventoryReserved => wire::InventoryReserved::KIND,
            Self::InventoryRejected => wire::InventoryRejected::KIND,
            Self::InventoryUpdated => wire::InventoryUpdated::KIND,
            Self::CouponHeld { .. } => wire::CouponHeld::KIND,
            Self::CouponRejected => wire::CouponRejected::KIND,
            Self::PaymentOpened => wire::PaymentOpened::KIND,
            Self::PaymentProcessed(_) => wire::PaymentProcessed::KIND,
            Self::PaymentRefunded => wire::PaymentRefunded::KIND,
            Self::ProviderCallback { .. } => wire::ChargeReport::KIND,
            Self::PaymentReminder => wire::PaymentReminder::KIND,
            Self::PaymentTimeout => wire::PaymentTimeout::KIND,
            Self::PaymentPoll { .. } => wire::PaymentPoll::KIND,
            Self::NotificationSent => wire::NotificationSent::KIND,
        }
    }

    /// Returns the services that act on it. Notifications are not part of the model.
    pub const fn readers(self, coupon: bool) -> &'static [Service] {
        use Service::{Inventory, Order, Payment, Promotion};
        match self {
            Self::OrderPlaced | Self::OrderConfirmed | Self::OrderRefunded if coupon => {
                &[Inventory, Promotion]
            }
            Self::OrderPlaced | Self::OrderConfirmed | Self::OrderRefunded => &[Inventory],
            Self::OrderRejected | Self::OrderCancelled if coupon => {
                &[Inventory, Promotion, Payment]
            }
            Self::OrderRejected | Self::OrderCancelled => &[Inventory, Payment],
            Self::OrderAwaitingPayment
            | Self::OrderPaymentRequested { .. }
            | Self::OrderRefundRequested
            | Self::ProviderCallback { .. }
            | Self::PaymentPoll { .. } => &[Payment],
            Self::InventoryReserved
            | Self::InventoryRejected
            | Self::CouponHeld { .. }
            | Self::CouponRejected
            | Self::PaymentOpened
            | Self::PaymentProcessed(_)
            | Self::PaymentRefunded
            | Self::PaymentReminder
            | Self::PaymentTimeout => &[Order],
            Self::OrderPaymentFailed
            | Self::OrderPaymentDue
            | Self::OrderPaymentReturned
            | Self::InventoryUpdated
            | Self::NotificationSent => &[],
        }
    }
}
