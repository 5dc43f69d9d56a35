//! The join of the holds: what the services answer that hold what an order needs.

use std::time::Duration;

use contracts::{
    Money, Service, Topic,
    event::{
        CouponHeld, CouponRefusal, CouponRejected, InventoryRejected, InventoryReserved, Message,
        OrderRejected, RejectReason, Shortage,
    },
};

use crate::{Result, Step, keys, step::pack_head};

/// A service's answer to an order that needs its hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldAnswer<'a> {
    /// The inventory holds all lines.
    Reserved,
    /// The inventory holds none, because of these.
    Short(&'a [Shortage]),
    /// The coupon is held, and takes this off.
    Coupon(Money),
    /// The coupon may not be used.
    NoCoupon(CouponRefusal),
}

impl HoldAnswer<'_> {
    /// Returns the answering service; `lua/order/place_order.lua` stores the same names as the order's needs.
    const fn holder(self) -> Service {
        match self {
            Self::Reserved | Self::Short(_) => Service::Inventory,
            Self::Coupon(_) | Self::NoCoupon(_) => Service::Promotion,
        }
    }

    /// The answer's type.
    const fn kind(self) -> &'static str {
        match self {
            Self::Reserved => InventoryReserved::KIND,
            Self::Short(_) => InventoryRejected::KIND,
            Self::Coupon(_) => CouponHeld::KIND,
            Self::NoCoupon(_) => CouponRejected::KIND,
        }
    }

    /// Returns the name of the answer's topic.
    fn topic(self) -> &'static str {
        Topic::of(self.kind()).map_or("", |topic| topic.name)
    }

    /// The order's end, when the answer is a refusal: why, and the JSON that is kept of it.
    fn refusal(self) -> Option<(RejectReason, String)> {
        match self {
            Self::Reserved | Self::Coupon(_) => None,
            Self::Short(shortages) => {
                let details = serde_json::to_string(shortages).unwrap_or_default();
                Some((RejectReason::OutOfStock, details))
            }
            Self::NoCoupon(refusal) => {
                let details = serde_json::to_string(&refusal).unwrap_or_default();
                Some((RejectReason::CouponRefused, details))
            }
        }
    }
}

replies! {
    /// Result of recording an answer to a hold.
    #[derive(Copy)]
    pub Held {
        /// Other holds are still open.
        Waiting = "WAITING",
        /// All are granted; the customer may pay.
        AwaitingPayment = "AWAITING_PAYMENT",
        /// Refused; the order is rejected.
        Rejected = "REJECTED",
        /// The same service granted before.
        Duplicate = "DUPLICATE",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Records a service's grant or refusal of the order's hold.
pub async fn record_hold(
    step: Step<'_>,
    answer: HoldAnswer<'_>,
    time_to_pay: Duration,
) -> Result<Held> {
    let (partition, order) = (step.partition, step.order);
    let keys = [
        keys::order(partition, order),
        keys::topics(partition, Service::Order),
        keys::order_timers(partition),
    ];
    let (discount, shortages, coupon_refusal) = match answer {
        HoldAnswer::Reserved => (0, Vec::new(), None),
        HoldAnswer::Short(shortages) => (0, shortages.to_vec(), None),
        HoldAnswer::Coupon(discount) => (discount.amount, Vec::new(), None),
        HoldAnswer::NoCoupon(refusal) => (0, Vec::new(), Some(refusal)),
    };
    let (verdict, reason, details, head) = match answer.refusal() {
        None => ("granted", "", String::new(), Vec::new()),
        Some((reason, details)) => {
            let head = pack_head(|document| OrderRejected {
                order_id: order.clone(),
                reason,
                shortages,
                coupon_refusal,
                order: document,
            })?;
            ("refused", reason.name(), details, head)
        }
    };
    let script = script!(emits "order/record_hold" {
        order,
        holder: answer.holder(),
        verdict,
        discount,
        reason,
        details,
        head,
        timeout: time_to_pay,
        answer: answer.kind(),
        source: answer.topic(),
    });
    step.run(&keys, script).await
}
