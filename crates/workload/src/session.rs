//! Sessions that are opened without the API, and so without hashing a password.

use std::time::Duration;

use contracts::CustomerId;
use store::account::{self, Role, User};
use streamward::{Runtime, clock};

/// Opens a session of a new user and returns its token.
pub(crate) async fn open(
    runtime: &Runtime,
    email: String,
    name: String,
    role: Role,
    ttl: Duration,
) -> store::Result<String> {
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email,
        name,
        phone: None,
        password_hash: String::new(),
        roles: vec![role],
    };
    let random = [rand::random::<u128>(), rand::random()];
    let token = format!("sw_{:032x}{:032x}", random[0], random[1]);
    account::open_session(runtime, &token, &user, ttl).await?;
    Ok(token)
}
