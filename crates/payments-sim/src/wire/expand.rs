//! `expand[]`: an object in place of its id.
//!
//! Applied to the finished JSON, because few requests use it. Expanded objects are in their current
//! state.

use serde_json::Value;

use super::{ApiError, Form, object};
use crate::state::{Charge, Intent, ProviderState};

/// The properties to expand, validated for the request's path.
#[derive(Debug)]
pub(crate) struct Expansion<'a> {
    properties: Vec<&'a str>,
}

/// Expandable properties by path prefix.
const PROPERTIES: [(&str, &[&str]); 4] = [
    ("/v1/payment_intents", &["latest_charge"]),
    ("/v1/charges", &["payment_intent"]),
    ("/v1/refunds", &["charge", "payment_intent"]),
    ("/v1/checkout/sessions", &["payment_intent"]),
];

impl<'a> Expansion<'a> {
    /// Parses `expand[]` and `expand[0]`; `data.` addresses the objects of a list.
    pub(crate) fn read(path: &str, form: &'a Form) -> Result<Self, ApiError> {
        let known = PROPERTIES
            .iter()
            .find(|(prefix, _)| path.starts_with(prefix))
            .map_or(&[][..], |(_, properties)| properties);
        let check = |(_, requested): (&str, &'a str)| {
            let property = requested.strip_prefix("data.").unwrap_or(requested);
            let fits = known.contains(&property);
            fits.then_some(property)
                .ok_or_else(|| ApiError::not_expandable(requested))
        };
        let properties = form.nested("expand").map(check);
        Ok(Self {
            properties: properties.collect::<Result<_, _>>()?,
        })
    }

    /// Replaces the ids in a response body by their objects.
    pub(crate) fn apply(&self, provider: &ProviderState, body: Vec<u8>) -> Vec<u8> {
        if self.properties.is_empty() {
            return body;
        }
        let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
            return body;
        };
        match answer.get_mut("data").and_then(Value::as_array_mut) {
            Some(rows) => rows.iter_mut().for_each(|row| self.fill(provider, row)),
            None => self.fill(provider, &mut answer),
        }
        serde_json::to_vec(&answer).unwrap_or(body)
    }

    fn fill(&self, provider: &ProviderState, object: &mut Value) {
        for property in &self.properties {
            if let Some(place) = object.get_mut(property)
                && let Some(found) = place.as_str().and_then(|id| find(provider, id))
            {
                *place = found;
            }
        }
    }
}

fn find(provider: &ProviderState, id: &str) -> Option<Value> {
    let body = match id.parse() {
        Ok(id) => object::<Charge>(provider, &id, "")?,
        Err(_) => object::<Intent>(provider, &id.parse().ok()?, "")?,
    };
    serde_json::from_slice(&body).ok()
}
