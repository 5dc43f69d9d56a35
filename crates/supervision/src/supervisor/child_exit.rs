//! Consequences of the end of a run.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::info;

use super::State;
use super::plan::{Origin, Outcome, Stage};
use super::slot::{Phase, RunId};
use crate::exit::Exit;
use crate::{NodeState, Restart, StartError};

impl State {
    /// Handles the report that nothing of a run is left.
    pub(super) fn gone(&mut self, id: RunId, failure: Option<StartError>) {
        let Some(index) = self.index_of(id) else {
            return;
        };
        let slot = &mut self.slots[index];
        let Some(run) = slot.run.take() else { return };
        let record = Arc::clone(&slot.record);
        let exit = run.exit_reason(failure.as_ref());
        let state = match std::mem::replace(&mut slot.phase, Phase::Idle) {
            Phase::Stopping => self.stopped_on_request(index, &exit),
            Phase::Starting => self.failed_to_start(index, &exit, failure),
            Phase::Running | Phase::Idle | Phase::Down => {
                self.exited_by_itself(index, &exit, run.up_since)
            }
        };
        record.ended(state, exit.reason());
    }

    /// Handles a requested stop: a removal, a shutdown, or the first half of a restart.
    pub(super) fn stopped_on_request(&mut self, index: usize, exit: &Exit) -> NodeState {
        let slot = &mut self.slots[index];
        slot.phase = Phase::Idle;
        let restarts = slot.record.restarts();
        let reason = exit.reason();
        info!(target: "supervision", path = slot.record.label(), restarts, reason, "stopped");
        if slot.removal.is_some() {
            self.remove(index);
            return NodeState::Stopped;
        }
        if self.closing.is_some() {
            slot.phase = Phase::Down;
            return NodeState::Stopped;
        }
        if slot.spec.restart == Restart::Temporary {
            self.retire(index);
            return NodeState::Stopped;
        }
        NodeState::Backoff
    }

    fn failed_to_start(
        &mut self,
        index: usize,
        exit: &Exit,
        failure: Option<StartError>,
    ) -> NodeState {
        let slot = &self.slots[index];
        let path = slot.record.path.clone();
        let error = match failure {
            Some(error @ StartError::Child { .. }) => error,
            // A supervisor killed in its start does not report the reason itself.
            Some(_) | None => StartError::Child {
                path,
                cause: exit.reason().to_owned(),
            },
        };
        let id = slot.id;
        let origin = self
            .plans
            .iter()
            .find(|plan| plan.members.contains(&id))
            .map(|p| p.origin);
        match origin {
            Some(Origin::Initial) if self.closing.is_none() => {
                self.slots[index].phase = Phase::Down;
                self.close(Outcome::Failed(error.to_string()), Some(error));
                NodeState::Failed
            }
            Some(Origin::Dynamic) => {
                self.remove_failed_start(id, &error);
                NodeState::Failed
            }
            Some(Origin::Initial | Origin::Restart) | None => {
                self.exited_by_itself(index, exit, None)
            }
        }
    }

    fn exited_by_itself(
        &mut self,
        index: usize,
        exit: &Exit,
        up_since: Option<Instant>,
    ) -> NodeState {
        let slot = &mut self.slots[index];
        let final_state = if exit.is_abnormal() {
            NodeState::Failed
        } else {
            NodeState::Stopped
        };
        if self.closing.is_some() {
            slot.phase = Phase::Down;
            return final_state;
        }
        let wanted = match slot.spec.restart {
            Restart::Permanent => true,
            Restart::Transient => exit.is_abnormal(),
            Restart::Temporary => false,
        };
        let id = slot.id;
        let mut plans = self.plans.iter().filter(|plan| plan.members.contains(&id));
        let stop_planned = plans.any(|plan| plan.stage == Stage::Stopping);
        if stop_planned && slot.spec.restart != Restart::Temporary {
            // It exited before its stop request; its restart is under way and counted.
            return NodeState::Backoff;
        }
        if !wanted {
            let (path, reason) = (slot.record.label(), exit.reason());
            info!(target: "supervision", path, restarts = slot.record.restarts(), reason, "ended");
            self.retire(index);
            return final_state;
        }
        if let Some(reason) = self.exceeded(index, exit) {
            self.slots[index].phase = Phase::Down;
            if let Some(observer) = &self.inherited.observer {
                observer.escalated(self.record.label(), &reason);
            }
            self.close(Outcome::Failed(reason), None);
            return NodeState::Failed;
        }
        self.plan_restart(index, exit.reason(), up_since);
        NodeState::Backoff
    }
}
