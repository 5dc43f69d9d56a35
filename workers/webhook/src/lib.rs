//! The webhook service: tells merchants' programs what becomes of orders, by Standard Webhooks 1.0.0.
//!
//! An event becomes one delivery per webhook in one step ([`WebhookHandler`]), and each delivery has a
//! fate of its own from there: it is posted, signed, until the merchant takes it or the [`Schedule`] is
//! used up. A post is made at least once; `webhook-id` tells the merchant that it is the same one.
//!
//! **Invariant:** a merchant who hangs or fails holds up nobody else: attempts per webhook are bounded,
//! and what has to wait lies in the delay queue and not in a worker.

mod answer;
mod attempt;
mod message;
mod metrics;
mod payload;
mod schedule;
mod sender;
mod signature;

use std::{sync::Arc, time::Duration};

use contracts::Service;
use store::{Step, webhook};
use streamward::{Backoff, Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::{OrderEvent, WebhookMessage};
pub use metrics::{Metric, Shape};
pub use payload::{LARGEST, payload};
pub use schedule::{Schedule, Settings};
pub use sender::{Sender, SenderError};
pub use signature::sign;

/// Handles what happens to orders, and the attempts that follow from it.
#[derive(Debug)]
pub struct WebhookHandler {
    runtime: Runtime,
    sender: Arc<Sender>,
    settings: Settings,
}

impl WebhookHandler {
    /// A handler on this shop that posts through `sender`.
    pub const fn new(runtime: Runtime, sender: Arc<Sender>, settings: Settings) -> Self {
        Self {
            runtime,
            sender,
            settings,
        }
    }

    async fn fan_out(&self, news: &OrderEvent, delivery: &Delivery) -> Result<Outcome, Cause> {
        let step = Step::new(&self.runtime, delivery, news.order_id())?;
        let everybody = webhook::subscribers(&self.runtime, step.partition()).await?;
        let wants = |one: &webhook::Subscription| {
            one.enabled && one.event_types.includes(news.event_type())
        };
        let to: Vec<_> = everybody.into_iter().filter(wants).collect();
        // Most shops have none; the event is nothing to this service.
        if to.is_empty() {
            return Ok(Outcome::Done);
        }
        let body = payload(news, delivery.entry.text("at"))?;
        let told = webhook::OutgoingEvent {
            event_id: delivery.entry.text("id"),
            event_type: news.event_type(),
            body: &body,
        };
        webhook::fan_out_event(step, &told, &to).await?;
        Ok(Outcome::Settled)
    }
}

impl Handler for WebhookHandler {
    type Message = WebhookMessage;

    async fn handle(&self, message: WebhookMessage, delivery: &Delivery) -> Outcome {
        match message {
            WebhookMessage::Order(news) => self.fan_out(&news, delivery).await.into(),
            WebhookMessage::Attempt(message) => self.attempt(&message, delivery).await.into(),
        }
    }
}

/// What fails here is Redis, not a merchant: half a day of trying, with pauses up to five minutes.
const ATTEMPTS: u32 = 150;

fn patience() -> Backoff {
    let (first, longest) = (Duration::from_millis(100), Duration::from_secs(300));
    Backoff::new(first, longest, 0.2).unwrap_or_default()
}

/// The webhook service's consumer. Its handlers may take as long as a merchant may, and a little longer.
pub fn consumer(
    runtime: &Runtime,
    sender: Arc<Sender>,
    settings: Settings,
) -> Consumer<WebhookHandler> {
    let service = Service::Webhook;
    let longest = sender.timeout() + Duration::from_secs(10);
    Consumer::new(
        service.name(),
        WebhookHandler::new(runtime.clone(), sender, settings),
    )
    .reads(service.reads().iter().copied())
    .writes([service.writes()])
    .timeout(longest)
    .lease(Duration::from_secs(60).max(longest * 2))
    .backoff(patience())
    .max_attempts(ATTEMPTS)
}
