//! Faults of a request body, all collected before it is refused.

use serde_json::{Map, Value, json};

use super::pointer::At;
use crate::problem::Problem;

/// Faults that are reported at most, so that an answer is not larger than its request.
const MOST: usize = 200;

/// The faults found so far. A reader adds a fault and returns `None`; nothing is used before
/// [`Faults::finish`] has passed.
#[derive(Default)]
pub(crate) struct Faults(Vec<Value>);

impl Faults {
    pub(crate) fn add(&mut self, at: At<'_>, detail: impl Into<String>) {
        if self.0.len() < MOST {
            self.0
                .push(json!({ "detail": detail.into(), "pointer": at.to_string() }));
        }
    }

    /// Returns the faults as `{detail, pointer}` each.
    pub(crate) fn list(&self) -> &[Value] {
        &self.0
    }

    /// Passes what was read when there are no faults.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Self> {
        match read {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// Returns the object at `at`; members other than `known` are faults.
    pub(crate) fn object<'a>(
        &mut self,
        value: &'a Value,
        at: At<'a>,
        known: &[&str],
    ) -> Option<Fields<'a>> {
        let Value::Object(map) = value else {
            self.add(at, "must be an object");
            return None;
        };
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            self.add(at.field(name), "unknown field");
        }
        Some(Fields { map, at })
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        Self::validation(faults.0)
    }
}

/// A JSON object and its place.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    at: At<'a>,
}

impl<'a> Fields<'a> {
    /// Returns the member `name`; null counts as missing.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn at(&self) -> &At<'a> {
        &self.at
    }

    /// Returns whether the member is there, null or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(Value::is_null)
    }
}
