//! Authentication and authorisation: principals, sessions, API keys, passwords and CSRF tokens.

pub mod accounts;
pub(crate) mod authentication;
pub(crate) mod cookies;
pub(crate) mod csrf;
pub(crate) mod email_address;
pub(crate) mod login;
pub(crate) mod passwords;
pub(crate) mod principal;
pub(crate) mod scopes;
pub(crate) mod signatures;
pub(crate) mod signed_requests;
pub(crate) mod tokens;
