//! Rules about those who take entries from others: the sweep of the reclaimer, and the reaper.

use redis::Value;

use super::{Snapshot, tag};
use crate::protocol::{
    model::Name,
    simulation::{observer::Place, server::Server, settings::LEASE},
};

impl Server {
    /// A sweep comes to every due entry. In peace an entry may become due behind the cursor of one
    /// sweep and be the last of the next one: so many claims may pass it over.
    pub(super) fn demand_whole_sweeps(&mut self, before: &Snapshot, after: &Snapshot) {
        if !self.settings.crowded {
            return;
        }
        let (now, lease) = (self.model.now, LEASE.as_millis());
        let most = 2 * self.settings.entries;
        for (place, pending) in before {
            let is_due = u128::from(now - pending.since) >= lease;
            if !is_due || after.get(place) != Some(pending) {
                self.passed_over.remove(place);
                continue;
            }
            let claimed = |other: &Place| {
                other.stream == place.stream && before.get(other) != after.get(other)
            };
            let claims = after.keys().filter(|other| claimed(other)).count() as u64;
            let passed = self.passed_over.entry(*place).or_default();
            *passed += claims;
            let passed = *passed;
            self.observer.demand(passed <= most, || {
                format!("{passed} claims have passed over {place:?}, which is due")
            });
        }
    }

    /// Liveness decides death: a consumer with a heartbeat keeps its entries and its name.
    pub(super) fn demand_dead(&mut self, consumer: &Name, answer: &Value) {
        let heartbeat = self.model.get(&self.service.alive(consumer));
        let right = heartbeat.is_none() || tag(answer) == b"ALIVE";
        self.observer
            .demand(right, || format!("{consumer} lives and was taken over"));
    }
}
