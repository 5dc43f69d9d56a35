//! Faults of a form: a summary, and a text beside each field.

use std::collections::BTreeMap;

use super::words::{Words, fill};
use crate::problem::{Kind, Problem, kinds};

/// The faults of a form.
#[derive(Debug, Default)]
pub(crate) struct FormFaults {
    /// Text above the form; empty without a fault.
    pub(crate) summary: String,
    fields: BTreeMap<String, &'static str>,
}

impl FormFaults {
    /// Returns the faults that a problem names, or the problem if it is not about the form.
    pub(crate) fn of(words: &'static Words, problem: Problem) -> Result<Self, Problem> {
        let mut faults = Self {
            summary: summary(words, &problem).ok_or_else(|| problem.clone())?,
            fields: BTreeMap::new(),
        };
        for pointer in problem.pointers() {
            let name = pointer.trim_start_matches("#/");
            faults.add(name, text(words, name));
        }
        if problem.slug() == kinds::EMAIL_TAKEN.slug {
            faults.add("email", words.email_taken);
        }
        Ok(faults)
    }

    /// Returns the fault of one field.
    pub(crate) fn one(words: &'static Words, name: &str, text: &'static str) -> Self {
        let mut faults = Self {
            summary: words.check_fields.to_owned(),
            fields: BTreeMap::new(),
        };
        faults.add(name, text);
        faults
    }

    /// Returns a fault of the form as a whole.
    pub(crate) fn about(text: &str) -> Self {
        Self {
            summary: text.to_owned(),
            fields: BTreeMap::new(),
        }
    }

    fn add(&mut self, name: &str, text: &'static str) {
        self.fields.entry(name.to_owned()).or_insert(text);
    }

    /// Returns the text beside a field, empty without a fault.
    pub(crate) fn at(&self, name: &str) -> &'static str {
        self.fields.get(name).copied().unwrap_or_default()
    }

    /// Returns the attributes that tie a field to the text beside it.
    pub(crate) fn attributes(&self, name: &str) -> String {
        if self.at(name).is_empty() {
            return String::new();
        }
        format!(" aria-invalid=\"true\" aria-describedby=\"{name}-fault\"")
    }

    /// Returns the attributes that tie a field to its hint, `<name>-hint`, and to the text beside it.
    pub(crate) fn attributes_with_hint(&self, name: &str) -> String {
        if self.at(name).is_empty() {
            return format!(" aria-describedby=\"{name}-hint\"");
        }
        format!(" aria-invalid=\"true\" aria-describedby=\"{name}-hint {name}-fault\"")
    }
}

/// Returns the text above the form; `None` for a problem that is not about the form.
fn summary(words: &'static Words, problem: &Problem) -> Option<String> {
    let is = |kind: &Kind| kind.slug == problem.slug();
    if is(&kinds::QUOTA_EXCEEDED) {
        let seconds = problem.retry_after_seconds().unwrap_or("1");
        let wait = fill(words.problem_too_fast_text, &[seconds]);
        return Some(format!("{} {wait}", words.problem_too_fast));
    }
    let texts = [
        (&kinds::VALIDATION_FAILED, words.check_fields),
        (&kinds::EMAIL_TAKEN, words.check_fields),
        (&kinds::INVALID_CREDENTIALS, words.wrong_credentials),
        (&kinds::RESET_TOKEN_INVALID, words.reset_invalid),
        (&kinds::PRICE_CHANGED, words.price_changed),
        (&kinds::SOLD_OUT, words.order_sold_out),
        (&kinds::TOO_MANY_OPEN_ORDERS, words.too_many_open),
        (&kinds::TOO_MANY_OPEN_UNITS, words.too_many_units),
        (&kinds::IDEMPOTENCY_KEY_REUSED, words.checkout_used),
    ];
    let found = texts.into_iter().find(|(kind, _)| is(kind));
    found.map(|(_, text)| text.to_owned())
}

/// Returns the text beside a field of this name.
fn text(words: &'static Words, name: &str) -> &'static str {
    match name {
        "email" => words.fault_email,
        "password" | "newPassword" => words.fault_password,
        "name" => words.fault_name,
        "phone" => words.fault_phone,
        "coupon" => words.fault_coupon,
        _ => words.fault_field,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::words::GERMAN, *};

    #[test]
    fn a_fault_stands_beside_the_field_it_points_at() {
        let errors = vec![json!({ "detail": "must ..", "pointer": "#/email" })];
        let faults = FormFaults::of(&GERMAN, Problem::validation(errors)).unwrap();
        assert_eq!(faults.summary, GERMAN.check_fields);
        assert_eq!(faults.at("email"), GERMAN.fault_email);
        assert_eq!(faults.at("name"), "");
        assert!(faults.attributes("email").contains("email-fault"));
    }

    #[test]
    fn a_problem_of_the_shop_is_no_fault_of_the_form() {
        let problem = FormFaults::of(&GERMAN, Problem::internal("broken")).unwrap_err();
        assert_eq!(problem.slug(), "internal");
    }
}
