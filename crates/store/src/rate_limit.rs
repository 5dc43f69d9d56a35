//! Quotas: how many requests a client has left.

use std::time::Duration;

use contracts::id::partition_of;
use sha2::{Digest, Sha256};
use streamward::Runtime;

use crate::{Result, keys, scripts};

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

/// Takes up to `wanted` requests of `client` from its quota; 0 only checks.
///
/// # Errors
/// [`streamward::Error`].
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
    let digest = hex::encode(&Sha256::digest(client.as_bytes())[..16]);
    let index = partition_of(digest.as_bytes(), runtime.partition_count());
    let partition = &runtime.partitions()[usize::from(index)];
    let window = policy.window.as_micros() as f64;
    let mut reply = scripts::TAKE_QUOTA
        .call(&[keys::quota(partition, policy.name, &digest)])
        .arg(window / policy.quota as f64)
        .arg(window)
        .arg(wanted)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "TAKEN" => Ok(Taken::Some {
            taken: reply.take()?,
            left: reply.take()?,
            full_in: Duration::from_micros(reply.take()?),
        }),
        "EMPTY" => Ok(Taken::None(Duration::from_micros(reply.take()?))),
        _ => Err(reply.unexpected()),
    }
}
