//! Accounting of rate limits: one quota per client over all API processes.
//!
//! The quota lies in Redis. A process leases several requests of it at once and spends them from memory, so that a
//! busy client does not cost a round trip per request. Requests of a lease that are not spent within [`LEASE`] are lost
//! to the client, so that it never gets more than its quota; the loss is at most a sixteenth of a second's worth per
//! process ([`stride`]). Quotas below 32 requests per second are counted one by one.
//!
//! While Redis does not answer, all requests pass and are counted in a metric.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use store::rate_limit::{self, Policy, Taken};
use streamward::Runtime;
use tokio::{
    sync::Mutex as AsyncMutex,
    time::{Instant, error::Elapsed, timeout},
};

use crate::metrics::{self, Limited};

/// Lifetime of a lease.
const LEASE: Duration = Duration::from_secs(10);
/// Timeout of the lookup for ordinary requests, which pass when it expires.
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(250);
/// Timeout for password checks: a wrong password that is not counted is a free guess.
const STRICT_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause of lookups after Redis did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Leases in memory; a forgotten one costs a round trip.
const MOST_CLIENTS: usize = 10_000;
/// Maximum requests of one lease.
const LONGEST_STRIDE: u64 = 256;

/// The state of a client's quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The request passes.
    Good {
        /// Requests left.
        left: u64,
        /// Time until the quota is full again.
        full_in: Duration,
    },
    /// The request is refused; the next one passes after this time.
    Over(Duration),
    /// Redis did not answer; the request passes.
    Unknown,
}

impl Standing {
    /// Counts the request in a metric if its quota is unknown.
    fn counted(self, policy: &Policy) -> Self {
        if self == Self::Unknown {
            metrics::limited(policy.name, Limited::Unknown);
        }
        self
    }
}

/// The part of one client's quota that a process holds.
#[derive(Default)]
struct QuotaLease {
    held: u64,
    beyond: u64,
    full_in: Duration,
    /// End of the validity of the lease, or of its lack.
    until: Option<Instant>,
    empty: bool,
    unknown: bool,
}

/// Leases by policy and client.
type QuotaLeases = HashMap<(&'static str, String), Arc<AsyncMutex<QuotaLease>>>;

pub(crate) struct Limiter {
    runtime: Runtime,
    leases: Mutex<QuotaLeases>,
}

impl Limiter {
    pub(crate) fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            leases: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one request from the quota of `client`.
    pub(crate) async fn take(&self, policy: &Policy, client: &str) -> Standing {
        let lease = self.lease(policy, client);
        // Concurrent requests wait for one renewal.
        let mut lease = lease.lock().await;
        if !lease.is_current() {
            let take = rate_limit::take_quota(&self.runtime, policy, client, stride(policy));
            *lease = renewed(timeout(LOOKUP_TIMEOUT, take).await, policy);
        }
        lease.spend().counted(policy)
    }

    /// Returns the state of the quota of `client` without taking a request.
    pub(crate) async fn look(&self, policy: &Policy, client: &str) -> Standing {
        let lease = self.lease(policy, client);
        let mut lease = lease.lock().await;
        if !(lease.is_current() && lease.empty) {
            let take = rate_limit::take_quota(&self.runtime, policy, client, 0);
            *lease = renewed(timeout(STRICT_TIMEOUT, take).await, policy);
        }
        lease.standing().counted(policy)
    }

    /// Takes one request even if none is left.
    pub(crate) async fn charge(&self, policy: &Policy, client: &str) {
        let lease = self.lease(policy, client);
        let mut lease = lease.lock().await;
        let take = rate_limit::take_quota(&self.runtime, policy, client, 1);
        *lease = renewed(timeout(STRICT_TIMEOUT, take).await, policy);
        lease.standing().counted(policy);
    }

    fn lease(&self, policy: &Policy, client: &str) -> Arc<AsyncMutex<QuotaLease>> {
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (policy.name, client.to_owned());
        if let Some(lease) = leases.get(&key) {
            return Arc::clone(lease);
        }
        if leases.len() >= MOST_CLIENTS {
            // The client loses what was leased and not spent.
            leases.clear();
        }
        Arc::clone(leases.entry(key).or_default())
    }
}

/// Returns the lease for the answer of Redis.
fn renewed(answer: Result<store::Result<Taken>, Elapsed>, policy: &Policy) -> QuotaLease {
    let now = Instant::now();
    match answer {
        Ok(Ok(Taken::Some {
            taken,
            left,
            full_in,
        })) => QuotaLease {
            held: taken,
            beyond: left,
            full_in,
            until: Some(now + LEASE.min(policy.window)),
            ..QuotaLease::default()
        },
        Ok(Ok(Taken::None(wait))) => QuotaLease {
            empty: true,
            until: Some(now + wait),
            ..QuotaLease::default()
        },
        Ok(Err(_)) | Err(_) => QuotaLease {
            unknown: true,
            until: Some(now + PAUSE),
            ..QuotaLease::default()
        },
    }
}

/// Returns how many requests are leased at once.
fn stride(policy: &Policy) -> u64 {
    let per_second = u128::from(policy.quota) * 1000 / policy.window.as_millis().max(1);
    let stride = u64::try_from(per_second / 16).unwrap_or(LONGEST_STRIDE);
    stride.clamp(1, LONGEST_STRIDE)
}

impl QuotaLease {
    /// Returns whether it decides the next request without Redis.
    fn is_current(&self) -> bool {
        let fresh = self.until.is_some_and(|until| Instant::now() < until);
        fresh && (self.empty || self.unknown || self.held > 0)
    }

    fn spend(&mut self) -> Standing {
        self.held = self.held.saturating_sub(1);
        self.standing()
    }

    fn standing(&self) -> Standing {
        if self.unknown {
            return Standing::Unknown;
        }
        if self.empty {
            let left = self.until.map(|until| until - Instant::now());
            return Standing::Over(left.unwrap_or_default());
        }
        Standing::Good {
            left: self.held + self.beyond,
            full_in: self.full_in,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_quotas_are_counted_one_by_one_and_large_ones_in_strides() {
        let stride = |quota, seconds| {
            stride(&Policy {
                name: "write",
                quota,
                window: Duration::from_secs(seconds),
            })
        };
        assert_eq!(stride(10, 60), 1);
        assert_eq!(stride(1900, 60), 1);
        assert_eq!(stride(120_000, 60), 125);
        assert_eq!(stride(600_000, 60), 256);
    }
}
