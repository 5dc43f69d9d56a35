//! The figures of the catalogue, and the ratios beside what they should reach.

use serde::Serialize;

use super::{super::Printed, rush::Rush};
use crate::output::{self, Table};

/// Of what a trivial handler answers, reads are to reach so much.
const GOAL: f64 = 0.8;
/// Figures that a shop of the first order is asked for.
const READS: f64 = 10_000.0;
const WRITES: f64 = 2_000.0;

/// Everything one run measured.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Catalogue {
    pub(super) products: u64,
    /// How long filling the shop took.
    pub(super) fill_seconds: f64,
    /// How long a new process takes to read and index everything.
    pub(super) catch_up_seconds: f64,
    pub(super) resident_before_mib: f64,
    pub(super) resident_after_mib: f64,
    pub(super) trivial: Rush,
    /// `GET /v1/products/{id}`.
    pub(super) one: Rush,
    /// `GET /v1/products`, twenty of them.
    pub(super) list: Rush,
    /// The same with four words, by relevance.
    pub(super) search: Rush,
    /// `POST /v1/products/{id}/stock`.
    pub(super) stock: Rush,
}

impl Printed for Catalogue {
    fn print(&self) {
        let mut table = Table::new(["", "per second", "of trivial", "asked", "p50 ms", "p99 ms"]);
        for (name, rush, asked) in [
            ("trivial handler", self.trivial, None),
            ("one product", self.one, Some(READS)),
            ("list of twenty", self.list, Some(READS)),
            ("search", self.search, None),
            ("change of stock", self.stock, Some(WRITES)),
        ] {
            table.row([
                name.to_owned(),
                format!("{:.0}", rush.per_second),
                format!("{:.2}", rush.per_second / self.trivial.per_second),
                asked.map_or_else(String::new, |asked| format!("{asked:.0}")),
                format!("{:.2}", rush.p50_ms),
                format!("{:.2}", rush.p99_ms),
            ]);
        }
        table.print();
        output::line(format!("goal of reads: {GOAL:.2} of the trivial handler"));
        let (before, after) = (self.resident_before_mib, self.resident_after_mib);
        output::line(format!(
            "{} products: filled in {:.1} s, read and indexed by a new process in {:.1} s; \
             resident {before:.0} MiB before and {after:.0} MiB after",
            self.products, self.fill_seconds, self.catch_up_seconds
        ));
    }
}
