//! Bodies of requests, as the description shows them.
//!
//! Nothing is read into these: bodies are checked by hand ([`crate::http::body`]), so that every fault is found and has
//! its place. Requests made up from the description, which `make contract` sends, find where the two differ. Formats
//! that are the shop's own are spelled out by [`super::formats`].

#![expect(dead_code, reason = "they describe what is read by hand")]

mod machinery;

use std::collections::BTreeSet;

use utoipa::ToSchema;

pub(crate) use machinery::{Crash, DeadLetterFilter, ProviderEvent};

use super::answers::{Money, ScopeName};

/// An account.
#[derive(ToSchema)]
pub(crate) struct NewAccount {
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
    #[schema(min_length = 8, max_length = 200, format = Password, example = "correct horse")]
    password: String,
    /// One line.
    #[schema(max_length = 100, format = "one-line", example = "Ada Lovelace")]
    name: String,
    /// For text messages, in E.164 form.
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$", example = "+491701234567")]
    phone: Option<String>,
}

/// Who logs in, and how the session is to be kept.
#[derive(ToSchema)]
pub(crate) struct Credentials {
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(format = Password, example = "correct horse")]
    password: String,
    /// `bearer`, as without it: a token in the answer. `cookie`: cookies and a CSRF token, for pages.
    session: Option<Keeping>,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
enum Keeping {
    Bearer,
    Cookie,
}

/// Another password. Every other session of the account ends.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct NewPassword {
    #[schema(format = Password, example = "correct horse")]
    current_password: String,
    #[schema(min_length = 8, max_length = 200, format = Password, example = "battery staple")]
    new_password: String,
}

/// An API key.
#[derive(ToSchema)]
pub(crate) struct NewApiKey {
    /// What it is for, in one line.
    #[schema(max_length = 100, format = "one-line", example = "The till")]
    name: String,
    /// What it may do: scopes that the account's roles may give.
    #[schema(min_items = 1, example = json!(["orders:write"]))]
    scopes: BTreeSet<ScopeName>,
}

/// An order.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct NewOrder {
    /// No product stands in two of them, and all are sold in one currency.
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<NewItem>,
    /// The code of a coupon.
    #[schema(format = "coupon-code", example = "WELCOME10")]
    coupon: Option<String>,
    /// Charged as soon as everything is held. Without it the customer pays at `payment.payUrl`, or by another request.
    #[schema(format = "payment-method", example = "pm_card_visa")]
    payment_method: Option<String>,
    /// What the items must come to before any discount; when prices have changed the order is refused.
    expected_total: Option<Money>,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct NewItem {
    /// A product on sale.
    #[schema(format = "product-id", example = "mug-01")]
    product_id: String,
    #[schema(minimum = 1, maximum = 1000, example = 2)]
    quantity: u32,
}

/// How to pay.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct NewPayment {
    #[schema(format = "payment-method", example = "pm_card_visa")]
    payment_method: String,
}

/// A product.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct NewProduct {
    #[schema(format = "product-id", example = "mug-02")]
    id: String,
    /// One line.
    #[schema(max_length = 200, format = "one-line", example = "A blue mug")]
    name: String,
    /// Plain text.
    #[schema(
        max_length = 4000,
        format = "plain-text",
        example = "It holds a third of a litre."
    )]
    description: Option<String>,
    price: Money,
    /// Whether it may be ordered; true without it.
    on_sale: Option<bool>,
    #[schema(max_length = 64, format = "one-line", example = "kitchen")]
    category: Option<String>,
    #[schema(max_items = 20)]
    tags: Option<Vec<Tag>>,
    #[schema(
        max_length = 2000,
        format = "web-address",
        example = "https://shop.example/mug-02.jpg"
    )]
    image_url: Option<String>,
    /// It is scarce at so many units or fewer; without it, what the shop's settings say counts.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 5)]
    low_stock_threshold: Option<u32>,
}

/// A word that products are found by.
#[derive(ToSchema)]
#[schema(max_length = 64, format = "one-line", example = "blue")]
struct Tag(String);

/// What is to change about a product. Null takes away what a product may be without; what is not there stays.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ProductChange {
    #[schema(required = false, max_length = 200, format = "one-line")]
    name: String,
    #[schema(required = false, max_length = 4000, format = "plain-text")]
    description: String,
    #[schema(required = false)]
    price: Money,
    #[schema(required = false)]
    on_sale: bool,
    #[schema(max_length = 64, format = "one-line", example = "kitchen")]
    category: Option<String>,
    #[schema(required = false, max_items = 20)]
    tags: Vec<Tag>,
    #[schema(max_length = 2000, format = "web-address")]
    image_url: Option<String>,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    low_stock_threshold: Option<u32>,
}

/// Units that came in, or are written off.
#[derive(ToSchema)]
pub(crate) struct StockChange {
    /// Units that came in; below 0, units that are written off. Not 0.
    #[schema(minimum = -1_000_000_000, maximum = 1_000_000_000, example = 10)]
    delta: i64,
    /// For the ledger, in one line.
    #[schema(max_length = 200, format = "one-line", example = "Delivery 4711")]
    reason: Option<String>,
}

/// A coupon. It has a `percent` or an `amount`; what else is left out does not limit it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct NewCoupon {
    #[schema(format = "coupon-code", example = "SPRING-5")]
    code: String,
    /// Percent of the items' total that it takes off.
    #[schema(minimum = 1, maximum = 100, example = 5)]
    percent: Option<u8>,
    /// What it takes off, above 0.
    amount: Option<Money>,
    /// What the items must come to at least, in the currency of `amount`.
    minimum: Option<Money>,
    #[schema(format = DateTime)]
    valid_from: Option<String>,
    /// Not before `validFrom`.
    #[schema(format = DateTime)]
    valid_until: Option<String>,
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    max_uses: Option<u64>,
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    max_uses_per_customer: Option<u64>,
    /// Whether it may be used; true without it.
    active: Option<bool>,
}

/// Whether a coupon may be used.
#[derive(ToSchema)]
pub(crate) struct CouponChange {
    active: bool,
}

/// A webhook.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct NewWebhook {
    /// Where events are posted to: an https address of a public host.
    #[schema(format = "uri", example = "https://merchant.example/events")]
    url: String,
    /// Some types of events, or `*` alone.
    #[schema(min_items = 1, example = json!(["order.confirmed"]))]
    event_types: BTreeSet<Topic>,
    /// One line.
    #[schema(
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Our accounts"
    )]
    description: Option<String>,
}

/// What is to change about a webhook: one member at least. Null is as good as none.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", min_properties = 1)]
pub(crate) struct WebhookChange {
    #[schema(format = "uri", example = "https://merchant.example/events")]
    url: Option<String>,
    #[schema(min_items = 1, example = json!(["*"]))]
    event_types: Option<BTreeSet<Topic>>,
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    description: Option<String>,
    /// `true` sends to it again.
    enabled: Option<bool>,
}

/// A type of event.
#[derive(ToSchema, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    #[schema(rename = "*")]
    All,
    #[schema(rename = "order.placed")]
    OrderPlaced,
    #[schema(rename = "order.awaiting_payment")]
    OrderAwaitingPayment,
    #[schema(rename = "order.confirmed")]
    OrderConfirmed,
    #[schema(rename = "order.rejected")]
    OrderRejected,
    #[schema(rename = "order.cancelled")]
    OrderCancelled,
    #[schema(rename = "order.refunded")]
    OrderRefunded,
    #[schema(rename = "payment.failed")]
    PaymentFailed,
    #[schema(rename = "payment.due")]
    PaymentDue,
}
