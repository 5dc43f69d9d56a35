//! Orders: listing and showing them, and the routes that change them.

pub(crate) mod events;
pub(crate) mod json;
pub(crate) mod place;
mod request;
pub(crate) mod transitions;

use axum::{Json, extract::State, response::IntoResponse as _};
use contracts::OrderId;
use store::{account::Role, order::OrderView};

use self::json::OrderJson;
use crate::{
    Api,
    auth::principal::Caller,
    http::{Id, Page, Params, cursor, limit},
    openapi::params::OrdersQuery,
    problem::{ApiResult, Problem},
};

/// Lists the caller's own orders, newest first.
#[utoipa::path(
    get, path = "/v1/orders", tag = "orders", operation_id = "listOrders",
    security(("bearer" = [])),
    params(OrdersQuery),
    responses((status = 200, description = "A page of orders.", body = Page<OrderJson<'_>>)),
)]
pub(crate) async fn list(State(api): State<Api>, caller: Caller, params: Params) -> ApiResult {
    let limit = limit(&params)?;
    let before: Option<OrderId> = cursor(&params, "before")?;
    let customer = &caller.0.customer_id;
    let found =
        store::order::of_customer(&api.runtime, customer, before.as_ref(), limit + 1).await?;
    let found: Vec<&OrderView> = found.iter().collect();
    let page: Page<OrderJson<'_>> = Page::of(found, limit, |order| order.id.to_string());
    Ok(Json(page).into_response())
}

/// Shows an order: the caller's own, or any for operators and administrators.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "orders", operation_id = "showOrder",
    security(("bearer" = [])),
    params(("id" = inline(OrderId), Path, description = "The order's id.", example = "01K9ZQ3V4T5X6Y7Z8A9B0C1D2E")),
    responses((status = 200, description = "The order.", body = OrderJson<'_>)),
)]
pub(crate) async fn show(State(api): State<Api>, caller: Caller, Id(id): Id<OrderId>) -> ApiResult {
    let order = visible(&api, &caller, &id).await?;
    Ok(Json(OrderJson::from(&order)).into_response())
}

/// Returns the order `id` if the caller may see it. For others it does not exist.
pub(crate) async fn visible(api: &Api, caller: &Caller, id: &OrderId) -> ApiResult<OrderView> {
    let order = store::order::find(&api.runtime, id).await?;
    let may_see = |order: &OrderView| {
        caller.is(&order.doc.customer_id) || caller.has(&[Role::Operator, Role::Admin])
    };
    order.filter(may_see).ok_or_else(Problem::not_found)
}
