//! Security schemes.
//!
//! A handler names a `bearer` token and roles. A session cookie is accepted instead of every token, and an API key where
//! there is a scope for the route.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{auth::csrf::is_safe, auth::scopes};

/// Returns the schemes that the requirements name.
pub(super) fn schemes() -> Value {
    let header = |name: &str, about: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": about });
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The `token` of `POST /v1/auth/login`.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-sw-session",
            "description": "The cookie of a login with `\"session\": \"cookie\"`.",
        },
        "csrf": header(
            "X-CSRF-Token",
            "The `csrfToken` of the login or of `GET /v1/auth/session`, with every change that a cookie authenticates.",
        ),
        "key": header("Streamward-Key", "The id of an API key."),
        "signature": header(
            "Streamward-Signature",
            "`t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>` under the key's secret; or \
             `t=<Unix seconds>,n=<word>,v2=<hex>` of `v2`, `<t>`, `<n>`, `<method>`, `<path and query>` and `<body>` with line \
             ends between them. Valid for five minutes, and for one unsafe request.",
        ),
    })
}

/// Returns whether a handler requires authentication.
pub(super) fn is_required(operation: &Value) -> bool {
    !roles(operation).is_null()
}

/// Returns whether a handler is for some roles only.
pub(super) fn is_by_role(operation: &Value) -> bool {
    roles(operation)
        .as_array()
        .is_some_and(|roles| !roles.is_empty())
}

/// Adds the alternatives to the handler's bearer token.
pub(super) fn add(operation: &mut Value, method: &Method, path: &str) {
    if !is_required(operation) {
        return;
    }
    let roles = roles(operation).clone();
    let mut cookie = json!({ "session": roles });
    if !is_safe(method) {
        cookie["csrf"] = json!([]);
    }
    let mut ways = vec![json!({ "bearer": roles }), cookie];
    if let Some(scope) = scopes::needed(method, path) {
        ways.push(json!({ "key": [scope], "signature": [] }));
    }
    operation["security"] = Value::Array(ways);
}

fn roles(operation: &Value) -> &Value {
    &operation["security"][0]["bearer"]
}
