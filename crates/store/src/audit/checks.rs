//! The rules that an audit checks, one file per family.

pub(crate) mod case;
pub(crate) mod coupons;
mod ledger;
mod orders;
mod payments;
mod reservations;
pub(crate) mod stock;

use case::{Case, Suspect};

/// Returns the violations of rules 2 to 5 by one order.
pub(crate) fn check_order(case: &Case<'_>) -> Vec<Suspect> {
    let mut found = Vec::new();
    payments::check(case, &mut found);
    match &case.row.order {
        None => case.alone(&mut found),
        Some(order) => {
            if case.is_quiet(order) {
                case.holds(order, &mut found);
                case.notified(order, &mut found);
            }
            case.deadline(order, &mut found);
        }
    }
    found
}
