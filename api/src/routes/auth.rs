//! Registering, logging in and out.

pub(crate) mod api_keys;
pub(crate) mod password;
pub(crate) mod person;
pub(crate) mod sessions;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use contracts::CustomerId;
use serde::Serialize;
use serde_json::Value;
use store::account::{self, Role, SessionOptions, User};
use streamward::clock;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::cookies::Cookies,
    auth::csrf,
    auth::login::{self, Guess},
    auth::principal::LoggedIn,
    auth::tokens,
    http::body::{At, Faults, Json},
    http::client_address::ClientAddress,
    metrics::{self, Login},
    openapi::{
        answers,
        bodies::{Credentials as CredentialsBody, NewAccount},
    },
    problem::{Problem, kinds},
};

/// A new account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(crate) struct Registered {
    #[schema(value_type = String)]
    customer_id: CustomerId,
    email: String,
    name: String,
}

/// Registers a customer.
#[utoipa::path(
    post,
    path = "/v1/auth/register",
    tag = "accounts",
    operation_id = "register",
    request_body = NewAccount,
    responses((status = 201, description = "The account.", body = Registered)),
    extensions(("x-problems" = json!(["email-taken"]))),
)]
pub(crate) async fn register(State(api): State<Api>, body: Json) -> Result<Response, Problem> {
    let value = body.value()?;
    let person = person::read(&value)?;
    let _place = api.hasher().queue().ok_or_else(login::busy)?;
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email: person.email,
        name: person.name,
        phone: person.phone,
        password_hash: api.hasher().hash(person.password).await?,
        roles: vec![Role::Customer],
    };
    if !account::register_account(api.runtime(), &user).await? {
        return Err(
            Problem::new(&kinds::EMAIL_TAKEN).detail("Log in, or register with another address.")
        );
    }
    let answer = Registered {
        customer_id: user.customer_id,
        email: user.email,
        name: user.name,
    };
    Ok((StatusCode::CREATED, Answer(answer)).into_response())
}

/// Where a client keeps its token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeping {
    Bearer,
    Cookie,
}

struct Credentials {
    email: String,
    password: String,
    keeping: Keeping,
}

/// An open session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Login)]
pub(crate) struct Opened {
    /// When it ends if it is not used; a use makes it last longer.
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(value_type = String)]
    customer_id: CustomerId,
    #[schema(value_type = Vec<answers::RoleName>)]
    roles: Vec<&'static str>,
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
    post,
    path = "/v1/auth/login",
    tag = "accounts",
    operation_id = "login",
    request_body = CredentialsBody,
    responses((status = 200, description = "The session.", body = Opened)),
    extensions(("x-problems" = json!(["invalid-credentials", "csrf"]))),
)]
pub(crate) async fn login(
    State(api): State<Api>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Json,
) -> Result<Response, Problem> {
    let asked = credentials(&body.value()?)?;
    let cookie = asked.keeping == Keeping::Cookie;
    if cookie {
        // Nobody is to be logged in as somebody else by another site's page.
        csrf::check_site(&headers, &api.settings().cors_origins)?;
    }
    let guess = Guess {
        email: &asked.email,
        password: asked.password,
        counted: &asked.email,
        address: &address,
    };
    let user = login::check(&api, guess).await?;
    let opening = SessionOptions {
        idle: api.settings().session_idle,
        life: api.settings().session_ttl,
        cookie,
    };
    let token = tokens::fresh();
    let id = account::start_session(api.runtime(), &token, &user, opening).await?;
    if !account::admit_session(api.runtime(), &user, &id, opening.life).await? {
        return Err(login::wrong());
    }
    metrics::login(Login::Opened);
    let lasts = opening.idle.min(opening.life);
    let lasts_ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let csrf = cookie.then(|| csrf::fresh(api.secret(), &id));
    let answer = Opened {
        expires_at: clock::rfc3339(clock::now_ms().saturating_add(lasts_ms)),
        customer_id: user.customer_id,
        roles: user.roles.iter().map(|role| role.name()).collect(),
        token: (!cookie).then(|| token.clone()),
        csrf_token: csrf.clone(),
    };
    let mut response = Answer(answer).into_response();
    let Some(csrf) = csrf else {
        return Ok(response);
    };
    let cookies = Cookies::new(api.settings().plain_cookies);
    cookies.open(
        response.headers_mut(),
        &token,
        &csrf,
        opening.life.as_secs(),
    );
    Ok(response)
}

/// Ends the session.
#[utoipa::path(
    post,
    path = "/v1/auth/logout",
    tag = "accounts",
    operation_id = "logout",
    security(("bearer" = [])),
    responses((status = 204, description = "It is over.")),
)]
pub(crate) async fn logout(
    State(api): State<Api>,
    LoggedIn(live): LoggedIn,
) -> Result<Response, Problem> {
    let only = vec![live.id];
    account::close_digests(api.runtime(), &live.principal.email, only, None).await?;
    Ok(goodbye(&api, live.cookie))
}

/// 204, which takes a browser's cookies away.
pub(crate) fn goodbye(api: &Api, cookie: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if cookie {
        Cookies::new(api.settings().plain_cookies).close(response.headers_mut());
    }
    response
}

fn credentials(body: &Value) -> Result<Credentials, Problem> {
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &["email", "password", "session"]) else {
        return Err(faults.problem());
    };
    let mut text = |name| faults.text(&fields, name, |text| Ok(text.to_owned()));
    let (email, password) = (text("email"), text("password"));
    let keeping = faults.optional_text(&fields, "session", |word| match word {
        "bearer" => Ok(Keeping::Bearer),
        "cookie" => Ok(Keeping::Cookie),
        _ => Err("must be bearer or cookie".to_owned()),
    });
    match (email, password) {
        (Some(email), Some(password)) => faults.finish().map(|()| Credentials {
            email: email.trim().to_lowercase(),
            password,
            keeping: keeping.unwrap_or(Keeping::Bearer),
        }),
        _ => Err(faults.problem()),
    }
}
