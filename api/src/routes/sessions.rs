//! The sessions of an account.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use store::account::{self, Live};
use streamward::clock::rfc3339;

use super::auth::goodbye;
use crate::{Api, caller::LoggedIn, cookies::Cookies, csrf, problem::Problem};

/// Who the session belongs to; a browser is given a fresh CSRF token as well.
pub(super) async fn show(State(api): State<Api>, LoggedIn(live): LoggedIn) -> Response {
    let roles: Vec<_> = live.who.roles.iter().map(|role| role.name()).collect();
    let mut answer = session(&live);
    answer["customerId"] = json!(live.who.customer_id);
    answer["email"] = json!(live.who.email);
    answer["name"] = json!(live.who.name);
    answer["roles"] = json!(roles);
    if !live.cookie {
        return Answer(answer).into_response();
    }
    let csrf = csrf::fresh(api.secret(), &live.id);
    answer["csrfToken"] = json!(csrf);
    let mut response = Answer(answer).into_response();
    let seconds = live.ends_ms.saturating_sub(live.seen_ms) / 1000;
    let cookies = Cookies::new(api.settings().plain_cookies);
    cookies.show_csrf(response.headers_mut(), &csrf, seconds);
    response
}

/// Every session that was opened by a login.
pub(super) async fn list(
    State(api): State<Api>,
    LoggedIn(live): LoggedIn,
) -> Result<Answer<Value>, Problem> {
    let all = account::sessions_of(api.runtime(), &live.who.email).await?;
    let lines: Vec<Value> = all
        .iter()
        .map(|one| {
            let mut line = session(one);
            line["current"] = json!(one.id == live.id);
            line
        })
        .collect();
    Ok(Answer(json!({ "data": lines })))
}

/// Logs out everywhere, here too.
pub(super) async fn close_all(
    State(api): State<Api>,
    LoggedIn(live): LoggedIn,
) -> Result<Response, Problem> {
    let email = &live.who.email;
    account::close_sessions(api.runtime(), email, None).await?;
    // A machine's session is in no list.
    account::close_digests(api.runtime(), email, vec![live.id], None).await?;
    Ok(goodbye(&api, live.cookie))
}

fn session(live: &Live) -> Value {
    json!({
        "kind": if live.cookie { "cookie" } else { "bearer" },
        "openedAt": rfc3339(live.opened_ms),
        "usedAt": rfc3339(live.seen_ms),
        "expiresAt": rfc3339(live.expires_ms()),
        "endsAt": rfc3339(live.ends_ms),
    })
}
