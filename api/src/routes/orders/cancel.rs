//! Cancelling an unpaid order.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::{OrderId, event::CancelReason};
use store::{
    account::Role,
    order::{self, CancelRequest},
};

use super::{json::OrderJson, place::accepted, visible};
use crate::{
    Api,
    auth::principal::Caller,
    middleware::trace_context::Trace,
    problem::{Problem, kinds},
};

/// Cancels an unpaid order. Idempotent.
#[utoipa::path(
    post, path = "/v1/orders/{id}/cancel", tag = "orders", operation_id = "cancelOrder",
    security(("bearer" = [])),
    params(("id" = inline(OrderId), Path, description = "The order's id.", example = "01K9ZQ3V4T5X6Y7Z8A9B0C1D2E")),
    responses((status = 202, description = "It is cancelled.", body = OrderJson<'_>, headers(("Location" = String, description = "URL of the order.")))),
    extensions(("x-problems" = json!(["not-cancellable", "forbidden"]))),
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Trace(trace): Trace,
) -> Result<Response, Problem> {
    let order = visible(&api, &caller, &id).await?;
    let reason = if caller.is(&order.doc.customer_id) {
        CancelReason::ByCustomer
    } else {
        caller.require(&[Role::Admin])?;
        CancelReason::ByAdmin
    };
    match order::cancel_order(&api.runtime, &order.id, reason, trace).await? {
        CancelRequest::Cancelled | CancelRequest::Replay => {
            accepted(&visible(&api, &caller, &id).await?)
        }
        CancelRequest::NotCancellable(status) => Err(Problem::new(&kinds::NOT_CANCELLABLE)
            .detail(format!("The order is {status}."))
            .with("orderStatus", status)),
        CancelRequest::Unknown => Err(Problem::not_found()),
    }
}
