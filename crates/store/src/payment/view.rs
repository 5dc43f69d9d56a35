//! Reading payments.

use std::collections::{BTreeSet, HashMap};

use contracts::{Currency, OrderId};
use streamward::Runtime;

use super::UnansweredCharge;
use crate::{Result, keys, step::partition_of};

/// Current state of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// `open`, `failed`, `succeeded`, `voided` or `refunded`.
    pub status: String,
    /// The provider's intent.
    pub intent: Option<String>,
    /// The currency of its amounts.
    pub currency: Option<Currency>,
    /// Minor units asked for.
    pub amount: i64,
    /// Minor units captured.
    pub captured: i64,
    /// Minor units paid back.
    pub refunded: i64,
    /// The provider's page.
    pub pay_url: Option<String>,
    /// The charge that the provider did not answer, if there is one.
    pub unanswered: Option<UnansweredCharge>,
    /// Number of polls so far.
    pub polls: u32,
    /// The failed charges that were reported, by the charge's id or the report's.
    pub failures: BTreeSet<String>,
}

impl PaymentView {
    pub(crate) fn read(mut fields: HashMap<String, String>) -> Option<Self> {
        let status = fields.remove("status")?;
        let minor = |name| {
            fields
                .get(name)
                .and_then(|minor| minor.parse().ok())
                .unwrap_or(0)
        };
        let unanswered = fields
            .get("unanswered")
            .and_then(|text| UnansweredCharge::read(text));
        let polls = fields.get("looks").and_then(|looks| looks.parse().ok());
        let reported = |name: &String| name.strip_prefix("report:").map(ToOwned::to_owned);
        Some(Self {
            status,
            amount: minor("amount"),
            captured: minor("captured"),
            refunded: minor("refunded"),
            currency: fields.get("currency").and_then(|code| code.parse().ok()),
            intent: fields.get("intent").cloned(),
            pay_url: fields.get("url").cloned(),
            unanswered,
            polls: polls.unwrap_or(0),
            failures: fields.keys().filter_map(reported).collect(),
        })
    }

    /// Whether its money was captured, and may have gone back since.
    pub fn was_captured(&self) -> bool {
        matches!(self.status.as_str(), "succeeded" | "refunded")
    }
}

/// The payment of an order, if one was ever opened.
///
/// # Errors
/// [`streamward::Error`].
pub async fn find(runtime: &Runtime, order: &OrderId) -> Result<Option<PaymentView>> {
    let mut get = redis::cmd("HGETALL");
    get.arg(keys::payment(partition_of(runtime, order)?, order));
    Ok(PaymentView::read(
        get.query_async(&mut runtime.server().link()).await?,
    ))
}
