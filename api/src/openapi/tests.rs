//! The description is whole: no route is missing, nothing in it leads nowhere.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::document;
use crate::{problem::kinds, routes::described};

/// `document`'s operations, each with its path and method.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    all.collect()
}

fn described_as() -> Value {
    document(described().get_openapi())
}

#[test]
fn every_route_describes_itself() {
    let table = include_str!("../routes.rs");
    for way_round in [".route(", ".nest(", ".route_service(", ".fallback"] {
        assert!(
            !table.contains(way_round),
            "a route that is added by `{way_round}` is in no description"
        );
    }
    let handlers = table
        .split("routes!(")
        .skip(1)
        .filter_map(|text| text.split(')').next());
    let handlers: usize = handlers.map(|names| names.split(',').count()).sum();
    let document = described_as();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(operations(&document).len(), handlers);
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_a_tag_and_answers() {
    let document = described_as();
    let mut names = HashSet::new();
    for (route, operation) in operations(&document) {
        let text = |member: &str| operation[member].as_str().unwrap_or_default().to_owned();
        assert!(!text("summary").is_empty(), "{route} has no summary");
        assert!(
            names.insert(text("operationId")),
            "{route} has another's name"
        );
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{route}"
        );
        let answers = operation["responses"].as_object().unwrap();
        assert!(
            answers.keys().any(|status| status.starts_with('2')),
            "{route}"
        );
        assert!(answers.contains_key("500"), "{route}");
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let document = described_as();
    for (route, operation) in operations(&document) {
        let named = route
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next());
        let named: HashSet<&str> = named.collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let described = parameters
            .filter(|one| one["in"] == "path")
            .filter_map(|one| one["name"].as_str());
        assert_eq!(described.collect::<HashSet<_>>(), named, "{route}");
    }
}

#[test]
fn every_kind_of_problem_that_a_handler_names_exists() {
    let raw = serde_json::to_value(described().get_openapi()).unwrap();
    for (route, operation) in operations(&raw) {
        for slug in operation["x-problems"].as_array().into_iter().flatten() {
            let slug = slug.as_str().unwrap();
            assert!(kinds::find(slug).is_some(), "{route} names {slug}");
        }
    }
}

#[test]
fn every_reference_resolves() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        let members: &Map<String, Value> = match value {
            Value::Object(members) => members,
            Value::Array(items) => return items.iter().for_each(|one| references(one, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
        };
        found.extend(members.get("$ref").and_then(Value::as_str));
        members.values().for_each(|one| references(one, found));
    }
    let document = described_as();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{} references", found.len());
    for reference in found {
        let place = reference
            .strip_prefix('#')
            .and_then(|at| document.pointer(at));
        assert!(place.is_some(), "{reference} leads nowhere");
    }
}
