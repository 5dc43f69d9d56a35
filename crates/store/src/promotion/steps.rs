//! The steps of the promotion service.

use contracts::{CouponCode, OrderDocument, Service};

use crate::{Result, Step, keys, scripts};

/// Result of holding a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The coupon is held for the order.
    Held,
    /// The order may not use it; nothing is counted.
    Rejected,
    /// Held or ended before.
    Late,
    /// The delivery was settled before.
    Stale,
}

/// End of a coupon's hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The order is confirmed: it counts as used.
    Redeemed,
    /// The order ended without it: others may use it.
    Returned,
    /// The order is paid back: others may use it, though it counted as used.
    Refunded,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::Redeemed => "redeemed",
            Self::Returned => "returned",
            Self::Refunded => "refunded",
        }
    }
}

/// Result of ending a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldEnd {
    /// The coupon is used, or free again.
    Ended,
    /// No hold existed; a later one is refused.
    None,
    /// Ended before.
    Late,
    /// The delivery was settled before.
    Stale,
}

fn coupon_keys(step: &Step<'_>, doc: &OrderDocument, code: &CouponCode) -> Vec<String> {
    vec![
        keys::coupon_hold(step.partition, step.order),
        keys::coupon(step.partition, code),
        keys::coupons_of(step.partition, &doc.customer_id),
    ]
}

/// Holds the coupon `code` for the order, if its terms allow that.
///
/// # Errors
/// [`streamward::Error`].
pub async fn hold_coupon(
    mut step: Step<'_>,
    doc: &OrderDocument,
    code: &CouponCode,
) -> Result<Held> {
    let mut all = coupon_keys(&step, doc, code);
    all.push(keys::stream(step.partition, Service::Promotion));
    let reply = step
        .call(&scripts::HOLD_COUPON, &all)
        .arg(step.order.as_str())
        .arg(code.as_str())
        .arg(step.order.created_ms())
        .arg(doc.subtotal)
        .arg(doc.currency.as_str())
        .run(&mut step.link)
        .await?;
    match reply.tag() {
        "HELD" => Ok(Held::Held),
        "REJECTED" => Ok(Held::Rejected),
        "LATE" => Ok(Held::Late),
        "STALE" => Ok(Held::Stale),
        _ => Err(reply.unexpected()),
    }
}

/// Ends the order's hold of the coupon `code`.
///
/// # Errors
/// [`streamward::Error`].
pub async fn end_coupon_hold(
    mut step: Step<'_>,
    doc: &OrderDocument,
    code: &CouponCode,
    ending: Ending,
) -> Result<HoldEnd> {
    let all = coupon_keys(&step, doc, code);
    let reply = step
        .settle(&scripts::END_COUPON_HOLD, &all)
        .arg(code.as_str())
        .arg(ending.name())
        .run(&mut step.link)
        .await?;
    match reply.tag() {
        "ENDED" => Ok(HoldEnd::Ended),
        "NONE" => Ok(HoldEnd::None),
        "LATE" => Ok(HoldEnd::Late),
        "STALE" => Ok(HoldEnd::Stale),
        _ => Err(reply.unexpected()),
    }
}
