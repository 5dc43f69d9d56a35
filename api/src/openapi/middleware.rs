//! The part of the description that follows from the middleware, for every operation.

use axum::http::Method;
use serde_json::{Value, json};

use super::{problems, security};
use crate::{
    auth::csrf::is_safe,
    middleware::idempotency,
    problem::{Kind, kinds},
    rate_limit::limits::Class,
};

/// The extension in which a handler names the problems that it alone returns, by slug.
const OWN: &str = "x-problems";

const ORDERS: &str = "/v1/orders";
const ANY: [&Kind; 2] = [&kinds::INTERNAL, &kinds::TIMEOUT];
const COUNTED: [&Kind; 3] = [
    &kinds::QUOTA_EXCEEDED,
    &kinds::TOO_MANY_AT_ONCE,
    &kinds::UNAVAILABLE,
];
const AUTHENTICATED: [&Kind; 7] = [
    &kinds::UNAUTHORIZED,
    &kinds::REQUEST_HALF_SIGNED,
    &kinds::REQUEST_SIGNATURE_MALFORMED,
    &kinds::REQUEST_SIGNATURE_EXPIRED,
    &kinds::REQUEST_SIGNATURE_MISMATCH,
    &kinds::REQUEST_SIGNATURE_REPLAYED,
    &kinds::INSUFFICIENT_SCOPE,
];
const WITH_BODY: [&Kind; 3] = [
    &kinds::INCOMPLETE_BODY,
    &kinds::SLOW_BODY,
    &kinds::BODY_TOO_LARGE,
];
const WITH_JSON: [&Kind; 2] = [&kinds::MALFORMED_JSON, &kinds::VALIDATION_FAILED];
const UNDER_A_KEY: [&Kind; 3] = [
    &kinds::INVALID_IDEMPOTENCY_KEY,
    &kinds::IDEMPOTENCY_KEY_IN_USE,
    &kinds::IDEMPOTENCY_KEY_REUSED,
];

/// Statuses of problems that are stored under an idempotency key.
const REPLAYED: [&str; 3] = ["404", "409", "422"];

/// Adds to every operation what the middleware does for it.
pub(super) fn add(document: &mut Value) {
    let components = &mut document["components"];
    components["securitySchemes"] = security::schemes();
    components["examples"] = problems::examples();
    components["headers"] = headers();
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for (path, operations) in paths {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            let method = method.to_ascii_uppercase();
            // Other members of a path item are not methods of a route.
            if let Ok(method) = Method::from_bytes(method.as_bytes()) {
                finish(operation, &method, path);
            }
        }
    }
}

fn finish(operation: &mut Value, method: &Method, path: &str) {
    let kinds = kinds_of(operation, method, path);
    security::add(operation, method, path);
    let keyed = has_key(method, path);
    if keyed {
        add_key(operation, path);
    }
    let Some(answers) = operation["responses"].as_object_mut() else {
        return;
    };
    let counted = Class::of(method, path).is_some();
    for (status, answer) in answers.iter_mut() {
        add_headers(answer, counted, keyed && status.starts_with('2'));
    }
    for (status, mut answer) in problems::answers(&kinds) {
        let kept = keyed && REPLAYED.contains(&status.as_str());
        add_headers(&mut answer, counted, kept);
        answers.insert(status, answer);
    }
}

/// Returns every kind of problem that the operation can return.
fn kinds_of(operation: &mut Value, method: &Method, path: &str) -> Vec<&'static Kind> {
    let mut found: Vec<&Kind> = own(operation);
    found.extend(ANY);
    if Class::of(method, path).is_some() {
        found.extend(COUNTED);
        // A signature is checked over the whole body, even of a route that takes none.
        found.extend(WITH_BODY);
    }
    if security::is_required(operation) {
        found.extend(AUTHENTICATED);
        if !is_safe(method) {
            found.push(&kinds::CSRF);
        }
    }
    if security::is_by_role(operation) {
        found.push(&kinds::FORBIDDEN);
    }
    if !is_safe(method) {
        found.push(&kinds::UNSUPPORTED_MEDIA_TYPE);
    }
    if operation["requestBody"].is_object() {
        found.extend(WITH_JSON);
    }
    if has_key(method, path) {
        found.extend(UNDER_A_KEY);
    }
    if path.contains('{') {
        found.extend([&kinds::NOT_FOUND, &kinds::BAD_REQUEST]);
    }
    if has_query(operation) {
        found.extend([&kinds::INVALID_PARAMETER, &kinds::BAD_REQUEST]);
    }
    found.sort_by_key(|kind| (kind.status, kind.slug));
    found.dedup_by_key(|kind| kind.slug);
    found
}

/// Removes and returns the problems that the handler names.
fn own(operation: &mut Value) -> Vec<&'static Kind> {
    let named = operation.as_object_mut().and_then(|all| all.remove(OWN));
    let named = named
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    named
        .filter_map(Value::as_str)
        .map(|slug| kinds::find(slug).unwrap_or(&kinds::INTERNAL))
        .collect()
}

fn has_query(operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.into_iter().any(|one| one["in"] == "query")
}

/// Returns whether the operation takes an `Idempotency-Key`.
fn has_key(method: &Method, path: &str) -> bool {
    (*method == Method::POST && path == ORDERS) || idempotency::is_covered(method, path)
}

fn add_key(operation: &mut Value, path: &str) {
    let again = if path == ORDERS {
        "the request returns the order that it placed, in its current state; a refused one is evaluated anew"
    } else {
        "the request returns the stored response, if that was a success, 404, 409 or 422"
    };
    let key = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": format!(
            "A name for this request, a UUID for example, with or without quotes. Repeated under the same name within \
             24 hours, {again}."
        ),
        "schema": {
            "type": "string",
            "pattern": "^(\"[!#-~]{1,255}\"|[!#-~]{1,255})$",
            "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
        },
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(key),
        None => operation["parameters"] = json!([key]),
    }
}

/// Returns the headers of many answers, as components.
fn headers() -> Value {
    let text = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    json!({
        "X-Request-Id": text("The request's id: the client's own, if it sent a valid one."),
        "RateLimit": text("The rest of the quota: `\"<name>\";r=<requests>;t=<seconds>`."),
        "RateLimit-Policy": text("The quota: `\"<name>\";q=<requests>;w=<seconds>`."),
        "Idempotent-Replayed":
            text("`true` for a stored response."),
    })
}

fn add_headers(answer: &mut Value, counted: bool, replayed: bool) {
    let mut names = vec!["X-Request-Id"];
    if counted {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    if replayed {
        names.push("Idempotent-Replayed");
    }
    for name in names {
        answer["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
}
