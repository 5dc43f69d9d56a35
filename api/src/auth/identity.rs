//! Who sent a request: found out once, at the gate, and asked for by whoever needs to know.

use std::sync::Arc;

use axum::http::{Extensions, HeaderMap, Method, header, request::Parts};
use bytes::Bytes;
use store::account::{self, ApiKey, Live, Session};
use streamward::clock;

use crate::{
    Api,
    auth::cookies::Cookies,
    auth::csrf,
    auth::scopes,
    auth::signed_requests,
    auth::tokens,
    problem::{Problem, kinds},
};

/// A session is noted as used when this part of its idle time has passed since it was.
const NOTE_EVERY: u64 = 20;

/// Who sent a request, or why nobody can say.
#[derive(Clone)]
pub(crate) struct Identity(Arc<Result<Who, Problem>>);

enum Who {
    /// Somebody who did not say.
    Nobody,
    /// Somebody who logged in.
    Person(Live),
    /// A machine.
    Machine(ApiKey),
}

impl Identity {
    /// What the gate found out.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let found = extensions.get::<Self>().cloned();
        found.unwrap_or_else(|| Self(Arc::new(Ok(Who::Nobody))))
    }

    /// Finds out who sent the request. `body` is all of it when it is signed.
    pub(crate) async fn find(api: &Api, head: &Parts, body: Option<&Bytes>) -> Self {
        Self(Arc::new(find(api, head, body).await))
    }

    /// The account, if it may send this request with what it proved itself with.
    pub(crate) fn may(&self, api: &Api, head: &Parts) -> Result<&Session, Problem> {
        match &*self.0 {
            Err(problem) => Err(problem.clone()),
            Ok(Who::Nobody) => Err(Problem::unauthorized()),
            Ok(Who::Machine(key)) => {
                check_scope(key, &head.method, head.uri.path())?;
                Ok(&key.owner)
            }
            Ok(Who::Person(live)) => {
                // A token in a header was put there on purpose; a cookie comes along by itself.
                if live.cookie && !csrf::is_safe(&head.method) {
                    let allowed = &api.settings().cors_origins;
                    csrf::check(&head.headers, api.secret(), &live.id, allowed)?;
                }
                Ok(&live.who)
            }
        }
    }

    /// The session of somebody who logged in.
    pub(crate) fn live(&self) -> Option<&Live> {
        match &*self.0 {
            Ok(Who::Person(live)) => Some(live),
            Ok(Who::Nobody | Who::Machine(_)) | Err(_) => None,
        }
    }

    /// Whose idempotency keys these are, when the request may be sent at all.
    pub(crate) fn principal(&self, api: &Api, head: &Parts) -> Option<String> {
        self.may(api, head).ok()?;
        self.client()
    }

    /// What quotas are counted by: an account's own requests and those of its keys apart.
    pub(crate) fn client(&self) -> Option<String> {
        match &*self.0 {
            Ok(Who::Person(live)) => Some(live.who.customer_id.to_string()),
            Ok(Who::Machine(key)) => Some(key.id.clone()),
            Ok(Who::Nobody) | Err(_) => None,
        }
    }
}

fn check_scope(key: &ApiKey, method: &Method, path: &str) -> Result<(), Problem> {
    let refused = |detail: String| Problem::new(&kinds::INSUFFICIENT_SCOPE).detail(detail);
    match scopes::needed(method, path) {
        None => Err(refused("No API key can; log in.".to_owned())),
        Some(scope) if key.scopes.iter().any(|one| one == scope) => Ok(()),
        Some(scope) => {
            let detail = format!("The key {} lacks the scope {scope}.", key.id);
            Err(refused(detail).with("scope", scope))
        }
    }
}

async fn find(api: &Api, head: &Parts, body: Option<&Bytes>) -> Result<Who, Problem> {
    if let Some(body) = body {
        return signed_requests::check(api, head, body)
            .await
            .map(Who::Machine);
    }
    let cookies = Cookies::new(api.settings().plain_cookies);
    let (token, cookie) = if head.headers.contains_key(header::AUTHORIZATION) {
        let Some(token) = bearer(&head.headers) else {
            return Err(Problem::unauthorized());
        };
        (token, false)
    } else {
        match cookies.token(&head.headers) {
            Some(token) => (token, true),
            None => return Ok(Who::Nobody),
        }
    };
    let live = account::look_up(api.runtime(), token).await?;
    // A token of one kind is worth nothing in the place of the other: what is in a cookie has never
    // been shown to a script.
    let live = live.filter(|live| live.cookie == cookie);
    let live = live.ok_or_else(Problem::unauthorized)?;
    note_use(api, &live).await;
    Ok(Who::Person(live))
}

/// Lets a session that is used last longer; now and then, because it costs a call.
async fn note_use(api: &Api, live: &Live) {
    let due = live.seen_ms.saturating_add(live.idle_ms / NOTE_EVERY) < clock::now_ms();
    if due && live.expires_ms() < live.ends_ms {
        // The session is good as it is; the next request tries again.
        if let Err(error) = account::renew_session(api.runtime(), live).await {
            tracing::debug!(%error, "a session was not renewed");
        }
    }
}

/// The bearer token of a request, when it is shaped like one of ours.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && tokens::is_shaped(token)).then_some(token)
}
