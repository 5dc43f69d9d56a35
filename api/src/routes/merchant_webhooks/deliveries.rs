//! Deliveries of a webhook: listing, testing and replaying them, for administrators.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{DeliveryId, EventType, WebhookId};
use serde::Serialize;
use serde_json::json;
use store::webhook::{self, Sent};
use streamward::clock;
use utoipa::ToSchema;

use super::json::DeliveryJson;
use crate::{
    Api,
    auth::principal::Admin,
    http::{
        page::{List, Params, limit},
        path,
    },
    middleware::trace_context::Trace,
    openapi::params::LimitQuery,
    problem::{Problem, kinds},
};

/// A delivery that is queued.
#[derive(Serialize, ToSchema)]
struct Queued {
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
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    params: Params,
) -> Result<Answer<List<DeliveryJson>>, Problem> {
    let (id, limit) = (path::id(&id)?, limit(&params)?);
    let found = webhook::find(&api.runtime, &id).await?;
    found.ok_or_else(Problem::not_found)?;
    let newest = webhook::deliveries(&api.runtime, &id, limit).await?;
    Ok(Answer(List::from_iter(newest)))
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
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    Trace(trace): Trace,
) -> Result<Response, Problem> {
    let id = path::id(&id)?;
    let body = json!({
        "type": EventType::Ping.name(),
        "timestamp": clock::now_rfc3339(),
        "data": { "webhookId": id },
    });
    let sent = webhook::send_ping(&api.runtime, &id, &body.to_string(), trace).await?;
    queued(sent)
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
    State(api): State<Api>,
    _: Admin,
    Path((id, delivery)): Path<(String, String)>,
    Trace(trace): Trace,
) -> Result<Response, Problem> {
    let id = path::id(&id)?;
    let delivery: DeliveryId = path::id(&delivery)?;
    queued(webhook::replay_delivery(&api.runtime, &id, &delivery, trace).await?)
}

fn queued(sent: Sent) -> Result<Response, Problem> {
    match sent {
        Sent::Sent(id) => Ok((StatusCode::ACCEPTED, Answer(Queued { id })).into_response()),
        Sent::Pending => {
            Err(Problem::new(&kinds::DELIVERY_PENDING).detail("Wait for its next attempt."))
        }
        Sent::Disabled => Err(Problem::new(&kinds::WEBHOOK_DISABLED)
            .detail("Enable it with PATCH and {\"enabled\":true}.")),
        Sent::Unknown => Err(Problem::not_found()),
    }
}
