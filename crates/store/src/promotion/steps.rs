//! The steps of the promotion service.

use contracts::{CouponCode, OrderDocument, Service};

use crate::{Result, Step, keys};

fn coupon_keys(step: &Step<'_>, doc: &OrderDocument, code: &CouponCode) -> Vec<String> {
    vec![
        keys::coupon_hold(step.partition, step.order),
        keys::coupon(step.partition, code),
        keys::coupons_of(step.partition, &doc.customer_id),
    ]
}

replies! {
    /// Result of holding a coupon.
    #[derive(Copy)]
    pub Held {
        /// The coupon is held for the order.
        Held = "HELD",
        /// The order may not use it; nothing is counted.
        Rejected = "REJECTED",
        /// Held or ended before.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
    }
}

/// Holds the coupon `code` for the order, if its terms allow that.
pub async fn hold_coupon(step: Step<'_>, doc: &OrderDocument, code: &CouponCode) -> Result<Held> {
    let mut keys = coupon_keys(&step, doc, code);
    keys.push(keys::topics(step.partition, Service::Promotion));
    let script = script!(emits "promotion/hold_coupon" {
        order: step.order,
        code,
        placed: step.order.created_ms(),
        subtotal: doc.subtotal,
        currency: doc.currency,
    });
    step.run(&keys, script).await
}

/// End of a coupon's hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The order is confirmed: the coupon counts as used.
    Redeemed,
    /// The order ended unpaid: the coupon is available again.
    Returned,
    /// The order is refunded: the coupon is available again, though it counted as used.
    Refunded,
}

replies! {
    /// Result of ending a hold.
    #[derive(Copy)]
    pub HoldEnd {
        /// The coupon is used, or available again.
        Ended = "ENDED",
        /// No hold existed; a later one is refused.
        None = "NONE",
        /// Ended before.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
    }
}

/// Ends the order's hold of the coupon `code`.
pub async fn end_coupon_hold(
    step: Step<'_>,
    doc: &OrderDocument,
    code: &CouponCode,
    ending: Ending,
) -> Result<HoldEnd> {
    let keys = coupon_keys(&step, doc, code);
    let ending = match ending {
        Ending::Redeemed => "redeemed",
        Ending::Returned => "returned",
        Ending::Refunded => "refunded",
    };
    step.run(
        &keys,
        script!(settles "promotion/end_coupon_hold" { code, ending }),
    )
    .await
}
