//! The payment service: the only one that talks to the provider.
//!
//! Effects at the provider happen at least once and carry an idempotency key that follows from the
//! order, so a step repeated after a crash charges nobody twice. What a charge came to is learnt
//! from the provider's signed callback. The provider is asked when a callback is doubtful, when an order
//! ends whose intent can no longer be voided, and, with growing pauses, about every payment of which
//! nothing was heard: a callback that is lost for good loses no money and no order.
//!
//! ```text
//! order awaits payment ─▶ open ─▶ charge ─▶ callback ─▶ record
//!                          │ timer   │ no answer  │ lost
//!                          └─────────┴────────────┴──▶ poll: record, charge again, or wait
//! order ends ──▶ void ── too late ─▶ poll
//! ```

mod asking;
mod charging;
pub mod gateway;
mod handler;
mod message;
mod opening;
mod polling;
mod report;
mod stripe;

use std::{sync::Arc, time::Duration};

use contracts::{Money, OrderId, PaymentId, Service};
use streamward::{Backoff, Consumer, Runtime};

pub use gateway::{Gateway, GatewayError, IntentTruth, Voided};
pub use handler::PaymentHandler;
pub use message::PaymentMessage;
pub use stripe::StripeGateway;

/// A provider may be away for a while: half an hour of trying, with pauses up to twenty seconds.
const ATTEMPTS: u32 = 100;

/// Openings whose process was killed say nothing against the order: the provider takes seconds, so a process
/// that is killed again and again is killed in the middle of the same ones. A quarantined opening would be a
/// payment that nobody opens, while every handler ends within its timeout and no message is known to kill one.
const CRASHES: u32 = 20;

fn patience() -> Backoff {
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(20));
    Backoff::new(first, longest, 0.2).unwrap_or_default()
}

/// The payment service's consumer of so many workers. The provider may take seconds, so its handlers may
/// too; three workers out of four may wait for charges.
pub fn consumer<G: Gateway>(
    runtime: &Runtime,
    gateway: Arc<G>,
    workers: usize,
) -> Consumer<PaymentHandler<G>> {
    let service = Service::Payment;
    let places = (workers * 3 / 4).max(1);
    Consumer::new(
        service.name(),
        PaymentHandler::new(runtime.clone(), gateway, places),
    )
    .concurrency(workers)
    .reads(service.reads().iter().copied())
    .writes([service.writes()])
    .timeout(Duration::from_secs(25))
    .lease(Duration::from_secs(60))
    .backoff(patience())
    .max_attempts(ATTEMPTS)
    .max_crashes(CRASHES)
}

/// The idempotency key of an order's payment at the provider; those of its charges begin with it.
pub(crate) fn charge_key(order: &OrderId) -> String {
    PaymentId::of(order).to_string()
}

/// A refund at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The provider's id.
    pub id: String,
    /// What went back.
    pub amount: Money,
}
