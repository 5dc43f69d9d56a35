//! Forgotten passwords: a mail with a link, and the new password by its token.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use store::{account, password_reset, rate_limit::Policy};
use streamward::TraceParent;

use crate::{
    Api,
    auth::login,
    http::{
        ClientAddress, JsonBody,
        fields::{NewPasswordText, Text},
        request_body,
    },
    metrics::{self, Limited},
    middleware::trace_context::Trace,
    problem::{ApiResult, Problem, kinds},
    rate_limit::limiter::Standing,
};

/// Mails to one account: a flood of requests is not a flood of mails.
const BY_ACCOUNT: Policy = Policy {
    name: "password-reset-account",
    quota: 3,
    window: Duration::from_secs(3600),
};
/// Requests from one address.
const BY_ADDRESS: Policy = Policy {
    name: "password-reset-address",
    quota: 30,
    window: Duration::from_secs(3600),
};

request_body! {
    /// The account whose password is forgotten.
    pub(crate) struct ForgottenPassword {
        email: Text, example = "ada@example.com";
    }
}

request_body! {
    /// The new password, and the token of the mailed link.
    pub(crate) struct ResetPassword {
        token: Text, example = "rt_0f4b1f2c9a7d4e63b5c8d1a2e3f405160f4b1f2c9a7d4e63b5c8d1a2e3f40516";
        new_password as "newPassword": NewPasswordText, example = "battery staple";
    }
}

/// Mails a link that sets a new password, if there is such an account. The answer is the same if there is none.
///
/// The link is valid for 30 minutes and works once. An account receives at most three in an hour.
#[utoipa::path(
    post, path = "/v1/auth/password/forgotten", tag = "accounts", operation_id = "requestPasswordReset",
    request_body = ForgottenPassword,
    responses((status = 202, description = "The mail is on its way, if there is such an account.")),
)]
pub(crate) async fn request(
    State(api): State<Api>,
    ClientAddress(address): ClientAddress,
    Trace(trace): Trace,
    body: JsonBody,
) -> ApiResult<StatusCode> {
    request_reset(&api, body.read()?, &address, trace).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Mails the link for a client at `address`.
pub(crate) async fn request_reset(
    api: &Api,
    forgotten: ForgottenPassword,
    address: &str,
    trace: TraceParent,
) -> ApiResult<()> {
    if let Standing::Over(wait) = api.limiter.take(&BY_ADDRESS, address).await {
        metrics::limited(BY_ADDRESS.name, Limited::Refused);
        return Err(Problem::over_limit(BY_ADDRESS.name, wait));
    }
    let email = forgotten.email.trim().to_lowercase();
    let standing = api.limiter.take(&BY_ACCOUNT, &email).await;
    let user = account::find(&api.runtime, &email).await?;
    // A refusal would tell which accounts exist.
    let Some(user) = user.filter(|_| !matches!(standing, Standing::Over(_))) else {
        return Ok(());
    };
    let page = format!("{}/reset", api.settings.shop_url);
    password_reset::request_password_reset(&api.runtime, &user, page, trace).await?;
    Ok(())
}

/// Sets a new password by the token of a mailed link. Every session of the account ends.
#[utoipa::path(
    post, path = "/v1/auth/password/reset", tag = "accounts", operation_id = "resetPassword",
    request_body = ResetPassword,
    responses((status = 204, description = "The password is changed.")),
    extensions(("x-problems" = json!(["reset-token-invalid"]))),
)]
pub(crate) async fn reset(State(api): State<Api>, body: JsonBody) -> ApiResult<StatusCode> {
    reset_password(&api, body.read()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the new password.
pub(crate) async fn reset_password(api: &Api, reset: ResetPassword) -> ApiResult<()> {
    let _place = api.hasher.queue().ok_or_else(login::busy)?;
    let hash = api.hasher.hash(reset.new_password).await?;
    let invalid = || Problem::new(&kinds::RESET_TOKEN_INVALID);
    let found = password_reset::redeem_token(&api.runtime, &reset.token).await?;
    let found = found.ok_or_else(invalid)?;
    let user = account::find(&api.runtime, &found.email).await?;
    let user = user.filter(|user| user.password_version() == found.password_version);
    let user = user.ok_or_else(invalid)?;
    if account::change_password(&api.runtime, &user, &hash, None).await? {
        Ok(())
    } else {
        Err(invalid())
    }
}
