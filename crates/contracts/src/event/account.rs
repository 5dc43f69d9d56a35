//! Messages about accounts.

use serde::{Deserialize, Serialize};

use crate::CustomerId;

/// Inbox of the notification service: a customer wants to set a new password and has forgotten the old one. The mail
/// with the link has a token that exists nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordResetRequested {
    /// The customer.
    pub customer_id: CustomerId,
    /// Mail address of the account.
    pub email: String,
    /// Name used in the salutation.
    pub name: String,
    /// Version of the password that may be replaced: once it has changed, the link is void.
    pub password_version: String,
    /// URL of the page that the link leads to, without a query.
    pub page: String,
}
