//! The order: the snapshot that travels in events, and the state machine.
//!
//! ```text
//! placed ──holds granted──▶ awaitingPayment ──paid──▶ confirmed ──refund──▶ refunding ─▶ refunded
//!    │ a hold refused           │ timeout / cancelled / wrong amount
//!    ▼                          ▼
//! rejected                   cancelled ◀── the customer ── placed
//! ```
//!
//! **Invariant:** only the order service changes an order's state, and only along these arrows; the
//! scripts in `lua/order` check the state they start from. [`OrderStatus::may_become`] is the same
//! table for readers and tests.

use serde::{Deserialize, Serialize};

use crate::{CouponCode, Currency, CustomerId, Money, ProductId, words::words};

words!(
    /// State of an order.
    OrderStatus, "order status" {
        /// Accepted; stock and coupon are not yet held.
        Placed = "placed",
        /// Everything is held; the customer has until the timeout to pay.
        AwaitingPayment = "awaitingPayment",
        /// Paid in full.
        Confirmed = "confirmed",
        /// Final: a hold was refused.
        Rejected = "rejected",
        /// Final: not paid in time, not paid with its total, or cancelled on request.
        Cancelled = "cancelled",
        /// Confirmed before; its money is on its way back.
        Refunding = "refunding",
        /// Final: a confirmed order that was paid back.
        Refunded = "refunded",
    }
);

impl OrderStatus {
    /// Returns whether the transition `self → next` is in the diagram.
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

    /// Returns whether no service has work left: the order is confirmed or final.
    pub const fn is_resolved(self) -> bool {
        match self {
            Self::Confirmed | Self::Rejected | Self::Cancelled | Self::Refunded => true,
            Self::Placed | Self::AwaitingPayment | Self::Refunding => false,
        }
    }
}

/// Contact data of the customer for one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Name used in the salutation.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Phone number for SMS in E.164 form; no SMS is sent without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A line of an order, priced when the order was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The product.
    pub product_id: ProductId,
    /// Its name when the order was placed.
    pub name: String,
    /// Units ordered, 1 to 1000.
    pub quantity: u32,
    /// Price of one unit in minor units.
    pub unit_price: i64,
}

impl Line {
    /// Returns the price of the whole line in minor units.
    pub fn total(&self) -> i64 {
        self.unit_price.saturating_mul(i64::from(self.quantity))
    }
}

/// Snapshot of an order: customer, contact, lines and amounts.
///
/// Packed once, stored in the order's hash and spliced into every event whose receivers need it
/// (event-carried state transfer), so that services need no queries to each other.
///
/// **Invariant:** `discount` is the last field, and zero when the order is placed. Zero is packed as
/// one byte, which `lua/order/record_hold.lua` replaces when a coupon is granted; nothing else changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderDocument {
    /// The customer.
    pub customer_id: CustomerId,
    /// Contact data of the customer.
    pub contact: Contact,
    /// The lines, 1 to 100, no product twice.
    pub items: Vec<Line>,
    /// The currency of every amount in the order.
    pub currency: Currency,
    /// The coupon code entered at the checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponCode>,
    /// Sum of the lines in minor units, before any discount.
    pub subtotal: i64,
    /// Discount in minor units, once the coupon is granted.
    #[serde(default)]
    pub discount: i64,
}

impl OrderDocument {
    /// Returns the subtotal.
    pub const fn subtotal(&self) -> Money {
        Money::new(self.subtotal, self.currency)
    }

    /// Returns the amount to pay: the subtotal less the discount.
    pub const fn total(&self) -> Money {
        Money::new(self.subtotal - self.discount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_have_no_transition_but_a_refund() {
        for from in OrderStatus::ALL {
            let transitions = OrderStatus::ALL
                .iter()
                .filter(|to| from.may_become(**to))
                .count();
            match from {
                OrderStatus::Placed => assert_eq!(transitions, 3),
                OrderStatus::AwaitingPayment => assert_eq!(transitions, 2),
                OrderStatus::Confirmed | OrderStatus::Refunding => assert_eq!(transitions, 1),
                OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => {
                    assert_eq!(transitions, 0, "{from}");
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
