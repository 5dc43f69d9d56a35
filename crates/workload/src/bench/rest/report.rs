//! The comparison's tables.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use shop::output::{self, Table};

use super::{faults::Aftermath, picture};
use crate::{bench::Printed, load::Latency};

/// Figures of one shop without faults.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Healthy {
    /// Request to answer at 100 orders a second, ms.
    pub(super) answer: Latency,
    /// Request to confirmed at 100 orders a second, ms.
    pub(super) confirmed: Latency,
    /// Confirmed orders per second in a burst.
    pub(super) burst_per_second: f64,
    /// Request to answer in the burst, ms.
    pub(super) burst_answer: Latency,
}

/// A fault and its outcome in both shops.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FaultReport {
    pub(super) fault: String,
    pub(super) rest: Aftermath,
    pub(super) events: Aftermath,
}

impl FaultReport {
    /// Returns both shops with their names.
    pub(super) const fn shops(&self) -> [(&'static str, &Aftermath); 2] {
        [("REST", &self.rest), ("events", &self.events)]
    }
}

/// Both shops in one run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comparison {
    /// Orders per fault.
    pub(super) orders: u64,
    pub(super) rest: Healthy,
    pub(super) events: Healthy,
    pub(super) faults: Vec<FaultReport>,
}

impl Comparison {
    /// Draws the outcomes into a file, if there is one.
    pub(crate) fn draw(&self, file: Option<&Path>) -> Result<()> {
        let Some(file) = file else { return Ok(()) };
        let svg = picture::draw(self.orders, &self.faults);
        std::fs::write(file, svg).with_context(|| file.display().to_string())
    }

    fn print_healthy(&self) {
        let mut table = Table::new(["without faults, ms", "p50", "p90", "p99", "max"]);
        for (name, shop) in [("REST", &self.rest), ("events", &self.events)] {
            table.row(
                shop.answer
                    .row(&format!("{name}: request to answer, 100/s")),
            );
            table.row(
                shop.confirmed
                    .row(&format!("{name}: request to confirmed, 100/s")),
            );
            table.row(
                shop.burst_answer
                    .row(&format!("{name}: request to answer, burst")),
            );
        }
        table.print();
        output::line("");
        let mut table = Table::new(["burst", "orders per second"]);
        for (name, shop) in [("REST", &self.rest), ("events", &self.events)] {
            table.row([name.to_owned(), format!("{:.0}", shop.burst_per_second)]);
        }
        table.print();
    }
}

impl Printed for Comparison {
    fn print(&self) {
        self.print_healthy();
        output::line("");
        let mut table = Table::new([
            &*format!("of {} orders", self.orders),
            "shop",
            "confirmed",
            "not notified",
            "refused",
            "inconsistent",
            "notified twice",
            "answer p50 ms",
            "p99",
            "confirmed p99",
        ]);
        for report in &self.faults {
            for (name, aftermath) in report.shops() {
                let Aftermath {
                    outcome,
                    answer,
                    confirmed,
                } = aftermath;
                let ms = |value: f64| format!("{value:.0}");
                table.row([
                    report.fault.clone(),
                    name.to_owned(),
                    outcome.confirmed.to_string(),
                    outcome.not_notified.to_string(),
                    outcome.refused.to_string(),
                    outcome.inconsistent.to_string(),
                    outcome.notified_twice.to_string(),
                    ms(answer.p50),
                    ms(answer.p99),
                    ms(confirmed.p99),
                ]);
            }
        }
        table.print();
    }
}
