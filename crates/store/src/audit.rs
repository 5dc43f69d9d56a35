//! The audit: checks that the ledgers of stock, money and orders balance.
//!
//! The audit runs beside a working shop without false alarms, because every comparison is of one moment:
//!
//! - what the services say about one order is read by one script (`scan/row`);
//! - a product's ledger is compared with its reservations as they were at one entry of
//!   each of the inventory's topics: they are read once, at any moments, and then follow the topics up to
//!   exactly the entries at which the ledger was read (`checks/stock`);
//! - a coupon's counters are read together with every hold that may change (`checks/coupons`);
//! - an order with events that a service has not settled is in progress, not late (`scan/queues`).
//!
//! A single pass is enough, and a drift is found however busy its product is. Reads are bounded: keys
//! come by SCAN, orders 50 and products 100 at a time. Only the reservation of an order is kept in memory.
//!
//! Checked, by the numbers of `docs/SEMANTICS.md`, "What must always be true":
//! 1. every unit of stock is available, reserved or sold, and the reservations say the same;
//! 2. confirmed orders are paid in full, and captured money belongs to a confirmed order or goes
//!    back;
//! 3. every reservation belongs to an order that is not final, or was sold or returned; every hold of
//!    a coupon likewise, and no coupon is held and used more often than it may be;
//! 4. no order waits past its deadline;
//! 5. every confirmed order has a notification.

pub(crate) mod checks;
mod drift;
pub(crate) mod repair;
pub(crate) mod scan;
mod verdict;

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use streamward::Runtime;

pub use drift::{Drift, Kind};
pub use repair::{Done, Repair, Repairs, repair};
pub use verdict::{Verdict, auditor_lead};

use crate::Result;

/// Pace of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// No rests.
    Full,
    /// After every bounded read it rests so many times as long as the read took, but no longer than a
    /// short while: a busy server answers late, and an audit should come to an end all the same.
    Resting(u32),
}

/// A read costs the server a fraction of a millisecond, so after this it has had time for others.
const LONGEST_REST: Duration = Duration::from_millis(20);

impl Pace {
    /// Rests after a read that took so long.
    pub(crate) async fn rest(self, took: Duration) {
        if let Self::Resting(times) = self {
            tokio::time::sleep((took * times).min(LONGEST_REST)).await;
        }
    }
}

/// Result of an audit.
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
    pub captured: BTreeMap<String, i128>,
    /// Drifts found.
    pub drifts: Vec<Drift>,
}

impl Report {
    /// Returns whether there are no drifts.
    pub fn balances(&self) -> bool {
        self.drifts.is_empty()
    }
}

/// Audits the whole shop.
///
/// # Errors
/// [`streamward::Error`] when Redis cannot be read.
pub async fn run(runtime: &Runtime) -> Result<Report> {
    run_at(runtime, Pace::Full).await
}

/// The same at a pace of the caller's.
///
/// # Errors
/// [`streamward::Error`] when Redis cannot be read.
pub async fn run_at(runtime: &Runtime, pace: Pace) -> Result<Report> {
    Ok(survey(runtime, pace).await?.report)
}

/// A report with the data that repairs need.
pub(crate) struct Survey {
    pub(crate) report: Report,
    /// Reservations and holds per partition.
    pub(crate) commitments: Vec<Commitments>,
}

/// Reservations and holds of one partition.
pub(crate) struct Commitments {
    pub(crate) reservations: checks::stock::Reservations,
    pub(crate) holds: checks::coupons::Holds,
}

async fn survey(runtime: &Runtime, pace: Pace) -> Result<Survey> {
    let mut survey = Survey {
        report: Report::default(),
        commitments: Vec::new(),
    };
    for partition in runtime.partitions() {
        let commitments = scan::take(runtime, partition, pace, &mut survey.report).await?;
        survey.commitments.push(commitments);
    }
    let drifts = &mut survey.report.drifts;
    drifts.sort_by(|one, two| (one.rule, &one.key, one.kind).cmp(&(two.rule, &two.key, two.kind)));
    Ok(survey)
}
