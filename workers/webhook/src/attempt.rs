//! One attempt: asked for, made, and noted.

use std::time::Duration;

use contracts::event::{DisableReason, WebhookAttempt};
use store::webhook::{
    Attempt, AttemptContext, AttemptEnd, AttemptLog, AttemptOutcome, AttemptReport, AttemptStart,
};
use streamward::{Cause, Delivery, Outcome, clock};
use tokio::time::Instant;

use crate::{Metric, Settings, WebhookHandler, answer::Answer};

/// Whoever asks to be left alone for longer is asked again all the same: the delivery,
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// and everything else that waits for the webhook.
const LONGEST_REST: Duration = Duration::from_secs(3600);

impl WebhookHandler {
    pub(crate) async fn attempt(
        &self,
        message: &WebhookAttempt,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let mut attempt = Attempt::new(&self.runtime, delivery, message)?;
        let begun = attempt
            .begin(&self.settings.circuit, rand::random())
            .await?;
        let go = match begun {
            AttemptStart::Go(go) => go,
            AttemptStart::Wait => {
                Metric::count_wait();
                return Ok(Outcome::Settled);
            }
            AttemptStart::Skipped | AttemptStart::Gone | AttemptStart::Stale => {
                return Ok(Outcome::Settled);
            }
        };
        let (at, began) = (clock::now_ms(), Instant::now());
        let answer = self
            .sender
            .post(&go.webhook.url, &go.secrets, message)
            .await;
        let took = began.elapsed();
        let fate = self.settings.fate(&answer, message.failed);
        Metric::count_attempt(&fate, took);
        let host = egress::Url::parse(&go.webhook.url).ok();
        let host = host.as_ref().and_then(|url| url.host_str());
        let leave = AttemptReport {
            rest: self.settings.rest_after(&answer, &go),
            host: host.unwrap_or_default(),
            made: AttemptLog {
                at,
                took: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                status: answer.status,
                error: answer.error,
            },
            fate,
        };
        if let (AttemptEnd::Disabled, AttemptOutcome::Disable(reason)) =
            (attempt.finish(&leave).await?, &leave.fate)
        {
            Metric::count_disabled(*reason);
            let (webhook, error) = (&message.webhook_id, &leave.made.error);
            tracing::warn!(
                %webhook, host = leave.host, reason = reason.name(), error, "webhook switched off"
            );
        }
        Ok(Outcome::Settled)
    }
}

impl Settings {
    /// What becomes of a delivery that had failed `failed` times before this answer.
    fn fate(&self, answer: &Answer, failed: u32) -> AttemptOutcome {
        if answer.error.is_none() {
            return AttemptOutcome::Delivered;
        }
        if answer.is_gone() {
            return AttemptOutcome::Disable(DisableReason::Gone);
        }
        match self.schedule.pause(failed, rand::random()) {
            None => AttemptOutcome::Disable(DisableReason::Exhausted),
            Some(pause) => {
                let asked = answer.after.unwrap_or_default().min(LONGEST_PAUSE);
                AttemptOutcome::Retry(pause.max(asked))
            }
        }
    }

    /// For how long the webhook is left alone after this answer.
    fn rest_after(&self, answer: &Answer, go: &AttemptContext) -> Duration {
        let rest = self.rest(go.failures.saturating_add(1));
        if answer.is_throttled() {
            let asked = answer.after.unwrap_or(self.first_rest);
            return rest.max(asked.min(LONGEST_REST));
        }
        rest
    }
}
