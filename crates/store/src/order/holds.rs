//! The join of the holds: what the services answer that hold what an order needs.

use std::time::Duration;

use contracts::{
    Money, OrderId, Service,
    event::{
        CouponHeld, CouponRefusal, CouponRejected, InventoryRejected, InventoryReserved, Message,
        OrderRejected, RejectReason, Shortage,
    },
};
use serde::Serialize;
use streamward::pack_head;

use crate::{Result, Step, keys, millis::millis, scripts};

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

replies!(
    /// Result of recording an answer to a hold.
    Held {
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
);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RejectedHead<'a> {
    order_id: &'a OrderId,
    reason: RejectReason,
    shortages: &'a [Shortage],
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_refusal: Option<CouponRefusal>,
    order: (),
}

/// Records a service's grant or refusal of the order's hold.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_hold(
    mut step: Step<'_>,
    answer: HoldAnswer<'_>,
    time_to_pay: Duration,
) -> Result<Held> {
    let (partition, order) = (step.partition, step.order);
    let all = [
        keys::order(partition, order),
        keys::stream(partition, Service::Order),
        keys::order_timers(partition),
    ];
    let refusal = answer.refusal();
    let (verdict, reason, details) = match &refusal {
        None => ("granted", "", ""),
        Some((reason, details)) => ("refused", reason.name(), details.as_str()),
    };
    let (shortages, coupon_refusal, discount) = match answer {
        HoldAnswer::Reserved => (&[][..], None, 0),
        HoldAnswer::Short(shortages) => (shortages, None, 0),
        HoldAnswer::Coupon(discount) => (&[][..], None, discount.amount),
        HoldAnswer::NoCoupon(refusal) => (&[][..], Some(refusal), 0),
    };
    let head = match &refusal {
        None => Vec::new(),
        Some((reason, _)) => {
            let head = RejectedHead {
                order_id: order,
                reason: *reason,
                shortages,
                coupon_refusal,
                order: (),
            };
            pack_head(OrderRejected::KIND, &head)?
        }
    };
    let reply = step
        .call(&scripts::RECORD_HOLD, &all)
        .arg(order.as_str())
        .arg(answer.holder().name())
        .arg(verdict)
        .arg(discount)
        .arg(reason)
        .arg(details)
        .arg(head)
        .arg(millis(time_to_pay))
        .arg(answer.kind())
        .arg(answer.holder().writes())
        .run(&mut step.link)
        .await?;
    Held::read(&reply)
}
