//! Event types that merchants' webhooks subscribe to, dotted as in Standard Webhooks.

use serde::{Deserialize, Serialize};

use crate::words::{UnknownWord, words};

words!(
    /// Type of an event as merchants see it.
    EventType, "event type" {
        /// An order was accepted; its stock is not yet reserved.
        OrderPlaced = "order.placed",
        /// Everything is held; the order is to be paid.
        OrderAwaitingPayment = "order.awaiting_payment",
        /// The order is paid.
        OrderConfirmed = "order.confirmed",
        /// The order cannot be fulfilled.
        OrderRejected = "order.rejected",
        /// The order ended unpaid.
        OrderCancelled = "order.cancelled",
        /// The order was paid back.
        OrderRefunded = "order.refunded",
        /// A charge failed; the order can still be paid.
        PaymentFailed = "payment.failed",
        /// The customer was reminded to pay the order.
        PaymentDue = "payment.due",
        /// A test event sent by an administrator.
        Ping = "webhook.ping",
    }
);

impl EventType {
    /// Event types open to subscription. A ping is sent to every webhook regardless.
    pub const SUBSCRIBABLE: [Self; 8] = [
        Self::OrderPlaced,
        Self::OrderAwaitingPayment,
        Self::OrderConfirmed,
        Self::OrderRejected,
        Self::OrderCancelled,
        Self::OrderRefunded,
        Self::PaymentFailed,
        Self::PaymentDue,
    ];
}

/// The event types that a webhook subscribes to; in JSON a list of event types, or `["*"]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub enum EventSelection {
    /// Every event type, later additions included.
    All,
    /// The listed event types, without duplicates.
    Only(Vec<EventType>),
}

impl EventSelection {
    /// Returns whether events of this type are delivered.
    pub fn includes(&self, kind: EventType) -> bool {
        match self {
            Self::All => true,
            Self::Only(kinds) => kinds.contains(&kind),
        }
    }
}

impl From<EventSelection> for Vec<String> {
    fn from(selection: EventSelection) -> Self {
        match selection {
            EventSelection::All => vec!["*".to_owned()],
            EventSelection::Only(kinds) => kinds.iter().map(ToString::to_string).collect(),
        }
    }
}

impl TryFrom<Vec<String>> for EventSelection {
    type Error = UnknownWord;

    fn try_from(words: Vec<String>) -> Result<Self, Self::Error> {
        if words == ["*"] {
            return Ok(Self::All);
        }
        let kinds: Result<_, _> = words.iter().map(|word| word.parse()).collect();
        kinds.map(Self::Only)
    }
}

#[cfg(test)]
mod tests {
    use super::{EventSelection, EventType};

    #[test]
    fn a_selection_is_a_list_of_event_types() {
        let only = EventSelection::Only(vec![EventType::OrderConfirmed, EventType::PaymentFailed]);
        for (selection, text) in [
            (EventSelection::All, r#"["*"]"#),
            (only, r#"["order.confirmed","payment.failed"]"#),
        ] {
            assert_eq!(serde_json::to_string(&selection).unwrap(), text);
            assert_eq!(
                serde_json::from_str::<EventSelection>(text).unwrap(),
                selection
            );
        }
        assert!(serde_json::from_str::<EventSelection>(r#"["order.eaten"]"#).is_err());
    }

    #[test]
    fn event_types_are_two_words_joined_by_a_dot() {
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        for kind in EventType::SUBSCRIBABLE {
            let words: Vec<&str> = kind.name().split('.').collect();
            assert!(words.len() == 2 && words.iter().all(|word| word.chars().all(plain)));
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }
}
