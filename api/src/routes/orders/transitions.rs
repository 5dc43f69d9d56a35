//! Requests that move an order: paying, cancelling and refunding it.

use axum::extract::State;
use contracts::{OrderId, event::CancelReason};
use store::{
    account::Role,
    order::{self, CancelRequest, OrderView, PayRequest, RefundRequest},
};
use streamward::TraceParent;

use super::{json::OrderJson, place::accepted, visible};
use crate::{
    Api,
    auth::principal::{Admin, Caller},
    http::{Id, JsonBody, fields::PaymentMethod, request_body},
    middleware::trace_context::Trace,
    problem::{ApiResult, Kind, Problem, kinds},
};

request_body! {
    /// A payment.
    pub(crate) struct NewPayment {
        payment_method as "paymentMethod": PaymentMethod, example = "pm_card_visa";
    }
}

/// Pays an order that awaits payment, as an alternative to its payment page.
#[utoipa::path(
    post, path = "/v1/orders/{id}/pay", tag = "orders", operation_id = "payOrder",
    security(("bearer" = [])),
    params(("id" = inline(OrderId), Path, description = "The order's id.", example = "01K9ZQ3V4T5X6Y7Z8A9B0C1D2E")),
    request_body = NewPayment,
    responses((status = 202, description = "The charge has begun.", body = OrderJson<'_>, headers(("Location" = String, description = "URL of the order.")))),
    extensions(("x-problems" = json!(["not-payable", "forbidden"]))),
)]
pub(crate) async fn pay(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<OrderId>,
    Trace(trace): Trace,
    body: JsonBody,
) -> ApiResult {
    let payment: NewPayment = body.read()?;
    let order = visible(&api, &caller, &id).await?;
    if !caller.is(&order.doc.customer_id) {
        caller.require(&[Role::Admin])?;
    }
    match order::request_payment(&api.runtime, &id, &payment.payment_method, trace).await? {
        PayRequest::Requested => accepted(&visible(&api, &caller, &id).await?),
        PayRequest::NotPayable(status) => Err(wrong_status(&kinds::NOT_PAYABLE, status)),
        PayRequest::Unknown => Err(Problem::not_found()),
    }
}

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
    Id(id): Id<OrderId>,
    Trace(trace): Trace,
) -> ApiResult {
    accepted(&cancel_order(&api, &caller, &id, trace).await?)
}

/// Cancels an order that the caller may see, and returns it. Idempotent.
pub(crate) async fn cancel_order(
    api: &Api,
    caller: &Caller,
    id: &OrderId,
    trace: TraceParent,
) -> ApiResult<OrderView> {
    let order = visible(api, caller, id).await?;
    let reason = if caller.is(&order.doc.customer_id) {
        CancelReason::ByCustomer
    } else {
        caller.require(&[Role::Admin])?;
        CancelReason::ByAdmin
    };
    match order::cancel_order(&api.runtime, id, reason, trace).await? {
        CancelRequest::Cancelled | CancelRequest::Replay => visible(api, caller, id).await,
        CancelRequest::NotCancellable(status) => Err(wrong_status(&kinds::NOT_CANCELLABLE, status)),
        CancelRequest::Unknown => Err(Problem::not_found()),
    }
}

/// Refunds a confirmed order. Idempotent.
#[utoipa::path(
    post, path = "/v1/orders/{id}/refund", tag = "orders", operation_id = "refundOrder",
    security(("bearer" = ["admin"])),
    params(("id" = inline(OrderId), Path, description = "The order's id.", example = "01K9ZQ3V4T5X6Y7Z8A9B0C1D2E")),
    responses((status = 202, description = "The refund has begun.", body = OrderJson<'_>, headers(("Location" = String, description = "URL of the order.")))),
    extensions(("x-problems" = json!(["not-refundable"]))),
)]
pub(crate) async fn refund(
    Admin(api): Admin,
    caller: Caller,
    Id(id): Id<OrderId>,
    Trace(trace): Trace,
) -> ApiResult {
    visible(&api, &caller, &id).await?;
    match order::request_refund(&api.runtime, &id, trace).await? {
        RefundRequest::Requested | RefundRequest::Replay => {
            accepted(&visible(&api, &caller, &id).await?)
        }
        RefundRequest::NotRefundable(status) => Err(wrong_status(&kinds::NOT_REFUNDABLE, status)),
        RefundRequest::Unknown => Err(Problem::not_found()),
    }
}

/// Returns the problem of an order whose status does not allow the request.
fn wrong_status(kind: &'static Kind, status: String) -> Problem {
    Problem::new(kind)
        .detail(format!("The order is {status}."))
        .with("orderStatus", status)
}
