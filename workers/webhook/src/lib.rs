//! The webhook service: delivers orders' events to merchants' endpoints, by Standard Webhooks 1.0.0.
//!
//! One step fans an event out to one delivery per webhook ([`WebhookHandler`]). Each delivery is then
//! posted, signed, until the endpoint accepts it or the [`Schedule`] ends. Delivery is at least once; a
//! repeated post has the same `webhook-id`.
//!
//! **Invariant:** a hanging or failing endpoint delays no other: attempts per webhook are bounded, and
//! deferred ones are in the delay queue, not in a worker.

mod attempt;
mod message;
mod metrics;
mod payload;
mod response;
mod schedule;
mod sender;
mod signature;

use std::{sync::Arc, time::Duration};

use contracts::Service;
use store::{Step, webhook};
use streamward::{Backoff, Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::{OrderEvent, WebhookMessage};
pub use metrics::{Metric, Shape};
pub use payload::{MAX_BODY, payload};
pub use schedule::{Schedule, Settings};
pub use sender::{Sender, SenderError};
pub use signature::sign;

/// Handler of the webhook service.
#[derive(Debug)]
pub struct WebhookHandler {
    runtime: Runtime,
    sender: Arc<Sender>,
    settings: Settings,
}

impl WebhookHandler {
    /// Returns a handler that posts through `sender`.
    pub const fn new(runtime: Runtime, sender: Arc<Sender>, settings: Settings) -> Self {
        Self {
            runtime,
            sender,
            settings,
        }
    }

    async fn fan_out(&self, event: &OrderEvent, delivery: &Delivery) -> Result<Outcome, Cause> {
        let step = Step::new(&self.runtime, delivery, event.order_id())?;
        let mut to = webhook::subscribers(&self.runtime, step.partition()).await?;
        to.retain(|one| one.enabled && one.event_types.includes(event.event_type()));
        // Most shops have no webhooks.
        if to.is_empty() {
            return Ok(Outcome::Done);
        }
        let body = payload(event, delivery.entry.text("at"))?;
        let outgoing = webhook::OutgoingEvent {
            event_id: delivery.entry.text("id"),
            event_type: event.event_type(),
            body: &body,
        };
        webhook::fan_out_event(step, &outgoing, &to).await?;
        Ok(Outcome::Settled)
    }
}

impl Handler for WebhookHandler {
    type Message = WebhookMessage;

    async fn handle(&self, message: WebhookMessage, delivery: &Delivery) -> Outcome {
        match message {
            WebhookMessage::Order(event) => self.fan_out(&event, delivery).await.into(),
            WebhookMessage::Attempt(message) => self.attempt(&message, delivery).await.into(),
        }
    }
}

/// Attempts per entry: half a day with pauses up to five minutes, to outlast an outage of Redis. A failed
/// post is not one of them.
const MAX_ATTEMPTS: u32 = 150;

/// Returns the webhook service's consumer. Its handlers may take ten seconds longer than a post.
pub fn consumer(
    runtime: &Runtime,
    sender: Arc<Sender>,
    settings: Settings,
) -> Consumer<WebhookHandler> {
    let service = Service::Webhook;
    let timeout = sender.timeout() + Duration::from_secs(10);
    let handler = WebhookHandler::new(runtime.clone(), sender, settings);
    let (first_pause, max_pause) = (Duration::from_millis(100), Duration::from_secs(300));
    Consumer::new(service.name(), handler)
        .reads(service.reads().iter().copied())
        .writes([service.writes()])
        .timeout(timeout)
        .lease(Duration::from_secs(60).max(timeout * 2))
        .backoff(Backoff::new(first_pause, max_pause, 0.2).unwrap_or_default())
        .max_attempts(MAX_ATTEMPTS)
}
