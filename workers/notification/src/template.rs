//! Templates of all notifications: plain text, HTML, and one line for an SMS.
//!
//! Each language has its phrases in `template/<language>.rs`; the parts of a notification are chosen here
//! and rendered in `template/render.rs`, the same for all languages.

mod de;
mod en;
mod language;
mod render;

use contracts::{
    Line, OrderDocument,
    event::{LowStock, OrderRejected, PasswordResetRequested, WebhookDisabled},
};
use store::password_reset::VALID;

use streamward::clock;

use crate::{OrderEvent, mail::one_line};
pub use language::Language;
use language::{Phrases, Wording};
use render::{Bill, BillRow, Template};

/// Content of a notification in all its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Subject, one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
    /// SMS.
    pub sms: String,
}

impl Content {
    /// Returns the notification to the customer about `event`.
    pub fn for_customer(event: &OrderEvent, language: Language) -> Self {
        let phrases = language.phrases();
        let (order, document) = (event.order_id(), event.document());
        let (wording, list, link) = match event {
            OrderEvent::Confirmed(_) => (phrases.confirmed(order), Vec::new(), None),
            OrderEvent::Rejected(event) => {
                let wording = phrases.rejected(order, event.reason, event.coupon_refusal);
                (wording, shortages(event, phrases), None)
            }
            OrderEvent::Cancelled(event) => {
                (phrases.cancelled(order, event.reason), Vec::new(), None)
            }
            OrderEvent::PaymentFailed(event) => {
                let wording = phrases.payment_failed(order, &event.failure.message);
                (wording, Vec::new(), event.pay_url.clone())
            }
            OrderEvent::Refunded(event) => {
                let amount = phrases.money(event.amount);
                (phrases.refunded(order, &amount), Vec::new(), None)
            }
            OrderEvent::PaymentReturned(event) => {
                let amount = phrases.money(event.amount);
                (phrases.payment_returned(order, &amount), Vec::new(), None)
            }
            OrderEvent::PaymentDue(event) => {
                let left = event.pay_before.saturating_sub(clock::now_ms());
                let wording = phrases.payment_due(order, left.div_ceil(60_000).max(1));
                (wording, Vec::new(), event.pay_url.clone())
            }
        };
        Template {
            language: phrases.code(),
            subject: wording.subject,
            greeting: Some(phrases.dear(&one_line(&document.contact.name))),
            sentences: wording.sentences,
            list,
            link: link.map(|url| (phrases.pay_here(), url)),
            bill: Some(bill(document, phrases)),
        }
        .render()
    }

    /// Returns the mail with the `link` that sets a forgotten password.
    pub(crate) fn password_reset(
        request: &PasswordResetRequested,
        link: String,
        language: Language,
    ) -> Self {
        let phrases = language.phrases();
        let wording = phrases.password_reset(VALID.as_secs() / 60);
        Template {
            language: phrases.code(),
            subject: wording.subject,
            greeting: Some(phrases.dear(&one_line(&request.name))),
            sentences: wording.sentences,
            list: Vec::new(),
            link: Some((phrases.set_password(), link)),
            bill: None,
        }
        .render()
    }

    /// Returns the alert to the administrators about a product that is low on stock.
    pub fn low_stock(event: &LowStock, language: Language) -> Self {
        let phrases = language.phrases();
        let wording = phrases.low_stock(event);
        Self::for_admins(wording, phrases)
    }

    /// Returns the alert to the administrators about a disabled webhook.
    pub fn webhook_disabled(event: &WebhookDisabled, language: Language) -> Self {
        let phrases = language.phrases();
        let (host, error) = [&event.host, &event.error]
            .map(|text| one_line(text))
            .into();
        let wording = phrases.webhook_disabled(&host, event.reason, &error);
        Self::for_admins(wording, phrases)
    }

    fn for_admins(wording: Wording, phrases: &dyn Phrases) -> Self {
        Template {
            language: phrases.code(),
            subject: wording.subject,
            greeting: None,
            sentences: wording.sentences,
            list: Vec::new(),
            link: None,
            bill: None,
        }
        .render()
    }
}

fn shortages(event: &OrderRejected, phrases: &dyn Phrases) -> Vec<String> {
    let line = |shortage: &contracts::event::Shortage| {
        let mut items = event.order.items.iter();
        let found = items.find(|line| line.product_id == shortage.product_id);
        let name = found.map_or(shortage.product_id.as_str(), |line| &line.name);
        phrases.shortage(name, shortage.requested, shortage.available)
    };
    event.shortages.iter().map(line).collect()
}

fn bill(document: &OrderDocument, phrases: &dyn Phrases) -> Bill {
    let money = |amount| phrases.money(contracts::Money::new(amount, document.currency));
    let line = |line: &Line| BillRow {
        label: format!("{} x {}", line.quantity, line.name),
        amount: money(line.total()),
    };
    let mut lines: Vec<BillRow> = document.items.iter().map(line).collect();
    if document.discount != 0 {
        let coupon = document.coupon.as_ref().map_or("", |code| code.as_str());
        lines.push(BillRow {
            label: phrases.discount(coupon),
            amount: money(-document.discount),
        });
    }
    let total = BillRow {
        label: phrases.total().to_owned(),
        amount: phrases.money(document.total()),
    };
    Bill { lines, total }
}

#[cfg(test)]
mod tests;
