//! Languages of notifications, and the phrases that each provides.

use std::str::FromStr;

use contracts::{
    Money, OrderId,
    event::{CancelReason, CouponRefusal, DisableReason, LowStock, RejectReason},
};

use super::{de::German, en::English};

/// Language of notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

/// Error of an unsupported language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown language {0:?}: expected en or de")]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "en" => Ok(Self::En),
            "de" => Ok(Self::De),
            other => Err(UnknownLanguage(other.to_owned())),
        }
    }
}

impl Language {
    pub(super) fn phrases(self) -> &'static dyn Phrases {
        match self {
            Self::En => &English,
            Self::De => &German,
        }
    }
}

/// Subject and sentences of a notification, a paragraph each.
#[derive(Debug)]
pub(super) struct Wording {
    pub(super) subject: String,
    pub(super) sentences: Vec<String>,
}

impl Wording {
    pub(super) fn new(subject: String, sentences: &[&str]) -> Self {
        Self {
            subject,
            sentences: sentences
                .iter()
                .map(|&sentence| sentence.to_owned())
                .collect(),
        }
    }
}

/// Phrases of one language.
pub(super) trait Phrases {
    fn code(&self) -> &'static str;
    fn dear(&self, name: &str) -> String;
    fn confirmed(&self, order: &OrderId) -> Wording;
    fn rejected(
        &self,
        order: &OrderId,
        why: RejectReason,
        coupon: Option<CouponRefusal>,
    ) -> Wording;
    fn shortage(&self, name: &str, wanted: u32, left: u32) -> String;
    fn cancelled(&self, order: &OrderId, why: CancelReason) -> Wording;
    fn payment_failed(&self, order: &OrderId, failure: &str) -> Wording;
    fn payment_due(&self, order: &OrderId, minutes: u64) -> Wording;
    fn refunded(&self, order: &OrderId, amount: &str) -> Wording;
    fn payment_returned(&self, order: &OrderId, amount: &str) -> Wording;
    fn low_stock(&self, event: &LowStock) -> Wording;
    /// Alert about a disabled webhook; `error` may be empty.
    fn webhook_disabled(&self, host: &str, why: DisableReason, error: &str) -> Wording;
    /// Mail with the link that sets a forgotten password, valid for so many minutes.
    fn password_reset(&self, minutes: u64) -> Wording;
    /// Label of that link.
    fn set_password(&self) -> &'static str;
    /// Label of the link to the payment page.
    fn pay_here(&self) -> &'static str;
    fn discount(&self, coupon: &str) -> String;
    fn total(&self) -> &'static str;
    fn money(&self, money: Money) -> String;
}
