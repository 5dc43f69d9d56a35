//! The reclaimer: claims what is due again, and decides what is too dangerous to be tried.

use std::sync::Arc;

use super::{
    books::Place,
    intake::{failed_before, unwanted},
    policy::{LEASE, PAUSE, TICK, is_too_dangerous},
    process::{Answer, Reply, Role, Trouble},
    world::World,
};
use crate::model::{Claimed, Reclaim};

const LARGEST_CLAIM: usize = 64;

impl World {
    /// When a claim would find something.
    pub(super) fn reclaimer_due(&self, p: usize) -> Option<u64> {
        let process = &self.processes[p];
        if process.free() == 0 || process.claiming.is_some() {
            return None;
        }
        let next = process.desks[&Role::Reclaimer].next;
        Some(next.max(self.hints.claimable?))
    }

    pub(super) fn reclaimer_acts(&mut self, p: usize) {
        let streams = self.server.streams.len();
        let process = &mut self.processes[p];
        let first = process.first;
        let order: Vec<usize> = (0..streams).map(|n| (first + n) % streams).collect();
        process.first = (first + 1) % streams;
        process.claiming = Some(Role::Reclaimer);
        let places = order.iter().map(|stream| {
            (
                Arc::clone(&self.server.streams[*stream]),
                process.cursors[*stream],
            )
        });
        let ask = Reclaim {
            consumer: Arc::clone(&process.name),
            lease: LEASE,
            count: process.free().min(LARGEST_CLAIM),
            limit: self.settings.across,
            places: places.collect(),
        };
        self.ask(p, Role::Reclaimer, |server| {
            let reclaimed = server.reclaim(&ask, &order)?;
            Ok(Reply::Reclaimed(order, reclaimed))
        });
    }

    pub(super) fn reclaimer_hears(&mut self, p: usize, answer: Answer) {
        let now = self.server.now();
        let process = &mut self.processes[p];
        process.claiming = None;
        process.desk(Role::Reclaimer).next = now + TICK;
        match answer {
            Ok(Reply::Reclaimed(order, reclaimed)) => {
                for (stream, cursor) in order.iter().zip(&reclaimed.cursors) {
                    process.cursors[*stream] = *cursor;
                }
                for claim in reclaimed.claimed {
                    let stream = order[claim.place];
                    self.claimed(p, stream, claim);
                }
            }
            Ok(reply) => unreachable!("a claim is not told {reply:?}"),
            Err(trouble) => {
                process.desk(Role::Reclaimer).next = now + PAUSE;
                // The answer may be lost on its way: then the claimed entries are known to nobody.
                process.recover |= self.settings.recovers;
                self.mend(trouble);
            }
        }
    }

    fn claimed(&mut self, p: usize, stream: usize, claim: Claimed) {
        let place = Place {
            stream,
            id: claim.id,
        };
        // Waiting here longer than the lease is no reason to handle it twice at a time.
        if self.processes[p].holdings.contains_key(&place) {
            return;
        }
        if unwanted(&claim.fields) {
            return self.skip(p, place);
        }
        let attempts = last_attempt(&claim.history);
        let failed = attempts.saturating_sub(failed_before(&claim.fields));
        if is_too_dangerous(claim.deliveries, failed) {
            self.quarantine(p, place, &claim.fields, claim.deliveries);
        } else {
            self.dispatch(p, place, claim.fields, (claim.deliveries, attempts));
        }
    }

    /// Entries may be pending in this process' name and handled nowhere. A lease later they are due
    /// again; but where a limit counts what is pending, nobody may claim them when they fill it.
    pub(super) fn look_again(&mut self, p: usize) {
        self.processes[p].recover |= self.settings.recovers;
    }

    /// What every role does about a server that has lost a group.
    pub(super) fn mend(&mut self, trouble: Trouble) {
        if trouble == Trouble::NoGroup {
            for stream in 0..self.server.streams.len() {
                self.server.ensure(stream);
            }
        }
    }
}

/// The history is bounded, so its length is no count.
fn last_attempt(history: &[u8]) -> u64 {
    let records: Vec<serde_json::Value> = serde_json::from_slice(history).unwrap_or_default();
    records
        .last()
        .and_then(|last| last["attempt"].as_u64())
        .unwrap_or(0)
}
