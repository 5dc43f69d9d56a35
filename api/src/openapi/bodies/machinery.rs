//! Bodies of requests to the machinery, and of the payment provider.

use utoipa::ToSchema;

/// What is to be crashed.
#[derive(ToSchema)]
pub(crate) struct Crash {
    /// Names in the supervision tree, joined by `/`, service first.
    #[schema(min_length = 1, example = "inventory/worker-2")]
    path: String,
    /// `panic` without it. A supervisor cannot hang.
    how: Option<How>,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
enum How {
    Panic,
    Kill,
    Hang,
}

/// Which dead letters are meant: those that fit all members. `{}` means all there are.
#[derive(ToSchema)]
pub(crate) struct DeadLetterFilter {
    /// The type of the event.
    #[schema(rename = "type", example = "OrderPlaced")]
    kind: Option<String>,
    /// The key of the event, an order's id mostly.
    key: Option<String>,
    /// A part of the last error's text.
    #[schema(min_length = 1)]
    cause: Option<String>,
    #[schema(format = DateTime)]
    since: Option<String>,
    #[schema(format = DateTime)]
    until: Option<String>,
}

/// An event of the payment provider, in Stripe's form. What the shop has no use for is acknowledged as well.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub(crate) struct ProviderEvent(String);
