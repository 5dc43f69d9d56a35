//! Attempts of webhook deliveries: admission by the circuit breaker, and the recorded result.

use std::time::Duration;

use contracts::{
    Service,
    event::{DisableReason, Message, WebhookAttempt, WebhookDelivered, WebhookDisabled},
};
use streamward::{
    Call, Delivery, Envelope, Error, Partition, Runtime, Script, SharedConnection, delay, pack,
};

use super::{AttemptLog, Secrets, Subscription, repository::read};
use crate::{Result, keys, millis::millis, scripts};

/// When attempts of one webhook are held back for the sake of the others.
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
    delivery: &'a Delivery,
    message: &'a WebhookAttempt,
    envelope: Envelope,
    link: SharedConnection,
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

/// Whether an attempt may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptStart {
    /// The attempt is admitted and in flight.
    Go(Box<AttemptContext>),
    /// The attempt is postponed through the delay queue.
    Wait,
    /// The webhook is switched off; the delivery is over.
    Skipped,
    /// The webhook was removed.
    Gone,
    /// The delivery was settled before.
    Stale,
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
    /// For how long the webhook is left alone after a failure.
    pub rest: Duration,
}

/// Effect of recording a finished attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// The result is recorded.
    Finished,
    /// And the webhook is switched off.
    Disabled,
    /// The webhook was removed.
    Gone,
    /// The delivery was settled before.
    Stale,
}

impl<'a> Attempt<'a> {
    /// The attempt that `delivery` asks for.
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
            delivery,
            message,
            envelope: Envelope::next(delivery.trace()),
            link: runtime.server().link(),
        })
    }

    fn settle<'s>(&self, script: &'s Script, keys: &[String]) -> Call<'s> {
        let receipt = &self.delivery.receipt;
        let mut all: Vec<&str> = vec![&receipt.stream];
        all.extend(keys.iter().map(String::as_str));
        script.call(&all).arg(&*receipt.group).arg(&receipt.id)
    }

    fn job(&self) -> String {
        delay::job(WebhookAttempt::KIND, self.message.delivery_id.as_str())
    }

    /// Asks whether it may be made now. `chance`, from 0 to 1, spreads those that have to wait.
    ///
    /// # Errors
    /// [`streamward::Error`].
    pub async fn begin(&mut self, circuit: &Circuit, chance: f64) -> Result<AttemptStart> {
        let (partition, webhook) = (self.partition, &self.message.webhook_id);
        let service = Service::Webhook.name();
        let all = [
            keys::webhooks(partition),
            keys::webhook_secrets(partition),
            keys::webhook_state(partition, webhook),
            keys::webhook_inflight(partition, webhook),
            partition.delayed(service),
            partition.delayed_data(service),
            keys::webhook_log(partition, webhook),
        ];
        let call = self
            .settle(&scripts::BEGIN_ATTEMPT, &all)
            .arg(webhook.as_str())
            .arg(self.message.delivery_id.as_str())
            .arg(circuit.room)
            .arg(circuit.opens)
            .arg(millis(circuit.lease))
            .arg(chance)
            .arg(self.job())
            .arg(pack(WebhookAttempt::KIND, self.message)?);
        let mut reply = call.run(&mut self.link).await?;
        match reply.tag() {
            "GO" => {
                let (text, secrets): (String, String) = (reply.take()?, reply.take()?);
                Ok(AttemptStart::Go(Box::new(AttemptContext {
                    webhook: read(&text).ok_or_else(|| reply.unexpected())?,
                    secrets: Secrets::read(&secrets),
                    failures: reply.take()?,
                })))
            }
            "WAIT" => Ok(AttemptStart::Wait),
            "SKIPPED" => Ok(AttemptStart::Skipped),
            "GONE" => Ok(AttemptStart::Gone),
            "STALE" => Ok(AttemptStart::Stale),
            _ => Err(reply.unexpected()),
        }
    }

    /// Notes what became of it, and settles the delivery.
    ///
    /// # Errors
    /// [`streamward::Error`].
    pub async fn finish(&mut self, leave: &AttemptReport<'_>) -> Result<AttemptEnd> {
        let (partition, webhook) = (self.partition, &self.message.webhook_id);
        let service = Service::Webhook;
        let all = [
            keys::webhooks(partition),
            keys::webhook_state(partition, webhook),
            keys::webhook_inflight(partition, webhook),
            partition.delayed(service.name()),
            partition.delayed_data(service.name()),
            keys::webhook_log(partition, webhook),
            keys::stream(partition, service),
        ];
        let (fate, delay) = match leave.fate {
            AttemptOutcome::Delivered => ("delivered", Duration::ZERO),
            AttemptOutcome::Retry(delay) => ("retry", delay),
            AttemptOutcome::Disable(DisableReason::Gone) => ("gone", Duration::ZERO),
            AttemptOutcome::Disable(DisableReason::Exhausted | DisableReason::ByAdmin) => {
                ("failed", Duration::ZERO)
            }
        };
        let made = serde_json::to_string(&leave.made).map_err(|error| Error::Pack {
            kind: "attempt",
            cause: error.to_string(),
        })?;
        let next = WebhookAttempt {
            failed: self.message.failed.saturating_add(1),
            ..self.message.clone()
        };
        let call = self
            .settle(&scripts::FINISH_ATTEMPT, &all)
            .arg(&self.envelope.id)
            .arg(&self.envelope.at)
            .arg(&self.envelope.tp)
            .arg(webhook.as_str())
            .arg(self.message.delivery_id.as_str())
            .arg(fate)
            .arg(made)
            .arg(millis(delay))
            .arg(millis(leave.rest))
            .arg(leave.made.took)
            .arg(self.job())
            .arg(pack(WebhookAttempt::KIND, &next)?)
            .arg(self.event(leave)?);
        let reply = call.run(&mut self.link).await?;
        match reply.tag() {
            "FINISHED" => Ok(AttemptEnd::Finished),
            "DISABLED" => Ok(AttemptEnd::Disabled),
            "GONE" => Ok(AttemptEnd::Gone),
            "STALE" => Ok(AttemptEnd::Stale),
            _ => Err(reply.unexpected()),
        }
    }

    /// Returns the packed event for the stream `webhooks`; empty for a retry.
    fn event(&self, leave: &AttemptReport<'_>) -> Result<Vec<u8>> {
        let message = self.message;
        match leave.fate {
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
                    host: leave.host.to_owned(),
                    reason,
                    delivery_id: message.delivery_id.clone(),
                    error: leave.made.error.clone().unwrap_or_default(),
                };
                pack(WebhookDisabled::KIND, &event)
            }
        }
    }
}
