//! The callback of the payment provider.

use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use streamward::clock;
use utoipa::ToSchema;

use super::provider_event;
use crate::{
    Api,
    auth::signatures,
    http::{RawBody, body::parse},
    metrics,
    middleware::trace_context::Trace,
    openapi::params::ProviderSignature,
    problem::{JsonResult, Problem},
};

/// An event of the payment provider, in Stripe's form. Events that the shop does not use are acknowledged as well.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "it describes what is read by hand")]
pub(crate) struct ProviderEvent(String);

/// The acknowledgement of an event.
#[derive(Serialize, ToSchema)]
pub(crate) struct Receipt {
    received: bool,
    /// Whether the shop does not use this event.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    ignored: bool,
}

/// Receives a signed event of the payment provider for the payment service.
///
/// Events that the shop does not use are answered with 200 as well, or the provider would repeat them for days. A 503 makes
/// it repeat an event that could not be stored.
#[utoipa::path(
    post, path = "/v1/payments/webhook", tag = "provider", operation_id = "receiveEvent",
    params(ProviderSignature),
    request_body = ProviderEvent,
    responses((status = 200, description = "It is received.", body = Receipt)),
    extensions(("x-problems" = json!(["signature-missing", "signature-malformed", "signature-expired", "signature-mismatch"]))),
)]
pub(crate) async fn receive(
    State(api): State<Api>,
    headers: HeaderMap,
    Trace(trace): Trace,
    RawBody(body): RawBody,
) -> JsonResult<Receipt> {
    let now = i64::try_from(clock::local_ms() / 1000).unwrap_or(i64::MAX);
    let verified = signatures::verify(&headers, &body, &api.settings.provider_callback_secret, now);
    metrics::callback(verified.as_ref().map_or_else(Problem::slug, |()| "good"));
    verified?;
    let event = parse(&body)?;
    let known = |partition| api.runtime.partition(partition).is_some();
    let callback = provider_event::read(&event)?.filter(|event| known(event.order_id.partition()));
    if let Some(callback) = &callback {
        store::payment::receive_callback(&api.runtime, callback, trace).await?;
    }
    Ok(Json(Receipt {
        received: true,
        ignored: callback.is_none(),
    }))
}
