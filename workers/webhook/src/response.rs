//! Classification of an endpoint's response.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::{
    Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use streamward::clock;

/// Maximum number of bytes read of a response.
const MAX_READ: usize = 1024;
/// Maximum length of the response's text in an error, in characters.
const MAX_TEXT: usize = 200;

/// Result of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostResult {
    /// HTTP status, if there was a response.
    pub(crate) status: Option<u16>,
    /// Error; `None` for a delivered event.
    pub(crate) error: Option<String>,
    /// Pause that the endpoint requests.
    pub(crate) after: Option<Duration>,
}

impl PostResult {
    /// Returns the result of a post without a response.
    pub(crate) const fn no_response(error: String) -> Self {
        Self {
            status: None,
            error: Some(error),
            after: None,
        }
    }

    /// Classifies a response and reads a bounded part of it.
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status();
        if status.is_success() {
            return Self {
                status: Some(status.as_u16()),
                error: None,
                after: None,
            };
        }
        let after = retry_after(response.headers(), clock::local_ms());
        let mut error = format!("answered {status}");
        if status.is_redirection() {
            error.push_str(", and redirects are not followed");
        }
        let text = first_line(response).await;
        if !text.is_empty() {
            error = format!("{error}: {text}");
        }
        Self {
            status: Some(status.as_u16()),
            error: Some(error),
            after,
        }
    }

    /// Returns whether the endpoint is gone for good (410).
    pub(crate) fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }

    /// Returns whether the endpoint is overloaded, whatever the delivery.
    pub(crate) fn is_throttled(&self) -> bool {
        matches!(self.status, Some(429 | 502..=504)) || self.after.is_some()
    }
}

/// Parses `Retry-After` in both of its forms: seconds, and a date.
fn retry_after(headers: &HeaderMap, now_ms: u64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let now = UNIX_EPOCH + Duration::from_millis(now_ms);
    Some(date.duration_since(now).unwrap_or_default())
}

/// Reads the beginning of the response as one line.
async fn first_line(mut response: Response) -> String {
    let mut read = Vec::new();
    while read.len() < MAX_READ {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    read.truncate(MAX_READ);
    let text = String::from_utf8_lossy(&read);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |text| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers, 784_111_767_000).map(|time| time.as_secs())
        };
        assert_eq!(after("120"), Some(120));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(10));
        assert_eq!(after("Sat, 06 Nov 1993 08:49:37 GMT"), Some(0));
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), 0), None);
    }
}
