//! Metrics of the service.

use std::time::Duration;

use contracts::event::DisableReason;
use metrics::{counter, histogram};
use store::webhook::AttemptOutcome;

streamward::metric_table! {
    /// A metric of the service.
    pub enum Metric {
        Attempts: Counter "streamward_webhook_attempts_total" [outcome]
            "Posts to merchants' webhooks.",
        AttemptSeconds: Histogram "streamward_webhook_attempt_seconds" [outcome]
            "Duration of a post to a merchant's webhook in seconds.",
        Waits: Counter "streamward_webhook_waits_total"
            "Attempts deferred because their webhook was busy or cooling down.",
        Disabled: Counter "streamward_webhook_disabled_total" [reason]
            "Webhooks disabled because they are gone or failed for too long.",
    }
}

impl Metric {
    pub(crate) fn count_attempt(fate: &AttemptOutcome, took: Duration) {
        let outcome = match fate {
            AttemptOutcome::Delivered => "delivered",
            AttemptOutcome::Disable(DisableReason::Gone) => "gone",
            AttemptOutcome::Retry(_)
            | AttemptOutcome::Disable(DisableReason::Exhausted | DisableReason::ByAdmin) => {
                "failed"
            }
        };
        counter!(Self::Attempts.name(), "outcome" => outcome).increment(1);
        histogram!(Self::AttemptSeconds.name(), "outcome" => outcome).record(took.as_secs_f64());
    }

    pub(crate) fn count_deferred() {
        counter!(Self::Waits.name()).increment(1);
    }

    pub(crate) fn count_disabled(reason: DisableReason) {
        counter!(Self::Disabled.name(), "reason" => reason.name()).increment(1);
    }
}
