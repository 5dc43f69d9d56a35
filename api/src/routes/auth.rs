//! Logging in and out, and the routes of accounts.

pub(crate) mod api_keys;
pub(crate) mod forgotten_password;
pub(crate) mod password;
pub(crate) mod registration;
pub(crate) mod sessions;

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use contracts::CustomerId;
use serde::Serialize;
use serde_json::{Value, json};
use store::account::{self, Role, Session, SessionOptions, User};
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
    if credentials.session == Some(Keeping::Cookie) {
        // Login CSRF: another site's page must not log a visitor in as someone else.
        csrf::check_site(&headers, &api.settings.cors_origins)?;
    }
    let opened = open_session(&api, credentials, &address).await?;
    let lasts_ms = u64::try_from(opened.lasts().as_millis()).unwrap_or(u64::MAX);
    let answer = Opened {
        expires_at: clock::rfc3339(clock::now_ms().saturating_add(lasts_ms)),
        customer_id: opened.user.customer_id.clone(),
        roles: opened.user.roles.clone(),
        token: (!opened.options.cookie).then(|| opened.token.clone()),
        csrf_token: opened.csrf.clone(),
    };
    let mut response = Json(answer).into_response();
    opened.set_cookies(&api, response.headers_mut());
    Ok(response)
}

/// A session that has been opened.
pub(crate) struct OpenedSession {
    user: User,
    token: String,
    /// The CSRF token of a session in cookies.
    csrf: Option<String>,
    options: SessionOptions,
}

impl OpenedSession {
    /// Returns the time until it ends if it is not used.
    fn lasts(&self) -> Duration {
        self.options.idle.min(self.options.life)
    }

    /// Sets the cookies of a session that a browser keeps in cookies.
    pub(crate) fn set_cookies(&self, api: &Api, headers: &mut HeaderMap) {
        if let Some(csrf) = &self.csrf {
            let cookies = Cookies::new(api.settings.plain_cookies);
            cookies.open(headers, &self.token, csrf, self.options.life.as_secs());
        }
    }
}

/// Opens a session for the account behind `credentials`, for a client at `address`.
pub(crate) async fn open_session(
    api: &Api,
    credentials: Credentials,
    address: &str,
) -> ApiResult<OpenedSession> {
    let email = credentials.email.trim().to_lowercase();
    let guess = Guess {
        email: &email,
        password: credentials.password,
        counted: &email,
        address,
    };
    let user = login::check(api, guess).await?;
    let keeping = credentials.session.unwrap_or(Keeping::Bearer);
    admit(api, user, keeping).await
}

/// Opens a session for `user`, who has been identified.
pub(crate) async fn admit(api: &Api, user: User, keeping: Keeping) -> ApiResult<OpenedSession> {
    let options = SessionOptions {
        idle: api.settings.session_idle,
        life: api.settings.session_ttl,
        cookie: keeping == Keeping::Cookie,
    };
    let token = tokens::fresh();
    let id = account::start_session(&api.runtime, &token, &user, options).await?;
    if !account::admit_session(&api.runtime, &user, &id, options.life).await? {
        return Err(login::wrong());
    }
    metrics::login(Login::Opened);
    let csrf = options.cookie.then(|| csrf::fresh(&api.secret, &id));
    Ok(OpenedSession {
        user,
        token,
        csrf,
        options,
    })
}

/// Ends the session.
#[utoipa::path(
    post, path = "/v1/auth/logout", tag = "accounts", operation_id = "logout",
    security(("bearer" = [])),
    responses((status = 204, description = "It is over.")),
)]
pub(crate) async fn logout(State(api): State<Api>, LoggedIn(session): LoggedIn) -> ApiResult {
    close_session(&api, &session).await?;
    Ok(logged_out(&api, session.cookie))
}

/// Ends a session.
pub(crate) async fn close_session(api: &Api, session: &Session) -> ApiResult<()> {
    let only = vec![session.id.clone()];
    account::close_digests(&api.runtime, &session.principal.email, only, None).await?;
    Ok(())
}

/// Returns 204, which removes a browser's cookies.
fn logged_out(api: &Api, cookie: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if cookie {
        Cookies::new(api.settings.plain_cookies).close(response.headers_mut());
    }
    response
}
