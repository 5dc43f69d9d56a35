//! Parts of answers that other crates write, as the description shows them.
//!
//! The crates below know nothing of OpenAPI, so their types are described here; that answers are like this
//! `make contract` checks against a running shop.

#![expect(dead_code, reason = "they describe what other crates write")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// The stock of a product. `received + transferredIn - transferredOut = available + reserved + sold`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Stock {
    #[schema(example = "mug-01")]
    product_id: String,
    /// Units that ever came in, write-offs taken off.
    received: i64,
    /// Units that can be reserved.
    available: i64,
    /// Units held for open orders.
    reserved: i64,
    /// Units sold.
    sold: i64,
    /// Units that came from other partitions.
    transferred_in: i64,
    /// Units that went to other partitions.
    transferred_out: i64,
}

/// Who an account is.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) enum RoleName {
    Customer,
    Operator,
    Admin,
}

/// What the last audit found.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Audit {
    #[schema(format = DateTime)]
    at: String,
    /// The same in Unix milliseconds.
    at_ms: u64,
    /// Which auditor it is of.
    by: String,
    took_ms: u64,
    balanced: bool,
    /// What did not balance.
    drifts: u64,
    /// The same by rule.
    by_rule: BTreeMap<String, u64>,
    products: u64,
    orders: u64,
}
