//! The bodies of merchants' webhooks.

use contracts::{EventSelection, EventType};
use egress::Policy;
use serde_json::{Value, json};

use crate::{
    http::{At, Components, Faults, Field, JsonBody, fields::text_field, reference, request_body},
    problem::Problem,
};

request_body! {
    /// A webhook.
    pub(crate) struct NewWebhook {
        /// The URL that events are posted to: https, of a public host.
        url: Url, example = "https://merchant.example/events";
        /// Some types of events, or `*` alone.
        event_types as "eventTypes": EventSelection, example = ["order.confirmed"];
        /// A single line.
        description: Option<Description>, example = "Our accounts";
    }
}

request_body! {
    /// Changes of a webhook: one member at least. Null is the same as a missing member.
    pub(crate) struct WebhookChange at_least 1 {
        url: Option<Url>, example = "https://merchant.example/events";
        event_types as "eventTypes": Option<EventSelection>, example = ["*"];
        description: Option<Description>;
        /// `true` sends to it again.
        enabled: Option<bool>;
    }
}

/// Reads a body and checks the address behind its URL, which prevents SSRF.
pub(crate) async fn read<T: Field<Value = T>>(
    body: &JsonBody,
    policy: Policy,
) -> Result<T, Problem> {
    let value = body.value()?;
    let mut faults = Faults::default();
    let read = T::read(&value, At::Root, &mut faults);
    if let Some(url) = value["url"].as_str()
        && let Err(refused) = policy.check(url).await
    {
        faults.add(At::Root.field("url"), refused.to_string());
    }
    Ok(faults.finish(read)?)
}

text_field!(
    /// A URL; the egress policy checks it.
    Url, { "format": "uri" }
);

const LONGEST: usize = 200;

text_field!(
    /// A line that may be empty.
    Description, { "maxLength": LONGEST, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$" },
    "must be one line of at most {LONGEST} characters",
    |text| text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
);

/// `["*"]`, or some types, none of them twice.
impl Field for EventSelection {
    type Value = Self;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let Some(words) = value.as_array().filter(|words| !words.is_empty()) else {
            faults.add(at, "must be a list of event types, or [\"*\"]");
            return None;
        };
        if words.len() == 1 && words[0] == "*" {
            return Some(Self::All);
        }
        let mut kinds: Vec<EventType> = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let kind = word.as_str().and_then(|word| word.parse().ok());
            match kind.filter(|kind| EventType::SUBSCRIBABLE.contains(kind)) {
                None => {
                    let all = EventType::SUBSCRIBABLE.map(EventType::name).join(", ");
                    faults.add(at.item(index), format!("must be one of {all}"));
                }
                Some(kind) if kinds.contains(&kind) => {
                    faults.add(at.item(index), "is there twice");
                }
                Some(kind) => kinds.push(kind),
            }
        }
        Some(Self::Only(kinds))
    }

    fn schema() -> Value {
        let items = reference("Topic");
        json!({ "type": "array", "uniqueItems": true, "minItems": 1, "items": items })
    }

    fn add_components(components: &mut Components) {
        let mut words = EventType::SUBSCRIBABLE.map(EventType::name).to_vec();
        words.insert(0, "*");
        let topic = json!({ "type": "string", "enum": words, "description": "A type of event." });
        components.insert("Topic".to_owned(), topic);
    }
}
