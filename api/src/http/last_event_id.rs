//! The `Last-Event-ID` header, with which a client resumes a stream of events.

use axum::http::HeaderMap;

use crate::problem::Problem;

const LAST_EVENT_ID: &str = "last-event-id";

/// Returns how many of an order's `events` the client has seen. They are numbered from 1, in the order of its history.
pub(crate) fn seen(headers: &HeaderMap, events: usize) -> Result<usize, Problem> {
    let Some(text) = headers.get(LAST_EVENT_ID) else {
        return Ok(0);
    };
    let number: Option<usize> = text.to_str().ok().and_then(|text| text.parse().ok());
    // `+5` and `05` parse as 5, and no event has such an id.
    let is_id = |seen: &usize| *seen <= events && *text == seen.to_string();
    number.filter(is_id).ok_or_else(|| {
        let detail = "It must be the id of an event of this order.";
        Problem::parameter("Last-Event-ID", detail)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_ids_of_events_are_accepted() {
        let seen = |text| {
            let headers = [(LAST_EVENT_ID, HeaderValue::from_static(text))];
            let headers = headers.map(|(name, value)| (name.parse().unwrap(), value));
            seen(&HeaderMap::from_iter(headers), 9).ok()
        };
        assert_eq!(seen("0"), Some(0));
        assert_eq!(seen("9"), Some(9));
        for text in ["10", "-1", "+1", "01", "1 ", "", "x"] {
            assert_eq!(seen(text), None, "{text:?}");
        }
    }
}
