//! Which children a restart takes along, after which pause, and when it is one too many.

use std::collections::BTreeSet;

use tokio::time::Instant;
use tracing::warn;

use crate::clock::words;
use crate::exit::Exit;
use crate::plan::{Origin, Stage};
use crate::slot::Phase;
use crate::supervisor::Supervising;
use crate::{NodeState, Restart, Strategy};

impl Supervising {
    /// Counts a restart; the reason to give up when it is one too many.
    pub(crate) fn exceeded(&mut self, index: usize, exit: &Exit) -> Option<String> {
        let intensity = self.spec.intensity;
        let now = Instant::now();
        self.restarts
            .retain(|then| now.duration_since(*then) <= intensity.within);
        self.restarts.push_back(now);
        let allowed = usize::try_from(intensity.max_restarts).unwrap_or(usize::MAX);
        (self.restarts.len() > allowed).then(|| {
            let entry = &self.slots[index].entry;
            let (max, within) = (intensity.max_restarts, words(intensity.within));
            let (name, last) = (&entry.name, exit.reason());
            format!("more than {max} restarts within {within}, last {name}: {last}")
        })
    }

    /// Plans the restart of a child and of the siblings its strategy takes along.
    pub(crate) fn plan_restart(&mut self, index: usize, reason: &str, up_since: Option<Instant>) {
        let backoff = self.spec.backoff;
        let slot = &mut self.slots[index];
        if up_since.is_some_and(|since| since.elapsed() > backoff.forgiven_after()) {
            slot.failures = 0;
        }
        slot.failures = slot.failures.saturating_add(1);
        let delay = backoff.delay(slot.failures);
        let (id, path, restarts) = (slot.id, slot.entry.label(), slot.entry.restarts());
        let pause = words(delay);
        warn!(target: "supervision", path, restarts, reason, pause, "restarting");

        let affected = self.affected_by(index);
        let name = self.slots[index].entry.name.clone();
        for slot in self
            .slots
            .iter_mut()
            .filter(|slot| affected.contains(&slot.id))
        {
            let because = if slot.id == id {
                reason.to_owned()
            } else {
                format!("with {name}: {reason}")
            };
            slot.restart_because(because);
            if slot.phase == Phase::Down {
                slot.phase = Phase::Idle;
                slot.entry.set_state(NodeState::Backoff);
            }
        }
        self.take_over(&affected);
        self.plan(Origin::Restart, affected, Stage::Stopping).delay = delay;
    }

    fn affected_by(&self, index: usize) -> BTreeSet<u64> {
        let slot = &self.slots[index];
        let alone = slot.group.is_some() || self.spec.strategy == Strategy::OneForOne;
        if alone {
            return BTreeSet::from([slot.id]);
        }
        let from = if self.spec.strategy == Strategy::RestForOne {
            index
        } else {
            0
        };
        // A temporary child that has ended is not brought back by a sibling.
        let over = |phase, restart| phase == Phase::Down && restart == Restart::Temporary;
        self.slots[from..]
            .iter()
            .filter(|slot| slot.leaving.is_none() && !over(slot.phase, slot.spec.restart))
            .map(|slot| slot.id)
            .collect()
    }

    /// Takes these children out of the plans they are in.
    ///
    /// A plan that loses a single child goes on without it. One that loses several is over: what
    /// it has not started yet comes after the child that crashed, so the new plan starts it.
    fn take_over(&mut self, affected: &BTreeSet<u64>) {
        let single = affected.len() == 1;
        self.plans.retain_mut(|plan| {
            if plan.members.is_disjoint(affected) {
                return true;
            }
            plan.members.retain(|id| !affected.contains(id));
            single && !plan.members.is_empty()
        });
    }
}
