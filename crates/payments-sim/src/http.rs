//! The HTTP face: routes, and how an answer is put together.

mod call;
mod credentials;
mod exchange;
mod outstanding;
mod pay;
mod pay_page;
mod resources;
mod sim;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use crate::simulator::Simulator;
use crate::wire::ApiError;

/// Larger bodies are refused with 413.
const BODY_LIMIT: usize = 64 << 10;

/// Every route.
pub(crate) fn router(simulator: Simulator) -> Router {
    Router::new()
        .route(
            "/v1/payment_intents",
            post(resources::create_intent).get(resources::list_intents),
        )
        .route(
            "/v1/payment_intents/{id}",
            get(resources::read_intent).post(resources::update_intent),
        )
        .route(
            "/v1/payment_intents/{id}/confirm",
            post(resources::confirm_intent),
        )
        .route(
            "/v1/payment_intents/{id}/cancel",
            post(resources::cancel_intent),
        )
        .route("/v1/charges", get(resources::list_charges))
        .route("/v1/charges/{id}", get(resources::read_charge))
        .route(
            "/v1/refunds",
            post(resources::create_refund).get(resources::list_refunds),
        )
        .route("/v1/refunds/{id}", get(resources::read_refund))
        .route("/v1/events", get(resources::list_events))
        .route("/v1/events/{id}", get(resources::read_event))
        .route(
            "/v1/checkout/sessions",
            post(resources::create_session).get(resources::list_sessions),
        )
        .route("/v1/checkout/sessions/{id}", get(resources::read_session))
        .route(
            "/v1/checkout/sessions/{id}/expire",
            post(resources::expire_session),
        )
        .route("/pay/{id}", get(pay::show).post(pay::pay))
        .route("/sim/faults", get(sim::faults).put(sim::set_faults))
        .route("/sim/ledger", get(sim::ledger))
        .fallback(no_such_url)
        .method_not_allowed_fallback(no_such_url)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(simulator)
}

async fn no_such_url(method: Method, uri: Uri) -> Response {
    exchange::refusal(&ApiError::no_such_url(method.as_str(), uri.path()))
}
