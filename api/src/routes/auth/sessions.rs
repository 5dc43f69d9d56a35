//! Sessions of an account.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use contracts::CustomerId;
use serde::Serialize;
use store::account::{self, Role, Session};
use streamward::clock::rfc3339;
use utoipa::ToSchema;

use super::logged_out;
use crate::{
    Api,
    auth::{cookies::Cookies, csrf, principal::LoggedIn},
    http::List,
    problem::{ApiResult, JsonResult},
};

/// A session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
struct SessionJson {
    /// `bearer` or `cookie`.
    kind: &'static str,
    #[schema(format = DateTime)]
    opened_at: String,
    #[schema(format = DateTime)]
    used_at: String,
    /// Expiry if it is not used.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Expiry regardless of use.
    #[schema(format = DateTime)]
    ends_at: String,
}

/// The session of the request, and its account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CurrentSession)]
pub(crate) struct Current {
    #[serde(flatten)]
    session: SessionJson,
    customer_id: CustomerId,
    email: String,
    name: String,
    roles: Vec<Role>,
    /// For `X-CSRF-Token`; only with cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    csrf_token: Option<String>,
}

/// A session in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedSession)]
pub(crate) struct Listed {
    #[serde(flatten)]
    session: SessionJson,
    /// Whether it is the session of the request.
    current: bool,
}

/// Shows the session and its account; a browser receives a new CSRF token as well.
#[utoipa::path(
    get, path = "/v1/auth/session", tag = "accounts", operation_id = "showSession",
    security(("bearer" = [])),
    responses((status = 200, description = "The session and its account.", body = Current)),
)]
pub(crate) async fn show(State(api): State<Api>, LoggedIn(session): LoggedIn) -> Response {
    let csrf = session
        .cookie
        .then(|| csrf::fresh(&api.secret, &session.id));
    let answer = Current {
        session: SessionJson::of(&session),
        roles: session.principal.roles,
        customer_id: session.principal.customer_id,
        email: session.principal.email,
        name: session.principal.name,
        csrf_token: csrf.clone(),
    };
    let mut response = Json(answer).into_response();
    let Some(csrf) = csrf else {
        return response;
    };
    let seconds = session.ends_ms.saturating_sub(session.seen_ms) / 1000;
    let cookies = Cookies::new(api.settings.plain_cookies);
    cookies.show_csrf(response.headers_mut(), &csrf, seconds);
    response
}

/// Lists the sessions of the account that a login opened.
#[utoipa::path(
    get, path = "/v1/auth/sessions", tag = "accounts", operation_id = "listSessions",
    security(("bearer" = [])),
    responses((status = 200, description = "The sessions.", body = List<Listed>)),
)]
pub(crate) async fn list(
    State(api): State<Api>,
    LoggedIn(session): LoggedIn,
) -> JsonResult<List<Listed>> {
    let all = account::sessions_of(&api.runtime, &session.principal.email).await?;
    let line = |one: &Session| Listed {
        session: SessionJson::of(one),
        current: one.id == session.id,
    };
    Ok(Json(all.iter().map(line).collect()))
}

/// Ends all sessions of the account, this one included.
#[utoipa::path(
    delete, path = "/v1/auth/sessions", tag = "accounts", operation_id = "closeSessions",
    security(("bearer" = [])),
    responses((status = 204, description = "All of them are over.")),
)]
pub(crate) async fn close_all(State(api): State<Api>, LoggedIn(session): LoggedIn) -> ApiResult {
    close_every_session(&api, &session).await?;
    Ok(logged_out(&api, session.cookie))
}

/// Ends all sessions of the account that `session` belongs to.
pub(crate) async fn close_every_session(api: &Api, session: &Session) -> ApiResult<()> {
    let email = &session.principal.email;
    account::close_sessions(&api.runtime, email, None).await?;
    // The session of a bootstrap token is in no list.
    super::close_session(api, session).await
}

impl SessionJson {
    fn of(session: &Session) -> Self {
        Self {
            kind: if session.cookie { "cookie" } else { "bearer" },
            opened_at: rfc3339(session.opened_ms),
            used_at: rfc3339(session.seen_ms),
            expires_at: rfc3339(session.expires_ms()),
            ends_at: rfc3339(session.ends_ms),
        }
    }
}
