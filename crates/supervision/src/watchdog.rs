//! Children that are up but silent.

use std::time::Duration;

use tracing::warn;

use crate::NodeState;
use crate::clock::words;
use crate::slot::{Key, Phase};
use crate::supervisor::{Msg, Supervising};

/// Looks per patience: silence is found at most a quarter of the patience late.
const LOOKS: u32 = 4;

impl Supervising {
    pub(crate) fn schedule_watch(&self, index: usize, key: Key) {
        if let Some(patience) = self.slots[index].spec.watchdog {
            let pause = (patience / LOOKS).max(Duration::from_millis(1));
            self.myself.send_after(pause, move || Msg::Watch(key));
        }
    }

    /// Kills the run if it has been silent for too long; its exit then takes the usual way.
    pub(crate) fn watch(&mut self, key: Key) {
        let Some(index) = self.index_of(key) else {
            return;
        };
        let slot = &mut self.slots[index];
        let (Some(live), Some(patience)) = (&mut slot.live, slot.spec.watchdog) else {
            return;
        };
        if slot.phase != Phase::Running {
            return;
        }
        let silence = live
            .up_since
            .and_then(|up_since| live.pulse.silent_for(up_since));
        match silence {
            Some(silence) if silence > patience => {
                let reason = format!("silent for {}", words(silence));
                let restarts = slot.entry.restarts();
                warn!(target: "supervision", path = slot.entry.label(), restarts, reason, "killed");
                live.verdict = Some(reason);
                live.kill();
                slot.entry.set_state(NodeState::Stopping);
            }
            Some(_) | None => self.schedule_watch(index, key),
        }
    }
}
