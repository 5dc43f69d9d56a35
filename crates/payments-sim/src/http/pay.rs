//! `/pay/{intent}`: where a person pays. No key: the intent's id is unguessable.

use axum::body::Body;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::exchange::written;
use super::pay_page;
use crate::desk::{self, Due};
use crate::simulator::Simulator;
use crate::wire::Form;

/// Nothing is loaded, and forms go nowhere else.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

pub(super) async fn show(State(sim): State<Simulator>, Path(id): Path<String>) -> Response {
    let (page, position) = {
        let book = sim.core.book();
        let intent = id.parse().ok().and_then(|id| book.intents.get(id));
        (intent.map(pay_page::render), sim.core.journal.end())
    };
    if written(&sim.core, position).await.is_err() {
        return html(StatusCode::INTERNAL_SERVER_ERROR, pay_page::trouble());
    }
    match page {
        Some(page) => html(StatusCode::OK, page),
        None => html(StatusCode::NOT_FOUND, pay_page::unknown()),
    }
}

/// Confirms with the form's `payment_method`, then shows the page with whatever came of it. A
/// second click changes nothing: the page says what the intent is now. `pm_card_timeout` shows
/// `processing` at once instead of keeping the browser waiting.
pub(super) async fn pay(
    State(sim): State<Simulator>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let due = Due(sim.core.settings.slow_charge);
    let form = Form::parse(&body);
    let decide = |book: &_| desk::confirm(book, &id, &form, due);
    match sim.core.perform(None, decide, |_, _| ()) {
        Ok(performed) if written(&sim.core, performed.position).await.is_ok() => back(&id),
        Ok(_) => html(StatusCode::INTERNAL_SERVER_ERROR, pay_page::trouble()),
        Err(error) if error.status == 404 => html(StatusCode::NOT_FOUND, pay_page::unknown()),
        Err(_) => html(StatusCode::BAD_REQUEST, pay_page::no_such_method()),
    }
}

/// Lets the browser fetch the page anew, so that reloading it does not pay again.
fn back(id: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(place) = HeaderValue::from_str(&format!("/pay/{id}")) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

fn html(status: StatusCode, page: String) -> Response {
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
