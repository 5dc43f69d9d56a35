//! What people read: each letter as plain text, as HTML, and as one line for an SMS.
//!
//! The sentences are in `letter/<language>.rs`, one file per language; what a letter is made of and how
//! it becomes text and HTML is here and in `letter/form.rs`, the same for all of them.

mod de;
mod en;
mod form;
mod language;

use contracts::{
    Line, OrderDocument,
    event::{OrderRejected, StockLevel, WebhookDisabled},
};

use streamward::clock;

use crate::NotificationMessage;
use form::{Bill, Draft, Sum};
pub use language::Language;
use language::{Phrases, Said};

/// One message in all its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The whole text, plain.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The same in an SMS.
    pub sms: String,
}

impl Letter {
    /// The letter to the customer whom `message` concerns.
    pub fn compose(message: &NotificationMessage, language: Language) -> Self {
        let phrases = language.phrases();
        let (order, doc) = (message.order_id(), message.doc());
        let (said, list, link) = match message {
            NotificationMessage::Confirmed(_) => (phrases.confirmed(order), Vec::new(), None),
            NotificationMessage::Rejected(event) => {
                let said = phrases.rejected(order, event.reason, event.coupon_refusal);
                (said, shortages(event, phrases), None)
            }
            NotificationMessage::Cancelled(event) => {
                (phrases.cancelled(order, event.reason), Vec::new(), None)
            }
            NotificationMessage::PaymentFailed(event) => {
                let said = phrases.payment_failed(order, &event.failure.message);
                (said, Vec::new(), event.pay_url.clone())
            }
            NotificationMessage::Refunded(event) => {
                let amount = phrases.money(event.amount);
                (phrases.refunded(order, &amount), Vec::new(), None)
            }
            NotificationMessage::PaymentReturned(event) => {
                let amount = phrases.money(event.amount);
                (phrases.payment_returned(order, &amount), Vec::new(), None)
            }
            NotificationMessage::PaymentDue(event) => {
                let left = event.pay_before.saturating_sub(clock::now_ms());
                let said = phrases.payment_due(order, left.div_ceil(60_000).max(1));
                (said, Vec::new(), event.pay_url.clone())
            }
        };
        Self::to_customer(said, list, link, doc, phrases)
    }

    /// The letter to the administrators about a product that is scarce.
    pub fn low_stock(level: &StockLevel, threshold: u32, language: Language) -> Self {
        let phrases = language.phrases();
        let said = phrases.low_stock(level.product_id.as_str(), level, threshold);
        Self::to_admins(said, phrases)
    }

    /// The letter to the administrators about a webhook that was switched off.
    pub fn webhook_disabled(event: &WebhookDisabled, language: Language) -> Self {
        let phrases = language.phrases();
        let (host, error) = [&event.host, &event.error]
            .map(|text| crate::mail::one_line(text))
            .into();
        let said = phrases.webhook_disabled(&host, event.reason, &error);
        Self::to_admins(said, phrases)
    }

    fn to_admins(said: Said, phrases: &dyn Phrases) -> Self {
        Draft {
            language: phrases.code(),
            subject: said.subject,
            greeting: None,
            sentences: said.sentences,
            list: Vec::new(),
            link: None,
            bill: None,
        }
        .finish()
    }

    fn to_customer(
        said: Said,
        list: Vec<String>,
        link: Option<String>,
        doc: &OrderDocument,
        phrases: &dyn Phrases,
    ) -> Self {
        Draft {
            language: phrases.code(),
            subject: said.subject,
            greeting: Some(phrases.dear(&crate::mail::one_line(&doc.contact.name))),
            sentences: said.sentences,
            list,
            link: link.map(|url| (phrases.pay_here(), url)),
            bill: Some(bill(doc, phrases)),
        }
        .finish()
    }
}

fn shortages(event: &OrderRejected, phrases: &dyn Phrases) -> Vec<String> {
    let said = |shortage: &contracts::event::Shortage| {
        let is_it = |line: &&Line| line.product_id == shortage.product_id;
        let line = event.order.items.iter().find(is_it);
        let name = line.map_or(shortage.product_id.as_str(), |line| &line.name);
        phrases.shortage(name, shortage.requested, shortage.available)
    };
    event.shortages.iter().map(said).collect()
}

fn bill(doc: &OrderDocument, phrases: &dyn Phrases) -> Bill {
    let money = |amount| phrases.money(contracts::Money::new(amount, doc.currency));
    let line = |line: &Line| Sum {
        label: format!("{} x {}", line.quantity, line.name),
        amount: money(line.total()),
    };
    let mut lines: Vec<Sum> = doc.items.iter().map(line).collect();
    if doc.discount != 0 {
        let coupon = doc.coupon.as_ref().map_or("", |code| code.as_str());
        lines.push(Sum {
            label: phrases.discount(coupon),
            amount: money(-doc.discount),
        });
    }
    let total = Sum {
        label: phrases.total().to_owned(),
        amount: phrases.money(doc.total()),
    };
    Bill { lines, total }
}

#[cfg(test)]
mod tests;
