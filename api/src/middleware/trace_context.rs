//! The trace a request belongs to.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use streamward::TraceParent;

const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";
/// Members that a vendor's state may have.
const MOST_STATES: usize = 32;
const LONGEST_STATE: usize = 512;

/// The request's `traceparent`, or a new trace.
pub(crate) struct Trace(pub(crate) TraceParent);

/// What the edge found out, kept with the request so that everybody speaks of the same trace.
#[derive(Clone, Copy)]
pub(crate) struct Found(TraceParent);

impl Found {
    /// The request's trace, or a new one.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let header = headers.get(PARENT);
        Self(header.map_or_else(TraceParent::start, |value| {
            TraceParent::parse_or_start(value.as_bytes())
        }))
    }

    /// Says in the response which trace it was, and hands back the vendors' state if the request had
    /// one that belongs to it.
    pub(crate) fn show(
        self,
        asked: &[HeaderValue],
        parent: Option<&HeaderValue>,
        headers: &mut HeaderMap,
    ) {
        let text = self.0.to_string();
        let theirs =
            parent.is_some_and(|parent| parent.as_bytes().get(3..52) == text.as_bytes().get(3..52));
        if theirs && is_plain(asked) {
            for state in asked {
                headers.append(STATE, state.clone());
            }
        }
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(PARENT, value);
        }
    }

    /// The request's `traceparent` and `tracestate`, to be kept until it is answered.
    pub(crate) fn asked(headers: &HeaderMap) -> (Option<HeaderValue>, Vec<HeaderValue>) {
        let states = headers.get_all(STATE).iter().cloned().collect();
        (headers.get(PARENT).cloned(), states)
    }
}

/// Whether a state is short enough, and a list of `key=value`.
fn is_plain(states: &[HeaderValue]) -> bool {
    let length: usize = states.iter().map(HeaderValue::len).sum();
    let texts = states.iter().map(|state| state.to_str().unwrap_or(""));
    let members: Vec<&str> = texts.flat_map(|text| text.split(',')).collect();
    length <= LONGEST_STATE
        && members.len() <= MOST_STATES
        && members.iter().all(|member| member.contains('='))
}

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Found>().copied();
        Ok(Self(found.unwrap_or_else(|| Found::read(&parts.headers)).0))
    }
}
