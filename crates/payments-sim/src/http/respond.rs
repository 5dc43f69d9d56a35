//! Execution of requests and their responses.
//!
//! Order: claim the idempotency key, execute and append to the journal, wait for the journal,
//! respond.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::request::ApiRequest;
use crate::commands::Decision;
use crate::engine::{Engine, IdempotencyKey};
use crate::state::{ProviderState, Refund, Reply};
use crate::wire::{self, ApiError, Expansion, Form};

/// Response delay of `pm_card_timeout`.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Responds to a request that may change state.
pub(super) async fn execute(
    engine: &Engine,
    request: ApiRequest,
    decide: impl FnOnce(&ProviderState, &Form) -> Result<Decision, ApiError>,
) -> Result<Response, ApiError> {
    let key = request.key.as_deref();
    let _claim = key.map(|key| engine.claim_key(key)).transpose()?;
    let key = key.map(|key| IdempotencyKey {
        key,
        fingerprint: request.form.fingerprint(&request.path),
    });
    let expansion = Expansion::read(&request.path, &request.form)?;
    let render = |provider: &ProviderState, reply: &Reply| {
        let times_out = matches!(reply, Reply::Timeout(_));
        let (status, body) = render_reply(provider, reply, engine.public_url());
        (status, expansion.apply(provider, body), times_out)
    };
    let executed = engine.execute(key, |state| decide(state, &request.form), render)?;
    engine.written(executed.position).await?;
    if request.loses_response {
        return Err(injected_failure());
    }
    let (status, body, times_out) = executed.rendered;
    if times_out {
        tokio::select! {
            () = tokio::time::sleep(TIMEOUT) => {}
            () = engine.stopping.cancelled() => {}
        }
    }
    let mut response = json(status, body);
    if executed.replayed {
        let replayed = HeaderValue::from_static("true");
        response
            .headers_mut()
            .insert("idempotent-replayed", replayed);
    }
    Ok(response)
}

/// Responds to a read, after everything it shows is in the journal.
pub(super) async fn read(
    engine: &Engine,
    request: ApiRequest,
    find: impl FnOnce(&ProviderState, &Form) -> Result<Vec<u8>, ApiError>,
) -> Result<Response, ApiError> {
    let (found, position) = {
        let state = engine.state();
        let found = Expansion::read(&request.path, &request.form)
            .and_then(|expansion| Ok(expansion.apply(&state, find(&state, &request.form)?)));
        (found, engine.journal.end())
    };
    engine.written(position).await?;
    if request.loses_response {
        return Err(injected_failure());
    }
    Ok(json(200, found?))
}

/// Renders status and body of a reply.
///
/// The records of a reply exist, since both are committed together; should a journal edited by hand
/// name unknown ones, the body is an empty object.
fn render_reply(provider: &ProviderState, reply: &Reply, public_url: &str) -> (u16, Vec<u8>) {
    let body = match reply {
        Reply::Intent { id, state } => {
            let intent = provider.intents.get(id);
            intent.map(|intent| wire::intent(intent, *state))
        }
        Reply::Refund(id) => wire::object::<Refund>(provider, id, public_url),
        Reply::Session(id) => wire::session(provider, *id, None, public_url),
        Reply::SessionIn { id, state } => wire::session(provider, *id, Some(*state), public_url),
        Reply::Declined { id, state } => {
            let error = match provider.intents.get(id) {
                Some(intent) => ApiError::declined().with_intent(intent, *state),
                None => ApiError::declined(),
            };
            return (error.status, error.body());
        }
        Reply::Error { status, body } => return (*status, body.as_bytes().to_vec()),
        Reply::Timeout(_) => {
            let error = ApiError::timeout();
            return (error.status, error.body());
        }
    };
    (200, body.unwrap_or_else(|| b"{}".to_vec()))
}

/// Returns the 500 of the fault settings.
pub(super) fn injected_failure() -> ApiError {
    ApiError::internal("An error happened on our side.")
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = json(self.status, self.body());
        if self.status == 401 {
            let realm = HeaderValue::from_static("Bearer realm=\"provider\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
        }
        response
    }
}

pub(super) fn json(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [(CONTENT_TYPE, "application/json")];
    (status, headers, Body::from(body)).into_response()
}
