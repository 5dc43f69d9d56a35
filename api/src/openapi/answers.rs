//! Parts of answers that other crates write, as the description shows them.
//!
//! The crates below know nothing of OpenAPI, so their types are described here; that answers are like this
//! `make contract` checks against a running shop.

#![expect(dead_code, reason = "they describe what other crates write")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// An amount of money in minor units: 1990 EUR are 19.90 €, 500 JPY are 500 ¥.
#[derive(ToSchema)]
pub(crate) struct Money {
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 1990)]
    amount: i64,
    /// By ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    currency: String,
}

/// Where an order stands. `rejected`, `cancelled` and `refunded` are final.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) enum OrderStatus {
    Placed,
    AwaitingPayment,
    Confirmed,
    Rejected,
    Cancelled,
    Refunding,
    Refunded,
}

/// A line that could not be served.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Shortage {
    product_id: String,
    /// Units ordered.
    requested: u32,
    /// Units there were.
    available: u32,
}

/// An order as a webhook is told of it: as it was at the event, and as far as the event knows it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct OrderNews {
    id: String,
    status: OrderStatus,
    #[schema(format = DateTime)]
    created_at: String,
    /// What is newer is later.
    #[schema(format = DateTime)]
    updated_at: String,
    #[schema(required = false)]
    items: Vec<NewsItem>,
    #[schema(required = false)]
    subtotal: Money,
    #[schema(required = false)]
    discount: Money,
    #[schema(required = false)]
    total: Money,
    coupon: Option<String>,
    /// Its `id`, and what the event is about: `status`, `amount`, `failure`, `payUrl`.
    #[schema(required = false, value_type = Object)]
    payment: String,
    #[schema(required = false)]
    reason: String,
    #[schema(required = false)]
    shortages: Vec<Shortage>,
    #[schema(required = false)]
    coupon_refusal: String,
    #[schema(required = false, format = DateTime)]
    pay_before: String,
    /// Whether `items` and `shortages` were left out, to keep the post below 20,000 bytes.
    #[schema(required = false)]
    truncated: bool,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct NewsItem {
    product_id: String,
    name: String,
    quantity: u32,
    unit_price: Money,
    line_total: Money,
}

/// A product, and how many of it can be ordered now.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Product {
    #[schema(example = "mug-01")]
    id: String,
    name: String,
    description: String,
    price: Money,
    on_sale: bool,
    #[schema(nullable = false)]
    category: Option<String>,
    #[schema(required = false)]
    tags: Vec<String>,
    #[schema(nullable = false)]
    image_url: Option<String>,
    #[schema(nullable = false)]
    low_stock_threshold: Option<u32>,
    available: i64,
    in_stock: bool,
}

/// A page of products, and when they were asked for how many products each category has.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Products {
    data: Vec<Product>,
    has_more: bool,
    /// The cursor of the next page, when there is one.
    next: Option<String>,
    #[schema(nullable = false)]
    facets: Option<Facets>,
}

#[derive(ToSchema)]
struct Facets {
    categories: BTreeMap<String, u64>,
}

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

/// What an API key may do.
#[derive(ToSchema, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ScopeName {
    #[schema(rename = "orders:read")]
    OrdersRead,
    #[schema(rename = "orders:write")]
    OrdersWrite,
    #[schema(rename = "catalog:read")]
    CatalogRead,
    #[schema(rename = "catalog:write")]
    CatalogWrite,
    #[schema(rename = "webhooks:read")]
    WebhooksRead,
    #[schema(rename = "webhooks:write")]
    WebhooksWrite,
    #[schema(rename = "admin:read")]
    AdminRead,
    #[schema(rename = "admin:write")]
    AdminWrite,
}

/// A stream.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Stream {
    /// Its key.
    #[schema(example = "sw:{0}:orders")]
    stream: String,
    /// Entries in it, settled ones that are kept for people included.
    length: u64,
    /// The newest id ever given.
    last_id: String,
    groups: Vec<Group>,
}

/// A consumer group of a stream.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Group {
    group: String,
    /// Entries not yet delivered; null when there are too many to count.
    lag: Option<u64>,
    /// Entries delivered and not settled, backing-off ones included.
    pending: u64,
    /// Entries that back off.
    parked: u64,
    /// Consumers that have a name in the group.
    consumers: u64,
    /// Milliseconds since the oldest pending entry was written.
    oldest_pending_ms: Option<u64>,
}

/// A node of the supervision tree.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct TreeNode {
    name: String,
    kind: NodeKind,
    state: NodeState,
    /// How often its supervisor started it again.
    restarts: u32,
    /// Why the last run ended; null while the first one lasts.
    last_exit: Option<String>,
    #[schema(format = DateTime)]
    started_at: Option<String>,
    /// Milliseconds since its last sign of life; null without a watchdog, or at rest.
    silent_ms: Option<u64>,
    /// In start order.
    #[schema(no_recursion)]
    children: Vec<Self>,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
enum NodeKind {
    Supervisor,
    Actor,
    Task,
}

/// Where in its life a node is.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) enum NodeState {
    Starting,
    Running,
    Backoff,
    Stopping,
    Stopped,
    Failed,
}

/// One recorded error of an entry.
#[derive(ToSchema)]
pub(crate) struct Attempt {
    #[schema(minimum = 1)]
    attempt: u32,
    error: String,
    #[schema(format = DateTime)]
    at: String,
    /// The consumer that tried.
    consumer: String,
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
