//! Scopes of API keys: one per part of the API and kind of access.

use axum::http::Method;
use serde_json::{Value, json};
use store::account::Role;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::auth::csrf::is_safe;

/// Every scope, and the roles that may grant it.
const SCOPES: [(&str, &[Role]); 8] = [
    (
        "orders:read",
        &[Role::Customer, Role::Operator, Role::Admin],
    ),
    ("orders:write", &[Role::Customer, Role::Admin]),
    ("catalog:read", &[Role::Admin]),
    ("catalog:write", &[Role::Admin]),
    ("webhooks:read", &[Role::Admin]),
    ("webhooks:write", &[Role::Admin]),
    ("admin:read", &[Role::Operator, Role::Admin]),
    ("admin:write", &[Role::Operator, Role::Admin]),
];

/// The name of a scope, as the API's description shows it.
pub(crate) struct ScopeName;

impl ScopeName {
    pub(crate) fn json_schema() -> Value {
        let names = SCOPES.map(|(scope, _)| scope);
        json!({ "type": "string", "enum": names, "description": "The scope of an API key." })
    }
}

impl PartialSchema for ScopeName {
    fn schema() -> RefOr<Schema> {
        serde_json::from_value(Self::json_schema()).unwrap_or_default()
    }
}

impl ToSchema for ScopeName {}

/// Returns the scopes that these roles may grant.
pub(crate) fn of_roles(roles: &[Role]) -> Vec<&'static str> {
    let may = |granters: &[Role]| granters.iter().any(|role| roles.contains(role));
    let all = SCOPES.iter().filter(|(_, granters)| may(granters));
    all.map(|(scope, _)| *scope).collect()
}

/// Returns the scope that a request needs; `None` when API keys are refused altogether.
///
/// A path that is not listed needs `admin:read` or `admin:write`: new routes are closed by default.
pub(crate) fn needed(method: &Method, path: &str) -> Option<&'static str> {
    let part = path.strip_prefix("/v1/")?.split('/').next()?;
    let (read, write) = match part {
        // A key must not create keys or sessions.
        "auth" | "api-keys" => return None,
        "orders" => ("orders:read", "orders:write"),
        "products" | "coupons" => ("catalog:read", "catalog:write"),
        "webhooks" => ("webhooks:read", "webhooks:write"),
        _ => ("admin:read", "admin:write"),
    };
    Some(if is_safe(method) { read } else { write })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_scope_and_unknown_paths_need_an_admin_scope() {
        for (method, path, scope) in [
            (Method::GET, "/v1/orders", Some("orders:read")),
            (Method::POST, "/v1/orders/01/cancel", Some("orders:write")),
            (
                Method::GET,
                "/v1/products/mug-01/stock",
                Some("catalog:read"),
            ),
            (Method::DELETE, "/v1/coupons/A", Some("catalog:write")),
            (Method::GET, "/v1/admin/tree", Some("admin:read")),
            (Method::POST, "/v1/admin/crash", Some("admin:write")),
            (Method::GET, "/v1/orders-of-others", Some("admin:read")),
            (Method::POST, "/v1/auth/password", None),
            (Method::GET, "/v1/api-keys", None),
            (Method::GET, "/metrics", None),
        ] {
            assert_eq!(needed(&method, path), scope, "{method} {path}");
        }
    }

    #[test]
    fn roles_grant_their_own_scopes_only() {
        assert_eq!(of_roles(&[Role::Customer]), ["orders:read", "orders:write"]);
        assert!(!of_roles(&[Role::Operator]).contains(&"catalog:write"));
        assert_eq!(of_roles(&[Role::Admin]).len(), SCOPES.len());
        assert!(of_roles(&[]).is_empty());
    }
}
