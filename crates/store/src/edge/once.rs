//! Requests that are carried out once per idempotency key, and their answers.
//!
//! An order and its key are written by one script of the order service; this is for everything else. The
//! answer is noted after the deed: when a process dies in between, the claim is void after its lease and
//! the next request under the key does the deed again.

use std::time::Duration;

use contracts::id::partition_of;
use streamward::Runtime;

use crate::{Result, keys, millis::millis, scripts};

/// How long a claim stands without an answer: longer than any request may take.
pub const ONCE_LEASE: Duration = Duration::from_secs(60);
/// How long an answer is kept.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// An answer that is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body's media type, or nothing.
    pub kind: String,
    /// Where the thing is that was made, or nothing.
    pub location: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller's.
    Claimed,
    /// Nobody's any more: this was answered.
    Done(Answer),
    /// Another one's, whose lease ends in so long.
    Running(Duration),
    /// The key was used for another request.
    Mismatch,
}

fn key(runtime: &Runtime, digest: &str) -> String {
    let index = partition_of(digest.as_bytes(), runtime.partition_count());
    keys::once(&runtime.partitions()[usize::from(index)], digest)
}

/// Claims the key `digest` (hex) for the request `fingerprint` on behalf of `owner`.
///
/// # Errors
/// [`streamward::Error`].
pub async fn claim(
    runtime: &Runtime,
    digest: &str,
    fingerprint: &str,
    owner: &str,
) -> Result<Claim> {
    let mut reply = scripts::EDGE_CLAIM
        .call(&[key(runtime, digest)])
        .arg(fingerprint)
        .arg(owner)
        .arg(millis(ONCE_LEASE))
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "CLAIMED" => Ok(Claim::Claimed),
        "DONE" => Ok(Claim::Done(Answer {
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

/// Keeps the answer for a day; false when the claim was void.
///
/// # Errors
/// [`streamward::Error`].
pub async fn finish(runtime: &Runtime, digest: &str, owner: &str, answer: &Answer) -> Result<bool> {
    settle(runtime, digest, owner, Some(answer)).await
}

/// Gives the key back: the request came to nothing that is worth keeping.
///
/// # Errors
/// [`streamward::Error`].
pub async fn release(runtime: &Runtime, digest: &str, owner: &str) -> Result<bool> {
    settle(runtime, digest, owner, None).await
}

async fn settle(
    runtime: &Runtime,
    digest: &str,
    owner: &str,
    answer: Option<&Answer>,
) -> Result<bool> {
    let life = answer.map_or(0, |_| millis(LIFE));
    let call = scripts::EDGE_FINISH
        .call(&[key(runtime, digest)])
        .arg(owner)
        .arg(life)
        .arg(answer.map_or(0, |answer| answer.status))
        .arg(answer.map_or("", |answer| &answer.kind))
        .arg(answer.map_or("", |answer| &answer.location))
        .arg(answer.map_or(&[][..], |answer| &answer.body));
    let reply = call.run(&mut runtime.server().link()).await?;
    match reply.tag() {
        "KEPT" | "FREED" => Ok(true),
        "LOST" => Ok(false),
        _ => Err(reply.unexpected()),
    }
}
