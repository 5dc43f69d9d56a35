//! Who calls.
//!
//! The gate finds out who sent a request ([`crate::auth::identity`]); the extractors here say who must have.

use axum::{extract::FromRequestParts, http::request::Parts};
use contracts::CustomerId;
use store::account::{Live, Role, Session};

use crate::{Api, auth::identity::Identity, problem::Problem};

/// The account behind the request's token, cookie or signature.
pub(crate) struct Caller(pub(crate) Session);

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

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let identity = Identity::of(&parts.extensions);
        identity.may(api, parts).cloned().map(Self)
    }
}

/// Somebody who has logged in: no key.
pub(crate) struct LoggedIn(pub(crate) Live);

impl FromRequestParts<Api> for LoggedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let identity = Identity::of(&parts.extensions);
        identity.may(api, parts)?;
        identity
            .live()
            .cloned()
            .map(Self)
            .ok_or_else(Problem::unauthorized)
    }
}

/// The session of somebody who may order: a customer, or an administrator who tries the shop.
pub(crate) struct Buyer(pub(crate) Session);

impl FromRequestParts<Api> for Buyer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, api).await?;
        caller.require(&[Role::Customer, Role::Admin])?;
        Ok(Self(caller.0))
    }
}

macro_rules! allowed {
    ($(#[$doc:meta])* $name:ident: $($role:ident),+) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl FromRequestParts<Api> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
                let caller = Caller::from_request_parts(parts, api).await?;
                caller.require(&[$(Role::$role),+])?;
                Ok(Self)
            }
        }
    };
}

allowed!(
    /// Proof that an administrator calls.
    Admin: Admin
);
allowed!(
    /// Proof that somebody calls who may see and poke the machinery.
    Operator: Operator, Admin
);
