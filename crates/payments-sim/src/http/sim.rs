//! `/sim`: fault settings and totals, without authentication.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::respond;
use crate::engine::Engine;
use crate::faults::FaultError;
use crate::wire::ApiError;

pub(super) async fn faults(State(engine): State<Arc<Engine>>) -> Response {
    json(&engine.faults())
}

/// Replaces the fields in the body; rejects the whole body when one of them is invalid.
pub(super) async fn set_faults(State(engine): State<Arc<Engine>>, body: Bytes) -> Response {
    let Ok(patch) = serde_json::from_slice::<Value>(&body) else {
        return respond::error(&ApiError::unreadable(400));
    };
    match engine.change_faults(|faults| faults.merged(&patch)) {
        Ok(faults) => json(&faults),
        Err(error) => {
            let text = error.to_string();
            let FaultError { field, .. } = error;
            respond::error(&ApiError::invalid(&field, "parameter_invalid", text))
        }
    }
}

pub(super) async fn ledger(State(engine): State<Arc<Engine>>) -> Response {
    let (ledger, position) = {
        let state = engine.state();
        (state.ledger().clone(), engine.journal.end())
    };
    match engine.written(position).await {
        Ok(()) => json(&ledger),
        Err(error) => respond::error(&error),
    }
}

fn json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => respond::json(200, body),
        Err(_) => respond::error(&ApiError::internal("This cannot be written as JSON.")),
    }
}
