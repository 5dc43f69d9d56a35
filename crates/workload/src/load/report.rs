//! The report of a load.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use shop::output::{self, Table};

use super::{LoadArgs, tracker::Figures};

/// Latencies in milliseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Latency {
    pub(crate) fn of(durations: impl Iterator<Item = Duration>) -> Self {
        let Ok(mut histogram) = Histogram::<u64>::new(3) else {
            return Self::default();
        };
        for duration in durations {
            // The histogram grows as needed, so every value fits.
            let _ = histogram.record(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "microseconds of a latency are far below 2^52"
        )]
        let ms = |micros: u64| micros as f64 / 1000.0;
        Self {
            p50: ms(histogram.value_at_quantile(0.5)),
            p90: ms(histogram.value_at_quantile(0.9)),
            p99: ms(histogram.value_at_quantile(0.99)),
            max: ms(histogram.max()),
        }
    }

    pub(crate) fn row(&self, name: &str) -> [String; 5] {
        let ms = |value: f64| format!("{value:.1}");
        [
            name.to_owned(),
            ms(self.p50),
            ms(self.p90),
            ms(self.p99),
            ms(self.max),
        ]
    }
}

/// The figures of one load.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoadReport {
    /// Orders the API accepted.
    pub(crate) placed: u64,
    /// Orders by the plan of their customers; more than one in a realistic mix.
    pub(crate) plans: BTreeMap<String, u64>,
    /// Requests that were sent twice concurrently and answered with one order.
    pub(crate) sent_twice: u64,
    /// Orders that the shop refused, by reason such as `sold-out`.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Requests that never got an order, by their last response.
    pub(crate) failures: BTreeMap<String, u64>,
    /// Orders by their final state.
    pub(crate) ended: BTreeMap<String, u64>,
    /// Orders that did not end in time.
    pub(crate) unfinished: u64,
    /// Seconds from the first request to the last response.
    pub(crate) placing_seconds: f64,
    /// Seconds from the first request to the last end of an order.
    pub(crate) total_seconds: f64,
    /// Accepted orders per second of placing.
    pub(crate) placed_per_second: f64,
    /// Ended orders per second in total.
    pub(crate) ended_per_second: f64,
    /// Request to response, ms.
    pub(crate) request: Latency,
    /// Request to refusal, ms.
    pub(crate) refusal: Latency,
    /// Request to the order's end, ms.
    pub(crate) end: Latency,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of orders is far below 2^52"
)]
fn per_second(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds.max(f64::EPSILON)
}

fn counts<N: ToString>(counts: impl Iterator<Item = (N, u64)>) -> BTreeMap<String, u64> {
    counts
        .map(|(name, count)| (name.to_string(), count))
        .collect()
}

impl LoadReport {
    pub(super) fn of(
        figures: &Figures,
        args: &LoadArgs,
        placing: Duration,
        total: Duration,
    ) -> Self {
        let mut ended: BTreeMap<String, u64> = BTreeMap::new();
        let mut ends = Vec::with_capacity(figures.started.len());
        for (order, sent) in &figures.started {
            if let Some((how, at)) = figures.ended.get(order) {
                *ended.entry(how.clone()).or_default() += 1;
                ends.push(at.saturating_duration_since(*sent));
            }
        }
        let placed = figures.started.len() as u64;
        let finished = ends.len() as u64;
        let (placing_seconds, total_seconds) = (placing.as_secs_f64(), total.as_secs_f64());
        Self {
            placed,
            plans: counts(figures.plans.iter().map(|(plan, count)| (*plan, *count))),
            sent_twice: figures.twice,
            refused: counts(
                figures
                    .refused
                    .iter()
                    .map(|(why, times)| (why, times.len() as u64)),
            ),
            failures: counts(figures.failures.iter().map(|(last, count)| (last, *count))),
            ended,
            unfinished: if args.place_only {
                0
            } else {
                placed - finished
            },
            placing_seconds,
            total_seconds,
            placed_per_second: per_second(placed, placing_seconds),
            ended_per_second: per_second(finished, total_seconds),
            request: Latency::of(figures.requests.iter().copied()),
            refusal: Latency::of(figures.refused.values().flatten().copied()),
            end: Latency::of(ends.into_iter()),
        }
    }

    /// Returns whether every request was answered and every accepted order has ended.
    pub(crate) fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.unfinished == 0
    }

    pub(crate) fn print(&self) {
        let placing = (self.placing_seconds, self.placed_per_second);
        let placed = self.placed;
        output::line(format!(
            "{placed} orders placed in {:.2} s ({:.0}/s)",
            placing.0, placing.1
        ));
        if self.plans.len() > 1 {
            for (plan, count) in &self.plans {
                output::line(format!("{count:>8} customer {plan}"));
            }
            output::line(format!("{:>8} requests sent twice", self.sent_twice));
            output::line("");
        }
        for (state, count) in &self.ended {
            output::line(format!("{count:>8} {state}"));
        }
        for (reason, count) in &self.refused {
            output::line(format!("{count:>8} refused: {reason}"));
        }
        if self.unfinished > 0 {
            output::line(format!("{:>8} not ended", self.unfinished));
        }
        for (response, count) in &self.failures {
            output::line(format!("{count:>8} not placed: {response}"));
        }
        let total = (self.total_seconds, self.ended_per_second);
        let end = if self.unfinished > 0 {
            "gave up"
        } else {
            "all ended"
        };
        output::line(format!("{end} after {:.2} s ({:.0}/s)\n", total.0, total.1));
        let mut table = Table::new(["milliseconds", "p50", "p90", "p99", "max"]);
        table.row(self.request.row("request to response"));
        if !self.refused.is_empty() {
            table.row(self.refusal.row("request to refusal"));
        }
        if !self.ended.is_empty() {
            table.row(self.end.row("request to end"));
        }
        table.print();
    }
}
