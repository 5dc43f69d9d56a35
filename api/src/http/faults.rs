//! Everything wrong with a body, collected before it is answered.

use contracts::{Currency, Money, money::MAX_AMOUNT};
use serde_json::{Map, Value, json};

use super::pointer::At;
use crate::problem::Problem;

/// More than a person reads, and less than an answer that is larger than its request.
const MOST: usize = 200;

/// The faults found so far. A reader notes a fault and answers `None`; nothing is used before
/// [`Faults::finish`] has passed.
#[derive(Default)]
pub(crate) struct Faults(Vec<Value>);

/// A JSON object and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    at: At<'a>,
}

/// A line of text as it ends up in lists and in the headers of mails: 1 to `most` characters, blanks around it not
/// counted.
pub(crate) fn one_line(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    if (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "must have 1 to {most} characters, none of them a control character"
        ))
    }
}

impl<'a> Fields<'a> {
    /// The member `name`; null is as good as none.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Where the object is.
    pub(crate) fn at(&self) -> &At<'a> {
        &self.at
    }

    /// Whether the member is there, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }
}

impl Faults {
    /// Notes a fault.
    pub(crate) fn add(&mut self, at: At<'_>, detail: impl Into<String>) {
        if self.0.len() < MOST {
            self.0
                .push(json!({ "detail": detail.into(), "pointer": at.to_string() }));
        }
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong: `{detail, pointer}` each.
    pub(crate) fn list(&self) -> &[Value] {
        &self.0
    }

    /// Passes when there are none.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Problem::validation(self.0))
        }
    }

    /// The problem, when a required reader answered `None`.
    pub(crate) fn problem(self) -> Problem {
        Problem::validation(self.0)
    }

    /// The object at `at`; members other than `known` are faults.
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

    /// The member `name`, which must be there.
    pub(crate) fn required<'a>(&mut self, fields: &Fields<'a>, name: &str) -> Option<&'a Value> {
        let value = fields.get(name);
        if value.is_none() {
            self.add(fields.at.field(name), "is required");
        }
        value
    }

    /// Reads a text that must be there. `read` says what is wrong with one.
    pub(crate) fn text<'a, T>(
        &mut self,
        fields: &Fields<'a>,
        name: &str,
        read: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Option<T> {
        self.required(fields, name)?;
        self.optional_text(fields, name, read)
    }

    /// Reads a text that may be missing.
    pub(crate) fn optional_text<'a, T>(
        &mut self,
        fields: &Fields<'a>,
        name: &str,
        read: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Option<T> {
        let text = fields.get(name)?.as_str();
        let read = text.map_or_else(|| Err("must be a string".to_owned()), read);
        read.map_err(|detail| self.add(fields.at.field(name), detail))
            .ok()
    }

    /// Reads true or false, which may be missing.
    pub(crate) fn optional_flag(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        let flag = fields.get(name)?.as_bool();
        if flag.is_none() {
            self.add(fields.at.field(name), "must be true or false");
        }
        flag
    }

    /// Reads an amount of money, 0 to 2^53 - 1.
    pub(crate) fn money(&mut self, value: &Value, at: At<'_>) -> Option<Money> {
        let fields = self.object(value, at, &["amount", "currency"])?;
        let amount = self.required(&fields, "amount").and_then(|amount| {
            let minor = amount
                .as_i64()
                .filter(|minor| (0..=MAX_AMOUNT).contains(minor));
            if minor.is_none() {
                let detail = format!("must be an integer of minor units from 0 to {MAX_AMOUNT}");
                self.add(at.field("amount"), detail);
            }
            minor
        });
        let currency = self.text(&fields, "currency", |code| {
            code.parse::<Currency>()
                .map_err(|_| "must be three upper-case letters".to_owned())
        });
        Some(Money::new(amount?, currency?))
    }
}
