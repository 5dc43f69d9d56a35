//! The totals an audit compares its own books with.

use std::collections::BTreeMap;

use serde::Serialize;

/// Everything taken and given back since the journal began.
///
/// Amounts are minor units by ISO 4217 code in upper case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Taken, before refunds.
    pub captured: BTreeMap<String, u64>,
    /// Given back.
    pub refunded: BTreeMap<String, u64>,
    /// Succeeded charges.
    pub charges: u64,
    /// Refunds made.
    pub refunds: u64,
}

impl Ledger {
    pub(crate) fn capture(&mut self, currency: &str, amount: u64) {
        add(&mut self.captured, currency, amount);
        self.charges += 1;
    }

    pub(crate) fn refund(&mut self, currency: &str, amount: u64) {
        add(&mut self.refunded, currency, amount);
        self.refunds += 1;
    }
}

fn add(totals: &mut BTreeMap<String, u64>, currency: &str, amount: u64) {
    let code = currency.to_ascii_uppercase();
    *totals.entry(code).or_default() += amount;
}
