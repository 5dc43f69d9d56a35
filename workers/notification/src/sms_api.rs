//! SMS over an HTTP API like Twilio's: a form body, Basic auth, 201 for accepted.
//!
//! The API has no idempotency key: an SMS that is repeated, because the response was lost or the process
//! died before it marked the SMS as sent, arrives twice.

use std::{fmt, time::Duration};

use reqwest::{
    Client, Response, StatusCode, Url,
    header::{HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use serde::Deserialize;
use streamward::Cause;

use crate::{SendError, Sms, mail::one_line};

/// Timeout of a request; with a mail's, below the handler's.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum `Retry-After` honoured.
const MAX_PAUSE: Duration = Duration::from_secs(3600);
/// Maximum length of the API's message in an error, in characters.
const MAX_MESSAGE: usize = 300;

/// Error of an invalid URL of an SMS API. Never quotes the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; expected http:// or https:// and the address that takes messages, without a login in it"
)]
pub struct BadSmsUrl(&'static str);

/// Client of an SMS API.
pub struct SmsApi {
    client: Client,
    url: Url,
    from: String,
    user: String,
    password: String,
    timeout: Duration,
}

/// Error body of the API.
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    message: String,
}

impl fmt::Debug for SmsApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsApi")
            .field("host", &self.url.host_str())
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl SmsApi {
    /// Returns a client of the API at `url` that sends from the number or name `from`.
    ///
    /// # Errors
    /// [`BadSmsUrl`].
    pub fn new(url: &str, user: &str, password: &str, from: &str) -> Result<Self, BadSmsUrl> {
        let url = Url::parse(url).map_err(|_| BadSmsUrl("is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadSmsUrl("has another scheme"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadSmsUrl("has a login in it"));
        }
        // A redirect would disclose the message, and perhaps the password, to another host.
        let client = Client::builder().redirect(Policy::none());
        Ok(Self {
            client: client
                .build()
                .map_err(|_| BadSmsUrl("cannot be spoken to"))?,
            url,
            from: from.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            timeout: TIMEOUT,
        })
    }

    /// Sets the timeout of a request. Default 10 s.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends an SMS.
    ///
    /// # Errors
    /// [`SendError::Refused`] for a permanent error, else [`SendError::Later`] with the pause that the API
    /// requests.
    pub async fn send(&self, sms: &Sms<'_>) -> Result<(), SendError> {
        let form = [("To", sms.to), ("From", &self.from), ("Body", sms.text)];
        let request = self.client.post(self.url.clone());
        let request = request.basic_auth(&self.user, Some(&self.password));
        let answer = request.form(&form).timeout(self.timeout).send().await;
        let answer = answer.map_err(|error| SendError::later(describe(error)))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(classify(answer).await)
    }
}

/// Classifies an error response.
async fn classify(answer: Response) -> SendError {
    let (status, after) = (answer.status(), retry_after(answer.headers()));
    let problem: Problem = answer.json().await.unwrap_or_default();
    let Problem { code, message } = problem;
    let message: String = one_line(&message).chars().take(MAX_MESSAGE).collect();
    let cause = format!("SMS API answered {status}, code {code}: {message}");
    // A wrong login concerns every message: they are retried until it is corrected.
    let temporary = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::UNAUTHORIZED,
    ];
    if status.is_client_error() && !temporary.contains(&status) {
        return SendError::Refused { cause };
    }
    SendError::Later { after, cause }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = text.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_PAUSE))
}

/// Describes an error without the URL, whose path may name an account.
fn describe(error: reqwest::Error) -> String {
    format!("SMS API: {}", Cause::from(error.without_url()))
}
