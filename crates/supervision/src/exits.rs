//! What follows from the end of a run.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::info;

use crate::exit::Exit;
use crate::plan::{Origin, Outcome, Stage};
use crate::slot::{Key, Phase};
use crate::supervisor::Supervising;
use crate::{NodeState, Restart, StartError};

impl Supervising {
    /// Nothing of a run is left.
    pub(crate) fn gone(&mut self, key: Key, failure: Option<StartError>) {
        let Some(index) = self.index_of(key) else {
            return;
        };
        let slot = &mut self.slots[index];
        let Some(live) = slot.live.take() else { return };
        let entry = Arc::clone(&slot.entry);
        let exit = live.how_it_ended(failure.as_ref());
        let state = match std::mem::replace(&mut slot.phase, Phase::Idle) {
            Phase::Stopping => self.ended_as_asked(index, &exit),
            Phase::Starting => self.failed_to_start(index, &exit, failure),
            Phase::Running | Phase::Idle | Phase::Down => {
                self.ended_by_itself(index, &exit, live.up_since)
            }
        };
        entry.ended(state, exit.reason());
    }

    /// The end somebody wanted: a removal, a shutdown, or the first half of a restart.
    pub(crate) fn ended_as_asked(&mut self, index: usize, exit: &Exit) -> NodeState {
        let slot = &mut self.slots[index];
        slot.phase = Phase::Idle;
        let restarts = slot.entry.restarts();
        let reason = exit.reason();
        info!(target: "supervision", path = slot.entry.label(), restarts, reason, "stopped");
        if slot.leaving.is_some() {
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
        let path = slot.entry.path.clone();
        let error = match failure {
            Some(error @ StartError::Child { .. }) => error,
            // A supervisor killed in its start says nothing about the reason itself.
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
                self.give_up_birth(id, &error);
                NodeState::Failed
            }
            Some(Origin::Initial | Origin::Restart) | None => {
                self.ended_by_itself(index, exit, None)
            }
        }
    }

    fn ended_by_itself(
        &mut self,
        index: usize,
        exit: &Exit,
        up_since: Option<Instant>,
    ) -> NodeState {
        let slot = &mut self.slots[index];
        let for_good = if exit.is_abnormal() {
            NodeState::Failed
        } else {
            NodeState::Stopped
        };
        if self.closing.is_some() {
            slot.phase = Phase::Down;
            return for_good;
        }
        let wanted = match slot.spec.restart {
            Restart::Permanent => true,
            Restart::Transient => exit.is_abnormal(),
            Restart::Temporary => false,
        };
        let id = slot.id;
        let mut plans = self.plans.iter().filter(|plan| plan.members.contains(&id));
        let about_to_be_stopped = plans.any(|plan| plan.stage == Stage::Stopping);
        if about_to_be_stopped && slot.spec.restart != Restart::Temporary {
            // It went before it was asked; its restart is under way and counted.
            return NodeState::Backoff;
        }
        if !wanted {
            let (path, reason) = (slot.entry.label(), exit.reason());
            info!(target: "supervision", path, restarts = slot.entry.restarts(), reason, "ended");
            self.retire(index);
            return for_good;
        }
        if let Some(reason) = self.exceeded(index, exit) {
            self.slots[index].phase = Phase::Down;
            if let Some(observer) = &self.common.observer {
                observer.escalated(self.entry.label(), &reason);
            }
            self.close(Outcome::Failed(reason), None);
            return NodeState::Failed;
        }
        self.plan_restart(index, exit.reason(), up_since);
        NodeState::Backoff
    }
}
