//! What merchants' programs can be told of, in their words: Standard Webhooks' dotted event types.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The type of an event as merchants see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum EventType {
    /// An order was accepted and waits for its stock.
    OrderPlaced,
    /// Its stock is held; it is to be paid.
    OrderAwaitingPayment,
    /// It is paid.
    OrderConfirmed,
    /// It cannot be served.
    OrderRejected,
    /// It ended unpaid.
    OrderCancelled,
    /// It was paid back.
    OrderRefunded,
    /// A charge failed; the order can still be paid.
    PaymentFailed,
    /// The customer was reminded that the order is to be paid.
    PaymentDue,
    /// A trial that an administrator asked for.
    Ping,
}

impl EventType {
    /// Those that can be subscribed to; everybody gets a ping.
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

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderPlaced => "order.placed",
            Self::OrderAwaitingPayment => "order.awaiting_payment",
            Self::OrderConfirmed => "order.confirmed",
            Self::OrderRejected => "order.rejected",
            Self::OrderCancelled => "order.cancelled",
            Self::OrderRefunded => "order.refunded",
            Self::PaymentFailed => "payment.failed",
            Self::PaymentDue => "payment.due",
            Self::Ping => "webhook.ping",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<EventType> for &'static str {
    fn from(kind: EventType) -> Self {
        kind.name()
    }
}

/// A word that names no event type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown event type {0:?}")]
pub struct UnknownEventType(String);

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let mut all = Self::SUBSCRIBABLE.into_iter().chain([Self::Ping]);
        all.find(|kind| kind.name() == word)
            .ok_or_else(|| UnknownEventType(word.to_owned()))
    }
}

impl TryFrom<String> for EventType {
    type Error = UnknownEventType;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        word.parse()
    }
}

/// What one webhook wants to hear of. In JSON a list of event types, or `["*"]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub enum Topics {
    /// Everything, what is yet to be invented included.
    All,
    /// These, none of them twice.
    Some(Vec<EventType>),
}

impl Topics {
    /// Whether an event of this type is to be told.
    pub fn include(&self, kind: EventType) -> bool {
        match self {
            Self::All => true,
            Self::Some(kinds) => kinds.contains(&kind),
        }
    }
}

impl From<Topics> for Vec<String> {
    fn from(topics: Topics) -> Self {
        match topics {
            Topics::All => vec!["*".to_owned()],
            Topics::Some(kinds) => kinds.iter().map(ToString::to_string).collect(),
        }
    }
}

impl TryFrom<Vec<String>> for Topics {
    type Error = UnknownEventType;

    fn try_from(words: Vec<String>) -> Result<Self, Self::Error> {
        if words == ["*"] {
            return Ok(Self::All);
        }
        let kinds: Result<_, _> = words.iter().map(|word| word.parse()).collect();
        kinds.map(Self::Some)
    }
}

#[cfg(test)]
mod tests {
    use super::{EventType, Topics};

    #[test]
    fn topics_are_a_list_of_words() {
        let some = Topics::Some(vec![EventType::OrderConfirmed, EventType::PaymentFailed]);
        for (topics, text) in [
            (Topics::All, r#"["*"]"#),
            (some, r#"["order.confirmed","payment.failed"]"#),
        ] {
            assert_eq!(serde_json::to_string(&topics).unwrap(), text);
            assert_eq!(serde_json::from_str::<Topics>(text).unwrap(), topics);
        }
        assert!(serde_json::from_str::<Topics>(r#"["order.eaten"]"#).is_err());
    }

    #[test]
    fn types_are_words_with_dots() {
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        for kind in EventType::SUBSCRIBABLE {
            let words: Vec<&str> = kind.name().split('.').collect();
            assert!(words.len() == 2 && words.iter().all(|word| word.chars().all(plain)));
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }
}
