//! Handlers of `/v1`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{MethodRouter, post};

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
            let decide = |provider: &ProviderState, form: &Form| {
                command(&Request {
                    provider,
                    id: &id,
                    form,
                    slow_charge: engine.settings.slow_charge,
                })
            };
            respond::execute(&engine, request, decide).await
        },
    )
}

pub(super) async fn list<T: Resource>(
    State(engine): Provider,
    request: ApiRequest,
) -> Result<Response, ApiError> {
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
    respond::read(&engine, request, |state, _| {
        let parsed = id.parse().ok();
        parsed
            .and_then(|id| wire::object::<T>(state, &id, engine.public_url()))
            .ok_or_else(|| ApiError::unknown(404, T::PARAM, T::KIND, &id))
    })
    .await
}
