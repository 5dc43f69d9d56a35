//! Rules about deliveries: at most one live owner, and few crashes.

use std::sync::Arc;

use super::{DeliveryId, Observer, Place};
use crate::protocol::{
    model::Name,
    simulation::settings::{MAX_CRASHES, backoff},
};

impl Observer {
    /// The server counts one more delivery.
    pub(in super::super) fn delivered(&mut self, id: DeliveryId) {
        self.stay(id.place).deliveries += 1;
        self.stolen.remove(&id.place);
        self.deliveries.insert(id);
    }

    /// An operator claimed the entry for a consumer that may not know of it.
    pub(in super::super) fn stolen(&mut self, place: Place, thief: &Name) {
        self.moved(place);
        self.stay(place).deliveries += 1;
        self.stolen.insert(place, Arc::clone(thief));
    }

    pub(in super::super) fn is_stolen(&self, place: Place) -> bool {
        self.stolen.contains_key(&place)
    }

    /// A delivery was taken off the count: it was none.
    pub(in super::super) fn uncounted(&mut self, place: Place) {
        self.stay(place).uncounted += 1;
    }

    /// A call names a delivery: it must be one that the server made to this consumer.
    pub(in super::super) fn named(&mut self, id: &DeliveryId) {
        let made = self.deliveries.contains(id);
        self.demand(made, || format!("{id:?} is no delivery that was ever made"));
    }

    /// The entry becomes a dead letter untried, because its handlers died: that must be so.
    pub(in super::super) fn quarantined(&mut self, place: Place) {
        let stay = *self.stay(place);
        let accounted = stay.records + stay.uncounted + 1;
        let crashes = stay.deliveries.saturating_sub(accounted);
        let excused = self.is_returned(place);
        self.demand(crashes >= MAX_CRASHES.into() || excused, || {
            format!("{place:?} was quarantined after {crashes} crashes: {stay:?}")
        });
    }

    /// A handler begins.
    pub(in super::super) fn handler_starts(&mut self, process: usize, id: &DeliveryId) {
        let stay = self.stay(id.place);
        stay.starts += 1;
        let accounted = stay.records + stay.hand_backs + stay.forgiven;
        let crashes = stay.starts.saturating_sub(accounted);
        self.demand(crashes <= MAX_CRASHES.into(), || {
            format!("{id:?}: {crashes} deliveries started without an outcome")
        });
        // A lost group forgets its counts: the same delivery may be made a second time.
        self.said.remove(id);
        self.recorded.remove(id);
        self.known_lost.remove(id);
        self.active.push((process, id.clone()));
        self.started.insert(id.clone());
    }

    /// A handler ends, in whatever way.
    pub(in super::super) fn handler_ends(&mut self, process: usize, id: &DeliveryId) {
        let mut active = self.active.iter();
        let at = active.position(|(at, known)| *at == process && known == id);
        self.active.swap_remove(at.expect("it had started"));
    }

    /// A delivery without an outcome was parked with `count` for `delay`; `draining` is its process.
    pub(in super::super) fn handed_back(
        &mut self,
        id: &DeliveryId,
        (count, delay): (u64, u64),
        draining: bool,
    ) {
        let started = self.started.contains(id);
        if started && draining {
            self.stay(id.place).hand_backs += 1;
        }
        let blameless = (id.count - 1).max(1);
        // A drain may begin after the settler has decided.
        let right = match (draining, started) {
            (true, _) => count == blameless || count == id.count,
            (false, true) => count == id.count,
            (false, false) => count == blameless,
        };
        self.demand(right, || {
            format!("{id:?} goes on with {count} deliveries, draining {draining}, {started}")
        });
        let pause = backoff().delay(1).as_millis();
        let pauses = u128::from(delay) == pause || (draining && delay == 0);
        self.demand(pauses, || {
            format!("{id:?} is handed back for {delay} ms, draining {draining}")
        });
        if count < id.count {
            self.uncounted(id.place);
        }
    }

    /// The consumers of these deliveries now know that they have lost them. One that an operator claimed
    /// for its own consumer must be found there.
    pub(in super::super) fn lost_leases_are_known(&mut self, lost: &[(usize, DeliveryId)]) {
        for (_, id) in lost {
            let thief = self.stolen.get(&id.place);
            if thief.is_some_and(|thief| *thief == id.consumer) {
                self.stolen.remove(&id.place);
            }
        }
        let lost = lost.iter().map(|(_, id)| id.clone());
        self.known_lost.extend(lost);
    }
}
