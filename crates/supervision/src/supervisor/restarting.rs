//! Restarts: affected siblings, backoff, and the intensity limit.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::State;
use super::plan::{Origin, Stage};
use super::slot::Phase;
use crate::exit::Exit;
use crate::{NodeState, Restart, Strategy};

impl State {
    /// Counts a restart and returns the reason to give up when it exceeds the intensity.
    pub(super) fn exceeded(&mut self, index: usize, exit: &Exit) -> Option<String> {
        let intensity = self.spec.intensity;
        let now = Instant::now();
        self.restarts
            .retain(|then| now.duration_since(*then) <= intensity.within);
        self.restarts.push_back(now);
        let allowed = usize::try_from(intensity.max_restarts).unwrap_or(usize::MAX);
        (self.restarts.len() > allowed).then(|| {
            let record = &self.slots[index].record;
            let (max, within) = (intensity.max_restarts, format_millis(intensity.within));
            let (name, last) = (&record.name, exit.reason());
            format!("more than {max} restarts within {within}, last {name}: {last}")
        })
    }

    /// Plans the restart of a child and of the siblings its strategy affects.
    pub(super) fn plan_restart(&mut self, index: usize, reason: &str, up_since: Option<Instant>) {
        let backoff = self.spec.backoff;
        let slot = &mut self.slots[index];
        if up_since.is_some_and(|since| since.elapsed() > backoff.reset_after()) {
            slot.failures = 0;
        }
        slot.failures = slot.failures.saturating_add(1);
        let delay = backoff.delay(slot.failures);
        let (id, path, restarts) = (slot.id, slot.record.label(), slot.record.restarts());
        let pause = format_millis(delay);
        warn!(target: "supervision", path, restarts, reason, pause, "restarting");

        let affected = self.affected_by(index);
        let name = self.slots[index].record.name.clone();
        for slot in self
            .slots
            .iter_mut()
            .filter(|slot| affected.contains(&slot.id))
        {
            // The first start by this run of the supervisor is no restart.
            if slot.launched {
                slot.restart_reason = Some(if slot.id == id {
                    reason.to_owned()
                } else {
                    format!("with {name}: {reason}")
                });
            }
            if slot.phase == Phase::Down {
                slot.phase = Phase::Idle;
                slot.record.set_state(NodeState::Backoff);
            }
        }
        self.take_over(&affected);
        self.add_delayed_plan(Origin::Restart, affected, Stage::Stopping, delay);
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
        // A sibling's restart does not include a temporary child that has ended.
        let over = |phase, restart| phase == Phase::Down && restart == Restart::Temporary;
        self.slots[from..]
            .iter()
            .filter(|slot| slot.removal.is_none() && !over(slot.phase, slot.spec.restart))
            .map(|slot| slot.id)
            .collect()
    }
}

/// Formats a duration for messages, in milliseconds precision.
pub(super) fn format_millis(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    humantime::format_duration(Duration::from_millis(millis)).to_string()
}
