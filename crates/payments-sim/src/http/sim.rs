//! `/sim`: fault settings and totals, without authentication.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::respond;
use crate::engine::Engine;
use crate::wire::ApiError;

pub(super) async fn faults(State(engine): State<Arc<Engine>>) -> Result<Response, ApiError> {
    json(&engine.faults())
}

/// Replaces the fields in the body; rejects the whole body when one of them is invalid.
pub(super) async fn set_faults(
    State(engine): State<Arc<Engine>>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let patch: Value = serde_json::from_slice(&body).map_err(|_| ApiError::unreadable(400))?;
    let changed = engine.change_faults(|faults| faults.merged(&patch));
    json(
        &changed.map_err(|error| {
            ApiError::invalid(&error.field, "parameter_invalid", error.to_string())
        })?,
    )
}

pub(super) async fn ledger(State(engine): State<Arc<Engine>>) -> Result<Response, ApiError> {
    let (ledger, position) = {
        let state = engine.state();
        (state.ledger().clone(), engine.journal.end())
    };
    engine.written(position).await?;
    json(&ledger)
}

fn json(value: &impl Serialize) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(value);
    let body = body.map_err(|_| ApiError::internal("This cannot be written as JSON."))?;
    Ok(respond::json(200, body))
}
