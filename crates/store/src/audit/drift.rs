//! A drift: one thing that does not balance, and what would put it right.

use contracts::{CouponCode, OrderId, OrderStatus, ProductId, Service};
use serde::Serialize;

/// What kind of drift it is. Rule, key and kind together name a drift from one audit to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A product's figures do not add up, or one is negative.
    StockSum,
    /// A product's reserved units are not those of the held reservations.
    StockReserved,
    /// A product's sold units are not those of the sold reservations.
    StockSold,
    /// A confirmed order whose payment is not its total.
    NotPaid,
    /// Captured money of an order that is not confirmed.
    MoneyKept,
    /// Captured money without an order.
    MoneyAlone,
    /// A reservation without an order.
    ReservationAlone,
    /// A reservation that did not end as its order did.
    ReservationEnd,
    /// A coupon's hold without an order.
    HoldAlone,
    /// A coupon's hold that did not end as its order did.
    HoldEnd,
    /// A coupon whose counters are not those of the holds.
    CouponCount,
    /// A coupon that is held and used more often than it may be.
    CouponLimit,
    /// An order that waits past its deadline.
    Overdue,
    /// A confirmed order whose customer was not told.
    Untold,
}

/// One thing that does not balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Which rule is broken, 1 to 5.
    pub rule: u8,
    /// The key that is wrong.
    pub key: String,
    /// How it is wrong.
    pub kind: Kind,
    /// What is wrong, in figures.
    pub problem: String,
    /// What would put it right: what `streamward audit --repair` does, or what a person must do.
    pub repair: String,
    /// Whether `streamward audit --repair` does it.
    pub automatic: bool,
    #[serde(skip)]
    pub(crate) plan: Plan,
}

impl Drift {
    /// A drift that only a person can put right.
    pub(super) fn by_hand(rule: u8, key: String, kind: Kind, problem: String, how: String) -> Self {
        Self {
            rule,
            key,
            kind,
            problem,
            repair: how,
            automatic: false,
            plan: Plan::ByHand,
        }
    }

    /// The same with a plan that puts it right.
    pub(super) fn planned(mut self, plan: Plan) -> Self {
        self.automatic = true;
        self.plan = plan;
        self
    }
}

/// How a drift is put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// A person has to look.
    ByHand,
    /// The product's ledger follows its reservations.
    Restock(u16, ProductId),
    /// The coupon's counters follow the holds.
    Recount(u16, CouponCode),
    /// Services are told again of what they have missed.
    Tell(Vec<Tell>),
}

/// Telling one service again, as long as everything is as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tell {
    pub(crate) order: OrderId,
    /// The order's history lines when the drift was seen.
    pub(crate) steps: String,
    /// Its status then.
    pub(crate) status: OrderStatus,
    /// What is wrong: a key, its field, and its value then; "" when there was none.
    pub(crate) subject: (String, &'static str, String),
    pub(crate) to: Service,
    pub(crate) news: News,
}

/// What a service has missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// `OrderPlaced`.
    Placed,
    /// `OrderConfirmed`.
    Confirmed,
    /// `OrderRejected`.
    Rejected,
    /// `OrderCancelled`.
    Cancelled,
    /// `OrderRefunded`: takes back even what was sold or used.
    Refunded,
    /// `OrderRefundRequested`.
    RefundRequested,
    /// `InventoryReserved`.
    Reserved,
    /// `CouponHeld`.
    CouponHeld { code: CouponCode, discount: i64 },
    /// `PaymentProcessed` with so many minor units captured.
    Captured(i64),
    /// `PaymentRefunded` with so many minor units.
    PaidBack(i64),
    /// `PaymentTimeout`.
    Timeout,
}
