//! What lies in Redis beside the streams: stock, the coupon, and everything about each order.

use std::collections::BTreeSet;

use contracts::OrderStatus;

use crate::{event::Intent, shop::Shop};

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Books {
    /// The stock of each product.
    pub shelves: Vec<Shelf>,
    /// The coupon; none when it was removed unused.
    pub coupon: Option<Coupon>,
    /// Holds and uses of the coupon by each customer.
    pub taken: Vec<i64>,
    /// Everything about each order.
    pub orders: Vec<Order>,
}

impl Books {
    /// The books of a shop that has received its stock and added its coupon.
    pub fn new(shop: &Shop) -> Self {
        let customers = shop.wishes.iter().map(|wish| wish.customer + 1).max();
        let shelf = |units: &i64| Shelf {
            received: *units,
            available: *units,
            ..Shelf::default()
        };
        Self {
            shelves: shop.stock.iter().map(shelf).collect(),
            coupon: Some(Coupon::default()),
            taken: vec![0; customers.unwrap_or(0)],
            orders: vec![Order::default(); shop.wishes.len()],
        }
    }

    /// Minor units that are to be paid for an order.
    pub fn total(&self, shop: &Shop, order: usize) -> i64 {
        shop.wishes[order].subtotal() - self.orders[order].discount
    }
}

/// The units of one product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the stock hash")]
pub struct Shelf {
    pub received: i64,
    pub available: i64,
    pub reserved: i64,
    pub sold: i64,
}

/// The counters of the coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coupon {
    /// It may be used.
    pub active: bool,
    /// It is only kept as the book of its uses.
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

/// One order, its reservation, its hold of the coupon and its payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order {
    /// Where it stands; nothing before it is placed.
    pub status: Option<OrderStatus>,
    /// The inventory has granted.
    pub has_stock: bool,
    /// The promotion service has granted.
    pub has_coupon: bool,
    /// Minor units that the coupon takes off.
    pub discount: i64,
    /// Why it was cancelled.
    pub why: Option<Why>,
    /// How the order service knows its payment to stand.
    pub paid: Option<Paid>,
    /// Charges asked for, after the first.
    pub retries: u8,
    /// Its timeout is in the delay queue.
    pub timeout: bool,
    /// Its reminder is in the delay queue.
    pub reminder: bool,
    /// Its units.
    pub reservation: Option<Hold>,
    /// Its coupon.
    pub coupon: Option<Hold>,
    /// What the payment service knows.
    pub payment: Payment,
    /// What the customer was told, and over which channel.
    pub told: BTreeSet<u8>,
}

/// Why an order is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the reason of its name in `contracts`")]
pub enum Why {
    PaymentTimeout,
    ByCustomer,
    ByAdmin,
    AmountMismatch,
}

/// How something held for an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// Held for it.
    Held,
    /// Its own: sold, or redeemed.
    Taken,
    /// Not its any more, or never to be.
    Returned,
}

/// How the order service knows a payment to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the values of pay.status")]
pub enum Paid {
    Open,
    Failed,
    Succeeded,
    Refunding,
    Refunded,
}

impl Paid {
    /// The money is on its way back, or back.
    pub const fn goes_back(self) -> bool {
        matches!(self, Self::Refunding | Self::Refunded)
    }
}

/// What the payment service knows of an order's payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Payment {
    /// How it stands; nothing before anything is known.
    pub status: Option<PaymentStatus>,
    /// The provider's intent.
    pub intent: Option<Intent>,
    /// Minor units asked for.
    pub amount: Option<i64>,
    /// Minor units captured.
    pub captured: i64,
    /// Minor units paid back.
    pub refunded: i64,
    /// The reports of failed charges.
    pub failures: BTreeSet<u8>,
    /// The charge that the provider did not answer: which of the order's charges it is.
    pub unanswered: Option<u8>,
    /// When the provider is asked about it is in the delay queue.
    pub poll: bool,
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the values of the payment's status")]
pub enum PaymentStatus {
    Open,
    Failed,
    Succeeded,
    Voided,
    Refunded,
}
