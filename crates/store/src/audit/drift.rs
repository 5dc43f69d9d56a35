//! Drifts and their repair plans.

use contracts::{CouponCode, OrderId, OrderStatus, ProductId, Service};
use serde::Serialize;

/// Kind of drift. Rule, key and kind together identify a drift from one audit to the next.
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
    /// A confirmed order without a sent notification.
    #[serde(rename = "untold")]
    NotNotified,
}

/// A drift: a value that does not balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Which rule is broken, 1 to 5.
    pub rule: u8,
    /// Key with the wrong value.
    pub key: String,
    /// Kind of drift.
    pub kind: Kind,
    /// Description with figures.
    pub problem: String,
    /// Repair: what `streamward audit --repair` does, or the manual steps.
    pub repair: String,
    /// Whether `streamward audit --repair` does it.
    pub automatic: bool,
    #[serde(skip)]
    pub(crate) plan: Plan,
}

impl Kind {
    /// The rule that such a drift breaks.
    const fn rule(self) -> u8 {
        match self {
            Self::StockSum | Self::StockReserved | Self::StockSold => 1,
            Self::NotPaid | Self::MoneyKept | Self::MoneyAlone => 2,
            Self::ReservationAlone
            | Self::ReservationEnd
            | Self::HoldAlone
            | Self::HoldEnd
            | Self::CouponCount
            | Self::CouponLimit => 3,
            Self::Overdue => 4,
            Self::NotNotified => 5,
        }
    }
}

impl Drift {
    /// Returns a drift that needs a manual repair.
    pub(super) const fn by_hand(kind: Kind, key: String, problem: String, repair: String) -> Self {
        Self {
            rule: kind.rule(),
            key,
            kind,
            problem,
            repair,
            automatic: false,
            plan: Plan::ByHand,
        }
    }

    /// The same with an automatic repair.
    pub(super) fn planned(mut self, plan: Plan) -> Self {
        self.automatic = true;
        self.plan = plan;
        self
    }

    /// The same with these events to send again; manual without any.
    pub(super) fn resending(self, events: Vec<Resend>) -> Self {
        if events.is_empty() {
            return self;
        }
        self.planned(Plan::Resend(events))
    }
}

/// Plan of a repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Manual repair.
    ByHand,
    /// The product's ledger follows its reservations.
    CorrectStock(u16, ProductId),
    /// The coupon's counters follow the holds.
    RecountCoupon(u16, CouponCode),
    /// Missed events are sent to their services again.
    Resend(Vec<Resend>),
}

/// Sending a missed event again, guarded by the state that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resend {
    pub(crate) order: OrderId,
    /// The order's history lines when the drift was seen.
    pub(crate) steps: String,
    /// Its status then.
    pub(crate) status: OrderStatus,
    /// Key, field and value that were wrong; value "" for an absent field.
    pub(crate) subject: (String, &'static str, String),
    pub(crate) to: Service,
    pub(crate) event: MissedEvent,
}

/// Event that a service missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MissedEvent {
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
