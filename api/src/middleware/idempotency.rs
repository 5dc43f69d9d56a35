//! Requests under an `Idempotency-Key` that are no orders: carried out once, answered the same again.
//!
//! It stands between the gate and the routes, so that every route that creates or moves something has it
//! and none has to know. An order's own key is another matter: it is written with the order, by one script.
//! Here the answer is noted behind the deed; what that means for a crash in between says
//! [`store::edge`].
//!
//! Kept for a day are answers that would be the same again: 2xx, and refusals for what the request is and what
//! it meets (404, 409, 422). After any other the key is free: those ask for another try.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use store::edge::{self, Answer, Claim};

use crate::{
    Api,
    auth::identity::Identity,
    http::body,
    http::idempotency_key::{self, fingerprint},
    problem::{PROBLEM, Problem, kinds},
};

/// The header that says that an answer was given before.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// A larger answer is not kept; none of these routes has one.
const LARGEST: usize = 256 * 1024;

/// Runs the request, or answers as it was answered before.
pub(crate) async fn once(api: &Api, request: Request, next: Next) -> Response {
    if !is_covered(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let key = match idempotency_key::key(&head.headers) {
        Ok(key) => key.map(ToOwned::to_owned),
        Err(problem) => return problem.into_response(),
    };
    // Whoever may not even ask is told so by the route.
    let principal = Identity::of(&head.extensions).principal(api, &head);
    let (Some(key), Some(principal)) = (key, principal) else {
        return next.run(Request::from_parts(head, body)).await;
    };
    let body = match body::read(api, body).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let claim = Ticket::new(&head, &principal, &key, &body);
    let mut request = Request::from_parts(head, Body::from(body));
    request.extensions_mut().insert(claim.deed());
    match edge::claim(
        api.runtime(),
        &claim.digest,
        &claim.fingerprint,
        &claim.owner,
    )
    .await
    {
        Ok(Claim::Claimed) => {
            let errand = {
                let api = api.clone();
                async move { claim.run(&api, request, next).await }
            };
            // A client that gives up and asks again must not find the deed done and unnoted.
            let answer = api.background_tasks().run(errand).await;
            answer.unwrap_or_else(|| Problem::internal("a handler panicked").into_response())
        }
        Ok(Claim::Done(answer)) => again(answer),
        Ok(Claim::Running(left)) => running(left).into_response(),
        Ok(Claim::Mismatch) => idempotency_key::reused().into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Whether a request is one of those. Orders have their own way; what follows a key into its secret is
/// never written down; replays of dead letters and crashes are the operators' tools and not the shop's.
pub(crate) fn is_covered(method: &Method, path: &str) -> bool {
    let path = path.strip_prefix("/v1/").filter(|_| method == Method::POST);
    let Some(path) = path else {
        return false;
    };
    let parts: Vec<&str> = path.split('/').collect();
    matches!(
        parts[..],
        ["orders", _, "pay" | "cancel" | "refund"]
            | ["products" | "coupons"]
            | ["products", _, "stock"]
    )
}

/// What a request under a key is to do, by a name that is its own. Whoever notes with the deed that it was done cannot
/// do it again when the answer was never noted.
#[derive(Clone)]
pub(crate) struct RequestFingerprint(pub(crate) String);

/// A key that is claimed for one request.
struct Ticket {
    digest: String,
    fingerprint: String,
    owner: String,
}

impl Ticket {
    fn new(head: &Parts, principal: &str, key: &str, body: &[u8]) -> Self {
        let (method, path) = (head.method.as_str(), head.uri.path());
        let mut digest = Sha256::new();
        for part in [principal, method, path, key] {
            digest.update(part);
            digest.update([0]);
        }
        Self {
            digest: hex::encode(&digest.finalize()[..16]),
            fingerprint: fingerprint(method, path, body),
            owner: hex::encode(rand::random::<[u8; 16]>()),
        }
    }

    fn deed(&self) -> RequestFingerprint {
        RequestFingerprint([self.digest.as_str(), &self.fingerprint[..16]].concat())
    }

    async fn run(self, api: &Api, request: Request, next: Next) -> Response {
        let path = request.uri().path().to_owned();
        let (head, body) = next.run(request).await.into_parts();
        if !is_kept(head.status) {
            self.note(api, None).await;
            return Response::from_parts(head, body);
        }
        // Bodies of these routes are there as a whole; a problem has its own until it is rendered.
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let text = |name: HeaderName| {
            let value = head.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (kind, kept) = match head.extensions.get::<Problem>() {
            Some(problem) => (PROBLEM.to_owned(), problem.body(&path)),
            None => (text(header::CONTENT_TYPE), bytes.to_vec()),
        };
        let answer = Answer {
            status: head.status.as_u16(),
            kind,
            location: text(header::LOCATION),
            body: kept,
        };
        self.note(
            api,
            Some(answer).filter(|answer| answer.body.len() <= LARGEST),
        )
        .await;
        Response::from_parts(head, Body::from(bytes))
    }

    /// Keeps the answer, or gives the key back.
    async fn note(&self, api: &Api, answer: Option<Answer>) {
        let (digest, owner) = (&self.digest, &self.owner);
        let noted = match &answer {
            Some(answer) => edge::finish(api.runtime(), digest, owner, answer).await,
            None => edge::release(api.runtime(), digest, owner).await,
        };
        // The deed is done and the answer holds; only its repetition would not be recognised.
        if let Err(error) = noted {
            tracing::warn!(%error, "an answer under an Idempotency-Key was not noted");
        }
    }
}

fn is_kept(status: StatusCode) -> bool {
    status.is_success()
        || matches!(
            status,
            StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
        )
}

fn again(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in [
        (header::CONTENT_TYPE, answer.kind),
        (header::LOCATION, answer.location),
    ] {
        if let Some(value) = HeaderValue::try_from(value)
            .ok()
            .filter(|it| !it.is_empty())
        {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn running(left: Duration) -> Problem {
    Problem::new(&kinds::IDEMPOTENCY_KEY_IN_USE)
        .detail(format!(
            "Send it again; if nothing came of it, the key is free in {} s.",
            left.as_secs() + 1
        ))
        .retry_after(1)
}
