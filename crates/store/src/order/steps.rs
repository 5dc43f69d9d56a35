//! The steps of the order service.

use contracts::{
    Money, OrderId, PaymentId,
    event::{
        CancelReason, ChargeStatus, Failure, Message, OrderCancelled, OrderConfirmed,
        OrderPaymentFailed, OrderPaymentReturned, OrderRefunded, PaymentProcessed,
    },
};
use serde::Serialize;
use streamward::{Envelope, TraceParent, pack_head};

use super::open_orders;
use crate::{Result, Step, keys, millis::millis, scripts};

replies!(
    /// Result of recording a captured payment.
    Paid {
        /// The order is confirmed.
        Confirmed = "CONFIRMED",
        /// Too late: it goes back.
        Refund = "REFUND",
        /// Not the order's total: it goes back, and the order is cancelled.
        Mismatch = "MISMATCH",
        /// The payment was known.
        Duplicate = "DUPLICATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

replies!(
    /// Result of recording a failed charge.
    Declined {
        /// The failure is recorded and the customer is notified.
        Recorded = "RECORDED",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

replies!(
    /// Result of expiring an order.
    Expired {
        /// The order is cancelled.
        Cancelled = "CANCELLED",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

replies!(
    /// Result of recording a refund.
    Refunded {
        /// The order, which was confirmed, is refunded.
        Refunded = "REFUNDED",
        /// The order had ended unpaid; it is written down.
        Noted = "NOTED",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

replies!(
    /// Result of recording the payment page.
    Noted {
        /// The payment page is stored.
        Noted = "NOTED",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmedHead<'a> {
    order_id: &'a OrderId,
    payment_id: &'a PaymentId,
    order: (),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedHead<'a> {
    order_id: &'a OrderId,
    failure: &'a Failure,
    pay_url: Option<&'a str>,
    order: (),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelledHead<'a> {
    pub(super) order_id: &'a OrderId,
    pub(super) reason: CancelReason,
    pub(super) order: (),
}

/// Of `OrderRefunded` and `OrderPaymentReturned`, which say the same about different orders.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefundedHead<'a> {
    order_id: &'a OrderId,
    payment_id: &'a PaymentId,
    amount: Money,
    order: (),
}

/// Records the provider's payment page of the order.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_payment_opened(mut step: Step<'_>, pay_url: &str) -> Result<Noted> {
    let all = [keys::order(step.partition, step.order)];
    let call = step
        .settle(&scripts::RECORD_PAYMENT_OPENED, &all)
        .arg(pay_url);
    Noted::read(&call.run(&mut step.link).await?)
}

/// Records captured money; confirms the order or requests a refund.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_payment(mut step: Step<'_>, event: &PaymentProcessed) -> Result<Paid> {
    let (partition, order) = (step.partition, step.order);
    let all = [
        keys::order(partition, order),
        keys::stream(partition, contracts::Service::Order),
        keys::order_timers(partition),
    ];
    debug_assert_eq!(event.payment_status, ChargeStatus::Succeeded);
    let head = ConfirmedHead {
        order_id: order,
        payment_id: &event.payment_id,
        order: (),
    };
    let cancelled = CancelledHead {
        order_id: order,
        reason: CancelReason::AmountMismatch,
        order: (),
    };
    let reply = step
        .call(&scripts::RECORD_PAYMENT, &all)
        .arg(order.as_str())
        .arg(event.payment_id.as_str())
        .arg(event.amount.amount)
        .arg(event.amount.currency.as_str())
        .arg(pack_head(OrderConfirmed::KIND, &head)?)
        .arg(pack_head(OrderCancelled::KIND, &cancelled)?)
        .arg(Envelope::next(TraceParent::start()).id)
        .run(&mut step.link)
        .await?;
    Paid::read(&reply)
}

/// Records a failed charge; the order stays payable.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_declined_charge(
    mut step: Step<'_>,
    failure: &Failure,
    pay_url: Option<&str>,
) -> Result<Declined> {
    let (partition, order) = (step.partition, step.order);
    let Some(doc) = open_orders::doc_of(&mut step.link, partition, order).await? else {
        return Ok(Declined::Unknown);
    };
    let all = [
        keys::order(partition, order),
        keys::stream(partition, contracts::Service::Order),
        keys::open_of(partition, &doc.customer_id),
    ];
    let head = FailedHead {
        order_id: order,
        failure,
        pay_url,
        order: (),
    };
    let reply = step
        .call(&scripts::RECORD_DECLINED_CHARGE, &all)
        .arg(order.as_str())
        .arg(pay_url.unwrap_or(""))
        .arg(pack_head(OrderPaymentFailed::KIND, &head)?)
        .arg(open_orders::lines_of(&doc.items))
        .arg(millis(open_orders::TTL))
        .run(&mut step.link)
        .await?;
    Declined::read(&reply)
}

/// Cancels an order whose time to pay is over.
///
/// # Errors
/// [`streamward::Error`].
pub async fn expire_order(mut step: Step<'_>) -> Result<Expired> {
    let (partition, order) = (step.partition, step.order);
    let all = [
        keys::order(partition, order),
        keys::stream(partition, contracts::Service::Order),
    ];
    let reason = CancelReason::PaymentTimeout;
    let head = CancelledHead {
        order_id: order,
        reason,
        order: (),
    };
    let reply = step
        .call(&scripts::EXPIRE_ORDER, &all)
        .arg(order.as_str())
        .arg(pack_head(OrderCancelled::KIND, &head)?)
        .run(&mut step.link)
        .await?;
    Expired::read(&reply)
}

/// Records that `amount` of the order was refunded.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_refund(mut step: Step<'_>, amount: Money) -> Result<Refunded> {
    let (partition, order) = (step.partition, step.order);
    let all = [
        keys::order(partition, order),
        keys::stream(partition, contracts::Service::Order),
    ];
    let head = RefundedHead {
        order_id: order,
        payment_id: &PaymentId::of(order),
        amount,
        order: (),
    };
    // An order that cost nothing has nothing to be told of.
    let returned = if amount.amount == 0 {
        Vec::new()
    } else {
        pack_head(OrderPaymentReturned::KIND, &head)?
    };
    let reply = step
        .call(&scripts::RECORD_REFUND, &all)
        .arg(order.as_str())
        .arg(pack_head(OrderRefunded::KIND, &head)?)
        .arg(returned)
        .run(&mut step.link)
        .await?;
    Refunded::read(&reply)
}
