//! The figures of the catalogue, and the ratios beside what they should reach.

use serde::Serialize;
use shop::output::{self, Table};

use super::{super::Printed, measure::Figures};

/// Of what a trivial handler answers, reads are to reach so much.
const GOAL: f64 = 0.8;

/// Everything one run measured.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Catalogue {
    pub(super) products: u64,
    /// How long filling the shop took.
    pub(super) fill_seconds: f64,
    /// How long a new process takes to read and index everything.
    pub(super) catch_up_seconds: f64,
    pub(super) resident_before_mib: f64,
    pub(super) resident_after_mib: f64,
    /// Every kind of request, the trivial handlers first.
    pub(super) requests: Vec<Figures>,
}

impl Printed for Catalogue {
    fn print(&self) {
        let mut table = Table::new([
            "",
            "per second",
            "of trivial",
            "asked",
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
                kind.asked
                    .map_or_else(String::new, |asked| asked.to_string()),
                format!("{:.0}", kind.cpu_us),
                format!("{:.0}", kind.bytes),
                format!("{:.2}", kind.p50_ms),
                format!("{:.2}", kind.p99_ms),
            ]);
        }
        table.print();
        output::line(format!(
            "goal of reads: {GOAL:.2} of the trivial handler, of the one of a list's size for lists"
        ));
        let (before, after) = (self.resident_before_mib, self.resident_after_mib);
        #[expect(clippy::cast_precision_loss, reason = "a count far below 2^52")]
        let each = (after - before) * 1024.0 / self.products.max(1) as f64;
        output::line(format!(
            "{} products: filled in {:.1} s, read and indexed by a new process in {:.1} s; \
             resident {before:.0} MiB before and {after:.0} MiB after, {each:.2} KiB a product",
            self.products, self.fill_seconds, self.catch_up_seconds
        ));
    }
}
