//! Registering customers.

use axum::{Json, extract::State, http::StatusCode};
use contracts::CustomerId;
use serde::Serialize;
use store::account::{self, Role, User};
use streamward::clock;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::{email_address::EmailAddress, login},
    http::{
        JsonBody,
        fields::{Line, NewPasswordText, text_field},
        request_body,
    },
    problem::{ApiResult, Problem, kinds},
};

request_body! {
    /// An account.
    pub(crate) struct NewAccount {
        email: EmailAddress, example = "ada@example.com";
        password: NewPasswordText, example = "correct horse";
        /// A single line.
        name: Line<100>, example = "Ada Lovelace";
        /// For text messages, in E.164 form.
        phone: Option<PhoneNumber>, example = "+491701234567";
    }
}

text_field!(
    /// A phone number in E.164 form.
    PhoneNumber, { "pattern": r"^\+[1-9][0-9]{6,14}$" },
    "must be in E.164 form, such as +491701234567",
    |text| {
        let digits = text.strip_prefix('+').unwrap_or_default();
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    }
);

/// A new account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(crate) struct Registered {
    customer_id: CustomerId,
    email: String,
    name: String,
}

/// Registers a customer.
#[utoipa::path(
    post, path = "/v1/auth/register", tag = "accounts", operation_id = "register",
    request_body = NewAccount,
    responses((status = 201, description = "The account.", body = Registered)),
    extensions(("x-problems" = json!(["email-taken"]))),
)]
pub(crate) async fn register(
    State(api): State<Api>,
    body: JsonBody,
) -> ApiResult<(StatusCode, Json<Registered>)> {
    let user = create_account(&api, body.read()?).await?;
    let registered = Registered {
        customer_id: user.customer_id,
        email: user.email,
        name: user.name,
    };
    Ok((StatusCode::CREATED, Json(registered)))
}

/// Creates the account of a customer.
pub(crate) async fn create_account(api: &Api, account: NewAccount) -> ApiResult<User> {
    let _place = api.hasher.queue().ok_or_else(login::busy)?;
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email: account.email,
        name: account.name,
        phone: account.phone,
        password_hash: api.hasher.hash(account.password).await?,
        roles: vec![Role::Customer],
    };
    if !account::register_account(&api.runtime, &user).await? {
        return Err(
            Problem::new(&kinds::EMAIL_TAKEN).detail("Log in, or register with another address.")
        );
    }
    Ok(user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::TextField as _;

    #[test]
    fn phone_numbers_are_e164() {
        assert!(PhoneNumber::parse("+491701234567").is_ok());
        for bad in [
            "",
            "+",
            "0170123456",
            "+0170123456",
            "+49 170 123456",
            "+1234567890123456",
        ] {
            assert!(PhoneNumber::parse(bad).is_err(), "{bad:?}");
        }
    }
}
