//! From a call to its answer.
//!
//! Order: claim the key, carry out and write down, wait for the journal, answer.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response as HttpResponse, StatusCode};
use axum::response::Response;

use super::call::Call;
use super::outstanding::Claim;
use crate::book::{Book, Reply};
use crate::core::{Core, Keyed};
use crate::desk::Decision;
use crate::journal::Position;
use crate::wire::{self, ApiError, Expansion, Form};

/// How long `pm_card_timeout` keeps a caller waiting.
const SILENCE: Duration = Duration::from_secs(60);

/// Answers a call that may change something.
pub(super) async fn carry_out(
    core: &Core,
    call: Call,
    decide: impl FnOnce(&Book, &Form) -> Result<Decision, ApiError>,
) -> Response {
    match try_carry_out(core, &call, decide).await {
        Ok(response) => response,
        Err(error) => refusal(&error),
    }
}

async fn try_carry_out(
    core: &Core,
    call: &Call,
    decide: impl FnOnce(&Book, &Form) -> Result<Decision, ApiError>,
) -> Result<Response, ApiError> {
    let key = call.key.as_deref();
    let _claim = key.map(|key| Claim::stake(core, key)).transpose()?;
    let keyed = key.map(|key| Keyed {
        key,
        print: call.form.fingerprint(&call.path),
    });
    let expansion = Expansion::read(&call.path, &call.form)?;
    let show = |book: &Book, reply: &Reply| {
        let silent = matches!(reply, Reply::Silence(_));
        let (status, body) = wire::reply(book, reply, core.public_url());
        ((status, expansion.apply(book, body)), silent)
    };
    let performed = core.perform(keyed, |book| decide(book, &call.form), show)?;
    written(core, performed.position).await?;
    if call.loses_answer {
        return Err(failure_on_purpose());
    }
    let ((status, body), silent) = performed.shown;
    if silent {
        tokio::select! {
            () = tokio::time::sleep(SILENCE) => {}
            () = core.stopping.cancelled() => {}
        }
    }
    let mut response = json(status, body);
    if performed.replayed {
        response
            .headers_mut()
            .insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Answers a call that only looks. What it sees may not be written yet, and is not shown before.
pub(super) async fn look(
    core: &Core,
    call: Call,
    find: impl FnOnce(&Book, &Form) -> Result<Vec<u8>, ApiError>,
) -> Response {
    let (found, position) = {
        let book = core.book();
        let found = Expansion::read(&call.path, &call.form)
            .and_then(|expansion| Ok(expansion.apply(&book, find(&book, &call.form)?)));
        (found, core.journal.end())
    };
    let lost = || {
        if call.loses_answer {
            Err(failure_on_purpose())
        } else {
            Ok(())
        }
    };
    let answer = written(core, position)
        .await
        .and_then(|()| lost())
        .and(found);
    match answer {
        Ok(body) => json(200, body),
        Err(error) => refusal(&error),
    }
}

/// Waits until the journal reaches `position`.
pub(super) async fn written(core: &Core, position: Position) -> Result<(), ApiError> {
    let reached = core.journal.reached(position).await;
    reached.map_err(|_| ApiError::journal_closed())
}

/// The 500 of the fault knob.
pub(super) fn failure_on_purpose() -> ApiError {
    ApiError::internal("An error happened on our side.")
}

pub(super) fn refusal(error: &ApiError) -> Response {
    let mut response = json(error.status, error.body());
    if error.status == 401 {
        let realm = HeaderValue::from_static("Bearer realm=\"provider\"");
        response.headers_mut().insert("www-authenticate", realm);
    }
    response
}

pub(super) fn json(status: u16, body: Vec<u8>) -> Response {
    let mut response = HttpResponse::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
