//! Events of the inventory service: stock, and the catalogue that read models follow.

use serde::{Deserialize, Serialize};

use super::{Shortage, StockCause, StockLevel};
use crate::{OrderId, Product, ProductId};

/// Stream `inventory`: all lines of the order are reserved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReserved {
    /// The order.
    pub order_id: OrderId,
    /// New stock levels of every reserved product; empty in entries of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<StockLevel>,
}

/// Stream `inventory`: nothing was reserved, because stock is short for at least one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryRejected {
    /// The order.
    pub order_id: OrderId,
    /// The lines that are short of stock.
    pub shortages: Vec<Shortage>,
}

/// Stream `inventory`: stock was sold, returned or adjusted by an administrator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryUpdated {
    /// The order, when one caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Cause of the change.
    pub cause: StockCause,
    /// New stock levels of every changed product.
    pub levels: Vec<StockLevel>,
}

/// Stream `catalog`: a product was added or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductChanged {
    /// The product as it is now.
    pub product: Product,
}

/// Stream `catalog`: a product is no longer offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductRemoved {
    /// The product.
    pub product_id: ProductId,
}
