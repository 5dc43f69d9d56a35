//! Handlers of `/v1`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::request::ApiRequest;
use super::respond;
use crate::commands;
use crate::engine::Engine;
use crate::wire::{self, ApiError, Listed, Page, Resource};

type Provider = State<Arc<Engine>>;
type Id = Path<String>;

pub(super) async fn create_intent(State(engine): Provider, request: ApiRequest) -> Response {
    let slow_charge = engine.settings.slow_charge;
    respond::execute(&engine, request, |_, form| {
        commands::create_intent(form, slow_charge)
    })
    .await
}

pub(super) async fn update_intent(
    State(engine): Provider,
    Path(id): Id,
    request: ApiRequest,
) -> Response {
    respond::execute(&engine, request, |state, form| {
        commands::update_intent(state, &id, form)
    })
    .await
}

pub(super) async fn confirm_intent(
    State(engine): Provider,
    Path(id): Id,
    request: ApiRequest,
) -> Response {
    let slow_charge = engine.settings.slow_charge;
    respond::execute(&engine, request, |state, form| {
        commands::confirm(state, &id, form, slow_charge)
    })
    .await
}

pub(super) async fn cancel_intent(
    State(engine): Provider,
    Path(id): Id,
    request: ApiRequest,
) -> Response {
    respond::execute(&engine, request, |state, form| {
        commands::cancel(state, &id, form)
    })
    .await
}

pub(super) async fn create_refund(State(engine): Provider, request: ApiRequest) -> Response {
    respond::execute(&engine, request, commands::create_refund).await
}

pub(super) async fn create_session(State(engine): Provider, request: ApiRequest) -> Response {
    respond::execute(&engine, request, |_, form| commands::create_session(form)).await
}

pub(super) async fn expire_session(
    State(engine): Provider,
    Path(id): Id,
    request: ApiRequest,
) -> Response {
    respond::execute(&engine, request, |state, _| {
        commands::expire_session(state, &id)
    })
    .await
}

pub(super) async fn list<T: Listed>(State(engine): Provider, request: ApiRequest) -> Response {
    respond::read(&engine, request, |state, query| {
        wire::list::<T>(state, &Page::read(query, engine.public_url())?)
    })
    .await
}

pub(super) async fn read<T: Resource>(
    State(engine): Provider,
    Path(id): Id,
    request: ApiRequest,
) -> Response {
    respond::read(&engine, request, |state, _| {
        let parsed = id.parse().ok();
        parsed
            .and_then(|id| wire::object::<T>(state, &id, engine.public_url()))
            .ok_or_else(|| ApiError::unknown(404, T::PARAM, T::KIND, &id))
    })
    .await
}
