//! `/sim`: the knobs and totals that a real provider does not have. No authentication.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::exchange::{json, refusal, written};
use crate::faults::FaultError;
use crate::simulator::Simulator;
use crate::wire::ApiError;

pub(super) async fn faults(State(sim): State<Simulator>) -> Response {
    answer(&sim.faults())
}

/// Replaces the fields the body has; refuses the whole body when one of them makes no sense.
pub(super) async fn set_faults(State(sim): State<Simulator>, body: Bytes) -> Response {
    let Ok(patch) = serde_json::from_slice::<Value>(&body) else {
        return refusal(&ApiError::unreadable(400));
    };
    match sim.core.change_faults(|faults| faults.merged(&patch)) {
        Ok(faults) => answer(&faults),
        Err(error) => {
            let text = error.to_string();
            let FaultError { field, .. } = error;
            refusal(&ApiError::invalid(&field, "parameter_invalid", text))
        }
    }
}

pub(super) async fn ledger(State(sim): State<Simulator>) -> Response {
    let (ledger, position) = {
        let book = sim.core.book();
        (book.ledger().clone(), sim.core.journal.end())
    };
    match written(&sim.core, position).await {
        Ok(()) => answer(&ledger),
        Err(error) => refusal(&error),
    }
}

fn answer(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => json(200, body),
        Err(_) => refusal(&ApiError::internal("This cannot be written as JSON.")),
    }
}
