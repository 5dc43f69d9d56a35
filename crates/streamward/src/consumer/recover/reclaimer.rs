//! The reclaimer: claims what is due again - retries, and entries that somebody left behind.

use std::{sync::Arc, time::Duration};

use redis::Value;

use crate::consumer::{
    read::rotation::Rotation,
    role::{Next, Role},
    shared::Shared,
};
use crate::{
    dead::Attempt,
    entry::RawEntry,
    error::Result,
    handler::{Handler, Inbound},
    reply, scripts,
};

/// The granularity of every backoff.
const TICK: Duration = Duration::from_millis(25);
const LARGEST_CLAIM: usize = 64;

/// The reclaimer of one consumer.
pub(crate) struct Reclaimer {
    shared: Arc<Shared>,
    /// Where the sweep over each stream's pending list continues.
    cursors: Vec<String>,
    rotation: Rotation,
    wants: fn(&str) -> bool,
}

/// What one pass found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reclaimed {
    pub(crate) dispatched: usize,
    pub(crate) quarantined: usize,
    pub(crate) skipped: usize,
    pub(crate) lost: usize,
}

struct Claim {
    stream: usize,
    entry: RawEntry,
    deliveries: u32,
    attempts: u32,
}

impl Reclaimer {
    pub(crate) fn new<H: Handler>(shared: &Arc<Shared>) -> Self {
        let cursors = vec!["0-0".to_owned(); shared.streams.len()];
        Self {
            shared: Arc::clone(shared),
            cursors,
            rotation: Rotation::over(shared.streams.len()),
            wants: H::Message::wants,
        }
    }

    /// Claims as many due entries as there are free workers.
    pub(crate) async fn run_once(&mut self) -> Result<Reclaimed> {
        let count = self.shared.room().min(LARGEST_CLAIM);
        if count == 0 {
            return Ok(Reclaimed::default());
        }
        let shared = Arc::clone(&self.shared);
        let _claiming = shared.claiming.lock().await;
        // The answer may be lost on its way: then the claimed entries are known to nobody.
        let claimed = self.claim(count).await;
        let (claims, lost) = claimed.inspect_err(|_| shared.request_recovery())?;
        let mut found = Reclaimed {
            lost,
            ..Reclaimed::default()
        };
        for claim in claims {
            if let Some(deliveries) = shared.holds(claim.stream, &claim.entry.id) {
                // Held here longer than the lease - redis-server was away - and so due again; but its
                // handler is at work, or its acknowledgement waits.
                self.give_back_to_holder(&claim, deliveries).await?;
                continue;
            }
            if !shared.may_read() {
                shared.decline(claim.stream, claim.entry.id, claim.deliveries);
                continue;
            }
            let kind = claim.entry.kind();
            if !(self.wants)(kind) && !kind.is_empty() {
                if claim.attempts > 0 {
                    // A newer process wants it: it has tried.
                    shared.decline(claim.stream, claim.entry.id, claim.deliveries);
                    continue;
                }
                found.skipped += 1;
                shared.skip(claim.stream, vec![claim.entry.id]).await;
                continue;
            }
            let before = shared.failed_before(claim.stream, &claim.entry);
            let failed = claim.attempts.saturating_sub(before);
            match shared.options.policy.quarantine(claim.deliveries, failed) {
                Some(cause) => {
                    found.quarantined += 1;
                    shared
                        .quarantine(claim.stream, claim.entry, claim.deliveries, cause)
                        .await;
                }
                None => {
                    found.dispatched += 1;
                    shared
                        .admit(claim.stream, claim.entry, claim.deliveries, claim.attempts)
                        .await;
                }
            }
        }
        shared.count_lost(found.lost);
        Ok(found)
    }

    /// Takes back what a claim did to an entry that is held here: its fence is the delivery count.
    async fn give_back_to_holder(&self, claim: &Claim, deliveries: u32) -> Result<()> {
        if deliveries.saturating_add(1) != claim.deliveries {
            return Ok(());
        }
        let shared = &self.shared;
        let mut undo = redis::cmd("XCLAIM");
        undo.arg(&*shared.streams[claim.stream])
            .arg(&*shared.group)
            .arg(&*shared.consumer)
            .arg(0)
            .arg(&claim.entry.id)
            .arg("RETRYCOUNT")
            .arg(deliveries)
            .arg("JUSTID");
        Ok(undo.query_async::<()>(&mut shared.link()).await?)
    }

    async fn claim(&mut self, count: usize) -> Result<(Vec<Claim>, usize)> {
        let shared = &self.shared;
        let attempts = shared.partition.attempts(shared.service());
        let order = self.rotation.next().unwrap_or_default();
        let mut keys: Vec<&str> = vec![&attempts];
        keys.extend(order.iter().map(|stream| &*shared.streams[*stream]));
        let mut call = scripts::RECLAIM
            .call(&keys)
            .arg(&*shared.group)
            .arg(&*shared.consumer)
            .arg(shared.lease_ms())
            .arg(count)
            .arg(shared.options.across_processes.unwrap_or(0));
        for stream in &order {
            call = call.arg(&self.cursors[*stream]);
        }
        let mut reply = call.run(&mut shared.link()).await?;
        if reply.tag() != "CLAIMED" {
            return Err(reply.unexpected());
        }
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

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn every(&self) -> Duration {
        TICK
    }

    async fn pass(&mut self) -> Result<Next> {
        self.run_once().await?;
        Ok(Next::Tick)
    }
}

/// `{stream index (1..), id, {field, value...}, deliveries, history}`, the index into `order`.
fn claim_of(value: Value, order: &[usize]) -> Option<Claim> {
    let [stream, id, fields, deliveries, history] =
        <[Value; 5]>::try_from(reply::array(value)).ok()?;
    // The history is bounded, so its length is no count.
    let history: Vec<Attempt> = serde_json::from_str(&reply::text(history)).unwrap_or_default();
    Some(Claim {
        stream: *order.get(usize::try_from(reply::count(&stream)?.checked_sub(1)?).ok()?)?,
        entry: RawEntry {
            id: reply::text(id),
            fields: reply::fields_of(fields),
        },
        deliveries: u32::try_from(reply::count(&deliveries)?).ok()?,
        attempts: history.last().map_or(0, |last| last.attempt),
    })
}
