//! The result of authenticating one request.
//!
//! [`Authentication::evaluate`] runs once per request, in the middleware. It finds the session or API key behind the
//! credentials and checks what depends on the request alone: the CSRF token of a cookie session and the scope of
//! an API key. A failure is kept, not answered: only a route that needs a principal refuses the request.

use std::sync::Arc;

use axum::http::{Extensions, HeaderMap, Method, header, request::Parts};
use bytes::Bytes;
use store::account::{self, ApiKey, Principal, Session};
use streamward::clock;

use crate::{
    Api,
    auth::{cookies::Cookies, csrf, scopes, signed_requests, tokens},
    pages,
    problem::{Problem, kinds},
};

/// A session's last use is recorded when this fraction (1/20) of its idle time has passed since.
const RENEW_EVERY: u64 = 20;

/// The credentials of a request and whether they authorise it.
#[derive(Clone, Default)]
pub(crate) struct Authentication(Arc<Outcome>);

#[derive(Default)]
struct Outcome {
    /// `None` without credentials, and when they are not valid.
    credential: Option<Credential>,
    /// Why the credentials do not authorise the request.
    refusal: Option<Problem>,
}

enum Credential {
    Session(Session),
    ApiKey(ApiKey),
}

impl Authentication {
    /// Returns the result that the middleware left in a request's extensions.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Authenticates a request; `body` is given when the request is signed.
    pub(crate) async fn evaluate(api: &Api, head: &Parts, body: Option<&Bytes>) -> Self {
        let (credential, refusal) = match credential(api, head, body).await {
            Ok(credential) => {
                let checked = credential.as_ref().map(|one| authorize(api, head, one));
                (credential, checked.and_then(Result::err))
            }
            Err(problem) => (None, Some(problem)),
        };
        Self(Arc::new(Outcome {
            credential,
            refusal,
        }))
    }

    /// Returns the account that the request is authorised to act for.
    pub(crate) fn principal(&self) -> Result<&Principal, Problem> {
        if let Some(problem) = &self.0.refusal {
            return Err(problem.clone());
        }
        match &self.0.credential {
            Some(Credential::Session(session)) => Ok(&session.principal),
            Some(Credential::ApiKey(key)) => Ok(&key.owner),
            None => Err(Problem::unauthorized()),
        }
    }

    /// Returns the session behind the request, if it is authorised by one.
    pub(crate) fn session(&self) -> Result<&Session, Problem> {
        self.principal()?;
        match &self.0.credential {
            Some(Credential::Session(session)) => Ok(session),
            Some(Credential::ApiKey(_)) | None => Err(Problem::unauthorized()),
        }
    }

    /// Returns the problem that left it open who sends the request: a dependency is down.
    pub(crate) fn outage(&self) -> Option<&Problem> {
        let refusal = self.0.refusal.as_ref();
        refusal.filter(|problem| problem.status().is_server_error())
    }

    /// Returns the id that quotas and idempotency keys belong to: an account and each of its API keys are
    /// separate clients.
    pub(crate) fn client(&self) -> Option<String> {
        self.0
            .credential
            .as_ref()
            .map(|credential| match credential {
                Credential::Session(session) => session.principal.customer_id.to_string(),
                Credential::ApiKey(key) => key.id.clone(),
            })
    }
}

/// Checks what the credentials must have for this request: a CSRF token, or a scope.
fn authorize(api: &Api, head: &Parts, credential: &Credential) -> Result<(), Problem> {
    match credential {
        Credential::ApiKey(key) => check_scope(key, &head.method, head.uri.path()),
        // A plain form has its token in the body, which the form's reader checks.
        Credential::Session(_) if pages::owns(head.uri.path()) => Ok(()),
        // A bearer token is sent on purpose; a browser adds cookies by itself.
        Credential::Session(session) if session.cookie && !csrf::is_safe(&head.method) => {
            let allowed = &api.settings.cors_origins;
            csrf::check(&head.headers, &api.secret, &session.id, allowed)
        }
        Credential::Session(_) => Ok(()),
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

/// Finds the credential of a request: a signature, a bearer token, or a session cookie.
async fn credential(
    api: &Api,
    head: &Parts,
    body: Option<&Bytes>,
) -> Result<Option<Credential>, Problem> {
    if let Some(body) = body {
        let key = signed_requests::check(api, head, body).await?;
        return Ok(Some(Credential::ApiKey(key)));
    }
    let cookies = Cookies::new(api.settings.plain_cookies);
    let (token, cookie) = if head.headers.contains_key(header::AUTHORIZATION) {
        let token = bearer(&head.headers).ok_or_else(Problem::unauthorized)?;
        (token, false)
    } else {
        match cookies.token(&head.headers) {
            Some(token) => (token, true),
            None => return Ok(None),
        }
    };
    let session = account::find_session(&api.runtime, token).await?;
    // A token is valid only where it was issued for: scripts never see the token of a cookie.
    let session = session.filter(|session| session.cookie == cookie);
    let session = session.ok_or_else(Problem::unauthorized)?;
    renew(api, &session).await;
    Ok(Some(Credential::Session(session)))
}

/// Extends a session that is in use; not on every request, because it costs a round trip.
async fn renew(api: &Api, session: &Session) {
    let due = session
        .seen_ms
        .saturating_add(session.idle_ms / RENEW_EVERY)
        < clock::now_ms();
    if due && session.expires_ms() < session.ends_ms {
        // The session stays valid; the next request retries.
        if let Err(error) = account::renew_session(&api.runtime, session).await {
            tracing::debug!(%error, "session not renewed");
        }
    }
}

/// Returns the bearer token of a request if it has the shape of one of this shop.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && tokens::is_shaped(token)).then_some(token)
}
