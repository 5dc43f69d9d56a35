//! Totals for comparison with the shop's audit.

use std::collections::BTreeMap;

use serde::Serialize;

/// Totals captured and refunded since the start of the journal.
///
/// Amounts are minor units by ISO 4217 code in upper case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Captured amounts before refunds.
    pub captured: BTreeMap<String, u64>,
    /// Refunded amounts.
    pub refunded: BTreeMap<String, u64>,
    /// Number of succeeded charges.
    pub charges: u64,
    /// Number of refunds.
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
