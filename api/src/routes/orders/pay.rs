//! Paying an order.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::OrderId;
use store::{
    account::Role,
    order::{PayRequest, request_payment},
};

use super::{json::OrderJson, place::accepted, visible};
use crate::{
    Api,
    auth::principal::Caller,
    http::{body::JsonBody, fields::PaymentMethod, request_body::request_body},
    middleware::trace_context::Trace,
    problem::{Problem, kinds},
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
    Path(id): Path<String>,
    Trace(trace): Trace,
    body: JsonBody,
) -> Result<Response, Problem> {
    let payment: NewPayment = body.read()?;
    let order = visible(&api, &caller, &id).await?;
    if !caller.is(&order.doc.customer_id) {
        caller.require(&[Role::Admin])?;
    }
    match request_payment(&api.runtime, &order.id, &payment.payment_method, trace).await? {
        PayRequest::Requested => accepted(&visible(&api, &caller, &id).await?),
        PayRequest::NotPayable(status) => Err(Problem::new(&kinds::NOT_PAYABLE)
            .detail(format!("The order is {status}."))
            .with("orderStatus", status)),
        PayRequest::Unknown => Err(Problem::not_found()),
    }
}
