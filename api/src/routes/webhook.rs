//! The provider's callback.

use axum::{Json as Answer, extract::State, http::HeaderMap};
use serde_json::{Value, json};
use streamward::clock;

use super::provider_event;
use crate::{
    Api,
    body::{Raw, parse},
    problem::Problem,
    signature,
    trace::Trace,
};

/// Puts a signed event into the payment service's inbox.
///
/// What the shop has no use for is answered with 200 as well, or the provider would repeat it for
/// days. An event that could not be kept is a 503, so that it does.
pub(super) async fn receive(
    State(api): State<Api>,
    headers: HeaderMap,
    Trace(trace): Trace,
    Raw(body): Raw,
) -> Result<Answer<Value>, Problem> {
    let now = i64::try_from(clock::now_ms() / 1000).unwrap_or(i64::MAX);
    signature::verify(&headers, &body, &api.settings().webhook_secret, now)?;
    let event = parse(&body)?;
    let known = |partition| api.runtime().partition(partition).is_some();
    let callback = provider_event::read(&event)?.filter(|event| known(event.order_id.partition()));
    let Some(callback) = callback else {
        return Ok(Answer(json!({ "received": true, "ignored": true })));
    };
    let kept = store::payment::receive(api.runtime(), &callback, trace).await;
    kept.map_err(Problem::unavailable)?;
    Ok(Answer(json!({ "received": true })))
}
