//! The first account of a new shop.

use std::{fmt, time::Duration};

use contracts::CustomerId;
use serde::Serialize;
use store::account::{self, Role, User};
use streamward::{Error, Runtime, clock};

use crate::{hash_password, token};

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
    let password = hex::encode(rand::random::<[u8; 16]>());
    let password_hash = hash_password(password.clone())
        .await
        .map_err(|error| Error::Pack {
            kind: "password",
            cause: error.to_string(),
        })?;
    let mut user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email: "admin@streamward.local".to_owned(),
        name: "Administrator".to_owned(),
        phone: None,
        password_hash,
        roles: vec![Role::Admin, Role::Operator, Role::Customer],
    };
    while !account::register(runtime, &user).await? {
        let suffix = hex::encode(rand::random::<[u8; 4]>());
        user.email = format!("admin-{suffix}@streamward.local");
    }
    let token = token::fresh();
    account::open_session(runtime, &token, &user, TOKEN_TTL).await?;
    Ok(Credentials {
        email: user.email,
        password,
        token,
    })
}
