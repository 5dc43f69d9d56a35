//! Who calls.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use contracts::CustomerId;
use store::account::{self, Role, Session};

use crate::{Api, problem::Problem, token};

/// The account behind the request's bearer token.
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
        let token = bearer(&parts.headers).ok_or_else(Problem::unauthorized)?;
        let session = account::session(api.runtime(), token).await?;
        session.map(Self).ok_or_else(Problem::unauthorized)
    }
}

/// The bearer token of a request, when it is shaped like one of ours.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token::is_shaped(token)).then_some(token)
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
