//! Accounts, sessions and API keys. Neither passwords nor tokens nor the keys' secrets are kept: only
//! what can check them.

mod key;
mod list;
mod password;
mod session;

use std::collections::HashMap;

use contracts::{CustomerId, id::partition_of};
use serde::Serialize;
use sha2::{Digest, Sha256};
use streamward::{Partition, Runtime};

use crate::{Result, keys, scripts};

pub use key::{ApiKey, add_api_key, api_keys_of, find_api_key, record_signature, remove_api_key};
pub use list::list_accounts;
pub use password::{Change, change_password};
pub use session::{
    Session, SessionOptions, admit_session, close_digests, close_session, close_sessions,
    find_principal, find_session, open_session, renew_session, sessions_of, start_session,
};

/// Role of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum Role {
    /// Order, and see one's own orders.
    Customer,
    /// Inspect and operate the runtime.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    /// The word on the wire and in Redis.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn named(word: &str) -> Option<Self> {
        let known = [Self::Customer, Self::Operator, Self::Admin];
        known.into_iter().find(|role| role.name() == word)
    }

    fn read(words: &str) -> Vec<Self> {
        let known = [Self::Customer, Self::Operator, Self::Admin];
        known
            .into_iter()
            .filter(|role| words.split(' ').any(|word| word == role.name()))
            .collect()
    }
}

fn write(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.name())
        .collect::<Vec<_>>()
        .join(" ")
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The customer it is.
    pub customer_id: CustomerId,
    /// Its mail address, in lower case: the name it logs in with.
    pub email: String,
    /// The name it is greeted by.
    pub name: String,
    /// Phone number for SMS, E.164.
    pub phone: Option<String>,
    /// The argon2id hash of its password, in PHC form.
    pub password_hash: String,
    /// Roles.
    pub roles: Vec<Role>,
}

/// The authenticated account behind a token or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its mail address.
    pub email: String,
    /// Its name.
    pub name: String,
    /// Phone number for SMS.
    pub phone: Option<String>,
    /// Roles.
    pub roles: Vec<Role>,
}

impl From<&User> for Principal {
    fn from(user: &User) -> Self {
        Self {
            customer_id: user.customer_id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            phone: user.phone.clone(),
            roles: user.roles.clone(),
        }
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn place<'a>(runtime: &'a Runtime, digest: &str) -> &'a Partition {
    let index = partition_of(digest.as_bytes(), runtime.partition_count());
    &runtime.partitions()[usize::from(index)]
}

/// Creates an account; says whether the mail address was free.
///
/// # Errors
/// [`streamward::Error`].
pub async fn register_account(runtime: &Runtime, user: &User) -> Result<bool> {
    let digest = digest(&user.email);
    let key = keys::user(place(runtime, &digest), &digest);
    let mut call = scripts::REGISTER_ACCOUNT.call(&[key]);
    for (field, value) in [
        ("customer", user.customer_id.as_str()),
        ("email", &user.email),
        ("name", &user.name),
        ("phone", user.phone.as_deref().unwrap_or("")),
        ("password", &user.password_hash),
        ("roles", &write(&user.roles)),
    ] {
        call = call.arg(field).arg(value);
    }
    let reply = call.run(&mut runtime.server().link()).await?;
    match reply.tag() {
        "REGISTERED" => Ok(true),
        "TAKEN" => Ok(false),
        _ => Err(reply.unexpected()),
    }
}

/// The account of a mail address in lower case.
///
/// # Errors
/// [`streamward::Error`].
pub async fn find(runtime: &Runtime, email: &str) -> Result<Option<User>> {
    let digest = digest(email);
    let mut get = redis::cmd("HGETALL");
    get.arg(keys::user(place(runtime, &digest), &digest));
    let fields: HashMap<String, String> = get.query_async(&mut runtime.server().link()).await?;
    Ok(user(&fields))
}

fn user(fields: &HashMap<String, String>) -> Option<User> {
    let who = person(fields)?;
    Some(User {
        password_hash: fields.get("password").cloned().unwrap_or_default(),
        customer_id: who.customer_id,
        email: who.email,
        name: who.name,
        phone: who.phone,
        roles: who.roles,
    })
}

/// Returns the fields that a session or key stores of its principal.
fn fields_of(who: &Principal) -> [(&'static str, String); 5] {
    [
        ("customer", who.customer_id.to_string()),
        ("email", who.email.clone()),
        ("name", who.name.clone()),
        ("phone", who.phone.clone().unwrap_or_default()),
        ("roles", write(&who.roles)),
    ]
}

fn person(fields: &HashMap<String, String>) -> Option<Principal> {
    let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
    Some(Principal {
        customer_id: fields.get("customer")?.parse().ok()?,
        email: text("email"),
        name: text("name"),
        phone: fields
            .get("phone")
            .filter(|phone| !phone.is_empty())
            .cloned(),
        roles: Role::read(&text("roles")),
    })
}
