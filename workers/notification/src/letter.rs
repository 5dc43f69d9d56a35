//! What a customer reads.

use std::fmt::Write;

use contracts::{Line, Money, OrderDoc, event::CancelReason};

use crate::NotificationMessage;

/// A subject and a plain text, for mail; the subject alone is the SMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The whole text.
    pub text: String,
}

impl Letter {
    /// The letter for `message`.
    pub fn compose(message: &NotificationMessage) -> Self {
        let (order, doc) = (message.order_id(), message.doc());
        let (subject, body) = match message {
            NotificationMessage::Confirmed(_) => (
                format!("Your order {order} is confirmed"),
                "Thank you, your payment has arrived and your order is on its way.".to_owned(),
            ),
            NotificationMessage::Rejected(event) => {
                let mut body = "We are sorry, your order cannot be served.\n".to_owned();
                for shortage in &event.shortages {
                    let is_it = |line: &&Line| line.product_id == shortage.product_id;
                    let name = doc.items.iter().find(is_it).map_or("?", |line| &line.name);
                    let (wanted, left) = (shortage.requested, shortage.available);
                    let _ = write!(body, "\n  {name}: {wanted} ordered, {left} available");
                }
                (format!("Your order {order} was rejected"), body)
            }
            NotificationMessage::Cancelled(event) => {
                let why = match event.reason {
                    CancelReason::PaymentTimeout => "it was not paid in time",
                    CancelReason::ByCustomer => "you asked for it",
                };
                let body = format!(
                    "Your order was cancelled because {why}. If a payment still arrives, it goes back to you."
                );
                (format!("Your order {order} was cancelled"), body)
            }
            NotificationMessage::PaymentFailed(event) => {
                let failure = &event.failure.message;
                let url = event.pay_url.as_deref().unwrap_or("the shop");
                let body = format!("Your payment failed: {failure}\nYou can try again: {url}");
                (format!("Your payment for order {order} failed"), body)
            }
        };
        let text = format!("Dear {},\n\n{body}\n\n{}", doc.contact.name, bill(doc));
        Self { subject, text }
    }
}

fn bill(doc: &OrderDoc) -> String {
    let mut text = String::new();
    for line in &doc.items {
        let total = Money::new(line.total(), doc.currency);
        let _ = writeln!(text, "  {} x {}  {total}", line.quantity, line.name);
    }
    let _ = writeln!(text, "  Total  {}", doc.subtotal());
    text
}
