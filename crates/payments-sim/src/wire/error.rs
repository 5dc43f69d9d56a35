//! Stripe's error object.

mod refusals;

use std::borrow::Cow;

use serde::Serialize;

use super::{IntentView, json};
use crate::book::{Intent, IntentState, Reply};

/// An error as the caller sees it.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: Cow<'static, str>,
    param: Option<Box<str>>,
    /// The intent concerned, already JSON; rare, so out of the way.
    intent: Option<Box<serde_json::Value>>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<&'static str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_intent: Option<&'a serde_json::Value>,
}

impl ApiError {
    fn new(
        status: u16,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let message = message.into();
        Self {
            status,
            kind,
            code,
            message,
            param: None,
            intent: None,
        }
    }

    fn request(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, "invalid_request_error", Some(code), message)
    }

    fn about(mut self, param: &str) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Adds the intent concerned, in the state given.
    pub(crate) fn with_intent(mut self, intent: &Intent, state: &IntentState) -> Self {
        self.intent = serde_json::to_value(IntentView::new(intent, state))
            .ok()
            .map(Box::new);
        self
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        json(&Envelope {
            error: Body {
                kind: self.kind,
                code: self.code,
                decline_code: (self.status == 402).then_some("generic_decline"),
                message: &self.message,
                param: self.param.as_deref(),
                payment_intent: self.intent.as_deref(),
            },
        })
    }

    /// As an answer to be kept.
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
}

/// What the customer is told.
pub(super) const DECLINED: &str = "Your card was declined.";
