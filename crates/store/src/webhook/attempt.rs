//! Attempts of webhook deliveries: admission by the circuit breaker, and the recorded result.

use std::time::Duration;

use contracts::{
    Service,
    event::{DisableReason, Message, WebhookAttempt, WebhookDelivered, WebhookDisabled},
};
use streamward::{Delivery, Error, Partition, Reply, Runtime, delay, pack};

use super::{AttemptLog, Secrets, Subscription, repository::parse};
use crate::{
    Result, keys,
    script::{Part, json},
    step::Settling,
};

/// Limits on the attempts of one webhook, which protect the other webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// Attempts in flight at most, over all processes; one while the circuit is open.
    pub room: u32,
    /// Failures in a row that open it.
    pub opens: u32,
    /// An attempt in flight for longer counts as dead.
    pub lease: Duration,
}

/// A delivered attempt message.
#[derive(Debug)]
pub struct Attempt<'a> {
    partition: &'a Partition,
    message: &'a WebhookAttempt,
    settling: Settling<'a>,
}

/// Webhook, secrets and failure count of an admitted attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptContext {
    /// The webhook.
    pub webhook: Subscription,
    /// Signing secrets.
    pub secrets: Secrets,
    /// Attempts of this webhook that failed in a row before, whatever the delivery.
    pub failures: u32,
}

replies! {
    /// Whether an attempt may be made.
    pub AttemptStart {
        /// The attempt is admitted and in flight.
        Go(Box<AttemptContext>) = "GO",
        /// The attempt is postponed through the delay queue.
        Wait = "WAIT",
        /// The webhook is switched off; the delivery is over.
        Skipped = "SKIPPED",
        /// The webhook was removed.
        Gone = "GONE",
        /// The delivery was settled before.
        Stale = "STALE",
    }
}

impl Part for Box<AttemptContext> {
    fn take(reply: &mut Reply) -> Result<Self> {
        let (webhook, secrets): (String, String) = (reply.take()?, reply.take()?);
        Ok(Self::new(AttemptContext {
            webhook: parse(&webhook).ok_or_else(|| reply.unexpected())?,
            secrets: Secrets::read(&secrets),
            failures: reply.take()?,
        }))
    }
}

/// Result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The merchant answered 2xx.
    Delivered,
    /// The attempt failed and is retried after this delay.
    Retry(Duration),
    /// The attempt failed and disables the webhook for this reason.
    Disable(DisableReason),
}

/// Report of a finished attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptReport<'a> {
    /// The result.
    pub fate: AttemptOutcome,
    /// The attempt, for the log.
    pub made: AttemptLog,
    /// The host of the webhook.
    pub host: &'a str,
    /// Pause of the webhook after a failure.
    pub rest: Duration,
}

replies! {
    /// Effect of recording a finished attempt.
    #[derive(Copy)]
    pub AttemptEnd {
        /// The result is recorded.
        Finished = "FINISHED",
        /// The result is recorded, and the webhook is switched off.
        Disabled = "DISABLED",
        /// The webhook was removed.
        Gone = "GONE",
        /// The delivery was settled before.
        Stale = "STALE",
    }
}

impl<'a> Attempt<'a> {
    /// The attempt of a delivered message.
    ///
    /// # Errors
    /// [`Error::Server`] when its stream is none of this shop's.
    pub fn new(
        runtime: &'a Runtime,
        delivery: &'a Delivery,
        message: &'a WebhookAttempt,
    ) -> Result<Self> {
        let stream = &*delivery.receipt.stream;
        let is_it = |it: &&Partition| stream == it.inbox(Service::Webhook.name());
        let partition = runtime.partitions().iter().find(is_it);
        Ok(Self {
            partition: partition.ok_or_else(|| Error::Server {
                setting: "partitions",
                problem: format!("{stream} is no webhook inbox of this shop"),
            })?,
            message,
            settling: Settling::of(runtime, delivery),
        })
    }

    fn job(&self) -> String {
        delay::job(WebhookAttempt::KIND, self.message.delivery_id.as_str())
    }

    /// Returns whether it may be made now. `chance`, from 0 to 1, spreads postponed attempts.
    pub async fn begin(&mut self, circuit: &Circuit, chance: f64) -> Result<AttemptStart> {
        let (partition, webhook) = (self.partition, &self.message.webhook_id);
        let service = Service::Webhook.name();
        let keys = [
            keys::webhooks(partition),
            keys::webhook_secrets(partition),
            keys::webhook_state(partition, webhook),
            keys::webhook_inflight(partition, webhook),
            partition.delayed(service),
            partition.delayed_data(service),
            keys::webhook_log(partition, webhook),
        ];
        let script = script!(settles "webhook/begin_attempt" {
            webhook,
            delivery: &self.message.delivery_id,
            room: circuit.room,
            opens: circuit.opens,
            lease: circuit.lease,
            chance,
            job: self.job(),
            attempt: pack(WebhookAttempt::KIND, self.message)?,
        });
        self.settling.run(&keys, script).await
    }

    /// Records the result, and settles the delivery.
    pub async fn finish(&mut self, report: &AttemptReport<'_>) -> Result<AttemptEnd> {
        let (partition, webhook) = (self.partition, &self.message.webhook_id);
        let service = Service::Webhook;
        let keys = [
            keys::webhooks(partition),
            keys::webhook_state(partition, webhook),
            keys::webhook_inflight(partition, webhook),
            partition.delayed(service.name()),
            partition.delayed_data(service.name()),
            keys::webhook_log(partition, webhook),
            keys::topics(partition, service),
        ];
        let (fate, delay) = match report.fate {
            AttemptOutcome::Delivered => ("delivered", Duration::ZERO),
            AttemptOutcome::Retry(delay) => ("retry", delay),
            AttemptOutcome::Disable(DisableReason::Gone) => ("gone", Duration::ZERO),
            AttemptOutcome::Disable(DisableReason::Exhausted | DisableReason::ByAdmin) => {
                ("failed", Duration::ZERO)
            }
        };
        let next = WebhookAttempt {
            failed: self.message.failed.saturating_add(1),
            ..self.message.clone()
        };
        let script = script!(emits "webhook/finish_attempt" {
            webhook,
            delivery: &self.message.delivery_id,
            fate,
            made: json("attempt", &report.made)?,
            delay,
            rest: report.rest,
            took: report.made.took,
            job: self.job(),
            attempt: pack(WebhookAttempt::KIND, &next)?,
            event: self.event(report)?,
        });
        self.settling.run(&keys, script).await
    }

    /// Returns the packed event for the topic `webhooks:delivered` or `webhooks:disabled`; empty for a retry.
    fn event(&self, report: &AttemptReport<'_>) -> Result<Vec<u8>> {
        let message = self.message;
        match report.fate {
            AttemptOutcome::Retry(_) => Ok(Vec::new()),
            AttemptOutcome::Delivered => {
                let event = WebhookDelivered {
                    webhook_id: message.webhook_id.clone(),
                    delivery_id: message.delivery_id.clone(),
                    event_type: message.event_type,
                    order_id: message.order_id.clone(),
                    attempts: message.failed.saturating_add(1),
                };
                pack(WebhookDelivered::KIND, &event)
            }
            AttemptOutcome::Disable(reason) => {
                let event = WebhookDisabled {
                    webhook_id: message.webhook_id.clone(),
                    host: report.host.to_owned(),
                    reason,
                    delivery_id: message.delivery_id.clone(),
                    error: report.made.error.clone().unwrap_or_default(),
                };
                pack(WebhookDisabled::KIND, &event)
            }
        }
    }
}
