//! Logging in and out, and the routes of accounts.

pub(crate) mod api_keys;
pub(crate) mod password;
pub(crate) mod registration;
pub(crate) mod sessions;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use contracts::CustomerId;
use serde::Serialize;
use serde_json::{Value, json};
use store::account::{self, Role, SessionOptions};
use streamward::clock;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::{
        cookies::Cookies,
        csrf,
        login::{self, Guess},
        principal::LoggedIn,
        tokens,
    },
    http::{
        ClientAddress, JsonBody, TextField,
        fields::{Password, Text},
        request_body,
    },
    metrics::{self, Login},
    problem::ApiResult,
};

request_body! {
    /// Credentials, and how the session is kept.
    pub(crate) struct Credentials {
        email: Text, example = "ada@example.com";
        password: Password, example = "correct horse";
        /// `bearer`, as without it: a token in the answer. `cookie`: cookies and a CSRF token, for pages.
        session: Option<Keeping>;
    }
}

/// The place where a client keeps its token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    Bearer,
    Cookie,
}

impl TextField for Keeping {
    type Value = Self;

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "bearer" => Ok(Self::Bearer),
            "cookie" => Ok(Self::Cookie),
            _ => Err("must be bearer or cookie".to_owned()),
        }
    }

    fn limits() -> Value {
        json!({ "enum": ["bearer", "cookie"] })
    }
}

/// An open session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Login)]
pub(crate) struct Opened {
    /// When it ends if it is not used; each use extends it.
    #[schema(format = DateTime)]
    expires_at: String,
    customer_id: CustomerId,
    roles: Vec<Role>,
    /// For `Authorization: Bearer`; not with cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
    /// For `X-CSRF-Token`; only with cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    csrf_token: Option<String>,
}

/// Opens a session: a token in the answer, or cookies and a CSRF token for a browser.
#[utoipa::path(
    post, path = "/v1/auth/login", tag = "accounts", operation_id = "login",
    request_body = Credentials,
    responses((status = 200, description = "The session.", body = Opened)),
    extensions(("x-problems" = json!(["invalid-credentials", "csrf"]))),
)]
pub(crate) async fn login(
    State(api): State<Api>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: JsonBody,
) -> ApiResult {
    let credentials: Credentials = body.read()?;
    let email = credentials.email.trim().to_lowercase();
    let cookie = credentials.session == Some(Keeping::Cookie);
    if cookie {
        // Login CSRF: another site's page must not log a visitor in as someone else.
        csrf::check_site(&headers, &api.settings.cors_origins)?;
    }
    let guess = Guess {
        email: &email,
        password: credentials.password,
        counted: &email,
        address: &address,
    };
    let user = login::check(&api, guess).await?;
    let opening = SessionOptions {
        idle: api.settings.session_idle,
        life: api.settings.session_ttl,
        cookie,
    };
    let token = tokens::fresh();
    let id = account::start_session(&api.runtime, &token, &user, opening).await?;
    if !account::admit_session(&api.runtime, &user, &id, opening.life).await? {
        return Err(login::wrong());
    }
    metrics::login(Login::Opened);
    let lasts = opening.idle.min(opening.life);
    let lasts_ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let csrf = cookie.then(|| csrf::fresh(&api.secret, &id));
    let opened = Opened {
        expires_at: clock::rfc3339(clock::now_ms().saturating_add(lasts_ms)),
        customer_id: user.customer_id,
        roles: user.roles,
        token: (!cookie).then(|| token.clone()),
        csrf_token: csrf.clone(),
    };
    let mut response = Json(opened).into_response();
    if let Some(csrf) = csrf {
        let cookies = Cookies::new(api.settings.plain_cookies);
        let seconds = opening.life.as_secs();
        cookies.open(response.headers_mut(), &token, &csrf, seconds);
    }
    Ok(response)
}

/// Ends the session.
#[utoipa::path(
    post, path = "/v1/auth/logout", tag = "accounts", operation_id = "logout",
    security(("bearer" = [])),
    responses((status = 204, description = "It is over.")),
)]
pub(crate) async fn logout(State(api): State<Api>, LoggedIn(session): LoggedIn) -> ApiResult {
    let only = vec![session.id];
    account::close_digests(&api.runtime, &session.principal.email, only, None).await?;
    Ok(logged_out(&api, session.cookie))
}

/// Returns 204, which removes a browser's cookies.
fn logged_out(api: &Api, cookie: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if cookie {
        Cookies::new(api.settings.plain_cookies).close(response.headers_mut());
    }
    response
}
