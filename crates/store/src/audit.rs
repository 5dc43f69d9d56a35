//! The audit: do the books of stock, money and orders balance?
//!
//! It reads everything once and compares. While the shop runs, the parts are read at different
//! moments, so a difference counts only when it is still the same after [`PASSES`] looks; what is
//! merely under way has a minute to arrive (`GRACE`).
//!
//! Checked, by the numbers of `docs/SEMANTICS.md`, "What must always be true":
//! 1. every unit of stock is available, reserved or sold, and the reservations say the same;
//! 2. confirmed orders are paid in full, and captured money belongs to a confirmed order or goes
//!    back;
//! 3. every reservation belongs to an order that is not final, or was sold or returned; every hold of
//!    a coupon likewise, and no coupon is held and used more often than it may be;
//! 4. no order waits past its deadline;
//! 5. every confirmed order was told of.

mod books;
mod coupons;
mod rules;

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;
use streamward::Runtime;

use crate::Result;

/// A difference must survive this many looks.
pub const PASSES: usize = 3;
const BETWEEN: Duration = Duration::from_millis(300);

/// One thing that does not balance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Which rule is broken, 1 to 5.
    pub rule: u8,
    /// The key that is wrong.
    pub key: String,
    /// What is wrong, in figures.
    pub problem: String,
    /// What would put it right.
    pub repair: String,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Products whose stock was added up.
    pub products: usize,
    /// Orders looked at.
    pub orders: usize,
    /// Of them, those that are not final.
    pub open: usize,
    /// Payments looked at.
    pub payments: usize,
    /// Minor units captured and kept, by currency code.
    pub captured: std::collections::BTreeMap<String, i128>,
    /// What does not balance.
    pub drifts: Vec<Drift>,
}

impl Report {
    /// Whether the books balance.
    pub fn balances(&self) -> bool {
        self.drifts.is_empty()
    }
}

/// Audits the whole shop.
///
/// # Errors
/// [`streamward::Error`] when Redis cannot be read.
pub async fn run(runtime: &Runtime) -> Result<Report> {
    let mut report = look(runtime).await?;
    let mut suspects: BTreeSet<Drift> = report.drifts.drain(..).collect();
    for _ in 1..PASSES {
        if suspects.is_empty() {
            break;
        }
        tokio::time::sleep(BETWEEN).await;
        report = look(runtime).await?;
        let again: BTreeSet<Drift> = report.drifts.drain(..).collect();
        suspects = suspects.intersection(&again).cloned().collect();
    }
    report.drifts = suspects.into_iter().collect();
    Ok(report)
}

async fn look(runtime: &Runtime) -> Result<Report> {
    let mut report = Report::default();
    for partition in runtime.partitions() {
        let books = books::Books::read(runtime, partition).await?;
        rules::check(&books, &mut report);
    }
    Ok(report)
}
