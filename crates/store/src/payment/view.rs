//! Reading payments.

use std::collections::BTreeSet;

use contracts::{Currency, OrderId};
use streamward::Runtime;

use super::UnansweredCharge;
use crate::{
    Result, keys,
    read::{self, Fields},
    step::partition_of,
};

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
    /// The charge that the provider did not answer, if there is one.
    pub unanswered: Option<UnansweredCharge>,
    /// Number of polls so far.
    pub polls: u32,
    /// The failed charges that were reported, by the charge's id or the report's.
    pub failures: BTreeSet<String>,
}

impl PaymentView {
    fn read(fields: &Fields) -> Option<Self> {
        let text = |name| fields.get(name).map(ToOwned::to_owned);
        let reported = |name: &str| name.strip_prefix("report:").map(ToOwned::to_owned);
        Some(Self {
            status: text("status")?,
            amount: fields.number("amount"),
            captured: fields.number("captured"),
            refunded: fields.number("refunded"),
            currency: fields.parse("currency"),
            intent: text("intent"),
            unanswered: fields.get("unanswered").and_then(UnansweredCharge::read),
            polls: fields.number("looks"),
            failures: fields.names().filter_map(reported).collect(),
        })
    }

    /// Whether its money was captured, and may have gone back since.
    pub fn was_captured(&self) -> bool {
        matches!(self.status.as_str(), "succeeded" | "refunded")
    }
}

/// The payment of an order, if one was ever opened.
pub async fn find(runtime: &Runtime, order: &OrderId) -> Result<Option<PaymentView>> {
    let key = keys::payment(partition_of(runtime, order)?, order);
    let fields = read::hash(&mut runtime.server().link(), &key).await?;
    Ok(PaymentView::read(&fields))
}
