//! Every error there is, by what went wrong.

use std::borrow::Cow;

use super::{ApiError, DECLINED};

impl ApiError {
    /// 400: a required parameter is absent.
    pub(crate) fn missing(param: &str) -> Self {
        Self::request(
            400,
            "parameter_missing",
            format!("Missing required param: {param}."),
        )
        .about(param)
    }

    /// 400: a parameter makes no sense.
    pub(crate) fn invalid(
        param: &str,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::request(400, code, message).about(param)
    }

    /// What an id or a method names does not exist: 404 in a path, 400 in a parameter.
    pub(crate) fn unknown(status: u16, param: &str, kind: &str, id: &str) -> Self {
        Self::request(
            status,
            "resource_missing",
            format!("No such {kind}: '{id}'"),
        )
        .about(param)
    }

    /// 404: no such path, or not with this method.
    pub(crate) fn no_such_url(method: &str, path: &str) -> Self {
        let text = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(404, "invalid_request_error", None, text)
    }

    /// 401.
    pub(crate) fn unauthorized() -> Self {
        let text = "You did not provide the secret key, as bearer token or Basic user name.";
        Self::new(401, "invalid_request_error", None, text)
    }

    /// A body that could not be read; the status is the reader's.
    pub(crate) fn unreadable(status: u16) -> Self {
        Self::new(
            status,
            "invalid_request_error",
            None,
            "The request body could not be read.",
        )
    }

    /// 400: the state forbids what was asked.
    pub(crate) fn unexpected_state(verb: &str) -> Self {
        let text = format!("You cannot {verb} this PaymentIntent in the status it has.");
        Self::request(400, "payment_intent_unexpected_state", text)
    }

    /// 400: the session was paid or has expired.
    pub(crate) fn session_not_open() -> Self {
        let text = "Only a Checkout Session that is open can be expired.";
        Self::new(400, "invalid_request_error", None, text)
    }

    /// 400: a property that cannot be expanded.
    pub(crate) fn not_expandable(property: &str) -> Self {
        let text = format!("This property cannot be expanded ({property}).");
        Self::new(400, "invalid_request_error", None, text).about("expand")
    }

    /// 400: nothing is left to give back.
    pub(crate) fn already_refunded() -> Self {
        Self::request(
            400,
            "charge_already_refunded",
            "The charge has already been refunded.",
        )
    }

    /// 400: less is left than was asked.
    pub(crate) fn refund_too_large(asked: u64, left: u64) -> Self {
        let text = format!("Refund amount ({asked}) is greater than unrefunded amount ({left}).");
        Self::request(400, "amount_too_large", text).about("amount")
    }

    /// 402: the card was declined.
    pub(crate) fn declined() -> Self {
        Self::new(402, "card_error", Some("card_declined"), DECLINED)
    }

    /// 400: the key belongs to another request.
    pub(crate) fn key_reused(key: &str) -> Self {
        let text = format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Use another key than '{key}' for another request."
        );
        Self::new(400, "idempotency_error", None, text)
    }

    /// 409: the key's first request is still being answered.
    pub(crate) fn key_outstanding(key: &str) -> Self {
        let text = format!("Another request with the key '{key}' is in progress.");
        Self::new(
            409,
            "idempotency_error",
            Some("idempotency_key_in_use"),
            text,
        )
    }

    /// 500.
    pub(crate) fn internal(message: &'static str) -> Self {
        Self::new(500, "api_error", None, message)
    }

    /// 500: nothing can be written down, so nothing is carried out.
    pub(crate) fn journal_closed() -> Self {
        Self::internal("The provider is shutting down or cannot write.")
    }

    /// 504: what `pm_card_timeout` ends in.
    pub(crate) fn silence() -> Self {
        Self::new(
            504,
            "api_error",
            None,
            "The request timed out. Its outcome is not known.",
        )
    }
}
