//! Quotas: how many requests a client has left.

use std::time::Duration;

use streamward::{Reply, Runtime};

use crate::{
    Result, keys,
    script::{self, Answer},
};

/// A quota: requests per time window, as a steady rate or one burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name: a word of lower-case letters and `-`.
    pub name: &'static str,
    /// Requests per window; at least 1.
    pub quota: u64,
    /// Window; at least 1 ms.
    pub window: Duration,
}

/// Result of taking requests from a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Requests were taken.
    Some {
        /// Requests taken; at least one unless zero were wanted.
        taken: u64,
        /// Requests left.
        left: u64,
        /// Time until the quota is full again.
        full_in: Duration,
    },
    /// The quota is used up; the next request is free after this time.
    None(Duration),
}

impl Answer for Taken {
    const TAGS: &'static [&'static str] = &["TAKEN", "EMPTY"];

    fn read(mut reply: Reply) -> Result<Self> {
        match reply.tag() {
            "TAKEN" => Ok(Self::Some {
                taken: reply.take()?,
                left: reply.take()?,
                full_in: Duration::from_micros(reply.take()?),
            }),
            "EMPTY" => Ok(Self::None(Duration::from_micros(reply.take()?))),
            _ => Err(reply.unexpected()),
        }
    }
}

/// Takes up to `wanted` requests of `client` from its quota; 0 only checks.
#[expect(
    clippy::cast_precision_loss,
    reason = "quotas and windows are far below 2^52"
)]
pub async fn take_quota(
    runtime: &Runtime,
    policy: &Policy,
    client: &str,
    wanted: u64,
) -> Result<Taken> {
    let digest = keys::digest(&[client.as_bytes()]);
    let partition = keys::home(runtime, &digest);
    let window = policy.window.as_micros() as f64;
    let script = script!("rate_limit/take_quota" {
        interval: window / policy.quota as f64,
        window,
        wanted,
    });
    let key = keys::quota(partition, policy.name, &digest);
    script::run(runtime, &[key], script).await
}
