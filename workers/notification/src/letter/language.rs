//! The languages letters are written in, and what each of them must be able to say.

use std::str::FromStr;

use contracts::{
    Money, OrderId,
    event::{CancelReason, CouponRefusal, DisableReason, RejectReason, StockLevel},
};

use super::{de::German, en::English};

/// A language that letters are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

/// A word that names no language we write.
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

/// A subject, and the sentences below it, a paragraph each.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) subject: String,
    pub(super) sentences: Vec<String>,
}

impl Said {
    pub(super) fn new(subject: String, sentences: &[&str]) -> Self {
        Self {
            subject,
            sentences: sentences.iter().map(|&words| words.to_owned()).collect(),
        }
    }
}

/// Everything that letters say. A new language is a new file that implements this.
pub(super) trait Phrases {
    fn code(&self) -> &'static str;
    fn dear(&self, name: &str) -> String;
    fn confirmed(&self, order: &OrderId) -> Said;
    fn rejected(&self, order: &OrderId, why: RejectReason, coupon: Option<CouponRefusal>) -> Said;
    fn shortage(&self, name: &str, wanted: u32, left: u32) -> String;
    fn cancelled(&self, order: &OrderId, why: CancelReason) -> Said;
    fn payment_failed(&self, order: &OrderId, failure: &str) -> Said;
    fn payment_due(&self, order: &OrderId, minutes: u64) -> Said;
    fn refunded(&self, order: &OrderId, amount: &str) -> Said;
    fn payment_returned(&self, order: &OrderId, amount: &str) -> Said;
    fn low_stock(&self, product: &str, level: &StockLevel, threshold: u32) -> Said;
    /// `error` may be empty.
    fn webhook_disabled(&self, host: &str, why: DisableReason, error: &str) -> Said;
    /// Before the address where an order can be paid.
    fn pay_here(&self) -> &'static str;
    fn discount(&self, coupon: &str) -> String;
    fn total(&self) -> &'static str;
    fn money(&self, money: Money) -> String;
}
