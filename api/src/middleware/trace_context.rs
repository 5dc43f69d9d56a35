//! W3C Trace Context of a request: `traceparent` and `tracestate`.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use streamward::TraceParent;

const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";
/// List members that a `tracestate` may have.
const MOST_MEMBERS: usize = 32;
const LONGEST_STATE: usize = 512;

/// The trace of a request, as handlers pass it on: its `traceparent`, or a new trace.
pub(crate) struct Trace(pub(crate) TraceParent);

/// The trace of a request and the headers it came with, kept until the answer.
pub(crate) struct TraceContext {
    parent: TraceParent,
    given: Option<HeaderValue>,
    states: Vec<HeaderValue>,
}

impl TraceContext {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        Self {
            parent: parent(headers),
            given: headers.get(PARENT).cloned(),
            states: headers.get_all(STATE).iter().cloned().collect(),
        }
    }

    pub(crate) const fn parent(&self) -> TraceParent {
        self.parent
    }

    /// Writes the trace into the response, with the client's `tracestate` if that belongs to this trace.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let text = self.parent.to_string();
        let continued = self
            .given
            .is_some_and(|given| given.as_bytes().get(3..52) == text.as_bytes().get(3..52));
        if continued && is_valid(&self.states) {
            for state in self.states {
                headers.append(STATE, state);
            }
        }
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(PARENT, value);
        }
    }
}

fn parent(headers: &HeaderMap) -> TraceParent {
    let header = headers.get(PARENT);
    header.map_or_else(TraceParent::start, |value| {
        TraceParent::parse_or_start(value.as_bytes())
    })
}

/// Returns whether a `tracestate` is short enough and a list of `key=value`.
fn is_valid(states: &[HeaderValue]) -> bool {
    let length: usize = states.iter().map(HeaderValue::len).sum();
    let texts = states.iter().map(|state| state.to_str().unwrap_or(""));
    let members: Vec<&str> = texts.flat_map(|text| text.split(',')).collect();
    length <= LONGEST_STATE
        && members.len() <= MOST_MEMBERS
        && members.iter().all(|member| member.contains('='))
}

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<TraceParent>().copied();
        Ok(Self(found.unwrap_or_else(|| parent(&parts.headers))))
    }
}
