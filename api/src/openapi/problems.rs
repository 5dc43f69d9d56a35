//! Problems in the description: one schema, an example of every kind, and answers by status.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::problem::{Kind, PROBLEM, kinds};

/// An error by RFC 9457. Programs decide by `type` and `status`; the page of the type names further members.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what crate::problem writes")]
pub(super) struct Problem {
    /// The kind of problem: a path that links to a page about it, or a registered type.
    #[schema(rename = "type", format = "uri-reference")]
    kind: String,
    /// The same for every problem of the type.
    title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Description of this occurrence, for people.
    detail: Option<String>,
    /// The path of the request.
    #[schema(format = "uri-reference")]
    instance: Option<String>,
    /// Every fault of a body, each with its place.
    errors: Option<Vec<Fault>>,
}

/// A fault of a body.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what crate::http::body writes")]
pub(super) struct Fault {
    /// Description of the fault, for people.
    detail: String,
    /// The place, as a URI fragment with a JSON pointer.
    #[schema(example = "#/items/0/quantity")]
    pointer: String,
}

/// Returns an example of every kind, as components.
pub(super) fn examples() -> Value {
    let example = |kind: &&Kind| {
        let value =
            json!({ "type": kind.uri(), "title": kind.title, "status": kind.status.as_u16() });
        let example = json!({ "summary": kind.title, "description": kind.about, "value": value });
        (kind.slug.to_owned(), example)
    };
    Value::Object(kinds::ALL.iter().map(example).collect())
}

/// Returns the answers with these kinds, by status.
pub(super) fn answers(kinds: &[&Kind]) -> Map<String, Value> {
    let mut by_status: BTreeMap<StatusCode, Vec<&Kind>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status).or_default().push(kind);
    }
    let answers = by_status.into_iter();
    answers
        .map(|(status, kinds)| (status.as_str().to_owned(), answer(status, &kinds)))
        .collect()
}

fn answer(status: StatusCode, kinds: &[&Kind]) -> Value {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title).collect();
    let types: Vec<_> = kinds.iter().map(|kind| kind.uri()).collect();
    let examples: Map<String, Value> = kinds
        .iter()
        .map(|kind| {
            let reference = format!("#/components/examples/{}", kind.slug);
            (kind.slug.to_owned(), json!({ "$ref": reference }))
        })
        .collect();
    let schema = json!({
        "allOf": [
            { "$ref": "#/components/schemas/Problem" },
            {
                "type": "object",
                "properties": { "type": { "enum": types }, "status": { "const": status.as_u16() } },
            },
        ],
    });
    let mut answer = json!({
        "description": titles.join(". "),
        "content": { PROBLEM: { "schema": schema, "examples": examples } },
    });
    if let Some((name, about)) = header(status, kinds) {
        answer["headers"] =
            json!({ name: { "description": about, "schema": { "type": "string" } } });
    }
    answer
}

/// Returns the additional header of an answer.
fn header(status: StatusCode, said: &[&Kind]) -> Option<(&'static str, &'static str)> {
    let passes = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    let is_running = |kind: &&Kind| kind.slug == kinds::IDEMPOTENCY_KEY_IN_USE.slug;
    let repeated = passes || said.iter().any(is_running);
    let about = "Seconds after which the request may be repeated, where that helps.";
    repeated.then_some(("Retry-After", about))
}
