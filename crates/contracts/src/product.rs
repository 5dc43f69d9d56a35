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
    /// What kind of thing it is, for people who browse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Words it is found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Where its picture is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// It is scarce at so many units or fewer; without one, what the shop's settings say counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock_threshold: Option<u32>,
}

impl Product {
    /// A product on sale of which nothing more is known.
    pub const fn new(id: ProductId, name: String, price: Money) -> Self {
        Self {
            id,
            name,
            description: String::new(),
            price,
            on_sale: true,
            category: None,
            tags: Vec::new(),
            image_url: None,
            low_stock_threshold: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_of_before_it_had_a_category_is_read_and_written_as_it_was() {
        let old = r#"{"id":"mug-01","name":"Mug","description":"","price":{"amount":1,"currency":"EUR"},"onSale":true}"#;
        let product: Product = serde_json::from_str(old).unwrap();
        let id = "mug-01".parse().unwrap();
        let price = Money::new(1, crate::Currency::EUR);
        assert_eq!(product, Product::new(id, "Mug".to_owned(), price));
        assert_eq!(serde_json::to_string(&product).unwrap(), old);
    }
}
