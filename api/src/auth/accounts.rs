//! The accounts of those who run a shop: the first one, and those that its owner adds.

use std::{fmt, time::Duration};

use contracts::CustomerId;
use serde::Serialize;
use store::account::{self, Change, Role, SessionOptions, User};
use streamward::{Error, Runtime, clock};

use crate::{
    auth::{email_address::EmailAddress, tokens},
    hash_password,
    http::request_body::TextField as _,
};

/// Long enough for the machines that will use it; closing the session ends it at any time.
const TOKEN_TTL: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// How the first administrator gets in.
#[derive(Clone, Serialize)]
pub struct Credentials {
    /// The address to log in with.
    pub email: String,
    /// The password, known to nobody else.
    pub password: String,
    /// A bearer token with a session that is already open.
    pub token: String,
}

impl fmt::Debug for Credentials {
    /// Whose they are, not what they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Creates an administrator who is operator and customer as well, with a random password.
///
/// The address is `admin@streamward.local`, or one with a random suffix when that is taken.
///
/// # Errors
/// [`streamward::Error`].
pub async fn bootstrap(runtime: &Runtime) -> store::Result<Credentials> {
    let (password, password_hash) = fresh_password().await?;
    let mut user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email: "admin@streamward.local".to_owned(),
        name: "Administrator".to_owned(),
        phone: None,
        password_hash,
        roles: vec![Role::Admin, Role::Operator, Role::Customer],
    };
    while !account::register_account(runtime, &user).await? {
        let suffix = hex::encode(rand::random::<[u8; 4]>());
        user.email = format!("admin-{suffix}@streamward.local");
    }
    let token = tokens::fresh();
    let opening = SessionOptions {
        idle: TOKEN_TTL,
        life: TOKEN_TTL,
        cookie: false,
    };
    let id = account::start_session(runtime, &token, &user, opening).await?;
    // Nobody knows the password yet, so nobody has changed it.
    account::admit_session(runtime, &user, &id, TOKEN_TTL).await?;
    Ok(Credentials {
        email: user.email,
        password,
        token,
    })
}

/// Creates an account with a random password, which is answered; `None` when the address has one.
///
/// # Errors
/// [`AccountError`].
pub async fn create(
    runtime: &Runtime,
    email: &str,
    name: &str,
    roles: &[Role],
) -> Result<Option<String>, AccountError> {
    let email = EmailAddress::parse(email).map_err(|problem| AccountError::Email { problem })?;
    let (password, password_hash) = fresh_password().await?;
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email,
        name: name.to_owned(),
        phone: None,
        password_hash,
        roles: roles.to_vec(),
    };
    let made = account::register_account(runtime, &user).await?;
    Ok(made.then_some(password))
}

/// Gives an account a random password, which is answered, and ends all its sessions; `None` when there is
/// no such account.
///
/// # Errors
/// [`AccountError`].
pub async fn reset(runtime: &Runtime, email: &str) -> Result<Option<String>, AccountError> {
    let email = EmailAddress::parse(email).map_err(|problem| AccountError::Email { problem })?;
    let (password, hash) = fresh_password().await?;
    let Some(mut user) = account::find(runtime, &email).await? else {
        return Ok(None);
    };
    // Somebody who changes it at the same moment is overruled, and not left to win.
    while account::change_password(runtime, &user, &hash, None).await? == Change::Stale {
        match account::find(runtime, &email).await? {
            Some(found) => user = found,
            None => return Ok(None),
        }
    }
    Ok(Some(password))
}

/// An account could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The address is none.
    #[error("the mail address {problem}")]
    Email {
        /// What is wrong with it.
        problem: String,
    },
    /// Redis, or the hash.
    #[error(transparent)]
    Store(#[from] Error),
}

/// A random password and its hash.
async fn fresh_password() -> store::Result<(String, String)> {
    let password = hex::encode(rand::random::<[u8; 16]>());
    let hashed = hash_password(password.clone()).await;
    let hash = hashed.map_err(|error| Error::Pack {
        kind: "password",
        cause: error.to_string(),
    })?;
    Ok((password, hash))
}
