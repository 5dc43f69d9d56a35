//! HTTP routes.

mod pay_page;
mod request;
mod resources;
mod respond;
mod sim;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use crate::engine::Engine;
use crate::state::{Charge, Event, Intent, Refund, Session};
use crate::wire::ApiError;
use resources::{list, read};

/// Maximum body size; larger bodies get 413.
const BODY_LIMIT: usize = 64 << 10;

/// Returns all routes.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    let intents = post(resources::create_intent).get(list::<Intent>);
    let intent = get(read::<Intent>).post(resources::update_intent);
    let sessions = post(resources::create_session).get(list::<Session>);
    Router::new()
        .route("/v1/payment_intents", intents)
        .route("/v1/payment_intents/{id}", intent)
        .route(
            "/v1/payment_intents/{id}/confirm",
            post(resources::confirm_intent),
        )
        .route(
            "/v1/payment_intents/{id}/cancel",
            post(resources::cancel_intent),
        )
        .route("/v1/charges", get(list::<Charge>))
        .route("/v1/charges/{id}", get(read::<Charge>))
        .route(
            "/v1/refunds",
            post(resources::create_refund).get(list::<Refund>),
        )
        .route("/v1/refunds/{id}", get(read::<Refund>))
        .route("/v1/events", get(list::<Event>))
        .route("/v1/events/{id}", get(read::<Event>))
        .route("/v1/checkout/sessions", sessions)
        .route("/v1/checkout/sessions/{id}", get(read::<Session>))
        .route(
            "/v1/checkout/sessions/{id}/expire",
            post(resources::expire_session),
        )
        .route("/pay/{id}", get(pay_page::show).post(pay_page::pay))
        .route("/sim/faults", get(sim::faults).put(sim::set_faults))
        .route("/sim/ledger", get(sim::ledger))
        .fallback(no_such_url)
        .method_not_allowed_fallback(no_such_url)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(engine)
}

async fn no_such_url(method: Method, uri: Uri) -> Response {
    respond::error(&ApiError::no_such_url(method.as_str(), uri.path()))
}
