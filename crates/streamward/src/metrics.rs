//! Metrics of the runtime. Without the feature `metrics` nothing is recorded.

#[cfg(not(feature = "metrics"))]
mod noop;

#[cfg(feature = "metrics")]
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
#[cfg(not(feature = "metrics"))]
use noop::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::{delay::QueueInfo, inspect::GroupInfo};

/// The runtime's metrics. The name is what Prometheus sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Counter: entries handed to a worker. Labels: service.
    Deliveries,
    /// Counter: deliveries by outcome. Labels: service, outcome.
    Outcomes,
    /// Histogram: seconds a handler took. Labels: service.
    HandleSeconds,
    /// Gauge: entries being handled now. Labels: service.
    InFlight,
    /// Counter: entries deleted before their group had settled them. Must stay 0. Labels: service.
    LostBeforeAck,
    /// Counter: entries taken over from dead consumers. Labels: service.
    TakenOver,
    /// Counter: jobs promoted from the delay queue. Labels: service.
    Promoted,
    /// Gauge: milliseconds by which the latest promoted job was late. Labels: service.
    LatenessMs,
    /// Counter: restarts by the supervisors. Labels: path.
    Restarts,
    /// Counter: leases renewed for handlers that take their time. Labels: service.
    LeasesRenewed,
    /// Counter: entries that another consumer took over while they were handled here. Labels: service.
    LeasesLost,
    /// Counter: failed entries sent through the delay queue. Labels: service.
    Postponed,
    /// Gauge: entries of a stream not yet delivered; NaN while unknown. Labels: service, stream.
    Lag,
    /// Gauge: entries delivered and not settled. Labels: service, stream.
    Pending,
    /// Gauge: entries that back off in their place. Labels: service, stream.
    Parked,
    /// Gauge: dead letters. Labels: service, partition.
    DeadLetters,
    /// Gauge: jobs in the delay queue. Labels: service, partition.
    Delayed,
    /// Gauge: milliseconds by which the first job of the delay queue is late. Labels: service,
    /// partition.
    DelayLagMs,
    /// Gauge: milliseconds since a process' read model last heard from Redis.
    ReadModelStalenessMs,
    /// Gauge: drifts that the last audit found. Labels: rule.
    AuditDrifts,
    /// Gauge: Unix seconds at which the last audit ended.
    AuditLastSuccess,
    /// Gauge: seconds the last audit took, its rests included.
    AuditSeconds,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Deliveries,
        Self::Outcomes,
        Self::HandleSeconds,
        Self::InFlight,
        Self::LostBeforeAck,
        Self::TakenOver,
        Self::Promoted,
        Self::LatenessMs,
        Self::Restarts,
        Self::LeasesRenewed,
        Self::LeasesLost,
        Self::Postponed,
        Self::Lag,
        Self::Pending,
        Self::Parked,
        Self::DeadLetters,
        Self::Delayed,
        Self::DelayLagMs,
        Self::ReadModelStalenessMs,
        Self::AuditDrifts,
        Self::AuditLastSuccess,
        Self::AuditSeconds,
    ];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deliveries => "streamward_deliveries_total",
            Self::Outcomes => "streamward_outcomes_total",
            Self::HandleSeconds => "streamward_handle_seconds",
            Self::InFlight => "streamward_in_flight",
            Self::LostBeforeAck => "streamward_lost_before_ack_total",
            Self::TakenOver => "streamward_taken_over_total",
            Self::Promoted => "streamward_promoted_total",
            Self::LatenessMs => "streamward_delay_lateness_ms",
            Self::Restarts => "streamward_restarts_total",
            Self::LeasesRenewed => "streamward_leases_renewed_total",
            Self::LeasesLost => "streamward_leases_lost_total",
            Self::Postponed => "streamward_postponed_total",
            Self::Lag => "streamward_lag",
            Self::Pending => "streamward_pending",
            Self::Parked => "streamward_parked",
            Self::DeadLetters => "streamward_dead_letters",
            Self::Delayed => "streamward_delayed_jobs",
            Self::DelayLagMs => "streamward_delay_lag_ms",
            Self::ReadModelStalenessMs => "streamward_read_model_staleness_ms",
            Self::AuditDrifts => "streamward_audit_drifts",
            Self::AuditLastSuccess => "streamward_audit_last_success_timestamp_seconds",
            Self::AuditSeconds => "streamward_audit_duration_seconds",
        }
    }

    /// Text of the HELP line in the exposition.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Deliveries => "Entries handed to a worker.",
            Self::Outcomes => "Deliveries by outcome.",
            Self::HandleSeconds => "Seconds a handler took.",
            Self::InFlight => "Entries being handled now.",
            Self::LostBeforeAck => {
                "Entries deleted before their group had settled them; must stay 0."
            }
            Self::TakenOver => "Entries taken over from dead consumers.",
            Self::Promoted => "Jobs promoted from the delay queue.",
            Self::LatenessMs => "Milliseconds by which the latest promoted job was late.",
            Self::Restarts => "Restarts by the supervisors.",
            Self::LeasesRenewed => "Leases renewed for handlers that take their time.",
            Self::LeasesLost => "Entries taken over by another consumer while handled here.",
            Self::Postponed => "Failed entries sent through the delay queue.",
            Self::Lag => "Entries not yet delivered; NaN while unknown.",
            Self::Pending => "Entries delivered and not settled.",
            Self::Parked => "Entries that back off in their place.",
            Self::DeadLetters => "Dead letters.",
            Self::Delayed => "Jobs in the delay queue.",
            Self::DelayLagMs => "Milliseconds by which the first job of the delay queue is late.",
            Self::ReadModelStalenessMs => {
                "Milliseconds since the read model last heard from Redis."
            }
            Self::AuditDrifts => "Drifts that the last audit found, by rule.",
            Self::AuditLastSuccess => "Unix seconds at which the last audit ended.",
            Self::AuditSeconds => "Seconds the last audit took, its rests included.",
        }
    }
}

/// Shows how long ago a process' read model last heard from Redis.
pub fn set_staleness(ms: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    gauge!(Metric::ReadModelStalenessMs.name()).set(ms as f64);
}

/// Counts one restart of the child at `path`.
pub fn count_restart(path: &str) {
    counter!(Metric::Restarts.name(), "path" => path.to_owned()).increment(1);
}

/// Shows the last audit: drifts by rule, its end and its duration, both in milliseconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts and times are far below 2^52"
)]
pub fn show_audit(drifts: impl IntoIterator<Item = (u8, usize)>, at_ms: u64, took_ms: u64) {
    for (rule, count) in drifts {
        gauge!(Metric::AuditDrifts.name(), "rule" => rule.to_string()).set(count as f64);
    }
    gauge!(Metric::AuditLastSuccess.name()).set(at_ms as f64 / 1000.0);
    gauge!(Metric::AuditSeconds.name()).set(took_ms as f64 / 1000.0);
}

/// Shows how a group stands.
#[expect(
    clippy::cast_precision_loss,
    reason = "a count of entries is far below 2^52"
)]
pub(crate) fn show_group(service: &str, stream: &str, group: &GroupInfo) {
    let show = |metric: Metric, value: Option<u64>| {
        // What is not known is not 0.
        let value = value.map_or(f64::NAN, |value| value as f64);
        gauge!(metric.name(), "service" => service.to_owned(), "stream" => stream.to_owned())
            .set(value);
    };
    show(Metric::Lag, group.lag);
    show(Metric::Pending, Some(group.pending));
    show(Metric::Parked, Some(group.parked));
}

/// Shows how a service's delay queue and dead letters stand.
#[expect(
    clippy::cast_precision_loss,
    reason = "a count of entries is far below 2^52"
)]
pub(crate) fn show_service(service: &str, partition: u16, queue: &QueueInfo, dead: u64) {
    let show = |metric: Metric, value: u64| {
        let labels = [
            ("service", service.to_owned()),
            ("partition", partition.to_string()),
        ];
        gauge!(metric.name(), &labels).set(value as f64);
    };
    show(Metric::DeadLetters, dead);
    show(Metric::Delayed, queue.jobs);
    show(Metric::DelayLagMs, queue.late_ms);
}

/// The metrics of one consumer, registered once: looking one up per entry would cost more than the
/// entry.
pub(crate) struct ConsumerMetrics {
    pub(crate) deliveries: Counter,
    pub(crate) settled: Counter,
    pub(crate) done: Counter,
    pub(crate) skipped: Counter,
    pub(crate) retried: Counter,
    pub(crate) dead: Counter,
    pub(crate) abandoned: Counter,
    pub(crate) seconds: Histogram,
    pub(crate) in_flight: Gauge,
    pub(crate) lost: Counter,
    pub(crate) taken_over: Counter,
    pub(crate) promoted: Counter,
    pub(crate) lateness: Gauge,
    pub(crate) renewed: Counter,
    pub(crate) lost_lease: Counter,
    pub(crate) postponed: Counter,
}

impl ConsumerMetrics {
    pub(crate) fn new(service: &str) -> Self {
        let plain = |metric: Metric| counter!(metric.name(), "service" => service.to_owned());
        let level = |metric: Metric| gauge!(metric.name(), "service" => service.to_owned());
        let outcome = |word: &'static str| {
            let name = Metric::Outcomes.name();
            counter!(name, "service" => service.to_owned(), "outcome" => word)
        };
        let lost = plain(Metric::LostBeforeAck);
        // An alarm must be visible before it rings.
        lost.increment(0);
        Self {
            deliveries: plain(Metric::Deliveries),
            settled: outcome("settled"),
            done: outcome("done"),
            skipped: outcome("skipped"),
            retried: outcome("retry"),
            dead: outcome("dead"),
            abandoned: outcome("abandoned"),
            seconds: histogram!(Metric::HandleSeconds.name(), "service" => service.to_owned()),
            in_flight: level(Metric::InFlight),
            lost,
            taken_over: plain(Metric::TakenOver),
            promoted: plain(Metric::Promoted),
            lateness: level(Metric::LatenessMs),
            renewed: plain(Metric::LeasesRenewed),
            lost_lease: plain(Metric::LeasesLost),
            postponed: plain(Metric::Postponed),
        }
    }
}
