//! The report of the catalogue's measurements.

use serde::Serialize;
use shop::output::{self, Table};

use super::{
    super::{Printed, fixture::float},
    measure::Figures,
};

/// Share of the trivial handler's throughput that reads should reach.
const GOAL: f64 = 0.8;

/// All measurements of one run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CatalogReport {
    pub(super) products: u64,
    /// Time to fill the shop.
    pub(super) fill_seconds: f64,
    /// Time for a new process to read and index everything.
    pub(super) catch_up_seconds: f64,
    pub(super) resident_before_mib: f64,
    pub(super) resident_after_mib: f64,
    /// Figures of every kind of request, the trivial handlers first.
    pub(super) requests: Vec<Figures>,
}

impl Printed for CatalogReport {
    fn print(&self) {
        let mut table = Table::new([
            "",
            "per second",
            "of trivial",
            "target",
            "CPU us",
            "bytes",
            "p50 ms",
            "p99 ms",
        ]);
        for kind in &self.requests {
            table.row([
                kind.name.to_owned(),
                format!("{:.0}", kind.per_second),
                format!("{:.2}", kind.of_trivial),
                kind.target
                    .map_or_else(String::new, |target| target.to_string()),
                format!("{:.0}", kind.cpu_us),
                format!("{:.0}", kind.bytes),
                format!("{:.2}", kind.p50_ms),
                format!("{:.2}", kind.p99_ms),
            ]);
        }
        table.print();
        output::line(format!(
            "goal of reads: {GOAL:.2} of the trivial handler; for lists, of that with a list's size"
        ));
        let (before, after) = (self.resident_before_mib, self.resident_after_mib);
        let each = (after - before) * 1024.0 / float(self.products.max(1));
        output::line(format!(
            "{} products: filled in {:.1} s, read and indexed by a new process in {:.1} s; \
             resident {before:.0} MiB before and {after:.0} MiB after, {each:.2} KiB a product",
            self.products, self.fill_seconds, self.catch_up_seconds
        ));
    }
}
