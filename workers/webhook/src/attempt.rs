//! An attempt to deliver an event: admitted, posted and recorded.

use std::time::Duration;

use contracts::event::{DisableReason, WebhookAttempt};
use store::webhook::{
    Attempt, AttemptContext, AttemptEnd, AttemptLog, AttemptOutcome, AttemptReport, AttemptStart,
};
use streamward::{Cause, Delivery, Outcome, clock};
use tokio::time::Instant;

use crate::{Metric, Settings, WebhookHandler, response::PostResult};

/// Maximum `Retry-After` honoured for one delivery.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// Maximum `Retry-After` honoured for all deliveries of a webhook.
const MAX_COOLDOWN: Duration = Duration::from_secs(3600);

impl WebhookHandler {
    pub(crate) async fn attempt(
        &self,
        message: &WebhookAttempt,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let mut attempt = Attempt::new(&self.runtime, delivery, message)?;
        let start = attempt.begin(&self.settings.circuit, rand::random());
        let context = match start.await? {
            AttemptStart::Go(context) => context,
            AttemptStart::Wait => {
                Metric::count_deferred();
                return Ok(Outcome::Settled);
            }
            AttemptStart::Skipped | AttemptStart::Gone | AttemptStart::Stale => {
                return Ok(Outcome::Settled);
            }
        };
        let (at, started) = (clock::now_ms(), Instant::now());
        let result = self
            .sender
            .post(&context.webhook.url, &context.secrets, message)
            .await;
        let took = started.elapsed();
        let fate = self.settings.outcome(&result, message.failed);
        Metric::count_attempt(&fate, took);
        let host = egress::Url::parse(&context.webhook.url).ok();
        let host = host.as_ref().and_then(|url| url.host_str());
        let report = AttemptReport {
            rest: self.settings.cooldown_after(&result, &context),
            host: host.unwrap_or_default(),
            made: AttemptLog {
                at,
                took: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                status: result.status,
                error: result.error,
            },
            fate,
        };
        if let (AttemptEnd::Disabled, AttemptOutcome::Disable(reason)) =
            (attempt.finish(&report).await?, &report.fate)
        {
            Metric::count_disabled(*reason);
            let (webhook, error) = (&message.webhook_id, &report.made.error);
            tracing::warn!(
                %webhook, host = report.host, reason = reason.name(), error, "webhook disabled"
            );
        }
        Ok(Outcome::Settled)
    }
}

impl Settings {
    /// Returns the outcome of an attempt after `failed` failed ones.
    fn outcome(&self, result: &PostResult, failed: u32) -> AttemptOutcome {
        if result.error.is_none() {
            return AttemptOutcome::Delivered;
        }
        if result.is_gone() {
            return AttemptOutcome::Disable(DisableReason::Gone);
        }
        match self.schedule.pause(failed, rand::random()) {
            None => AttemptOutcome::Disable(DisableReason::Exhausted),
            Some(pause) => {
                let requested = result.after.unwrap_or_default().min(MAX_PAUSE);
                AttemptOutcome::Retry(pause.max(requested))
            }
        }
    }

    /// Returns the cooldown of the webhook after this result.
    fn cooldown_after(&self, result: &PostResult, context: &AttemptContext) -> Duration {
        let cooldown = self.cooldown(context.failures.saturating_add(1));
        if result.is_throttled() {
            let requested = result.after.unwrap_or(self.first_cooldown);
            return cooldown.max(requested.min(MAX_COOLDOWN));
        }
        cooldown
    }
}
