//! The steps of the order service.

use std::time::Duration;

use contracts::{
    OrderId, PaymentId,
    event::{
        CancelReason, ChargeStatus, Failure, InventoryRejected, InventoryReserved, Kind,
        OrderCancelled, OrderConfirmed, OrderPaymentFailed, OrderRejected, PaymentProcessed,
        RejectReason, Shortage,
    },
};
use serde::Serialize;
use streamward::{Envelope, Runtime, TraceParent, pack_head};

use crate::{Result, Step, keys, scripts, step::partition_of};

macro_rules! replies {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $tag:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            fn read(reply: &streamward::Reply) -> Result<Self> {
                match reply.tag() {
                    $($tag => Ok(Self::$variant),)+
                    _ => Err(reply.unexpected()),
                }
            }
        }
    };
}

replies!(
    /// What an answer to a hold did.
    Held {
        /// Other holds are still open.
        Waiting = "WAITING",
        /// All are granted; the customer may pay.
        AwaitingPayment = "AWAITING_PAYMENT",
        /// Refused; the order is rejected.
        Rejected = "REJECTED",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

replies!(
    /// What captured money did.
    Paid {
        /// The order is confirmed.
        Confirmed = "CONFIRMED",
        /// Too late or the wrong amount: it goes back.
        Refund = "REFUND",
        /// The payment was known.
        Duplicate = "DUPLICATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

replies!(
    /// What a failed charge did.
    Declined {
        /// The customer is being told.
        Told = "TOLD",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

replies!(
    /// What the end of the time to pay did.
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
    /// What a note did.
    Noted {
        /// It is written down.
        Noted = "NOTED",
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
    order: (),
}

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
struct CancelledHead<'a> {
    order_id: &'a OrderId,
    reason: CancelReason,
    order: (),
}

/// The inventory granted (`None`) or refused (its shortages) the order's lines.
///
/// # Errors
/// [`streamward::Error`].
pub async fn hold(
    mut step: Step<'_>,
    shortages: Option<&[Shortage]>,
    time_to_pay: Duration,
) -> Result<Held> {
    let (partition, order) = (step.partition, step.order);
    let all = [
        keys::order(partition, order),
        keys::stream(partition, contracts::Service::Order),
        keys::order_timers(partition),
    ];
    let reason = RejectReason::OutOfStock;
    let (verdict, answer) = match shortages {
        None => ("granted", InventoryReserved::KIND),
        Some(_) => ("refused", InventoryRejected::KIND),
    };
    let (details, head) = match shortages {
        None => (String::new(), Vec::new()),
        Some(shortages) => {
            let head = RejectedHead {
                order_id: order,
                reason,
                shortages,
                order: (),
            };
            let details = serde_json::to_string(shortages).unwrap_or_default();
            (details, pack_head(OrderRejected::KIND, &head)?)
        }
    };
    let reply = step
        .call(&scripts::ORDER_HOLD, &all)
        .arg(order.as_str())
        .arg("inventory")
        .arg(verdict)
        .arg(0)
        .arg(reason.name())
        .arg(details)
        .arg(head)
        .arg(u64::try_from(time_to_pay.as_millis()).unwrap_or(u64::MAX))
        .arg(answer)
        .arg(contracts::Service::Inventory.writes())
        .run(&mut step.link)
        .await?;
    Held::read(&reply)
}

/// The provider's page for the order is known.
///
/// # Errors
/// [`streamward::Error`].
pub async fn opened(mut step: Step<'_>, pay_url: &str) -> Result<Noted> {
    let all = [keys::order(step.partition, step.order)];
    let call = step.settle(&scripts::ORDER_OPENED, &all).arg(pay_url);
    Noted::read(&call.run(&mut step.link).await?)
}

/// Money was captured for the order.
///
/// # Errors
/// [`streamward::Error`].
pub async fn paid(mut step: Step<'_>, event: &PaymentProcessed) -> Result<Paid> {
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
    let reply = step
        .call(&scripts::ORDER_PAID, &all)
        .arg(order.as_str())
        .arg(event.payment_id.as_str())
        .arg(event.amount.amount)
        .arg(event.amount.currency.as_str())
        .arg(pack_head(OrderConfirmed::KIND, &head)?)
        .run(&mut step.link)
        .await?;
    Paid::read(&reply)
}

/// A charge failed; the order stays payable.
///
/// # Errors
/// [`streamward::Error`].
pub async fn declined(
    mut step: Step<'_>,
    failure: &Failure,
    pay_url: Option<&str>,
) -> Result<Declined> {
    let (partition, order) = (step.partition, step.order);
    let all = [
        keys::order(partition, order),
        keys::stream(partition, contracts::Service::Order),
    ];
    let head = FailedHead {
        order_id: order,
        failure,
        pay_url,
        order: (),
    };
    let reply = step
        .call(&scripts::ORDER_DECLINED, &all)
        .arg(order.as_str())
        .arg(pay_url.unwrap_or(""))
        .arg(pack_head(OrderPaymentFailed::KIND, &head)?)
        .run(&mut step.link)
        .await?;
    Declined::read(&reply)
}

/// The time to pay is over.
///
/// # Errors
/// [`streamward::Error`].
pub async fn expire(mut step: Step<'_>) -> Result<Expired> {
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
        .call(&scripts::ORDER_EXPIRE, &all)
        .arg(order.as_str())
        .arg(pack_head(OrderCancelled::KIND, &head)?)
        .run(&mut step.link)
        .await?;
    Expired::read(&reply)
}

/// The money of the order went back.
///
/// # Errors
/// [`streamward::Error`].
pub async fn refunded(mut step: Step<'_>) -> Result<Noted> {
    let all = [keys::order(step.partition, step.order)];
    let call = step.settle(&scripts::ORDER_REFUNDED, &all);
    Noted::read(&call.run(&mut step.link).await?)
}

/// What became of a wish to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayRequest {
    /// The charge is under way.
    Requested,
    /// The order cannot be paid in this state.
    NotPayable(String),
    /// There is no such order.
    Unknown,
}

/// The customer asks to pay an open order with `method`.
///
/// # Errors
/// [`streamward::Error`].
pub async fn request_payment(
    runtime: &Runtime,
    order: &OrderId,
    method: &str,
    trace: TraceParent,
) -> Result<PayRequest> {
    let partition = partition_of(runtime, order)?;
    let all = [
        keys::order(partition, order),
        keys::stream(partition, contracts::Service::Order),
    ];
    let envelope = Envelope::next(trace);
    let mut reply = scripts::ORDER_PAY
        .call(&all)
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(order.as_str())
        .arg(method)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "REQUESTED" => Ok(PayRequest::Requested),
        "NOT_PAYABLE" => Ok(PayRequest::NotPayable(reply.take()?)),
        "UNKNOWN" => Ok(PayRequest::Unknown),
        _ => Err(reply.unexpected()),
    }
}
