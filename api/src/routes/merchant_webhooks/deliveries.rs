//! Deliveries of a webhook: listing, testing and replaying them, for administrators.

use axum::{Json, http::StatusCode};
use contracts::{DeliveryId, EventType, WebhookId};
use serde::Serialize;
use serde_json::json;
use store::webhook::{self, Sent};
use streamward::clock;
use utoipa::ToSchema;

use super::{json::DeliveryJson, known};
use crate::{
    auth::principal::Admin,
    http::{Id, List, Params, limit},
    middleware::trace_context::Trace,
    openapi::params::LimitQuery,
    problem::{ApiResult, JsonResult, Problem, kinds},
};

/// A delivery that is queued.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queued {
    id: DeliveryId,
}

/// Lists the newest deliveries and their attempts.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "listDeliveries",
    security(("bearer" = ["admin"])),
    params(("id" = inline(WebhookId), Path, description = "The webhook's id."), LimitQuery),
    responses((status = 200, description = "The deliveries.", body = List<DeliveryJson>)),
)]
pub(crate) async fn list(
    Admin(api): Admin,
    Id(id): Id<WebhookId>,
    params: Params,
) -> JsonResult<List<DeliveryJson>> {
    let limit = limit(&params)?;
    known(&api, &id).await?;
    let newest = webhook::deliveries(&api.runtime, &id, limit).await?;
    Ok(Json(List::from_iter(newest)))
}

/// Sends a test event.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/ping", tag = "webhooks", operation_id = "pingWebhook",
    security(("bearer" = ["admin"])),
    params(("id" = inline(WebhookId), Path, description = "The webhook's id.")),
    responses((status = 202, description = "It is queued.", body = Queued)),
    extensions(("x-problems" = json!(["webhook-disabled"]))),
)]
pub(crate) async fn ping(
    Admin(api): Admin,
    Id(id): Id<WebhookId>,
    Trace(trace): Trace,
) -> ApiResult<(StatusCode, Json<Queued>)> {
    let body = json!({
        "type": EventType::Ping.name(),
        "timestamp": clock::now_rfc3339(),
        "data": { "webhookId": id },
    });
    queued(webhook::send_ping(&api.runtime, &id, &body.to_string(), trace).await?)
}

/// Sends a delivery again.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks", operation_id = "replayDelivery",
    security(("bearer" = ["admin"])),
    params(
        ("id" = inline(WebhookId), Path, description = "The webhook's id."),
        ("delivery" = inline(DeliveryId), Path, description = "The delivery's id, its `webhook-id` header."),
    ),
    responses((status = 202, description = "It is queued.", body = Queued)),
    extensions(("x-problems" = json!(["webhook-disabled", "delivery-pending"]))),
)]
pub(crate) async fn replay(
    Admin(api): Admin,
    Id((id, delivery)): Id<(WebhookId, DeliveryId)>,
    Trace(trace): Trace,
) -> ApiResult<(StatusCode, Json<Queued>)> {
    queued(webhook::replay_delivery(&api.runtime, &id, &delivery, trace).await?)
}

fn queued(sent: Sent) -> ApiResult<(StatusCode, Json<Queued>)> {
    match sent {
        Sent::Sent(id) => Ok((StatusCode::ACCEPTED, Json(Queued { id }))),
        Sent::Pending => {
            Err(Problem::new(&kinds::DELIVERY_PENDING).detail("Wait for its next attempt."))
        }
        Sent::Disabled => Err(Problem::new(&kinds::WEBHOOK_DISABLED)
            .detail("Enable it with PATCH and {\"enabled\":true}.")),
        Sent::Unknown => Err(Problem::not_found()),
    }
}
