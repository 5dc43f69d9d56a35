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
use axum::routing::get;

use crate::commands;
use crate::engine::Engine;
use crate::state::{Charge, Event, Intent, Refund, Session};
use crate::wire::ApiError;
use resources::{command, list, read};

/// Maximum body size; larger bodies get 413.
const BODY_LIMIT: usize = 64 << 10;

/// Returns all routes.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    let intents = command(commands::create_intent).get(list::<Intent>);
    let intent = command(commands::update_intent).get(read::<Intent>);
    let (confirm, cancel) = (command(commands::confirm), command(commands::cancel));
    let refunds = command(commands::create_refund).get(list::<Refund>);
    let sessions = command(commands::create_session).get(list::<Session>);
    let expire = command(commands::expire_session);
    Router::new()
        .route("/v1/payment_intents", intents)
        .route("/v1/payment_intents/{id}", intent)
        .route("/v1/payment_intents/{id}/confirm", confirm)
        .route("/v1/payment_intents/{id}/cancel", cancel)
        .route("/v1/charges", get(list::<Charge>))
        .route("/v1/charges/{id}", get(read::<Charge>))
        .route("/v1/refunds", refunds)
        .route("/v1/refunds/{id}", get(read::<Refund>))
        .route("/v1/events", get(list::<Event>))
        .route("/v1/events/{id}", get(read::<Event>))
        .route("/v1/checkout/sessions", sessions)
        .route("/v1/checkout/sessions/{id}", get(read::<Session>))
        .route("/v1/checkout/sessions/{id}/expire", expire)
        .route("/pay/{id}", get(pay_page::show).post(pay_page::pay))
        .route("/sim/faults", get(sim::faults).put(sim::set_faults))
        .route("/sim/ledger", get(sim::ledger))
        .fallback(no_such_url)
        .method_not_allowed_fallback(no_such_url)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(engine)
}

async fn no_such_url(method: Method, uri: Uri) -> ApiError {
    ApiError::no_such_url(method.as_str(), uri.path())
}
