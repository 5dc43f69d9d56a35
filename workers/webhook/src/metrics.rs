//! Every metric of the service, named in one place.

use std::time::Duration;

use contracts::event::DisableReason;
use metrics::{counter, histogram};
use store::webhook::AttemptOutcome;

/// The service's metrics. The name is what Prometheus sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Counter: posts. Labels: outcome, one of delivered, failed, gone.
    Attempts,
    /// Histogram: seconds a post took. Labels: outcome.
    AttemptSeconds,
    /// Counter: attempts that had to wait for their webhook.
    Waits,
    /// Counter: webhooks switched off. Labels: reason.
    Disabled,
}

/// What kind of metric one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It only grows.
    Counter,
    /// It is a distribution.
    Histogram,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Attempts,
        Self::AttemptSeconds,
        Self::Waits,
        Self::Disabled,
    ];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attempts => "streamward_webhook_attempts_total",
            Self::AttemptSeconds => "streamward_webhook_attempt_seconds",
            Self::Waits => "streamward_webhook_waits_total",
            Self::Disabled => "streamward_webhook_disabled_total",
        }
    }

    /// What it says, for the exposition's HELP line.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Attempts => "Posts to merchants' webhooks.",
            Self::AttemptSeconds => "Seconds a post to a merchant's webhook took.",
            Self::Waits => "Attempts that had to wait for their webhook.",
            Self::Disabled => "Webhooks switched off because they are gone or failed for too long.",
        }
    }

    /// What kind it is.
    pub const fn shape(self) -> Shape {
        match self {
            Self::Attempts | Self::Waits | Self::Disabled => Shape::Counter,
            Self::AttemptSeconds => Shape::Histogram,
        }
    }

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

    pub(crate) fn count_wait() {
        counter!(Self::Waits.name()).increment(1);
    }

    pub(crate) fn count_disabled(reason: DisableReason) {
        counter!(Self::Disabled.name(), "reason" => reason.name()).increment(1);
    }
}
