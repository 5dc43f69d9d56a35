//! Paying an open order.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::Value;
use store::{
    account::Role,
    order::{PayRequest, request_payment},
};

use super::{json::OrderJson, place::accepted, request::payment_method, visible};
use crate::{
    Api,
    auth::principal::Caller,
    http::body::{At, Faults, Json},
    middleware::trace_context::Trace,
    openapi::{bodies::NewPayment, params::OrderPath},
    problem::{Problem, kinds},
};

/// Pays an order that awaits payment, for who has no page to pay on.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/pay",
    tag = "orders",
    operation_id = "payOrder",
    security(("bearer" = [])),
    params(OrderPath),
    request_body = NewPayment,
    responses((status = 202, description = "The charge is under way.", body = OrderJson<'_>, headers(("Location" = String, description = "Where the order is.")))),
    extensions(("x-problems" = json!(["not-payable", "forbidden"]))),
)]
pub(crate) async fn pay(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Trace(trace): Trace,
    body: Json,
) -> Result<Response, Problem> {
    let body = body.value()?;
    let method = method(&body)?;
    let order = visible(&api, &caller, &id).await?;
    if !caller.is(&order.doc.customer_id) {
        caller.require(&[Role::Admin])?;
    }
    match request_payment(api.runtime(), &order.id, method, trace).await? {
        PayRequest::Requested => accepted(&visible(&api, &caller, &id).await?),
        PayRequest::NotPayable(status) => Err(Problem::new(&kinds::NOT_PAYABLE)
            .detail(format!("The order is {status}."))
            .with("orderStatus", status)),
        PayRequest::Unknown => Err(Problem::not_found()),
    }
}

fn method(body: &Value) -> Result<&str, Problem> {
    let mut faults = Faults::default();
    let fields = faults.object(body, At::Root, &["paymentMethod"]);
    let method = fields.and_then(|all| faults.text(&all, "paymentMethod", payment_method));
    match method {
        Some(method) => faults.finish().map(|()| method),
        None => Err(faults.problem()),
    }
}
