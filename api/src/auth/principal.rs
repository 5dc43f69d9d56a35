//! Extractors that state who may call a route.
//!
//! They read the result of [`super::authentication`] and check roles; nothing is authenticated here.

use axum::{extract::FromRequestParts, http::request::Parts};
use contracts::CustomerId;
use store::account::{Principal, Role, Session};

use super::authentication::Authentication;
use crate::{Api, problem::Problem};

/// The principal of a request: the account behind its token, cookie or API key.
pub(crate) struct Caller(pub(crate) Principal);

impl Caller {
    /// Passes when the caller has one of `roles`.
    pub(crate) fn require(&self, roles: &[Role]) -> Result<(), Problem> {
        if self.has(roles) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }

    pub(crate) fn has(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.0.roles.contains(role))
    }

    pub(crate) fn is(&self, customer: &CustomerId) -> bool {
        self.0.customer_id == *customer
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let authentication = Authentication::of(&parts.extensions);
        authentication.principal().cloned().map(Self)
    }
}

/// The session of a person who is logged in; API keys are refused.
pub(crate) struct LoggedIn(pub(crate) Session);

impl FromRequestParts<Api> for LoggedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let authentication = Authentication::of(&parts.extensions);
        authentication.session().cloned().map(Self)
    }
}

/// A caller who may order: a customer, or an administrator who tries the shop.
pub(crate) struct Buyer(pub(crate) Principal);

impl FromRequestParts<Api> for Buyer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, api).await?;
        caller.require(&[Role::Customer, Role::Admin])?;
        Ok(Self(caller.0))
    }
}

/// Defines the API in the hands of a caller with one of some roles.
macro_rules! api_for {
    ($(#[$doc:meta])* $name:ident: $($role:ident),+) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) Api);

        impl FromRequestParts<Api> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
                let caller = Caller::from_request_parts(parts, api).await?;
                caller.require(&[$(Role::$role),+])?;
                Ok(Self(api.clone()))
            }
        }
    };
}

api_for!(
    /// The API for an administrator.
    Admin: Admin
);
api_for!(
    /// The API for a caller who may inspect and operate the services.
    Operator: Operator, Admin
);
