//! Idempotency keys of requests and the stored responses.
//!
//! Orders write their key in the script that places them; this module serves every other request. The
//! response is stored after the effect: when a process dies in between, its claim expires with the lease and
//! the next request under the key repeats the effect.

use std::time::Duration;

use streamward::{Reply, Runtime};

use crate::{
    Result, keys,
    script::{self, Part},
};

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

impl Part for StoredResponse {
    fn take(reply: &mut Reply) -> Result<Self> {
        Ok(Self {
            status: reply.take()?,
            kind: reply.take()?,
            location: reply.take()?,
            body: reply.take()?,
        })
    }
}

replies! {
    /// Result of claiming an idempotency key.
    pub Claim {
        /// The caller holds the key and executes the request.
        Claimed = "CLAIMED",
        /// A response is stored.
        Done(StoredResponse) = "DONE",
        /// Another process executes the request; its lease ends in this time.
        Running(Duration) = "RUNNING",
        /// The key belongs to a different request.
        Mismatch = "MISMATCH",
    }
}

fn key(runtime: &Runtime, digest: &str) -> String {
    keys::stored_response(keys::home(runtime, digest), digest)
}

/// Claims the key `digest` (hex) for the request `fingerprint` on behalf of `owner`.
pub async fn claim_key(
    runtime: &Runtime,
    digest: &str,
    fingerprint: &str,
    owner: &str,
) -> Result<Claim> {
    let script = script!("idempotency/claim_key" {
        fingerprint,
        owner,
        lease: CLAIM_LEASE,
    });
    script::run(runtime, &[key(runtime, digest)], script).await
}

/// Stores the response for 24 hours; returns false when the claim has expired.
pub async fn store_response(
    runtime: &Runtime,
    digest: &str,
    owner: &str,
    response: &StoredResponse,
) -> Result<bool> {
    let script = script!("idempotency/store_response" {
        owner,
        ttl: RESPONSE_TTL,
        status: response.status,
        kind: &response.kind,
        location: &response.location,
        body: &response.body,
    });
    script::run(runtime, &[key(runtime, digest)], script).await
}

/// Releases the key of a request whose response is not stored; returns false when the claim has expired.
pub async fn release_key(runtime: &Runtime, digest: &str, owner: &str) -> Result<bool> {
    script::run(
        runtime,
        &[key(runtime, digest)],
        script!("idempotency/release_key" { owner }),
    )
    .await
}
