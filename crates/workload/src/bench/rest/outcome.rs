//! The fate of a batch of orders, counted in the same way for both shops: from the states of orders and
//! reservations in Redis, from the provider's money, and from the messages that the SMS API accepted.

use anyhow::Result;
use contracts::{OrderId, OrderStatus};
use serde::Serialize;
use streamward::Runtime;

use super::{buyers::Buyers, externals::Externals};

/// Number of orders by their fate. An order counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    /// Confirmed, paid, sold, and the customer is notified.
    pub(super) confirmed: u64,
    /// The same, but the customer is never notified.
    pub(super) not_notified: u64,
    /// Refused; neither units nor money are kept.
    pub(super) refused: u64,
    /// Neither: units are reserved, or money is kept, for an order that will not end.
    pub(super) inconsistent: u64,
    /// Of the inconsistent ones, those that hold units.
    pub(super) units_held: u64,
    /// Of the inconsistent ones, those whose money is kept without a confirmed order.
    pub(super) money_kept: u64,
    /// Orders whose customer was notified more than once.
    pub(super) notified_twice: u64,
}

impl Outcome {
    /// Counts the orders of `buyers`; of `sent` requests, those without an order are refused.
    pub(super) async fn count(externals: &Externals, buyers: &Buyers, sent: u64) -> Result<Self> {
        let runtime = externals.shop.runtime();
        let (money, sent_sms) = (externals.money().await?, externals.sms.confirmations());
        let mut outcome = Self::default();
        for (customer, _) in &buyers.accounts {
            let orders = store::order::of_customer(runtime, customer, None, usize::MAX >> 1);
            for order in orders.await? {
                let id = &order.id;
                let state = reservation(runtime, id).await?;
                let is_held = state.as_deref() == Some("held");
                let is_paid = money.get(id).is_some_and(|kept| *kept > 0);
                let sms = sent_sms.get(id).copied().unwrap_or(0);
                outcome.notified_twice += u64::from(sms > 1);
                let is_sold = state.as_deref() == Some("sold");
                let is_confirmed = order.status == OrderStatus::Confirmed;
                let counter = if is_confirmed && is_paid && is_sold {
                    match sms {
                        0 => &mut outcome.not_notified,
                        _ => &mut outcome.confirmed,
                    }
                } else if is_confirmed || is_held || is_paid || !order.status.is_resolved() {
                    outcome.units_held += u64::from(is_held);
                    outcome.money_kept += u64::from(is_paid && !is_confirmed);
                    &mut outcome.inconsistent
                } else {
                    continue;
                };
                *counter += 1;
            }
        }
        let kept = outcome.confirmed + outcome.not_notified + outcome.inconsistent;
        outcome.refused = sent.saturating_sub(kept);
        Ok(outcome)
    }

    /// Whether every order has ended well: waiting cannot improve it.
    pub(super) const fn is_clean(&self) -> bool {
        self.not_notified == 0 && self.inconsistent == 0
    }
}

async fn reservation(runtime: &Runtime, order: &OrderId) -> Result<Option<String>> {
    let key = runtime.partitions()[0].key(&["inventory", "reservation", order.as_str()]);
    let mut get = redis::cmd("HGET");
    let state = get.arg(key).arg("state");
    Ok(state.query_async(&mut runtime.server().link()).await?)
}
