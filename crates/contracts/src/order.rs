//! The order: the snapshot that travels in events, and the state machine.
//!
//! ```text
//! placed ──holds granted──▶ awaitingPayment ──paid──▶ confirmed ──refund──▶ refunding ─▶ refunded
//!    │ a hold refused           │ timeout / taken back / a wrong amount
//!    ▼                          ▼
//! rejected                   cancelled ◀── the customer ── placed
//! ```
//!
//! **Invariant:** only the order service moves an order, and only along these arrows; the scripts in
//! `lua/order` check the state they start from. [`OrderStatus::may_become`] is the same table for
//! readers and tests.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{CouponCode, Currency, CustomerId, Money, ProductId};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderStatus {
    /// Accepted; the holds (stock, coupon) are being asked for.
    Placed,
    /// All holds granted; the customer has until the timeout to pay.
    AwaitingPayment,
    /// Paid in full.
    Confirmed,
    /// A hold was refused. Final.
    Rejected,
    /// Not paid in time, not paid with its total, or taken back. Final.
    Cancelled,
    /// A confirmed order whose money is on its way back.
    Refunding,
    /// A confirmed order that was paid back. Final.
    Refunded,
}

impl OrderStatus {
    /// Every state, in the order of the drawing above.
    pub const ALL: [Self; 7] = [
        Self::Placed,
        Self::AwaitingPayment,
        Self::Confirmed,
        Self::Rejected,
        Self::Cancelled,
        Self::Refunding,
        Self::Refunded,
    ];

    /// The name on the wire and in Redis.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::AwaitingPayment => "awaitingPayment",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
        }
    }

    /// Whether the arrow `self → next` is in the drawing.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Placed,
                Self::AwaitingPayment | Self::Rejected | Self::Cancelled
            ) | (Self::AwaitingPayment, Self::Confirmed | Self::Cancelled)
                | (Self::Confirmed, Self::Refunding)
                | (Self::Refunding, Self::Refunded)
        )
    }

    /// Whether the order needs nothing more: it was confirmed or can never be.
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Confirmed | Self::Rejected | Self::Cancelled | Self::Refunded => true,
            Self::Placed | Self::AwaitingPayment | Self::Refunding => false,
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no order status.
#[derive(Debug, thiserror::Error)]
#[error("unknown order status {0:?}")]
pub struct UnknownStatus(String);

impl FromStr for OrderStatus {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == word)
            .ok_or_else(|| UnknownStatus(word.to_owned()))
    }
}

/// How to reach the customer about one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The name to greet.
    pub name: String,
    /// Where mail goes.
    pub email: String,
    /// Where SMS go, in E.164 form; none are sent without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// One line of an order, priced when it was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The product.
    pub product_id: ProductId,
    /// Its name at that time.
    pub name: String,
    /// Units ordered, 1 to 1000.
    pub quantity: u32,
    /// Minor units for one of them.
    pub unit_price: i64,
}

impl Line {
    /// Minor units for the whole line.
    pub fn total(&self) -> i64 {
        self.unit_price.saturating_mul(i64::from(self.quantity))
    }
}

/// Who ordered what, for how much, and how to reach them.
///
/// It is packed once, stored in the order's hash and spliced into every event whose receivers need
/// it, so that no service has to ask another one (event-carried state transfer).
///
/// **Invariant:** `discount` is the last field, and zero when the order is placed. Zero is packed as
/// one byte, which `lua/order/hold.lua` replaces when a coupon is granted; nothing else ever changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderDoc {
    /// The customer.
    pub customer_id: CustomerId,
    /// How to reach them.
    pub contact: Contact,
    /// The lines, 1 to 100, no product twice.
    pub items: Vec<Line>,
    /// The currency of every amount in the order.
    pub currency: Currency,
    /// The coupon the customer wants to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponCode>,
    /// Sum of the lines in minor units, before any discount.
    pub subtotal: i64,
    /// Minor units that the coupon takes off, once it is granted.
    #[serde(default)]
    pub discount: i64,
}

impl OrderDoc {
    /// The subtotal as money.
    pub const fn subtotal(&self) -> Money {
        Money::new(self.subtotal, self.currency)
    }

    /// What is to be paid: the subtotal less the discount.
    pub const fn total(&self) -> Money {
        Money::new(self.subtotal - self.discount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_have_no_way_out_but_a_refund() {
        for from in OrderStatus::ALL {
            let ways_out = OrderStatus::ALL
                .into_iter()
                .filter(|to| from.may_become(*to))
                .count();
            match from {
                OrderStatus::Placed => assert_eq!(ways_out, 3),
                OrderStatus::AwaitingPayment => assert_eq!(ways_out, 2),
                OrderStatus::Confirmed | OrderStatus::Refunding => assert_eq!(ways_out, 1),
                OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => {
                    assert_eq!(ways_out, 0, "{from}");
                }
            }
        }
    }

    #[test]
    fn names_survive_a_round_trip() {
        for status in OrderStatus::ALL {
            assert_eq!(status.name().parse::<OrderStatus>().unwrap(), status);
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }
}
