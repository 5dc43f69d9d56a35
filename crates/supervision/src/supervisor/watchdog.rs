//! Watchdog: detection of running children without a recent beat.

use std::time::Duration;

use tracing::warn;

use super::restarting::format_millis;
use super::slot::{Phase, RunId};
use super::{Message, State};
use crate::NodeState;

/// Checks per timeout: a silent child is detected at most a quarter of the timeout late.
const CHECKS_PER_TIMEOUT: u32 = 4;

impl State {
    pub(super) fn schedule_pulse_check(&self, index: usize, id: RunId) {
        if let Some(timeout) = self.slots[index].spec.watchdog {
            let interval = (timeout / CHECKS_PER_TIMEOUT).max(Duration::from_millis(1));
            self.myself
                .send_after(interval, move || Message::CheckPulse(id));
        }
    }

    /// Kills the run if its last beat is too old; its exit is then handled like any other.
    pub(super) fn check_pulse(&mut self, id: RunId) {
        let Some(index) = self.index_of(id) else {
            return;
        };
        let slot = &mut self.slots[index];
        let (Some(run), Some(timeout)) = (&mut slot.run, slot.spec.watchdog) else {
            return;
        };
        if slot.phase != Phase::Running {
            return;
        }
        let silence = run
            .up_since
            .and_then(|up_since| run.pulse.silent_for(up_since));
        match silence {
            Some(silence) if silence > timeout => {
                let reason = format!("silent for {}", format_millis(silence));
                let restarts = slot.record.restarts();
                warn!(target: "supervision", path = slot.record.label(), restarts, reason, "killed");
                run.watchdog_reason = Some(reason);
                run.kill();
                slot.record.set_state(NodeState::Stopping);
            }
            Some(_) | None => self.schedule_pulse_check(index, id),
        }
    }
}
