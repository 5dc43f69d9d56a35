//! State of the shop in Redis beside the streams: stock, the coupon, and the orders.

use std::collections::BTreeSet;

use contracts::{OrderStatus, event::CancelReason};

use crate::{event::Intent, scenario::Scenario};

/// State of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShopState {
    /// Stock ledger of each product.
    pub stock: Vec<Stock>,
    /// The coupon; `None` when it was removed unused.
    pub coupon: Option<Coupon>,
    /// Holds and uses of the coupon by each customer.
    pub coupon_uses: Vec<i64>,
    /// The orders.
    pub orders: Vec<Order>,
}

impl ShopState {
    /// Returns the state after stock was received and the coupon added.
    pub fn new(scenario: &Scenario) -> Self {
        let customers = scenario.orders.iter().map(|spec| spec.customer + 1).max();
        let stock = |units: &i64| Stock {
            received: *units,
            available: *units,
            ..Stock::default()
        };
        Self {
            stock: scenario.stock.iter().map(stock).collect(),
            coupon: Some(Coupon::default()),
            coupon_uses: vec![0; customers.unwrap_or(0)],
            orders: vec![Order::default(); scenario.orders.len()],
        }
    }

    /// Returns the total of an order in minor units.
    pub fn total(&self, scenario: &Scenario, order: usize) -> i64 {
        scenario.orders[order].subtotal() - self.orders[order].discount
    }
}

/// Stock ledger of one product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the stock hash")]
pub struct Stock {
    pub received: i64,
    pub available: i64,
    pub reserved: i64,
    pub sold: i64,
}

/// Counters of the coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coupon {
    /// Whether it may be used.
    pub active: bool,
    /// Whether it was removed, and is kept for its counters only.
    pub removed: bool,
    /// Open orders that hold it.
    pub held: i64,
    /// Confirmed orders that used it.
    pub uses: i64,
}

impl Default for Coupon {
    fn default() -> Self {
        Self {
            active: true,
            removed: false,
            held: 0,
            uses: 0,
        }
    }
}

/// An order, its reservation, its hold of the coupon and its payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order {
    /// State; `None` before it is placed.
    pub status: Option<OrderStatus>,
    /// Whether the order service has recorded the reservation.
    pub has_stock: bool,
    /// Whether the order service has recorded the hold of the coupon.
    pub has_coupon: bool,
    /// Granted discount in minor units.
    pub discount: i64,
    /// Reason of its cancellation.
    pub cancel_reason: Option<CancelReason>,
    /// Payment status in the order's hash.
    pub paid: Option<PayStatus>,
    /// Requested charges after the first.
    pub retries: u8,
    /// Whether its timeout is in the delay queue.
    pub timeout: bool,
    /// Whether its reminder is in the delay queue.
    pub reminder: bool,
    /// Reservation of its units.
    pub reservation: Option<Hold>,
    /// Hold of its coupon.
    pub coupon: Option<Hold>,
    /// Its payment.
    pub payment: Payment,
    /// Channels over which the customer was notified.
    pub notified: BTreeSet<u8>,
}

/// State of a reservation or of a coupon's hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// Held for the order.
    Held,
    /// Sold, or redeemed.
    Used,
    /// Released, or never to be granted.
    Released,
}

/// Payment status in the order's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the values of pay.status")]
pub enum PayStatus {
    Open,
    Failed,
    Succeeded,
    Refunding,
    Refunded,
}

impl PayStatus {
    /// Returns whether the payment is being refunded or was.
    pub const fn is_refund(self) -> bool {
        matches!(self, Self::Refunding | Self::Refunded)
    }
}

/// Payment of an order, as the payment service records it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Payment {
    /// Status; `None` before anything is recorded.
    pub status: Option<PaymentStatus>,
    /// Intent at the provider.
    pub intent: Option<Intent>,
    /// Requested amount in minor units.
    pub amount: Option<i64>,
    /// Captured amount in minor units.
    pub captured: i64,
    /// Refunded amount in minor units.
    pub refunded: i64,
    /// Reports of failed charges.
    pub failures: BTreeSet<u8>,
    /// Number of the charge that the provider did not answer.
    pub unanswered: Option<u8>,
    /// Whether its next poll is in the delay queue.
    pub poll: bool,
}

impl Payment {
    /// Returns whether the payment can still be paid.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(
            self.status,
            Some(PaymentStatus::Open | PaymentStatus::Failed)
        )
    }

    /// Returns whether an amount was captured.
    pub(crate) const fn was_captured(&self) -> bool {
        matches!(
            self.status,
            Some(PaymentStatus::Succeeded | PaymentStatus::Refunded)
        )
    }

    /// Returns whether the payment was voided.
    pub(crate) const fn is_voided(&self) -> bool {
        matches!(self.status, Some(PaymentStatus::Voided))
    }
}

/// Status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the values of the payment's status")]
pub enum PaymentStatus {
    Open,
    Failed,
    Succeeded,
    Voided,
    Refunded,
}
