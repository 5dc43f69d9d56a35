//! The reclaimer: claims entries that are due again - retries, and entries left behind.

use std::time::Duration;

use redis::Value;

use crate::{
    consumer::{
        connection::{Connection, millis},
        read::{admission::Admission, flow_control::Rotation},
        role::Role,
        work::policy::Policy,
    },
    dead::Attempt,
    entry::RawEntry,
    error::Result,
    reply, scripts,
};

/// Granularity of every backoff.
const TICK: Duration = Duration::from_millis(25);
/// Interval while nothing of this process falls due: for entries that other processes leave behind.
const IDLE_INTERVAL: Duration = Duration::from_millis(500);
const LARGEST_CLAIM: usize = 64;

/// The reclaimer of one consumer.
pub(crate) struct Reclaimer {
    connection: Connection,
    admission: Admission,
    policy: Policy,
    lease: Duration,
    /// Limit of entries in flight over all processes; 0 for none.
    across_processes: usize,
    /// Position of the sweep over each stream's pending list.
    cursors: Vec<String>,
    rotation: Rotation,
}

struct Claim {
    stream: usize,
    entry: RawEntry,
    deliveries: u32,
    attempts: u32,
}

impl Reclaimer {
    pub(crate) fn new(
        connection: &Connection,
        admission: Admission,
        policy: &Policy,
        lease: Duration,
        across_processes: Option<usize>,
    ) -> Self {
        let streams = connection.identity.streams.len();
        // A predecessor that was killed in a claim may have taken the claimed entries with it.
        admission.leases.request_recovery();
        Self {
            connection: connection.clone(),
            admission,
            policy: policy.clone(),
            lease,
            across_processes: across_processes.unwrap_or(0),
            cursors: vec!["0-0".to_owned(); streams],
            rotation: Rotation::over(streams),
        }
    }

    async fn admit(&self, claim: Claim) -> Result<()> {
        let admission = &self.admission;
        let Claim {
            stream,
            entry,
            deliveries,
            attempts,
        } = claim;
        let in_flight = &admission.leases.in_flight;
        if let Some(held) = in_flight.redelivered(stream, &entry.id) {
            // In flight here longer than the lease - redis-server was away - and so due again; but
            // its handler is at work, or its acknowledgement waits.
            if held.saturating_add(1) == deliveries {
                self.undo(stream, &entry.id, deliveries, held).await?;
            }
        } else if !admission.flow.may_read() {
            admission.decline(stream, entry.id, deliveries);
        } else if admission.wants(&entry) {
            let failed = attempts.saturating_sub(admission.failed_before(stream, &entry));
            match self.policy.quarantine(deliveries, failed) {
                Some(cause) => {
                    admission.quarantine(stream, entry, deliveries, cause).await;
                }
                None => admission.admit(stream, entry, deliveries, attempts).await,
            }
        } else if attempts > 0 {
            // A process of a newer version wants it: it has tried.
            admission.decline(stream, entry.id, deliveries);
        } else {
            admission.skip(stream, vec![entry.id]).await;
        }
        Ok(())
    }

    /// Undoes a claim of an entry that is in flight here: its fence is the delivery count. When another
    /// consumer has claimed it meanwhile, the renewer finds out.
    async fn undo(&self, stream: usize, id: &str, claimed: u32, deliveries: u32) -> Result<()> {
        let identity = &self.connection.identity;
        let reply = scripts::UNDO_CLAIM
            .call(&[&*identity.streams[stream]])
            .arg(&*identity.service)
            .arg(id)
            .arg(&*identity.consumer)
            .arg(claimed)
            .arg(deliveries)
            .run(&mut self.connection.link())
            .await?;
        match reply.tag() {
            "UNDONE" | "LOST" | "GONE" => {}
            "DELETED" => identity.count_lost(1),
            _ => return Err(reply.unexpected()),
        }
        Ok(())
    }

    async fn claim(&mut self, count: usize) -> Result<(Vec<Claim>, usize)> {
        let identity = &self.connection.identity;
        let attempts = identity.attempts_key();
        let mut order = self.rotation.next_order();
        order.retain(|stream| identity.is_subscribed(*stream));
        let mut keys: Vec<&str> = vec![&attempts];
        keys.extend(order.iter().map(|stream| &*identity.streams[*stream]));
        let mut call = scripts::RECLAIM_ENTRIES
            .call(&keys)
            .arg(&*identity.service)
            .arg(&*identity.consumer)
            .arg(millis(self.lease))
            .arg(count)
            .arg(self.across_processes);
        for stream in &order {
            call = call.arg(&self.cursors[*stream]);
        }
        let mut reply = call
            .run(&mut self.connection.link())
            .await?
            .tagged("CLAIMED")?;
        let cursors: Vec<String> = reply.take()?;
        let claims: Value = reply.take()?;
        let lost: Vec<Value> = reply.take()?;
        for (stream, cursor) in order.iter().zip(cursors) {
            self.cursors[*stream] = cursor;
        }
        let claims = reply::array(claims)
            .into_iter()
            .filter_map(|claim| claim_of(claim, &order));
        Ok((claims.collect(), lost.len()))
    }
}

impl Role for Reclaimer {
    const NAME: &'static str = "reclaimer";

    fn every(&self) -> Duration {
        if self.admission.leases.attention.is_raised() {
            TICK
        } else {
            IDLE_INTERVAL
        }
    }

    async fn wake(&self) {
        self.admission.leases.attention.raised().await;
    }

    /// Claims as many due entries as can start. Returns how many it claimed.
    async fn run_once(&mut self) -> Result<usize> {
        let count = self.admission.flow.room().min(LARGEST_CLAIM);
        if count == 0 {
            let attention = &self.admission.leases.attention;
            if attention.is_raised() {
                // What falls due now waits for a worker.
                attention.raise(Duration::ZERO);
            }
            return Ok(0);
        }
        let leases = std::sync::Arc::clone(&self.admission.leases);
        let _claiming = leases.claiming.lock().await;
        // The answer may be lost on its way: then the claimed entries are in flight nowhere.
        let claimed = self.claim(count).await;
        let (claims, lost) = claimed.inspect_err(|_| leases.request_recovery())?;
        let found = claims.len();
        if found > 0 {
            // Where one was due, more may be.
            leases.attention.raise(Duration::ZERO);
        }
        for claim in claims {
            self.admit(claim).await?;
        }
        self.connection.identity.count_lost(lost);
        Ok(found)
    }
}

/// Reads `{stream index (1..), id, {field, value...}, deliveries, history}`, the index into `order`.
fn claim_of(value: Value, order: &[usize]) -> Option<Claim> {
    let [stream, id, fields, deliveries, history] =
        <[Value; 5]>::try_from(reply::array(value)).ok()?;
    // The history is bounded, so its length is no count.
    let history: Vec<Attempt> = serde_json::from_str(&reply::text(history)).unwrap_or_default();
    Some(Claim {
        stream: *order.get(usize::try_from(reply::count(&stream)?.checked_sub(1)?).ok()?)?,
        entry: reply::entry_of(id, fields),
        deliveries: u32::try_from(reply::count(&deliveries)?).ok()?,
        attempts: history.last().map_or(0, |last| last.attempt),
    })
}
