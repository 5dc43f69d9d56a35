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

use std::{pin::Pin, sync::Arc, time::Duration};

use contracts::Service;
use store::{Step, webhook};
use streamward::{
    Backoff, Cause, Consumer, Delivery, Demand, Handler, Outcome, Partition, Runtime,
};

pub use message::{OrderEvent, WebhookMessage};
pub use metrics::Metric;
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

/// The demand for orders' events: there is some since the oldest webhook was added, enabled or not.
#[derive(Debug)]
struct Subscriptions(Runtime);

impl Demand for Subscriptions {
    fn since_ms<'a>(
        &'a self,
        partition: &'a Partition,
    ) -> Pin<Box<dyn Future<Output = streamward::Result<Option<u64>>> + Send + 'a>> {
        Box::pin(async move {
            let webhooks = webhook::subscribers(&self.0, partition).await?;
            let added = webhooks.iter().map(|webhook| webhook.created_at);
            // The clocks of two machines differ: rather a second of events more.
            Ok(added.min().map(|ms| ms.saturating_sub(1000).max(1)))
        })
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
        .reads_on_demand(service.reads(), Subscriptions(runtime.clone()))
        .writes(service.writes())
        .timeout(timeout)
        .lease(Duration::from_secs(60).max(timeout * 2))
        .backoff(Backoff::new(first_pause, max_pause, 0.2).unwrap_or_default())
        .max_attempts(MAX_ATTEMPTS)
}
