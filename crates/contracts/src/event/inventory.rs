//! Events of the inventory service: stock, and the catalogue that read models follow.

use serde::{Deserialize, Serialize};

use super::{Shortage, StockCause, StockLevel};
use crate::{OrderId, Product, ProductId};

/// Topic `inventory:reserved`: all lines of the order are reserved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReserved {
    /// The order.
    pub order_id: OrderId,
    /// New stock levels of every reserved product; empty in entries of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<StockLevel>,
}

/// Topic `inventory:rejected`: nothing was reserved, because stock is short for at least one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryRejected {
    /// The order.
    pub order_id: OrderId,
    /// The lines that are short of stock.
    pub shortages: Vec<Shortage>,
}

/// Topic `inventory:updated`: stock was sold, returned or adjusted by an administrator.
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

/// Topic `inventory:low-stock`: the units available of a product have fallen to its threshold. Written once; again
/// only after the units were above the threshold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LowStock {
    /// The product.
    pub product_id: ProductId,
    /// Units available for reservation.
    pub available: i64,
    /// Units reserved for open orders.
    pub reserved: i64,
    /// Units sold.
    pub sold: i64,
    /// The threshold: stock at or below it is low.
    pub threshold: u32,
}

/// Topic `catalog:changed`: a product was added or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductChanged {
    /// The product as it is now.
    pub product: Product,
}

/// Topic `catalog:removed`: a product is no longer offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductRemoved {
    /// The product.
    pub product_id: ProductId,
}
