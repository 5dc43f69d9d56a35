//! Changing one's password.

use axum::{extract::State, http::StatusCode};
use serde_json::Value;
use store::account::{self, Change};

use super::person;
use crate::{
    Api,
    auth::login::{self, Guess},
    auth::principal::LoggedIn,
    http::body::{At, Faults, Json},
    http::client_address::ClientAddress,
    openapi::bodies::NewPassword,
    problem::Problem,
};

/// Changes the password and ends every other session of the account.
///
/// Wrong current passwords are counted as at a login, but per session: whoever finds an open session must
/// not find out the password with it, and whoever is locked out by a guesser can still change it.
#[utoipa::path(
    post,
    path = "/v1/auth/password",
    tag = "accounts",
    operation_id = "changePassword",
    security(("bearer" = [])),
    request_body = NewPassword,
    responses((status = 204, description = "It is changed.")),
    extensions(("x-problems" = json!(["invalid-credentials"]))),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    LoggedIn(live): LoggedIn,
    ClientAddress(address): ClientAddress,
    body: Json,
) -> Result<StatusCode, Problem> {
    let (current, new) = passwords(&body.value()?)?;
    let guess = Guess {
        email: &live.principal.email,
        password: current,
        counted: &live.id,
        address: &address,
    };
    let user = login::check(&api, guess).await?;
    let _place = api.hasher().queue().ok_or_else(login::busy)?;
    let hash = api.hasher().hash(new).await?;
    match account::change_password(api.runtime(), &user, &hash, Some(&live.id)).await? {
        Change::Changed => Ok(StatusCode::NO_CONTENT),
        Change::Stale => Err(login::wrong()),
    }
}

fn passwords(body: &Value) -> Result<(String, String), Problem> {
    let mut faults = Faults::default();
    let known = ["currentPassword", "newPassword"];
    let Some(fields) = faults.object(body, At::Root, &known) else {
        return Err(faults.problem());
    };
    let current = faults.text(&fields, "currentPassword", |text| Ok(text.to_owned()));
    let new = faults.text(&fields, "newPassword", person::password);
    match (current, new) {
        (Some(current), Some(new)) => faults.finish().map(|()| (current, new)),
        _ => Err(faults.problem()),
    }
}
