//! Posts to merchants' addresses, and to no others.

use std::{fmt, sync::Arc, time::Duration};

use contracts::event::WebhookAttempt;
use egress::Policy;
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
    redirect,
};
use store::webhook::Secrets;
use streamward::{Cause, clock};

use crate::{answer::Answer, signature::sign};

const TIMEOUT: Duration = Duration::from_secs(15);
const NAME: &str = concat!("Streamward/", env!("CARGO_PKG_VERSION"), " (webhooks)");

/// The HTTP client could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for webhooks cannot be built: {0}")]
pub struct SenderError(#[from] reqwest::Error);

/// Posts events, signed. One serves all webhooks.
pub struct Sender {
    client: Client,
    policy: Policy,
    timeout: Duration,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("policy", &self.policy)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Names lead where the policy allows; the client connects to what this answers and asks nobody else.
struct Guard(Policy);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            // The client puts the URL's port in place of 0.
            let found = policy.resolve(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Sender {
    /// A sender that goes where `policy` allows.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn new(policy: Policy) -> Result<Self, SenderError> {
        let client = Client::builder()
            .user_agent(NAME)
            .redirect(redirect::Policy::none())
            .no_proxy()
            // Every attempt looks at the address anew.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Guard(policy)))
            .build()?;
        Ok(Self {
            client,
            policy,
            timeout: TIMEOUT,
        })
    }

    /// How long one post may take. Default 15 s.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long one post may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Posts the attempt to `url`, signed with every secret that is valid now.
    pub(crate) async fn post(
        &self,
        url: &str,
        secrets: &Secrets,
        attempt: &WebhookAttempt,
    ) -> Answer {
        let url = match self.policy.check_url(url) {
            Ok(url) => url,
            Err(refused) => return Answer::none(format!("the URL {refused}")),
        };
        let now_ms = clock::now_ms();
        let (id, seconds) = (&attempt.delivery_id, now_ms / 1000);
        let request = self
            .client
            .post(url)
            .timeout(self.timeout)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id.as_str())
            .header("webhook-timestamp", seconds)
            .header(
                "webhook-signature",
                sign(secrets.at(now_ms), id, seconds, &attempt.body),
            )
            .body(attempt.body.clone());
        match request.send().await {
            Ok(response) => Answer::read(response).await,
            Err(error) if error.is_timeout() => {
                Answer::none(format!("no answer within {:?}", self.timeout))
            }
            Err(error) => Answer::none(Cause::from(error.without_url()).to_string()),
        }
    }
}
