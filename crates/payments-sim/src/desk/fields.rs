//! The checks several forms share.

use crate::book::{Book, CancelReason, Currency, Intent, Metadata, Method, RefundReason};
use crate::ids::IntentId;
use crate::wire::{ApiError, Form};

/// Amounts are exact in every JSON reader up to here.
pub(super) const LARGEST_AMOUNT: u64 = (1 << 53) - 1;
const METADATA_PAIRS: usize = 50;
const METADATA_KEY_CHARS: usize = 40;
const METADATA_VALUE_CHARS: usize = 500;
const DESCRIPTION_CHARS: usize = 1000;

pub(super) fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, ApiError> {
    form.get(name).ok_or_else(|| ApiError::missing(name))
}

/// An amount in minor units, at least one.
pub(super) fn amount(form: &Form, name: &str) -> Result<Option<u64>, ApiError> {
    let Some(text) = form.get(name) else {
        return Ok(None);
    };
    let amount: i128 = text.parse().map_err(|_| {
        ApiError::invalid(
            name,
            "parameter_invalid_integer",
            format!("Invalid integer: {text}"),
        )
    })?;
    match u64::try_from(amount) {
        Ok(0) | Err(_) if amount <= 0 => Err(ApiError::invalid(
            name,
            "parameter_invalid_integer",
            "It must be at least 1.",
        )),
        Ok(amount) if amount <= LARGEST_AMOUNT => Ok(Some(amount)),
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
        ApiError::invalid(name, "parameter_invalid_string", text)
    })
}

pub(super) fn method(form: &Form) -> Result<Option<Method>, ApiError> {
    let Some(name) = form.get("payment_method") else {
        return Ok(None);
    };
    Method::parse(name)
        .map(Some)
        .ok_or_else(|| ApiError::unknown(400, "payment_method", "PaymentMethod", name))
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

/// An address a browser may be sent to. Only http and https: the pay page makes a link of it.
pub(super) fn url(form: &Form, name: &str) -> Result<Option<Box<str>>, ApiError> {
    let Some(url) = form.get(name) else {
        return Ok(None);
    };
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(Some(url.into()));
    }
    Err(ApiError::invalid(name, "url_invalid", "Not a valid URL."))
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
        return Err(ApiError::invalid(name, "parameter_invalid_string", text));
    }
    Ok(pairs()
        .map(|(key, value)| (key.into(), value.into()))
        .collect())
}

pub(super) fn description(form: &Form) -> Result<Option<Box<str>>, ApiError> {
    let Some(text) = form.get("description") else {
        return Ok(None);
    };
    if text.chars().count() > DESCRIPTION_CHARS {
        let field = "description";
        let words = "At most 1000 characters.";
        return Err(ApiError::invalid(field, "parameter_invalid_string", words));
    }
    Ok(Some(text.into()))
}

pub(super) fn cancel_reason(form: &Form) -> Result<Option<CancelReason>, ApiError> {
    let field = "cancellation_reason";
    match form.get(field) {
        None => Ok(None),
        Some("duplicate") => Ok(Some(CancelReason::Duplicate)),
        Some("fraudulent") => Ok(Some(CancelReason::Fraudulent)),
        Some("requested_by_customer") => Ok(Some(CancelReason::RequestedByCustomer)),
        Some("abandoned") => Ok(Some(CancelReason::Abandoned)),
        Some(other) => Err(unknown_reason(field, other)),
    }
}

pub(super) fn refund_reason(form: &Form) -> Result<Option<RefundReason>, ApiError> {
    match form.get("reason") {
        None => Ok(None),
        Some("duplicate") => Ok(Some(RefundReason::Duplicate)),
        Some("fraudulent") => Ok(Some(RefundReason::Fraudulent)),
        Some("requested_by_customer") => Ok(Some(RefundReason::RequestedByCustomer)),
        Some(other) => Err(unknown_reason("reason", other)),
    }
}

fn unknown_reason(field: &str, value: &str) -> ApiError {
    ApiError::invalid(
        field,
        "parameter_invalid_string",
        format!("Invalid {field}: {value}"),
    )
}

/// The intent a path names; 404 when there is none.
pub(super) fn intent<'a>(book: &'a Book, text: &str) -> Result<&'a Intent, ApiError> {
    text.parse::<IntentId>()
        .ok()
        .and_then(|id| book.intents.get(id))
        .ok_or_else(|| ApiError::unknown(404, "intent", "payment_intent", text))
}
