//! Calls from one service to the next: pooled connections, timeouts, bounded retries of idempotent
//! requests.

use std::time::Duration;

use anyhow::{Result, bail};
use reqwest::{Client, StatusCode};
use serde::Serialize;
use tokio::time::sleep;

/// Pauses between attempts while the buyer waits, in milliseconds.
pub(super) const QUICK: &[u64] = &[100, 400];
/// Pauses between attempts in the background.
pub(super) const PERSISTENT: &[u64] = &[200, 400, 800, 1600, 3200];

const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// Another service of the chain.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    client: Client,
    base: String,
}

impl Peer {
    /// Returns the service at the URL `base`; an attempt times out after `timeout`.
    pub(super) fn new(base: &str, timeout: Duration) -> Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(256)
            .build()?;
        Ok(Self {
            client,
            base: base.to_owned(),
        })
    }

    /// Puts `body`, again after each pause while the service fails or does not answer.
    ///
    /// Returns the status of the answer, which is no 5xx.
    pub(super) async fn put<B: Serialize>(
        &self,
        path: &str,
        body: &B,
        pauses: &[u64],
    ) -> Result<StatusCode> {
        let mut pauses = pauses.iter();
        loop {
            let request = self.client.put(format!("{}{path}", self.base));
            let last = match request.json(body).send().await {
                Ok(answer) if !answer.status().is_server_error() => return Ok(answer.status()),
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.to_string(),
            };
            match pauses.next() {
                Some(pause) => sleep(Duration::from_millis(*pause)).await,
                None => bail!("{path}: {last}"),
            }
        }
    }
}
