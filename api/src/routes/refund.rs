//! Paying a confirmed order back.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use store::{
    account::Role,
    order::{self, RefundRequest},
};

use super::{orders::visible, place::accepted};
use crate::{Api, caller::Caller, problem::Problem, trace::Trace};

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
        RefundRequest::NotRefundable(status) => {
            let title = "The order cannot be paid back in this state";
            Err(Problem::new(StatusCode::CONFLICT, "not-refundable", title)
                .detail(format!("The order is {status}."))
                .with("orderStatus", status))
        }
        RefundRequest::Unknown => Err(Problem::not_found()),
    }
}
