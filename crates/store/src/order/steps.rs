//! The steps of the order service.

use contracts::{
    Money, OrderId, PaymentId, Service,
    event::{
        CancelReason, ChargeStatus, Failure, OrderCancelled, OrderConfirmed, OrderPaymentFailed,
        OrderPaymentReturned, OrderRefunded, PaymentProcessed,
    },
};
use streamward::{Envelope, TraceParent};

use super::open_orders;
use crate::{Result, Step, keys, step::pack_head};

replies! {
    /// Result of recording the payment page.
    #[derive(Copy)]
    pub Noted {
        /// The payment page is stored.
        Noted = "NOTED",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Records the provider's payment page of the order.
pub async fn record_payment_opened(step: Step<'_>, pay_url: &str) -> Result<Noted> {
    let keys = [keys::order(step.partition, step.order)];
    step.run(
        &keys,
        script!(settles "order/record_payment_opened" { url: pay_url }),
    )
    .await
}

replies! {
    /// Result of recording a captured payment.
    #[derive(Copy)]
    pub Paid {
        /// The order is confirmed.
        Confirmed = "CONFIRMED",
        /// The payment is too late and is refunded.
        Refund = "REFUND",
        /// The amount is not the order's total: it is refunded, and the order is cancelled.
        Mismatch = "MISMATCH",
        /// The payment was recorded before.
        Duplicate = "DUPLICATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Records captured money; confirms the order or requests a refund.
pub async fn record_payment(step: Step<'_>, event: &PaymentProcessed) -> Result<Paid> {
    debug_assert_eq!(event.payment_status, ChargeStatus::Succeeded);
    let (partition, order) = (step.partition, step.order);
    let keys = [
        keys::order(partition, order),
        keys::topics(partition, Service::Order),
        keys::order_timers(partition),
    ];
    let script = script!(emits "order/record_payment" {
        order,
        payment: &event.payment_id,
        captured: event.amount,
        head: pack_head(|document| OrderConfirmed {
            order_id: order.clone(),
            payment_id: event.payment_id.clone(),
            order: document,
        })?,
        cancelled: cancelled_head(order, CancelReason::AmountMismatch)?,
        second: Envelope::next(TraceParent::start()).id,
    });
    step.run(&keys, script).await
}

pub(super) fn cancelled_head(order: &OrderId, reason: CancelReason) -> Result<Vec<u8>> {
    pack_head(|document| OrderCancelled {
        order_id: order.clone(),
        reason,
        order: document,
    })
}

replies! {
    /// Result of recording a failed charge.
    #[derive(Copy)]
    pub Declined {
        /// The failure is recorded and the customer is notified.
        Recorded = "RECORDED",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Records a failed charge; the order stays payable.
pub async fn record_declined_charge(
    mut step: Step<'_>,
    failure: &Failure,
    pay_url: Option<&str>,
) -> Result<Declined> {
    let (partition, order) = (step.partition, step.order);
    let Some(doc) = open_orders::doc_of(&mut step.settling.link, partition, order).await? else {
        return Ok(Declined::Unknown);
    };
    let keys = [
        keys::order(partition, order),
        keys::topics(partition, Service::Order),
        keys::open_of(partition, &doc.customer_id),
    ];
    let script = script!(emits "order/record_declined_charge" {
        order,
        url: pay_url,
        head: pack_head(|document| OrderPaymentFailed {
            order_id: order.clone(),
            failure: failure.clone(),
            pay_url: pay_url.map(ToOwned::to_owned),
            order: document,
        })?,
        lines: open_orders::lines_of(&doc.items),
        open_ttl: open_orders::TTL,
    });
    step.run(&keys, script).await
}

replies! {
    /// Result of expiring an order.
    #[derive(Copy)]
    pub Expired {
        /// The order is cancelled.
        Cancelled = "CANCELLED",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Cancels an order whose time to pay is over.
pub async fn expire_order(step: Step<'_>) -> Result<Expired> {
    let order = step.order;
    let keys = [
        keys::order(step.partition, order),
        keys::topics(step.partition, Service::Order),
    ];
    let head = cancelled_head(order, CancelReason::PaymentTimeout)?;
    step.run(&keys, script!(emits "order/expire_order" { order, head }))
        .await
}

replies! {
    /// Result of a reminder.
    #[derive(Copy)]
    pub Reminded {
        /// The customer is being reminded.
        Reminded = "REMINDED",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Emits `OrderPaymentDue` when most of the time to pay has passed.
pub async fn remind_payment_due(step: Step<'_>) -> Result<Reminded> {
    let order = step.order;
    let keys = [
        keys::order(step.partition, order),
        keys::topics(step.partition, Service::Order),
    ];
    step.run(&keys, script!(emits "order/remind_payment_due" { order }))
        .await
}

replies! {
    /// Result of recording a refund.
    #[derive(Copy)]
    pub Refunded {
        /// The order, which was confirmed, is refunded.
        Refunded = "REFUNDED",
        /// The order had ended unpaid; the refund is recorded.
        Noted = "NOTED",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Records that `amount` of the order was refunded.
pub async fn record_refund(step: Step<'_>, amount: Money) -> Result<Refunded> {
    let order = step.order;
    let keys = [
        keys::order(step.partition, order),
        keys::topics(step.partition, Service::Order),
    ];
    let (order_id, payment_id) = (order.clone(), PaymentId::of(order));
    let head = pack_head(|document| OrderRefunded {
        order_id: order_id.clone(),
        payment_id: payment_id.clone(),
        amount,
        order: document,
    })?;
    // No notification when no money moved.
    let returned = if amount.amount == 0 {
        Vec::new()
    } else {
        pack_head(|document| OrderPaymentReturned {
            order_id: order_id.clone(),
            payment_id: payment_id.clone(),
            amount,
            order: document,
        })?
    };
    let script = script!(emits "order/record_refund" {
        order,
        head,
        returned,
    });
    step.run(&keys, script).await
}
