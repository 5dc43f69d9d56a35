//! Stripe's error object, with one constructor per error.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::payments::{DECLINED, IntentView};
use super::resource::json;
use crate::state::{Intent, IntentState, Reply};

/// An error response.
#[derive(Debug, Serialize)]
pub(crate) struct ApiError {
    #[serde(skip)]
    pub(crate) status: u16,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<&'static str>,
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<Box<str>>,
    /// The intent concerned, as JSON; boxed, because few errors have one.
    #[serde(rename = "payment_intent", skip_serializing_if = "Option::is_none")]
    intent: Option<Box<Value>>,
}

impl ApiError {
    fn new(
        status: u16,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            kind,
            code,
            decline_code: None,
            message: message.into(),
            param: None,
            intent: None,
        }
    }

    /// Creates an error without a code.
    fn request(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, "invalid_request_error", None, message)
    }

    fn coded(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "invalid_request_error", Some(code), message)
    }

    fn about(mut self, param: &str) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Adds the intent concerned, in this state.
    pub(crate) fn with_intent(mut self, intent: &Intent, state: IntentState) -> Self {
        let value = serde_json::to_value(IntentView { intent, state });
        self.intent = value.ok().map(Box::new);
        self
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        json(&BTreeMap::from([("error", self)]))
    }

    /// Converts the error to a reply for its idempotency key.
    pub(crate) fn into_reply(self) -> Reply {
        let body = String::from_utf8(self.body()).expect("JSON is UTF-8");
        Reply::Error {
            status: self.status,
            body: body.into_boxed_str(),
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// 400: a required parameter is absent.
    pub(crate) fn missing(param: &str) -> Self {
        let text = format!("Missing required param: {param}.");
        Self::coded("parameter_missing", text).about(param)
    }

    /// 400: a parameter is invalid.
    pub(crate) fn invalid(
        param: &str,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::coded(code, message).about(param)
    }

    /// 400: a parameter is no valid text of its kind.
    pub(crate) fn invalid_string(param: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::invalid(param, "parameter_invalid_string", message)
    }

    /// An unknown id or method: 404 in a path, 400 in a parameter.
    pub(crate) fn unknown(status: u16, param: &str, kind: &str, id: &str) -> Self {
        let mut error = Self::coded("resource_missing", format!("No such {kind}: '{id}'"));
        error.status = status;
        error.about(param)
    }

    /// 404: no such path, or not with this method.
    pub(crate) fn no_such_url(method: &str, path: &str) -> Self {
        Self::request(404, format!("Unrecognized request URL ({method}: {path})."))
    }

    /// 401: the secret key is missing or wrong.
    pub(crate) fn unauthorized() -> Self {
        let text = "You did not provide the secret key, as bearer token or Basic user name.";
        Self::request(401, text)
    }

    /// A body that could not be read, with the reader's status.
    pub(crate) fn unreadable(status: u16) -> Self {
        Self::request(status, "The request body could not be read.")
    }

    /// 400: the intent's status forbids the request.
    pub(crate) fn unexpected_state(verb: &str) -> Self {
        let text = format!("You cannot {verb} this PaymentIntent in the status it has.");
        Self::coded("payment_intent_unexpected_state", text)
    }

    /// 400: the session was paid or has expired.
    pub(crate) fn session_not_open() -> Self {
        Self::request(400, "Only a Checkout Session that is open can be expired.")
    }

    /// 400: a property that cannot be expanded.
    pub(crate) fn not_expandable(property: &str) -> Self {
        let text = format!("This property cannot be expanded ({property}).");
        Self::request(400, text).about("expand")
    }

    /// 400: the charge is fully refunded.
    pub(crate) fn already_refunded() -> Self {
        let text = "The charge has already been refunded.";
        Self::coded("charge_already_refunded", text)
    }

    /// 400: the amount exceeds the unrefunded amount.
    pub(crate) fn refund_too_large(requested: u64, left: u64) -> Self {
        let text =
            format!("Refund amount ({requested}) is greater than unrefunded amount ({left}).");
        Self::coded("amount_too_large", text).about("amount")
    }

    /// 402: the card was declined.
    pub(crate) fn declined() -> Self {
        Self {
            decline_code: Some("generic_decline"),
            ..Self::new(402, "card_error", Some("card_declined"), DECLINED)
        }
    }

    /// 400: the key belongs to another request.
    pub(crate) fn key_reused(key: &str) -> Self {
        let text = format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Use another key than '{key}' for another request."
        );
        Self::new(400, "idempotency_error", None, text)
    }

    /// 409: the first request with this key is still in progress.
    pub(crate) fn key_in_use(key: &str) -> Self {
        let text = format!("Another request with the key '{key}' is in progress.");
        let code = Some("idempotency_key_in_use");
        Self::new(409, "idempotency_error", code, text)
    }

    /// 500: an internal error.
    pub(crate) fn internal(message: &'static str) -> Self {
        Self::new(500, "api_error", None, message)
    }

    /// 500: the journal cannot be written, so no request is executed.
    pub(crate) fn journal_closed() -> Self {
        Self::internal("The provider is shutting down or cannot write.")
    }

    /// 504: the timeout of `pm_card_timeout`.
    pub(crate) fn timeout() -> Self {
        let text = "The request timed out. Its outcome is not known.";
        Self::new(504, "api_error", None, text)
    }
}
