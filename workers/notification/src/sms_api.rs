//! SMS over an HTTP API of Twilio's form: a form body, Basic auth, 201 for accepted.
//!
//! Such an API knows no idempotency key. A message that is repeated because the answer was lost, or
//! because the process died before it noted the answer, arrives twice.

use std::{fmt, time::Duration};

use reqwest::{
    Client, Response, StatusCode, Url,
    header::{HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use serde::Deserialize;
use streamward::Cause;

use crate::{SendError, Sms, mail::one_line};

/// Below the handler's timeout, together with a mail's.
const DEADLINE: Duration = Duration::from_secs(10);
/// Whoever asks to be left alone for longer is asked again all the same.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// An answer's words are cut here.
const LONGEST_WORDS: usize = 300;

/// Why a text names no SMS API. It never quotes the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; expected http:// or https:// and the address that takes messages, without a login in it"
)]
pub struct BadSmsUrl(&'static str);

/// An SMS API.
pub struct SmsApi {
    client: Client,
    url: Url,
    from: String,
    user: String,
    password: String,
    deadline: Duration,
}

/// What Twilio says about a failure.
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
    /// The API at `url`, which takes messages from the number or name `from`.
    ///
    /// # Errors
    /// [`BadSmsUrl`], which never quotes the URL.
    pub fn new(url: &str, user: &str, password: &str, from: &str) -> Result<Self, BadSmsUrl> {
        let url = Url::parse(url).map_err(|_| BadSmsUrl("is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadSmsUrl("has another scheme"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadSmsUrl("has a login in it"));
        }
        // A redirect would hand the message, and perhaps the password, to somebody else.
        let client = Client::builder().redirect(Policy::none());
        Ok(Self {
            client: client
                .build()
                .map_err(|_| BadSmsUrl("cannot be spoken to"))?,
            url,
            from: from.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            deadline: DEADLINE,
        })
    }

    /// How long one message may take. Default 10 s.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Gives the API a message.
    ///
    /// # Errors
    /// [`SendError::Refused`] when it will never take this one, else [`SendError::Later`], with the
    /// pause that it asks for.
    pub async fn send(&self, sms: &Sms<'_>) -> Result<(), SendError> {
        let form = [("To", sms.to), ("From", &self.from), ("Body", sms.text)];
        let request = self.client.post(self.url.clone());
        let request = request.basic_auth(&self.user, Some(&self.password));
        let answer = request.form(&form).timeout(self.deadline).send().await;
        let answer = answer.map_err(|error| SendError::later(words(error)))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(sorted(answer).await)
    }
}

/// What an answer other than success means.
async fn sorted(answer: Response) -> SendError {
    let (status, after) = (answer.status(), pause(answer.headers()));
    let problem: Problem = answer.json().await.unwrap_or_default();
    let Problem { code, message } = problem;
    let said: String = one_line(&message).chars().take(LONGEST_WORDS).collect();
    let cause = format!("SMS API answered {status}, code {code}: {said}");
    // A wrong login says nothing about the message: it is set right while the messages wait.
    let waits = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::UNAUTHORIZED,
    ];
    if status.is_client_error() && !waits.contains(&status) {
        return SendError::Refused { cause };
    }
    SendError::Later { after, cause }
}

fn pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

/// The error and what caused it, without the URL, whose path may name an account.
fn words(error: reqwest::Error) -> String {
    format!("SMS API: {}", Cause::from(error.without_url()))
}
