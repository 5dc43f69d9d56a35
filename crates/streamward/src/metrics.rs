//! Metrics of the runtime. Without the feature `metrics` nothing is recorded.

#[cfg(not(feature = "metrics"))]
mod noop;

#[cfg(feature = "metrics")]
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
#[cfg(not(feature = "metrics"))]
use noop::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::{delay::QueueInfo, inspect::GroupInfo};

/// Shape of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A number that only grows.
    Counter,
    /// A level.
    Gauge,
    /// A distribution.
    Histogram,
}

/// Defines an enum of metrics from a table: `Variant: Shape "name" [labels] "help"`. Its methods are
/// `name`, `shape` and `help`; `ALL` lists it.
#[macro_export]
macro_rules! metric_table {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $table:ident {
            $($metric:ident: $shape:ident $name:literal $([$($label:ident),+])? $help:literal,)+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $table {
            $(
                #[doc = $help]
                #[doc = concat!("\n\n", stringify!($shape), " `", $name, "`" $(, "; labels:" $(, " `", stringify!($label), "`")+)?)]
                $metric,
            )+
        }

        impl $table {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$metric),+];

            /// The name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$metric => $name,)+ }
            }

            /// The shape.
            pub const fn shape(self) -> $crate::metrics::Shape {
                match self { $(Self::$metric => $crate::metrics::Shape::$shape,)+ }
            }

            /// Text of the HELP line in the exposition.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$metric => $help,)+ }
            }
        }
    };
}

metric_table! {
    /// The runtime's metrics. The name is what Prometheus sees.
    pub enum Metric {
        Deliveries: Counter "streamward_deliveries_total" [service] "Entries handed to a worker.",
        Outcomes: Counter "streamward_outcomes_total" [service, outcome] "Deliveries by outcome.",
        HandleSeconds: Histogram "streamward_handle_seconds" [service] "Seconds a handler took.",
        InFlight: Gauge "streamward_in_flight" [service] "Entries being handled now.",
        LostBeforeAck: Counter "streamward_lost_before_ack_total" [service]
            "Entries deleted before their group had settled them; must stay 0.",
        TakenOver: Counter "streamward_taken_over_total" [service]
            "Entries taken over from dead consumers.",
        Promoted: Counter "streamward_promoted_total" [service] "Jobs promoted from the delay queue.",
        LatenessMs: Gauge "streamward_delay_lateness_ms" [service]
            "Milliseconds by which the latest promoted job was late.",
        Restarts: Counter "streamward_restarts_total" [path] "Restarts by the supervisors.",
        LeasesRenewed: Counter "streamward_leases_renewed_total" [service]
            "Leases renewed for handlers that take their time.",
        LeasesLost: Counter "streamward_leases_lost_total" [service]
            "Entries taken over by another consumer while handled here.",
        Postponed: Counter "streamward_postponed_total" [service]
            "Failed entries sent through the delay queue.",
        Lag: Gauge "streamward_lag" [service, stream] "Entries not yet delivered; NaN while unknown.",
        Pending: Gauge "streamward_pending" [service, stream] "Entries delivered and not settled.",
        Parked: Gauge "streamward_parked" [service, stream] "Entries that back off in their place.",
        DeadLetters: Gauge "streamward_dead_letters" [service, partition] "Dead letters.",
        Delayed: Gauge "streamward_delayed_jobs" [service, partition] "Jobs in the delay queue.",
        DelayLagMs: Gauge "streamward_delay_lag_ms" [service, partition]
            "Milliseconds by which the first job of the delay queue is late.",
        LogLinesLost: Counter "streamward_log_lines_lost_total"
            "Lines of the log that could not be written.",
        ClockSkewMs: Gauge "streamward_clock_skew_ms"
            "Milliseconds by which Redis' clock is ahead of this machine's.",
        ReadModelStalenessMs: Gauge "streamward_read_model_staleness_ms"
            "Milliseconds since the read model last heard from Redis.",
        AuditDrifts: Gauge "streamward_audit_drifts" [rule]
            "Drifts that the last audit found, by rule.",
        AuditLastSuccess: Gauge "streamward_audit_last_success_timestamp_seconds"
            "Unix seconds at which the last audit ended.",
        AuditSeconds: Gauge "streamward_audit_duration_seconds"
            "Seconds the last audit took, its rests included.",
    }
}

/// Shows how long ago a process' read model last heard from Redis.
pub fn set_staleness(ms: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    gauge!(Metric::ReadModelStalenessMs.name()).set(ms as f64);
}

/// Shows how many lines of this process' log could not be written.
pub fn show_lost_log_lines(total: u64) {
    counter!(Metric::LogLinesLost.name()).absolute(total);
}

/// Shows by how many milliseconds the server's clock is ahead of this machine's.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(crate) fn show_clock_skew(ms: i64) {
    gauge!(Metric::ClockSkewMs.name()).set(ms as f64);
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
