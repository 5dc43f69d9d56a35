//! What a webhook was told, and telling it again, for administrators.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{DeliveryId, EventType};
use serde::Serialize;
use serde_json::json;
use store::webhook::{self, Sent};
use streamward::clock;

use super::{webhook_json::DeliveryJson, webhooks::id_of};
use crate::{
    Api,
    caller::Admin,
    page::{Params, limit},
    problem::{Problem, kinds},
    trace::Trace,
};

/// The newest deliveries.
#[derive(Serialize)]
pub(super) struct Newest {
    data: Vec<DeliveryJson>,
}

/// A delivery that is under way.
#[derive(Serialize)]
struct UnderWay {
    id: DeliveryId,
}

pub(super) async fn list(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    params: Params,
) -> Result<Answer<Newest>, Problem> {
    let (id, limit) = (id_of(&id)?, limit(&params)?);
    let found = webhook::find(api.runtime(), &id).await?;
    found.ok_or_else(Problem::not_found)?;
    let newest = webhook::deliveries(api.runtime(), &id, limit).await?;
    let data = newest.into_iter().map(DeliveryJson::from).collect();
    Ok(Answer(Newest { data }))
}

pub(super) async fn ping(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    Trace(trace): Trace,
) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let body = json!({
        "type": EventType::Ping.name(),
        "timestamp": clock::now_rfc3339(),
        "data": { "webhookId": id },
    });
    let sent = webhook::ping(api.runtime(), &id, &body.to_string(), trace).await?;
    under_way(sent)
}

pub(super) async fn replay(
    State(api): State<Api>,
    _: Admin,
    Path((id, delivery)): Path<(String, String)>,
    Trace(trace): Trace,
) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    let delivery: DeliveryId = delivery.parse().map_err(|_| Problem::not_found())?;
    under_way(webhook::replay(api.runtime(), &id, &delivery, trace).await?)
}

fn under_way(sent: Sent) -> Result<Response, Problem> {
    match sent {
        Sent::Sent(id) => Ok((StatusCode::ACCEPTED, Answer(UnderWay { id })).into_response()),
        Sent::Pending => {
            Err(Problem::new(&kinds::DELIVERY_PENDING).detail("Wait for its next attempt."))
        }
        Sent::Disabled => Err(Problem::new(&kinds::WEBHOOK_DISABLED)
            .detail("Enable it with PATCH and {\"enabled\":true}.")),
        Sent::Unknown => Err(Problem::not_found()),
    }
}
