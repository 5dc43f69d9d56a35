//! Changing the password of an account.

use axum::{extract::State, http::StatusCode};
use store::account::{self, Session};

use crate::{
    Api,
    auth::{
        login::{self, Guess},
        principal::LoggedIn,
    },
    http::{
        ClientAddress, JsonBody,
        fields::{NewPasswordText, Password},
        request_body,
    },
    problem::ApiResult,
};

request_body! {
    /// Another password. Every other session of the account ends.
    pub(crate) struct NewPassword {
        current_password as "currentPassword": Password, example = "correct horse";
        new_password as "newPassword": NewPasswordText, example = "battery staple";
    }
}

/// Changes the password and ends every other session of the account.
///
/// Wrong current passwords are counted per session: a stolen session must not serve to guess the password, and an
/// account that is locked by a guesser can still change it.
#[utoipa::path(
    post, path = "/v1/auth/password", tag = "accounts", operation_id = "changePassword",
    security(("bearer" = [])),
    request_body = NewPassword,
    responses((status = 204, description = "It is changed.")),
    extensions(("x-problems" = json!(["invalid-credentials"]))),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    LoggedIn(session): LoggedIn,
    ClientAddress(address): ClientAddress,
    body: JsonBody,
) -> ApiResult<StatusCode> {
    change_password(&api, &session, &address, body.read()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the password of a session's account for a client at `address`.
pub(crate) async fn change_password(
    api: &Api,
    session: &Session,
    address: &str,
    passwords: NewPassword,
) -> ApiResult<()> {
    let guess = Guess {
        email: &session.principal.email,
        password: passwords.current_password,
        counted: &session.id,
        address,
    };
    let user = login::check(api, guess).await?;
    let _place = api.hasher.queue().ok_or_else(login::busy)?;
    let hash = api.hasher.hash(passwords.new_password).await?;
    if account::change_password(&api.runtime, &user, &hash, Some(&session.id)).await? {
        Ok(())
    } else {
        Err(login::wrong())
    }
}
