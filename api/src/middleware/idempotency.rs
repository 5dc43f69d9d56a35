//! Requests under an `Idempotency-Key`: carried out once, answered with the stored response afterwards.
//!
//! Covers every route that creates or moves something, except the placing of orders: an order's key is written
//! with the order, by one script. Here the response is stored after the route has run; [`store::idempotency`] says
//! what a crash in between means.
//!
//! Stored for a day are responses that a repetition would receive again: 2xx, and refusals that follow from the
//! request and the state it meets (404, 409, 422). After any other the key is released, because those invite a
//! retry.
//!
//! **Invariant:** a key is read and claimed only for an authorised principal, and belongs to that client.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use store::idempotency::{self, Claim, StoredResponse};

use crate::{
    Api,
    auth::authentication::Authentication,
    http::{
        body,
        idempotency_key::{self, fingerprint},
    },
    problem::{PROBLEM, Problem, kinds},
};

/// The header that marks a stored response.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Larger responses are not stored; none of these routes has one.
const LARGEST: usize = 256 * 1024;

/// Runs a request, or answers it with the response stored under its key.
pub(super) async fn apply(api: &Api, request: Request, next: Next) -> Response {
    match keyed(api, request).await {
        Ok(Keyed::Not(request)) => next.run(request).await,
        Ok(Keyed::Claimed(claim, request)) => {
            let work = {
                let api = api.clone();
                async move { claim.run(&api, request, next).await }
            };
            // A client that disconnects must not leave a change without its stored response.
            let response = api.background_tasks.run(work).await;
            response.unwrap_or_else(|| Problem::internal("a handler panicked").into_response())
        }
        Ok(Keyed::Stored(answer)) => replay(answer),
        Err(problem) => problem.into_response(),
    }
}

/// A request as its key leaves it.
enum Keyed {
    /// Without a key, or of a route or client that keys mean nothing for.
    Not(Request),
    /// To be carried out under its key.
    Claimed(ClaimedKey, Request),
    /// Carried out before.
    Stored(StoredResponse),
}

/// Claims the key of a request.
async fn keyed(api: &Api, request: Request) -> Result<Keyed, Problem> {
    if !is_covered(request.method(), request.uri().path()) {
        return Ok(Keyed::Not(request));
    }
    let authentication = Authentication::of(request.extensions());
    let client = authentication.client();
    let client = client.filter(|_| authentication.principal().is_ok());
    // The route refuses a request without a principal, whatever its key.
    let Some(client) = client else {
        return Ok(Keyed::Not(request));
    };
    let key = idempotency_key::of(request.headers())?.map(ToOwned::to_owned);
    let Some(key) = key else {
        return Ok(Keyed::Not(request));
    };
    let (head, body) = request.into_parts();
    let body = body::read(api, body).await?;
    let claim = ClaimedKey::new(&head, &client, &key, &body);
    let mut request = Request::from_parts(head, Body::from(body));
    request.extensions_mut().insert(claim.fingerprint());
    let (digest, fingerprint, owner) = (&claim.digest, &claim.fingerprint, &claim.owner);
    match idempotency::claim_key(&api.runtime, digest, fingerprint, owner).await? {
        Claim::Claimed => Ok(Keyed::Claimed(claim, request)),
        Claim::Done(answer) => Ok(Keyed::Stored(answer)),
        Claim::Running(left) => Err(in_use(left)),
        Claim::Mismatch => Err(idempotency_key::reused()),
    }
}

/// Returns whether keys mean something for a route. Placing orders has its own mechanism; secrets of API keys and
/// webhooks are never stored; replaying dead letters and crash injection are operators' tools.
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

/// The identity of a keyed request: client, method, path, key and body. A route that records it with its change
/// does not repeat the change when the response was never stored.
#[derive(Clone)]
pub(crate) struct RequestFingerprint(pub(crate) String);

/// A key that is claimed for one request.
struct ClaimedKey {
    digest: String,
    fingerprint: String,
    owner: String,
}

impl ClaimedKey {
    fn new(head: &Parts, client: &str, key: &str, body: &[u8]) -> Self {
        let (method, path) = (head.method.as_str(), head.uri.path());
        let mut digest = Sha256::new();
        for part in [client, method, path, key] {
            digest.update(part);
            digest.update([0]);
        }
        Self {
            digest: hex::encode(&digest.finalize()[..16]),
            fingerprint: fingerprint(method, path, body),
            owner: hex::encode(rand::random::<[u8; 16]>()),
        }
    }

    fn fingerprint(&self) -> RequestFingerprint {
        RequestFingerprint([self.digest.as_str(), &self.fingerprint[..16]].concat())
    }

    async fn run(self, api: &Api, request: Request, next: Next) -> Response {
        let path = request.uri().path().to_owned();
        let (head, body) = next.run(request).await.into_parts();
        if !is_stored(head.status) {
            self.finish(api, None).await;
            return Response::from_parts(head, body);
        }
        // These routes answer with complete bodies; a problem has its own until it is rendered.
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let text = |name: HeaderName| {
            let value = head.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (kind, stored) = match head.extensions.get::<Problem>() {
            Some(problem) => (PROBLEM.to_owned(), problem.body(&path)),
            None => (text(header::CONTENT_TYPE), bytes.to_vec()),
        };
        let answer = StoredResponse {
            status: head.status.as_u16(),
            kind,
            location: text(header::LOCATION),
            body: stored,
        };
        let answer = Some(answer).filter(|answer| answer.body.len() <= LARGEST);
        self.finish(api, answer).await;
        Response::from_parts(head, Body::from(bytes))
    }

    /// Stores the response, or releases the key.
    async fn finish(&self, api: &Api, answer: Option<StoredResponse>) {
        let (digest, owner) = (&self.digest, &self.owner);
        let finished = match &answer {
            Some(answer) => idempotency::store_response(&api.runtime, digest, owner, answer).await,
            None => idempotency::release_key(&api.runtime, digest, owner).await,
        };
        // The change is made and its answer holds; only a repetition is not recognised.
        if let Err(error) = finished {
            tracing::warn!(%error, "response under an Idempotency-Key not stored");
        }
    }
}

fn is_stored(status: StatusCode) -> bool {
    status.is_success()
        || matches!(
            status,
            StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
        )
}

fn replay(answer: StoredResponse) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in [
        (header::CONTENT_TYPE, answer.kind),
        (header::LOCATION, answer.location),
    ] {
        if let Ok(value) = HeaderValue::try_from(value)
            && !value.is_empty()
        {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn in_use(left: Duration) -> Problem {
    Problem::new(&kinds::IDEMPOTENCY_KEY_IN_USE)
        .detail(format!(
            "Repeat it; if the first request never finishes, the key is free in {} s.",
            left.as_secs() + 1
        ))
        .retry_after(1)
}
