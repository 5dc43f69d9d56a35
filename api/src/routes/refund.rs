//! Paying a confirmed order back.

use axum::{
    extract::{Path, State},
    response::Response,
};
use store::{
    account::Role,
    order::{self, RefundRequest},
};

use super::{orders::visible, place::accepted};
use crate::{
    Api,
    caller::Caller,
    problem::{Problem, kinds},
    trace::Trace,
};

/// The same request again finds the money on its way, or back, and is answered the same.
pub(super) async fn refund(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Trace(trace): Trace,
) -> Result<Response, Problem> {
    caller.require(&[Role::Admin])?;
    let order = visible(&api, &caller, &id).await?;
    match order::refund(api.runtime(), &order.id, trace).await? {
        RefundRequest::Requested | RefundRequest::Replay => {
            accepted(&visible(&api, &caller, &id).await?)
        }
        RefundRequest::NotRefundable(status) => Err(Problem::new(&kinds::NOT_REFUNDABLE)
            .detail(format!("The order is {status}."))
            .with("orderStatus", status)),
        RefundRequest::Unknown => Err(Problem::not_found()),
    }
}
