//! Parsing and validation of form parameters.

use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as ValueError;

use crate::state::{Currency, Metadata, Method};
use crate::wire::{ApiError, Form};

/// Largest amount that every JSON reader represents exactly.
pub(super) const MAX_AMOUNT: u64 = (1 << 53) - 1;
const METADATA_PAIRS: usize = 50;
const METADATA_KEY_CHARS: usize = 40;
const METADATA_VALUE_CHARS: usize = 500;
const DESCRIPTION_CHARS: usize = 1000;

pub(super) fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, ApiError> {
    form.get(name).ok_or_else(|| ApiError::missing(name))
}

/// Parses an amount in minor units, at least one.
pub(super) fn amount(form: &Form, name: &str) -> Result<Option<u64>, ApiError> {
    let Some(text) = form.get(name) else {
        return Ok(None);
    };
    let invalid = |text| ApiError::invalid(name, "parameter_invalid_integer", text);
    let amount: i128 = text
        .parse()
        .map_err(|_| invalid(format!("Invalid integer: {text}")))?;
    if amount < 1 {
        return Err(invalid("It must be at least 1.".to_owned()));
    }
    match u64::try_from(amount) {
        Ok(amount) if amount <= MAX_AMOUNT => Ok(Some(amount)),
        Ok(_) | Err(_) => Err(ApiError::invalid(
            name,
            "amount_too_large",
            "It must be below 2^53.",
        )),
    }
}

pub(super) fn currency(form: &Form, name: &str) -> Result<Currency, ApiError> {
    let code = required(form, name)?;
    Currency::parse(code).ok_or_else(|| {
        let text = format!("Invalid currency: {code}. Use a lower-case ISO 4217 code.");
        ApiError::invalid_string(name, text)
    })
}

pub(super) fn method(form: &Form) -> Result<Option<Method>, ApiError> {
    choice(form, "payment_method", |name| {
        ApiError::unknown(400, "payment_method", "PaymentMethod", name)
    })
}

/// Parses a reason by its name on the wire.
pub(super) fn reason<T: for<'de> Deserialize<'de>>(
    form: &Form,
    name: &str,
) -> Result<Option<T>, ApiError> {
    choice(form, name, |value| {
        ApiError::invalid_string(name, format!("Invalid {name}: {value}"))
    })
}

fn choice<T: for<'de> Deserialize<'de>>(
    form: &Form,
    name: &str,
    unknown: impl FnOnce(&str) -> ApiError,
) -> Result<Option<T>, ApiError> {
    let Some(value) = form.get(name) else {
        return Ok(None);
    };
    let parsed: Result<T, ValueError> = T::deserialize(value.into_deserializer());
    parsed.map(Some).map_err(|_| unknown(value))
}

pub(super) fn flag(form: &Form, name: &str) -> Result<bool, ApiError> {
    match form.get(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::invalid(
            name,
            "parameter_invalid_boolean",
            "Use true or false.",
        )),
    }
}

/// Parses a link target. Only http and https, because the pay page makes a link of it.
pub(super) fn url(form: &Form, name: &str) -> Result<Option<Box<str>>, ApiError> {
    match form.get(name) {
        Some(url) if !url.starts_with("https://") && !url.starts_with("http://") => {
            Err(ApiError::invalid(name, "url_invalid", "Not a valid URL."))
        }
        url => Ok(url.map(Box::from)),
    }
}

pub(super) fn metadata(form: &Form, name: &str) -> Result<Metadata, ApiError> {
    let pairs = || form.nested(name);
    let fits = pairs().count() <= METADATA_PAIRS
        && pairs().all(|(key, value)| {
            key.chars().count() <= METADATA_KEY_CHARS
                && value.chars().count() <= METADATA_VALUE_CHARS
        });
    if !fits {
        let text = "At most 50 pairs, keys of 40 and values of 500 characters.";
        return Err(ApiError::invalid_string(name, text));
    }
    let owned = pairs().map(|(key, value)| (key.into(), value.into()));
    Ok(owned.collect())
}

pub(super) fn description(form: &Form) -> Result<Option<Box<str>>, ApiError> {
    match form.get("description") {
        Some(text) if text.chars().count() > DESCRIPTION_CHARS => Err(ApiError::invalid_string(
            "description",
            "At most 1000 characters.",
        )),
        text => Ok(text.map(Box::from)),
    }
}
