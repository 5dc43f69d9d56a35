//! The checks of a webhook's fields.

use contracts::{EventSelection, EventType};
use egress::Policy;
use serde_json::Value;

use crate::{
    http::body::{At, Faults, Fields},
    problem::Problem,
};

/// The longest description in characters.
const LONGEST: usize = 200;

/// A new webhook.
pub(crate) struct New {
    pub(crate) url: String,
    pub(crate) event_types: EventSelection,
    pub(crate) description: Option<String>,
}

/// What is to be changed about one.
#[derive(Default)]
pub(crate) struct Edit {
    pub(crate) url: Option<String>,
    pub(crate) event_types: Option<EventSelection>,
    pub(crate) description: Option<String>,
    pub(crate) enabled: Option<bool>,
}

/// Reads a new webhook, and looks where its URL leads.
pub(crate) async fn new(body: &Value, policy: Policy) -> Result<New, Problem> {
    let mut faults = Faults::default();
    let known = ["url", "eventTypes", "description"];
    let Some(fields) = faults.object(body, At::Root, &known) else {
        return Err(faults.problem());
    };
    let url = faults.text(&fields, "url", |text| Ok(text.to_owned()));
    faults.required(&fields, "eventTypes");
    let event_types = event_types(&fields, &mut faults);
    let description = description(&fields, &mut faults);
    if let Some(url) = &url {
        look(url, policy, &mut faults).await;
    }
    match (url, event_types) {
        (Some(url), Some(event_types)) => faults.finish().map(|()| New {
            url,
            event_types,
            description,
        }),
        _ => Err(faults.problem()),
    }
}

/// Reads a change, and looks where its URL leads if it has one.
pub(crate) async fn edit(body: &Value, policy: Policy) -> Result<Edit, Problem> {
    let mut faults = Faults::default();
    let known = ["url", "eventTypes", "description", "enabled"];
    let Some(fields) = faults.object(body, At::Root, &known) else {
        return Err(faults.problem());
    };
    let edit = Edit {
        url: faults.optional_text(&fields, "url", |text| Ok(text.to_owned())),
        event_types: event_types(&fields, &mut faults),
        description: description(&fields, &mut faults),
        enabled: faults.optional_flag(&fields, "enabled"),
    };
    if let Some(url) = &edit.url {
        look(url, policy, &mut faults).await;
    }
    if known.iter().all(|name| fields.get(name).is_none()) {
        faults.add(At::Root, "must change something");
    }
    faults.finish().map(|()| edit)
}

async fn look(url: &str, policy: Policy, faults: &mut Faults) {
    if let Err(refused) = policy.check(url).await {
        faults.add(At::Root.field("url"), refused.to_string());
    }
}

fn description(fields: &Fields<'_>, faults: &mut Faults) -> Option<String> {
    faults.optional_text(fields, "description", |text| {
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            return Err(format!("must be one line of at most {LONGEST} characters"));
        }
        Ok(text.to_owned())
    })
}

/// `["*"]`, or some types, none of them twice.
fn event_types(fields: &Fields<'_>, faults: &mut Faults) -> Option<EventSelection> {
    let given = fields.get("eventTypes")?;
    let root = At::Root;
    let at = root.field("eventTypes");
    let Some(words) = given.as_array().filter(|words| !words.is_empty()) else {
        faults.add(at, "must be a list of event types, or [\"*\"]");
        return None;
    };
    if words.len() == 1 && words[0] == "*" {
        return Some(EventSelection::All);
    }
    let mut kinds: Vec<EventType> = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let kind = word.as_str().and_then(|word| word.parse().ok());
        match kind.filter(|kind| EventType::SUBSCRIBABLE.contains(kind)) {
            None => {
                let all = EventType::SUBSCRIBABLE.map(EventType::name).join(", ");
                faults.add(at.item(n), format!("must be one of {all}"));
            }
            Some(kind) if kinds.contains(&kind) => faults.add(at.item(n), "is there twice"),
            Some(kind) => kinds.push(kind),
        }
    }
    Some(EventSelection::Only(kinds))
}
