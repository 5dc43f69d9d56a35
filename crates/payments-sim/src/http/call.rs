//! A call of `/v1` as it came in: authorised, its parameters read, its fault drawn.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::response::{IntoResponse as _, Response};

use super::{credentials, exchange};
use crate::faults::strikes;
use crate::simulator::Simulator;
use crate::wire::{ApiError, Form};

/// The longest idempotency key Stripe takes.
const LONGEST_KEY: usize = 255;

/// An authorised call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) path: String,
    /// The body's parameters, or the query's of a GET.
    pub(super) form: Form,
    pub(super) key: Option<String>,
    /// It is to be carried out and then answered with a 500.
    pub(super) loses_answer: bool,
}

impl FromRequest<Simulator> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, simulator: &Simulator) -> Result<Self, Response> {
        let core = &simulator.core;
        if !credentials::accepted(request.headers(), &core.settings.secret_key) {
            return Err(exchange::refusal(&ApiError::unauthorized()));
        }
        let fails = strikes(core.faults().error500);
        if fails && strikes(0.5) {
            return Err(exchange::refusal(&exchange::failure_on_purpose()));
        }
        let path = request.uri().path().to_owned();
        if request.method() == Method::GET {
            let form = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
            return Ok(Self {
                path,
                form,
                key: None,
                loses_answer: fails,
            });
        }
        let key = idempotency_key(&request).map_err(|error| exchange::refusal(&error))?;
        let body = Bytes::from_request(request, &())
            .await
            .map_err(|rejection| {
                let status = rejection.into_response().status();
                exchange::refusal(&ApiError::unreadable(status.as_u16()))
            })?;
        Ok(Self {
            path,
            form: Form::parse(&body),
            key,
            loses_answer: fails,
        })
    }
}

/// Stripe's clients send the key bare; the IETF draft wants a quoted string. Both name one key.
fn idempotency_key(request: &Request) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let wrong = || {
        let text = "Idempotency-Key: 1 to 255 visible ASCII characters.";
        ApiError::invalid("Idempotency-Key", "parameter_invalid_string", text)
    };
    let text = value.to_str().map_err(|_| wrong())?;
    let bare = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    if bare.is_empty() || bare.len() > LONGEST_KEY {
        return Err(wrong());
    }
    Ok(Some(bare.to_owned()))
}
