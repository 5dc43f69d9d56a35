//! Quotas: how many requests a client has left.

use std::time::Duration;

use contracts::id::partition_of;
use sha2::{Digest, Sha256};
use streamward::Runtime;

use crate::{Result, keys, scripts};

/// So many requests per window, spread evenly, or all at once after a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name: a word of lower-case letters and `-`.
    pub name: &'static str,
    /// How many; at least 1.
    pub quota: u64,
    /// In which time; at least a millisecond.
    pub window: Duration,
}

/// What became of asking for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many were taken.
    Some {
        /// How many of those asked for, at least one unless none was asked for.
        taken: u64,
        /// How many the client has left beside them.
        left: u64,
        /// Until all of them would be back.
        full_in: Duration,
    },
    /// There is none; the next one comes after this time.
    None(Duration),
}

/// Takes up to `wanted` requests of `client` out of its quota; 0 only looks whether there is one.
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
