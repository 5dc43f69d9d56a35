//! What a merchant's answer means.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::{
    Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use streamward::clock;

/// More of an answer is not read.
const READ: usize = 1024;
/// An answer's words are cut here.
const WORDS: usize = 200;

/// What came of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status, when there was one.
    pub(crate) status: Option<u16>,
    /// What went wrong; nothing when it was taken.
    pub(crate) error: Option<String>,
    /// How long the merchant asks to be left alone.
    pub(crate) after: Option<Duration>,
}

impl Answer {
    /// There was no answer.
    pub(crate) const fn none(error: String) -> Self {
        Self {
            status: None,
            error: Some(error),
            after: None,
        }
    }

    /// Sorts an answer; reads no more of it than it must.
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status();
        if status.is_success() {
            return Self {
                status: Some(status.as_u16()),
                error: None,
                after: None,
            };
        }
        let after = retry_after(response.headers(), clock::now_ms());
        let mut error = format!("answered {status}");
        if status.is_redirection() {
            error.push_str(", and redirects are not followed");
        }
        let said = words(response).await;
        if !said.is_empty() {
            error = format!("{error}: {said}");
        }
        Self {
            status: Some(status.as_u16()),
            error: Some(error),
            after,
        }
    }

    /// It is not there any more, and will not be again.
    pub(crate) fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }

    /// It is too much for the merchant, whatever the delivery.
    pub(crate) fn is_throttled(&self) -> bool {
        matches!(self.status, Some(429 | 502..=504)) || self.after.is_some()
    }
}

/// `Retry-After` in both of its forms: seconds, and a date.
fn retry_after(headers: &HeaderMap, now_ms: u64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let now = UNIX_EPOCH + Duration::from_millis(now_ms);
    Some(date.duration_since(now).unwrap_or_default())
}

/// How the answer begins, on one line.
async fn words(mut response: Response) -> String {
    let mut read = Vec::new();
    while read.len() < READ {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    read.truncate(READ);
    let text = String::from_utf8_lossy(&read);
    let line = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line: Vec<&str> = line.filter(|word| !word.is_empty()).collect();
    line.join(" ").chars().take(WORDS).collect()
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
