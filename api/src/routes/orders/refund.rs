//! Refunding a confirmed order.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::OrderId;
use store::{
    account::Role,
    order::{self, RefundRequest},
};

use super::{json::OrderJson, place::accepted, visible};
use crate::{
    Api,
    auth::principal::Caller,
    middleware::trace_context::Trace,
    problem::{Problem, kinds},
};

/// Refunds a confirmed order. Idempotent.
#[utoipa::path(
    post, path = "/v1/orders/{id}/refund", tag = "orders", operation_id = "refundOrder",
    security(("bearer" = ["admin"])),
    params(("id" = inline(OrderId), Path, description = "The order's id.", example = "01K9ZQ3V4T5X6Y7Z8A9B0C1D2E")),
    responses((status = 202, description = "The refund has begun.", body = OrderJson<'_>, headers(("Location" = String, description = "URL of the order.")))),
    extensions(("x-problems" = json!(["not-refundable"]))),
)]
pub(crate) async fn refund(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Trace(trace): Trace,
) -> Result<Response, Problem> {
    caller.require(&[Role::Admin])?;
    let order = visible(&api, &caller, &id).await?;
    match order::request_refund(&api.runtime, &order.id, trace).await? {
        RefundRequest::Requested | RefundRequest::Replay => {
            accepted(&visible(&api, &caller, &id).await?)
        }
        RefundRequest::NotRefundable(status) => Err(Problem::new(&kinds::NOT_REFUNDABLE)
            .detail(format!("The order is {status}."))
            .with("orderStatus", status)),
        RefundRequest::Unknown => Err(Problem::not_found()),
    }
}
