//! The payment service: the only one that calls the provider.
//!
//! Effects at the provider happen at least once and carry an idempotency key that follows from the
//! order, so a step repeated after a crash charges nothing twice. The provider reports the end of a
//! charge by a signed callback. The intent is looked up when a callback is doubtful, when an order ends
//! whose intent can no longer be voided, and, at growing intervals, while no callback arrives: a lost
//! callback loses no money and no order.
//!
//! ```text
//! order awaits payment ─▶ open ─▶ charge ─▶ callback ─▶ record
//!                          │ timer   │ no answer  │ lost
//!                          └─────────┴────────────┴──▶ poll: record, charge again, or poll later
//! order ends ──▶ void ── too late ─▶ poll
//! ```

mod charge_limiter;
pub mod gateway;
mod handler;
mod message;
mod opening;
mod poll_schedule;
mod polling;
mod report;
mod stripe;

use std::{sync::Arc, time::Duration};

use contracts::{OrderId, PaymentId, Service};
use streamward::{Backoff, Consumer, Runtime};

pub use gateway::{Gateway, GatewayError, IntentSnapshot, Refund, VoidResponse};
pub use handler::PaymentHandler;
pub use message::PaymentMessage;
pub use stripe::StripeGateway;

/// Attempts per delivery: half an hour with pauses up to twenty seconds, to outlast the provider's outage.
const MAX_ATTEMPTS: u32 = 100;

/// Deliveries without an outcome before quarantine.
///
/// A killed process says nothing against the order: calls to the provider take seconds, so repeated
/// kills hit the same deliveries. Every handler ends within its timeout, no message is known to kill a
/// process, and a quarantined opening would leave an order without a payment.
const MAX_CRASHES: u32 = 20;

/// Returns the payment service's consumer with `workers` workers.
///
/// The provider may take seconds, so handlers may too; at most three quarters of the workers wait for
/// charges.
pub fn consumer<G: Gateway>(
    runtime: &Runtime,
    gateway: Arc<G>,
    workers: usize,
) -> Consumer<PaymentHandler<G>> {
    let service = Service::Payment;
    let charges = (workers * 3 / 4).max(1);
    let handler = PaymentHandler::new(runtime.clone(), gateway, charges);
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(20));
    Consumer::new(service.name(), handler)
        .concurrency(workers)
        .reads(service.reads())
        .writes(service.writes())
        .timeout(Duration::from_secs(25))
        .lease(Duration::from_secs(60))
        .backoff(Backoff::new(first, longest, 0.2).unwrap_or_default())
        .max_attempts(MAX_ATTEMPTS)
        .max_crashes(MAX_CRASHES)
}

/// Returns the idempotency key of an order's payment at the provider, the prefix of its charges' keys.
pub(crate) fn charge_key(order: &OrderId) -> String {
    PaymentId::of(order).to_string()
}
