//! Products, customers and prices of the tests.

use contracts::{Contact, Currency, CustomerId, Line, Money, OrderDocument, OrderId, ProductId};
use streamward::clock;

/// The price of every unit, in minor units.
const PRICE: i64 = 1000;

pub(crate) fn product(id: &str) -> ProductId {
    id.parse().unwrap()
}

pub(crate) fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

pub(crate) fn line(id: &str, quantity: u32) -> Line {
    Line {
        product_id: product(id),
        name: format!("The {id}"),
        quantity,
        unit_price: PRICE,
    }
}

pub(crate) fn customer() -> CustomerId {
    CustomerId::new(clock::now_ms(), rand::random())
}

/// An id that no order has.
pub(crate) fn unknown_order() -> OrderId {
    OrderId::new(0, clock::now_ms(), rand::random())
}

/// Returns an order document of a new customer.
pub(crate) fn doc(items: &[Line]) -> OrderDocument {
    OrderDocument {
        customer_id: customer(),
        contact: Contact {
            name: "Zoë".to_owned(),
            email: "zoe@example.org".to_owned(),
            phone: Some("+4915112345678".to_owned()),
        },
        items: items.to_vec(),
        currency: Currency::EUR,
        coupon: None,
        subtotal: items.iter().map(Line::total).sum(),
        discount: 0,
    }
}
