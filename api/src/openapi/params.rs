//! Parameters in queries and headers, as the description shows them.

#![expect(dead_code, reason = "they describe what is read by hand")]

use utoipa::{IntoParams, ToSchema};

/// The partition of dead letters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PartitionQuery {
    #[param(minimum = 0, maximum = 0xffff, default = 0, required = false)]
    partition: u16,
}

/// The query of a list of coupons.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CouponsQuery {
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    limit: u32,
    /// The `next` of the previous page.
    #[param(pattern = "^([A-Za-z0-9_-]{3,32})?$", required = false)]
    after: String,
}

/// The query of a list by entry id.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesQuery {
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    limit: u32,
    /// The `next` of the previous page.
    #[param(
        pattern = "^([1-9][0-9]{0,14}-(0|[1-9][0-9]{0,8}))?$",
        required = false
    )]
    after: String,
}

/// The query of a list of orders, newest first.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrdersQuery {
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    limit: u32,
    /// The `next` of the previous page.
    #[param(pattern = "^([0-7][0-9A-HJKMNP-TV-Z]{25})?$", required = false)]
    before: String,
}

/// The query of a list without pages.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LimitQuery {
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    limit: u32,
}

/// The query of a list of products.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct ProductQuery {
    /// Words to find in name, description, category and tags; typos are tolerated.
    #[param(max_length = 100, required = false, example = "mug")]
    query: String,
    #[param(max_length = 64, required = false)]
    category: String,
    #[param(max_length = 64, required = false)]
    tag: String,
    /// In minor units.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64, required = false)]
    min_price: i64,
    /// In minor units, not below `minPrice`.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64, required = false)]
    max_price: i64,
    #[param(required = false)]
    in_stock: bool,
    #[param(required = false)]
    on_sale: bool,
    /// By id without it, even with a query. Relevance needs a query.
    #[param(required = false, inline)]
    sort: SortWord,
    /// Adds the number of products per category.
    #[param(required = false, inline)]
    facets: FacetWord,
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    limit: u32,
    /// The `next` of the previous page, which was in the same order.
    #[param(required = false)]
    after: String,
}

#[derive(ToSchema)]
enum SortWord {
    #[schema(rename = "relevance")]
    Relevance,
    #[schema(rename = "price")]
    Price,
    #[schema(rename = "-price")]
    PriceDescending,
    #[schema(rename = "name")]
    Name,
    #[schema(rename = "newest")]
    Newest,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
enum FacetWord {
    Category,
}

/// The condition of a read.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IfNoneMatch {
    /// Entity tags of known versions; 304 when one of them is current.
    #[param(
        rename = "If-None-Match",
        required = false,
        example = "\"1700000000000-0.12\""
    )]
    tags: String,
}

/// The condition of a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IfMatch {
    /// Entity tags of versions that may be changed; 412 when none of them is current.
    #[param(
        rename = "If-Match",
        required = false,
        example = "\"1700000000000-0.12\""
    )]
    tags: String,
}

/// The place at which an event stream resumes.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct LastEventId {
    /// For a stream: the id of the last event that was received.
    #[param(
        rename = "Last-Event-ID",
        required = false,
        pattern = "^(0|[1-9][0-9]{0,8})$"
    )]
    last: String,
}

/// The signature of an event.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct ProviderSignature {
    /// `t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>` under the provider's secret. There may be several `v1`; other
    /// schemes are ignored.
    #[param(
        rename = "Stripe-Signature",
        pattern = "^t=[0-9]{1,12}(,[a-z0-9]{1,8}=[^,\\s]{0,128}){1,8}$"
    )]
    signature: String,
}
