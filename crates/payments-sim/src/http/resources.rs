//! Handlers of `/v1`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use tokio_util::task::TaskTracker;

use super::request::ApiRequest;
use super::respond;
use crate::commands::{Command, Request};
use crate::engine::Engine;
use crate::state::ProviderState;
use crate::wire::{self, ApiError, Form, Page, Resource};

type Provider = State<Arc<Engine>>;
type Id = Path<String>;

/// Returns the route of a command.
pub(super) fn command(command: Command) -> MethodRouter<Arc<Engine>> {
    post(
        async move |State(engine): Provider, id: Option<Id>, request: ApiRequest| {
            let id = id.map(|Path(id)| id).unwrap_or_default();
            let Some(delay) = engine.faults().answer_ms.drawn() else {
                return execute(&engine, command, &id, request).await;
            };
            // A task of its own: a charge does not end because its client hangs up.
            let late = TaskTracker::new().spawn(async move {
                tokio::time::sleep(delay).await;
                execute(&engine, command, &id, request).await
            });
            let failed = |_| Err(ApiError::internal("The request could not be executed."));
            late.await.unwrap_or_else(failed)
        },
    )
}

async fn execute(
    engine: &Engine,
    command: Command,
    id: &str,
    request: ApiRequest,
) -> Result<Response, ApiError> {
    let decide = |provider: &ProviderState, form: &Form| {
        command(&Request {
            provider,
            id,
            form,
            slow_charge: engine.settings.slow_charge,
        })
    };
    respond::execute(engine, request, decide).await
}

/// Waits as long as the faults delay an answer.
async fn delay(engine: &Engine) {
    if let Some(delay) = engine.faults().answer_ms.drawn() {
        tokio::time::sleep(delay).await;
    }
}

pub(super) async fn list<T: Resource>(
    State(engine): Provider,
    request: ApiRequest,
) -> Result<Response, ApiError> {
    delay(&engine).await;
    respond::read(&engine, request, |state, query| {
        wire::list::<T>(state, &Page::read(query, engine.public_url())?)
    })
    .await
}

pub(super) async fn read<T: Resource>(
    State(engine): Provider,
    Path(id): Id,
    request: ApiRequest,
) -> Result<Response, ApiError> {
    delay(&engine).await;
    respond::read(&engine, request, |state, _| {
        let parsed = id.parse().ok();
        parsed
            .and_then(|id| wire::object::<T>(state, &id, engine.public_url()))
            .ok_or_else(|| ApiError::unknown(404, T::PARAM, T::KIND, &id))
    })
    .await
}
