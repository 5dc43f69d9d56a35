//! The ways to say who one is.
//!
//! A handler asks for a `bearer` token and names roles; whoever may send one may come with a cookie instead, and
//! where there is a scope for it, with an API key.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{auth::csrf::is_safe, auth::scopes};

/// The schemes that the requirements name.
pub(super) fn schemes() -> Value {
    let header = |name: &str, about: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": about });
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The `token` that `POST /v1/auth/login` answers.",
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
             ends between them. Good for five minutes, and for one change.",
        ),
    })
}

/// Whether a handler asks who calls.
pub(super) fn is_asked(operation: &Value) -> bool {
    !roles(operation).is_null()
}

/// Whether a handler lets in some roles only.
pub(super) fn is_for_some(operation: &Value) -> bool {
    roles(operation)
        .as_array()
        .is_some_and(|roles| !roles.is_empty())
}

/// Adds the other ways to the handler's own.
pub(super) fn add(operation: &mut Value, method: &Method, path: &str) {
    if !is_asked(operation) {
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
