//! Ending children: ask, wait until a deadline, kill, and wait for the real end.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{error, info, warn};

use crate::exit::Exit;
use crate::launch::Reach;
use crate::plan::{Closing, Outcome};
use crate::slot::{Key, Live, Phase, Slot};
use crate::supervisor::{Msg, Supervising};
use crate::{NodeState, Shutdown, StartError};

/// How long a killed child may go on before it is reported. A kill takes effect at the next
/// `await`, so only code that blocks its thread needs that long.
const KILL_GRACE: Duration = Duration::from_secs(5);

impl Supervising {
    /// Asks the last of these that is alive to end, a group's members all at once; false when
    /// none is alive.
    pub(crate) fn stop_last_of(&mut self, members: &BTreeSet<u64>) -> bool {
        let concerned = |slot: &Slot| slot.is_alive() && members.contains(&slot.id);
        let Some(last) = self.slots.iter().rposition(concerned) else {
            return false;
        };
        let group = self.slots[last].group;
        for index in 0..=last {
            let slot = &self.slots[index];
            let together = index == last || (group.is_some() && slot.group == group);
            if together && concerned(slot) {
                self.ask_to_end(index);
            }
        }
        true
    }

    /// Asks once; a run that is ending already is left alone.
    pub(crate) fn ask_to_end(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let (Some(key), Some(live)) = (slot.key(), slot.live.as_mut()) else {
            return;
        };
        let was_starting = slot.phase == Phase::Starting;
        if slot.phase == Phase::Stopping {
            return;
        }
        slot.phase = Phase::Stopping;
        slot.entry.set_state(NodeState::Stopping);
        let Some(handle) = &live.handle else { return };
        let deadline = match (&handle.reach, slot.spec.shutdown) {
            (Reach::Supervisor(child), _) => {
                // Bounded by the deadlines below it. A closed mailbox means it is ending.
                let _ = child.cast(Msg::Close);
                return;
            }
            // An actor that has not finished `pre_start` has nothing to finish.
            (Reach::Actor(_), _) if was_starting => kill_now(live),
            (_, Shutdown::Kill) => kill_now(live),
            (Reach::Actor(_), Shutdown::Drain(deadline)) => {
                let _ = handle.cell.drain();
                deadline
            }
            (Reach::Task(_), Shutdown::Drain(deadline)) | (_, Shutdown::Stop(deadline)) => {
                handle.cell.stop(None);
                deadline
            }
        };
        self.myself.send_after(deadline, move || Msg::Overdue(key));
    }

    /// A deadline passed: kill, and later see whether even that had no effect.
    pub(crate) fn overdue(&mut self, key: Key) {
        let Some(index) = self.index_of(key) else {
            return;
        };
        let may_abandon = self.closing.is_some() || self.slots[index].leaving.is_some();
        let slot = &mut self.slots[index];
        let Some(live) = slot.live.as_mut() else {
            return;
        };
        if !live.killed {
            live.kill();
            self.common.ledger.killed(&slot.entry.path);
            let restarts = slot.entry.restarts();
            let reason = "missed its shutdown deadline";
            warn!(target: "supervision", path = slot.entry.label(), restarts, reason, "killed");
        } else if may_abandon {
            return self.abandon(index);
        } else {
            let reason = "blocks its thread and cannot be killed; not replaced while it lives";
            error!(target: "supervision", path = slot.entry.label(), reason, "stuck");
        }
        self.myself
            .send_after(KILL_GRACE, move || Msg::Overdue(key));
    }

    /// Stops waiting for a run that nothing can end, so that a shutdown ends in bounded time.
    fn abandon(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let Some(live) = slot.live.take() else { return };
        if let Some(minder) = live.minder {
            minder.abort();
        }
        let (entry, reason) = (slot.entry.clone(), "abandoned: blocks its thread");
        error!(target: "supervision", path = entry.label(), reason, "abandoned");
        self.common.ledger.abandoned(&entry.path);
        let state = self.ended_as_asked(index, &Exit::Abnormal(reason.to_owned()));
        entry.ended(state, reason);
    }

    /// Begins the supervisor's own end, once. Whoever waits for children to be up is told
    /// `error`, or that they were interrupted, when all children are gone.
    pub(crate) fn close(&mut self, outcome: Outcome, error: Option<StartError>) {
        if self.closing.is_some() {
            return;
        }
        let path = self.entry.label().to_owned();
        match &outcome {
            Outcome::Stopped => info!(target: "supervision", path = self.entry.label(), "stopping"),
            Outcome::Failed(reason) => {
                let restarts = self.entry.restarts();
                error!(target: "supervision", path = self.entry.label(), restarts, reason, "gives up");
            }
        }
        let error = error.unwrap_or(match &outcome {
            Outcome::Stopped => StartError::Interrupted { path },
            Outcome::Failed(cause) => StartError::Child {
                path,
                cause: cause.clone(),
            },
        });
        self.plans.clear();
        let births = self.births.drain(..);
        let owed = births
            .map(|expected| (expected.birth, error.clone()))
            .collect();
        self.closing = Some(Closing { outcome, owed });
        self.entry.set_state(NodeState::Stopping);
        for slot in self
            .slots
            .iter_mut()
            .filter(|slot| slot.phase == Phase::Idle)
        {
            slot.phase = Phase::Down;
            slot.entry.set_state(NodeState::Stopped);
        }
    }
}

/// Kills, and says when to look whether that worked.
fn kill_now(live: &mut Live) -> Duration {
    live.kill();
    KILL_GRACE
}
