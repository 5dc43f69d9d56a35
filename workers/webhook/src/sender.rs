//! HTTP client for merchants' endpoints, with SSRF protection.

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

use crate::{response::PostResult, signature::sign};

const TIMEOUT: Duration = Duration::from_secs(15);
const USER_AGENT: &str = concat!("Streamward/", env!("CARGO_PKG_VERSION"), " (webhooks)");

/// Error of an HTTP client that cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for webhooks cannot be built: {0}")]
pub struct SenderError(#[from] reqwest::Error);

/// Client that posts signed events, shared by all webhooks.
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

/// Resolver that returns only addresses the policy allows (prevents SSRF by DNS rebinding).
struct PolicyResolver(Policy);

impl Resolve for PolicyResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            // The client replaces port 0 by the URL's port.
            let found = policy.resolve(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Sender {
    /// Returns a sender to addresses that `policy` allows.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn new(policy: Policy) -> Result<Self, SenderError> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            // Every attempt resolves and checks the address again.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(PolicyResolver(policy)))
            .build()?;
        Ok(Self {
            client,
            policy,
            timeout: TIMEOUT,
        })
    }

    /// Sets the timeout of a post. Default 15 s.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the timeout of a post.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Posts the attempt to `url`, signed with every secret that is valid now.
    pub(crate) async fn post(
        &self,
        url: &str,
        secrets: &Secrets,
        attempt: &WebhookAttempt,
    ) -> PostResult {
        let url = match self.policy.check_url(url) {
            Ok(url) => url,
            Err(refused) => return PostResult::no_response(format!("the URL {refused}")),
        };
        let now_ms = clock::local_ms();
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
            Ok(response) => PostResult::read(response).await,
            Err(error) if error.is_timeout() => {
                PostResult::no_response(format!("no answer within {:?}", self.timeout))
            }
            Err(error) => PostResult::no_response(Cause::from(error.without_url()).to_string()),
        }
    }
}
