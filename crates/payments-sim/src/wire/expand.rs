//! `expand[]`: an object in the place of its id.
//!
//! Done to the finished JSON, because hardly any request asks for it. What an object holds is as it is
//! now.

use serde_json::Value;

use super::{ApiError, Form, charge, intent};
use crate::book::Book;

/// The properties to expand, checked against what the answer at `path` has.
#[derive(Debug)]
pub(crate) struct Expansion<'a> {
    properties: Vec<&'a str>,
}

/// What can be expanded in the answers below a path.
const PROPERTIES: [(&str, &[&str]); 4] = [
    ("/v1/payment_intents", &["latest_charge"]),
    ("/v1/charges", &["payment_intent"]),
    ("/v1/refunds", &["charge", "payment_intent"]),
    ("/v1/checkout/sessions", &["payment_intent"]),
];

impl<'a> Expansion<'a> {
    /// Reads `expand[]` and `expand[0]`; a list's objects are reached by `data.`.
    pub(crate) fn read(path: &str, form: &'a Form) -> Result<Self, ApiError> {
        let known = PROPERTIES
            .iter()
            .find(|(below, _)| path.starts_with(below))
            .map_or(&[][..], |(_, properties)| properties);
        let check = |(_, asked): (&str, &'a str)| {
            let property = asked.strip_prefix("data.").unwrap_or(asked);
            let fits = known.contains(&property);
            fits.then_some(property)
                .ok_or_else(|| ApiError::not_expandable(asked))
        };
        let properties = form.nested("expand").map(check);
        Ok(Self {
            properties: properties.collect::<Result<_, _>>()?,
        })
    }

    /// Puts the objects in.
    pub(crate) fn apply(&self, book: &Book, body: Vec<u8>) -> Vec<u8> {
        if self.properties.is_empty() {
            return body;
        }
        let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
            return body;
        };
        match answer.get_mut("data").and_then(Value::as_array_mut) {
            Some(rows) => rows.iter_mut().for_each(|row| self.fill(book, row)),
            None => self.fill(book, &mut answer),
        }
        serde_json::to_vec(&answer).unwrap_or(body)
    }

    fn fill(&self, book: &Book, object: &mut Value) {
        for property in &self.properties {
            if let Some(place) = object.get_mut(property)
                && let Some(found) = place.as_str().and_then(|id| find(book, id))
            {
                *place = found;
            }
        }
    }
}

fn find(book: &Book, id: &str) -> Option<Value> {
    let body = if let Ok(id) = id.parse() {
        charge(book, id)?
    } else {
        let found = book.intents.get(id.parse().ok()?)?;
        intent(found, &found.state)
    };
    serde_json::from_slice(&body).ok()
}
