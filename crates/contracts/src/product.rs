//! Products of the catalogue. Stock belongs to the inventory service.

use serde::{Deserialize, Serialize};

use crate::{Money, ProductId};

/// A product of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Product {
    /// Id chosen by the merchant.
    pub id: ProductId,
    /// Name shown to customers; copied into the order when it is placed.
    pub name: String,
    /// Description in a sentence or two.
    pub description: String,
    /// Price of one unit.
    pub price: Money,
    /// Whether it may be ordered.
    pub on_sale: bool,
    /// Category in the storefront.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub category: Option<String>,
    /// Search tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "utoipa", schema(required = false))]
    pub tags: Vec<String>,
    /// URL of its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub image_url: Option<String>,
    /// Low-stock threshold; the shop's setting applies without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub low_stock_threshold: Option<u32>,
}

impl Product {
    /// Returns a product on sale without any optional field.
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
    fn a_product_without_a_category_survives_a_round_trip() {
        let old = r#"{"id":"mug-01","name":"Mug","description":"","price":{"amount":1,"currency":"EUR"},"onSale":true}"#;
        let product: Product = serde_json::from_str(old).unwrap();
        let id = "mug-01".parse().unwrap();
        let price = Money::new(1, crate::Currency::EUR);
        assert_eq!(product, Product::new(id, "Mug".to_owned(), price));
        assert_eq!(serde_json::to_string(&product).unwrap(), old);
    }
}
