//! What read models of the catalogue follow.

use serde::{Deserialize, Serialize};

use crate::ProductId;

/// Stream `catalog`: a product was added or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductChanged {
    /// The product as it is now.
    pub product: crate::Product,
}

/// Stream `catalog`: a product is no longer offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductRemoved {
    /// Its id.
    pub product_id: ProductId,
}
