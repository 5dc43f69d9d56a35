//! Shutdown of children: stop request, deadline, kill, and the wait for the actual end.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{error, info, warn};

use super::plan::{Closing, Outcome};
use super::slot::{Phase, Run, RunId, Slot};
use super::{Message, State};
use crate::exit::Exit;
use crate::{NodeKind, NodeState, Shutdown, StartError};

/// Time after a kill until a child that still lives is reported as stuck.
///
/// A kill takes effect at the next `await`, so only code that blocks its thread needs that long.
const KILL_GRACE: Duration = Duration::from_secs(5);

impl State {
    /// Requests the stop of the last of these children that is alive, for a group of all members
    /// at once; false when none is alive.
    pub(super) fn stop_last_of(&mut self, members: &BTreeSet<u64>) -> bool {
        let affected = |slot: &Slot| slot.is_alive() && members.contains(&slot.id);
        let Some(last) = self.slots.iter().rposition(affected) else {
            return false;
        };
        let group = self.slots[last].group;
        for index in 0..=last {
            let slot = &self.slots[index];
            let together = index == last || (group.is_some() && slot.group == group);
            if together && affected(slot) {
                self.request_stop(index);
            }
        }
        true
    }

    /// Requests a stop once; a run that is already stopping is left alone.
    pub(super) fn request_stop(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let (Some(id), Some(run)) = (slot.run_id(), slot.run.as_mut()) else {
            return;
        };
        let was_starting = slot.phase == Phase::Starting;
        if slot.phase == Phase::Stopping {
            return;
        }
        slot.phase = Phase::Stopping;
        slot.record.set_state(NodeState::Stopping);
        let Some(handle) = &run.handle else { return };
        let deadline = match (slot.record.kind, slot.spec.shutdown) {
            (NodeKind::Supervisor, _) => {
                // Bounded by the deadlines below it. A closed mailbox means it is ending.
                let _ = handle.cell.send_message(Message::Close);
                return;
            }
            // An actor that has not finished `pre_start` has nothing to finish.
            (NodeKind::Actor, _) if was_starting => kill_now(run),
            (_, Shutdown::Kill) => kill_now(run),
            (NodeKind::Actor, Shutdown::Drain(deadline)) => {
                let _ = handle.cell.drain();
                deadline
            }
            (NodeKind::Task, Shutdown::Drain(deadline)) | (_, Shutdown::Stop(deadline)) => {
                handle.cell.stop(None);
                deadline
            }
        };
        self.myself
            .send_after(deadline, move || Message::Overdue(id));
    }

    /// Kills a run past its deadline; on the next call the kill itself has had no effect.
    pub(super) fn overdue(&mut self, id: RunId) {
        let Some(index) = self.index_of(id) else {
            return;
        };
        let may_abandon = self.closing.is_some() || self.slots[index].removal.is_some();
        let slot = &mut self.slots[index];
        let Some(run) = slot.run.as_mut() else {
            return;
        };
        if !run.killed {
            run.kill();
            self.inherited.shutdown_report.killed(&slot.record.path);
            let restarts = slot.record.restarts();
            let reason = "missed its shutdown deadline";
            warn!(target: "supervision", path = slot.record.label(), restarts, reason, "killed");
        } else if may_abandon {
            return self.abandon(index);
        } else {
            let reason = "blocks its thread and cannot be killed; not replaced while it lives";
            error!(target: "supervision", path = slot.record.label(), reason, "stuck");
        }
        self.myself
            .send_after(KILL_GRACE, move || Message::Overdue(id));
    }

    /// Stops waiting for a run that cannot be killed, which bounds the time of a shutdown.
    fn abandon(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let Some(run) = slot.run.take() else { return };
        if let Some(monitor) = run.monitor {
            monitor.abort();
        }
        let (record, reason) = (slot.record.clone(), "abandoned: blocks its thread");
        error!(target: "supervision", path = record.label(), reason, "abandoned");
        self.inherited.shutdown_report.abandoned(&record.path);
        let state = self.stopped_on_request(index, &Exit::Abnormal(reason.to_owned()));
        record.ended(state, reason);
    }

    /// Begins the supervisor's own shutdown, once. Pending start requests fail with `error`, or as
    /// interrupted, when all children are gone.
    pub(super) fn close(&mut self, outcome: Outcome, error: Option<StartError>) {
        if self.closing.is_some() {
            return;
        }
        let path = self.record.label().to_owned();
        match &outcome {
            Outcome::Stopped => {
                info!(target: "supervision", path = self.record.label(), "stopping");
            }
            Outcome::Failed(reason) => {
                let restarts = self.record.restarts();
                error!(target: "supervision", path = self.record.label(), restarts, reason, "gives up");
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
        let pending = self.pending_starts.drain(..);
        let replies = pending
            .map(|pending| (pending.reply, error.clone()))
            .collect();
        self.closing = Some(Closing { outcome, replies });
        self.record.set_state(NodeState::Stopping);
        for slot in self
            .slots
            .iter_mut()
            .filter(|slot| slot.phase == Phase::Idle)
        {
            slot.phase = Phase::Down;
            slot.record.set_state(NodeState::Stopped);
        }
    }
}

/// Kills a run and returns the time until the check of the effect.
fn kill_now(run: &mut Run) -> Duration {
    run.kill();
    KILL_GRACE
}
