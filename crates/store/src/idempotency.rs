//! Idempotency keys of requests and the stored responses.
//!
//! Orders write their key in the script that places them; this module serves every other request. The
//! response is stored after the effect: when a process dies in between, its claim expires with the lease and
//! the next request under the key repeats the effect.

use std::time::Duration;

use contracts::id::partition_of;
use streamward::Runtime;

use crate::{Result, keys, millis::millis, scripts};

/// Validity of a claim without a response; longer than any request may take.
pub const CLAIM_LEASE: Duration = Duration::from_secs(60);
/// Retention of a stored response.
const RESPONSE_TTL: Duration = Duration::from_secs(24 * 3600);

/// A stored HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body, or `""`.
    pub kind: String,
    /// The `Location` header, or `""`.
    pub location: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Result of claiming an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller holds the key and executes the request.
    Claimed,
    /// A response is stored.
    Done(StoredResponse),
    /// Another process executes the request; its lease ends in this time.
    Running(Duration),
    /// The key belongs to a different request.
    Mismatch,
}

fn key(runtime: &Runtime, digest: &str) -> String {
    let index = partition_of(digest.as_bytes(), runtime.partition_count());
    keys::stored_response(&runtime.partitions()[usize::from(index)], digest)
}

/// Claims the key `digest` (hex) for the request `fingerprint` on behalf of `owner`.
///
/// # Errors
/// [`streamward::Error`].
pub async fn claim_key(
    runtime: &Runtime,
    digest: &str,
    fingerprint: &str,
    owner: &str,
) -> Result<Claim> {
    let mut reply = scripts::CLAIM_KEY
        .call(&[key(runtime, digest)])
        .arg(fingerprint)
        .arg(owner)
        .arg(millis(CLAIM_LEASE))
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "CLAIMED" => Ok(Claim::Claimed),
        "DONE" => Ok(Claim::Done(StoredResponse {
            status: reply.take()?,
            kind: reply.take()?,
            location: reply.take()?,
            body: reply.take()?,
        })),
        "RUNNING" => {
            let left: i64 = reply.take()?;
            let left = u64::try_from(left).unwrap_or(0);
            Ok(Claim::Running(Duration::from_millis(left)))
        }
        "MISMATCH" => Ok(Claim::Mismatch),
        _ => Err(reply.unexpected()),
    }
}

/// Stores the response for 24 hours; returns false when the claim has expired.
///
/// # Errors
/// [`streamward::Error`].
pub async fn store_response(
    runtime: &Runtime,
    digest: &str,
    owner: &str,
    response: &StoredResponse,
) -> Result<bool> {
    let call = scripts::STORE_RESPONSE
        .call(&[key(runtime, digest)])
        .arg(owner)
        .arg(millis(RESPONSE_TTL))
        .arg(response.status)
        .arg(&response.kind)
        .arg(&response.location)
        .arg(&response.body[..]);
    let reply = call.run(&mut runtime.server().link()).await?;
    match reply.tag() {
        "STORED" => Ok(true),
        "LOST" => Ok(false),
        _ => Err(reply.unexpected()),
    }
}

/// Releases the key of a request whose response is not stored; returns false when the claim has expired.
///
/// # Errors
/// [`streamward::Error`].
pub async fn release_key(runtime: &Runtime, digest: &str, owner: &str) -> Result<bool> {
    let call = scripts::RELEASE_KEY
        .call(&[key(runtime, digest)])
        .arg(owner);
    let reply = call.run(&mut runtime.server().link()).await?;
    match reply.tag() {
        "RELEASED" => Ok(true),
        "LOST" => Ok(false),
        _ => Err(reply.unexpected()),
    }
}
