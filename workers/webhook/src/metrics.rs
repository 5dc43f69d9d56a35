//! Metrics of the service.

use std::time::Duration;

use contracts::event::DisableReason;
use metrics::{counter, histogram};
use store::webhook::AttemptOutcome;

/// A metric of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Counter: posts. Labels: outcome, one of delivered, failed, gone.
    Attempts,
    /// Histogram: seconds a post took. Labels: outcome.
    AttemptSeconds,
    /// Counter: attempts deferred by the circuit breaker or the limit in flight.
    Waits,
    /// Counter: webhooks disabled. Labels: reason.
    Disabled,
}

/// Type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A counter.
    Counter,
    /// A histogram.
    Histogram,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 4] = [
        Self::Attempts,
        Self::AttemptSeconds,
        Self::Waits,
        Self::Disabled,
    ];

    /// Returns the name in Prometheus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attempts => "streamward_webhook_attempts_total",
            Self::AttemptSeconds => "streamward_webhook_attempt_seconds",
            Self::Waits => "streamward_webhook_waits_total",
            Self::Disabled => "streamward_webhook_disabled_total",
        }
    }

    /// Returns the text of the exposition's HELP line.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Attempts => "Posts to merchants' webhooks.",
            Self::AttemptSeconds => "Duration of a post to a merchant's webhook in seconds.",
            Self::Waits => "Attempts deferred because their webhook was busy or cooling down.",
            Self::Disabled => "Webhooks disabled because they are gone or failed for too long.",
        }
    }

    /// Returns the type.
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

    pub(crate) fn count_deferred() {
        counter!(Self::Waits.name()).increment(1);
    }

    pub(crate) fn count_disabled(reason: DisableReason) {
        counter!(Self::Disabled.name(), "reason" => reason.name()).increment(1);
    }
}
