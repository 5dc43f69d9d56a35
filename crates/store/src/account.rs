//! Accounts, sessions and API keys. Passwords, tokens and the keys' secrets are stored as digests only.

pub(crate) mod key;
mod list;
pub(crate) mod password;
pub(crate) mod session;

use contracts::CustomerId;
use sha2::{Digest, Sha256};
use streamward::Runtime;

use crate::{
    Result, keys,
    read::{self, Fields},
    script,
};

pub use contracts::Role;
pub use key::{ApiKey, add_api_key, api_keys_of, find_api_key, record_signature, remove_api_key};
pub use list::list_accounts;
pub use password::change_password;
pub use session::{
    Session, SessionOptions, admit_session, close_digests, close_session, close_sessions,
    find_principal, find_session, open_session, renew_session, sessions_of, start_session,
};

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

impl User {
    /// Returns the version of its password: another one after every change.
    pub fn password_version(&self) -> String {
        let mut version = digest(&self.password_hash);
        version.truncate(16);
        version
    }
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

pub(crate) fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Creates an account; returns false when the mail address has one.
pub async fn register_account(runtime: &Runtime, user: &User) -> Result<bool> {
    let digest = digest(&user.email);
    let key = keys::user(keys::home(runtime, &digest), &digest);
    let mut fields = fields_of(&user.into());
    fields.push(("password", user.password_hash.clone()));
    script::run(
        runtime,
        &[key],
        script!("account/register_account" { fields }),
    )
    .await
}

/// The account of a mail address in lower case.
pub async fn find(runtime: &Runtime, email: &str) -> Result<Option<User>> {
    let digest = digest(email);
    let key = keys::user(keys::home(runtime, &digest), &digest);
    let fields = read::hash(&mut runtime.server().link(), &key).await?;
    Ok(user(&fields))
}

fn user(fields: &Fields) -> Option<User> {
    let principal = principal(fields)?;
    Some(User {
        password_hash: fields.text("password"),
        customer_id: principal.customer_id,
        email: principal.email,
        name: principal.name,
        phone: principal.phone,
        roles: principal.roles,
    })
}

/// Returns the fields that an account, session or key stores of its principal.
fn fields_of(principal: &Principal) -> Vec<(&'static str, String)> {
    let roles: Vec<&str> = principal.roles.iter().map(|role| role.name()).collect();
    vec![
        ("customer", principal.customer_id.to_string()),
        ("email", principal.email.clone()),
        ("name", principal.name.clone()),
        ("phone", principal.phone.clone().unwrap_or_default()),
        ("roles", roles.join(" ")),
    ]
}

/// The roles in a list of words, in their own order.
fn roles(words: &str) -> Vec<Role> {
    let is_named = |role: &Role| words.split(' ').any(|word| word == role.name());
    Role::ALL.into_iter().filter(is_named).collect()
}

fn principal(fields: &Fields) -> Option<Principal> {
    Some(Principal {
        customer_id: fields.parse("customer")?,
        email: fields.text("email"),
        name: fields.text("name"),
        phone: Some(fields.text("phone")).filter(|phone| !phone.is_empty()),
        roles: fields.get("roles").map_or_else(Vec::new, roles),
    })
}
