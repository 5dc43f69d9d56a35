//! Every metric of the runtime, named in one place.

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// The runtime's metrics. The name is what Prometheus sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Counter: entries handed to a worker. Labels: service.
    Deliveries,
    /// Counter: what became of deliveries. Labels: service, outcome.
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
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Deliveries,
        Self::Outcomes,
        Self::HandleSeconds,
        Self::InFlight,
        Self::LostBeforeAck,
        Self::TakenOver,
        Self::Promoted,
        Self::LatenessMs,
        Self::Restarts,
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
        }
    }

    /// What it says, for the exposition's HELP line.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Deliveries => "Entries handed to a worker.",
            Self::Outcomes => "What became of deliveries.",
            Self::HandleSeconds => "Seconds a handler took.",
            Self::InFlight => "Entries being handled now.",
            Self::LostBeforeAck => {
                "Entries deleted before their group had settled them; must stay 0."
            }
            Self::TakenOver => "Entries taken over from dead consumers.",
            Self::Promoted => "Jobs promoted from the delay queue.",
            Self::LatenessMs => "Milliseconds by which the latest promoted job was late.",
            Self::Restarts => "Restarts by the supervisors.",
        }
    }
}

/// Counts one restart of the child at `path`.
pub fn count_restart(path: &str) {
    counter!(Metric::Restarts.name(), "path" => path.to_owned()).increment(1);
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
        }
    }
}
