//! Products as the catalogue describes them. How many there are is the inventory's business.

use serde::{Deserialize, Serialize};

use crate::{Money, ProductId};

/// A product of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The merchant's id.
    pub id: ProductId,
    /// The name people see; copied into the order when it is placed.
    pub name: String,
    /// A sentence or two.
    pub description: String,
    /// The price of one unit.
    pub price: Money,
    /// Whether it may be ordered.
    pub on_sale: bool,
}
