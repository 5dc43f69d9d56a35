//! Accounts of the staff: the first administrator, and those that the command line adds.

use std::{fmt, time::Duration};

use contracts::CustomerId;
use serde::Serialize;
use store::account::{self, Role, SessionOptions, User};
use streamward::{Error, Runtime, clock};

use crate::{
    auth::{email_address::EmailAddress, tokens},
    hash_password,
    http::TextField as _,
};

/// Lifetime of the first administrator's token. Machines use it; closing the session ends it at any time.
const TOKEN_TTL: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Credentials of the first administrator.
#[derive(Clone, Serialize)]
pub struct Credentials {
    /// Mail address to log in with.
    pub email: String,
    /// Password; only its hash is stored.
    pub password: String,
    /// Bearer token of an open session.
    pub token: String,
}

impl fmt::Debug for Credentials {
    /// Shows the mail address only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Creates an administrator, who is operator and customer as well, with a random password.
///
/// The address is `admin@streamward.local`, or one with a random suffix when that is taken.
///
/// # Errors
/// [`streamward::Error`].
pub async fn bootstrap(runtime: &Runtime) -> store::Result<Credentials> {
    let roles = [Role::Admin, Role::Operator, Role::Customer];
    let email = "admin@streamward.local".to_owned();
    let (mut user, password) = new_user(email, "Administrator", &roles).await?;
    while !account::register_account(runtime, &user).await? {
        let suffix = hex::encode(rand::random::<[u8; 4]>());
        user.email = format!("admin-{suffix}@streamward.local");
    }
    let token = tokens::fresh();
    let options = SessionOptions {
        idle: TOKEN_TTL,
        life: TOKEN_TTL,
        cookie: false,
    };
    let id = account::start_session(runtime, &token, &user, options).await?;
    // The password is new, so that it cannot have changed since.
    account::admit_session(runtime, &user, &id, TOKEN_TTL).await?;
    Ok(Credentials {
        email: user.email,
        password,
        token,
    })
}

/// Creates an account and returns its random password; `None` when the address has an account.
///
/// # Errors
/// [`AccountError`].
pub async fn create(
    runtime: &Runtime,
    email: &str,
    name: &str,
    roles: &[Role],
) -> Result<Option<String>, AccountError> {
    let (user, password) = new_user(address(email)?, name, roles).await?;
    let created = account::register_account(runtime, &user).await?;
    Ok(created.then_some(password))
}

/// Sets and returns a random password and ends all sessions of an account; `None` when there is no such account.
///
/// # Errors
/// [`AccountError`].
pub async fn reset(runtime: &Runtime, email: &str) -> Result<Option<String>, AccountError> {
    let email = address(email)?;
    let (password, hash) = random_password().await?;
    // A concurrent change of the password loses.
    while let Some(user) = account::find(runtime, &email).await? {
        if account::change_password(runtime, &user, &hash, None).await? {
            return Ok(Some(password));
        }
    }
    Ok(None)
}

/// Error of creating or changing an account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The mail address is not valid.
    #[error("the mail address {problem}")]
    Email {
        /// The rule that the address breaks.
        problem: String,
    },
    /// Redis or the password hash failed.
    #[error(transparent)]
    Store(#[from] Error),
}

fn address(email: &str) -> Result<String, AccountError> {
    EmailAddress::parse(email).map_err(|problem| AccountError::Email { problem })
}

/// Returns an account that is not stored yet, and its random password.
async fn new_user(email: String, name: &str, roles: &[Role]) -> store::Result<(User, String)> {
    let (password, password_hash) = random_password().await?;
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email,
        name: name.to_owned(),
        phone: None,
        password_hash,
        roles: roles.to_vec(),
    };
    Ok((user, password))
}

/// Returns a random password and its hash.
async fn random_password() -> store::Result<(String, String)> {
    let password = hex::encode(rand::random::<[u8; 16]>());
    let hashed = hash_password(password.clone()).await;
    let hash = hashed.map_err(|error| Error::Pack {
        kind: "password",
        cause: error.to_string(),
    })?;
    Ok((password, hash))
}
