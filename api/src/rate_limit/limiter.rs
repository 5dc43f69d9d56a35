//! Keeps to the limits: one quota per client over all API processes, at next to no cost.
//!
//! The quota lies in Redis. A process takes a few requests out of it at once and hands them out from
//! memory, so that a busy client costs a call now and then and not one per request. What it has not
//! handed out after [`LEASE`] is lost to the client, so it never gets more than its quota; how much it may
//! lose is a sixteenth of a second's worth per process (`stride`). A quota of less than 32 requests a second
//! is counted one by one.
//!
//! While Redis is away, everything passes and is counted.

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

/// How long requests taken from Redis may be handed out.
const LEASE: Duration = Duration::from_secs(10);
/// A limit is no reason to wait for.
const PATIENCE: Duration = Duration::from_millis(250);
/// Unless it keeps guessers away: a wrong password that is not counted is a free one.
const STRICT_PATIENCE: Duration = Duration::from_secs(5);
/// How long nobody asks after Redis did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Clients remembered at once; one that is forgotten costs a call.
const MOST_CLIENTS: usize = 10_000;
/// The most requests taken at once.
const LONGEST_STRIDE: u64 = 256;

/// How a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The request passes.
    Good {
        /// How many more would.
        left: u64,
        /// Until the whole quota is back.
        full_in: Duration,
    },
    /// It does not; the next one would after this time.
    Over(Duration),
    /// Nobody could say.
    Unknown,
}

impl Standing {
    /// Counts the request if nobody can say.
    fn counted(self, policy: &Policy) -> Self {
        if self == Self::Unknown {
            metrics::limited(policy.name, Limited::Unknown);
        }
        self
    }
}

/// What a process holds of one client's quota.
#[derive(Default)]
struct QuotaLease {
    held: u64,
    beyond: u64,
    full_in: Duration,
    /// Until when what is held, or the lack of it, can be relied on.
    until: Option<Instant>,
    empty: bool,
    unknown: bool,
}

/// Every client's lease, by policy and client.
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

    /// Takes one request of `client`.
    pub(crate) async fn take(&self, policy: &Policy, client: &str) -> Standing {
        let lease = self.lease(policy, client);
        // Whoever comes while it is being filled waits, and does not fill it again.
        let mut lease = lease.lock().await;
        if !lease.is_current() {
            let asked = rate_limit::take_quota(&self.runtime, policy, client, stride(policy));
            *lease = filled(timeout(PATIENCE, asked).await, policy);
        }
        lease.spend().counted(policy)
    }

    /// Looks whether `client` has any request left, and takes none.
    pub(crate) async fn look(&self, policy: &Policy, client: &str) -> Standing {
        let lease = self.lease(policy, client);
        let mut lease = lease.lock().await;
        if !(lease.is_current() && lease.empty) {
            let asked = rate_limit::take_quota(&self.runtime, policy, client, 0);
            *lease = filled(timeout(STRICT_PATIENCE, asked).await, policy);
        }
        lease.standing().counted(policy)
    }

    /// Takes one request whether or not there is one.
    pub(crate) async fn charge(&self, policy: &Policy, client: &str) {
        let lease = self.lease(policy, client);
        let mut lease = lease.lock().await;
        let asked = rate_limit::take_quota(&self.runtime, policy, client, 1);
        *lease = filled(timeout(STRICT_PATIENCE, asked).await, policy);
        lease.standing().counted(policy);
    }

    fn lease(&self, policy: &Policy, client: &str) -> Arc<AsyncMutex<QuotaLease>> {
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (policy.name, client.to_owned());
        if let Some(lease) = leases.get(&key) {
            return Arc::clone(lease);
        }
        if leases.len() >= MOST_CLIENTS {
            // Forgetting costs a client no more than what was taken for it and not handed out.
            leases.clear();
        }
        Arc::clone(leases.entry(key).or_default())
    }
}

/// The lease after Redis was asked.
fn filled(asked: Result<store::Result<Taken>, Elapsed>, policy: &Policy) -> QuotaLease {
    let now = Instant::now();
    match asked {
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

/// How many requests are taken at once.
fn stride(policy: &Policy) -> u64 {
    let per_second = u128::from(policy.quota) * 1000 / policy.window.as_millis().max(1);
    let stride = u64::try_from(per_second / 16).unwrap_or(LONGEST_STRIDE);
    stride.clamp(1, LONGEST_STRIDE)
}

impl QuotaLease {
    /// Whether it can answer for the next request.
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
