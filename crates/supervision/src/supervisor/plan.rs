//! Steps a supervisor is taking with some of its children.
//!
//! ```text
//!   restart:  Stopping --all gone--> Waiting --backoff over--> Starting --all up--> done
//!   start:                                                     Starting --all up--> done
//! ```
//!
//! Plans replace waiting: after every report the supervisor moves each plan as far as it can, and
//! stays responsive. **Invariant:** a child belongs to at most one plan.

use std::collections::BTreeSet;
use std::time::Duration;

use ractor::ActorProcessingErr;

use super::pending_starts::StartReply;
use super::slot::Phase;
use super::{Message, State};
use crate::StartError;

pub(super) struct Plan {
    id: u64,
    pub(super) origin: Origin,
    /// Slot ids, and therefore in start order.
    pub(super) members: BTreeSet<u64>,
    pub(super) stage: Stage,
    /// Backoff between the end of the last member and the start of the first.
    pub(super) delay: Duration,
}

/// Origin of a plan, which decides the effect of a failed start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The supervisor's own start fails.
    Initial,
    /// The new children are removed.
    Dynamic,
    /// The failure counts as one more crash.
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Stopping,
    Waiting,
    Starting,
}

/// The supervisor's own shutdown: all children stop, then it exits.
pub(super) struct Closing {
    pub(super) outcome: Outcome,
    /// Replies sent when all children are gone.
    pub(super) replies: Vec<(StartReply, StartError)>,
}

pub(super) enum Outcome {
    Stopped,
    /// Abnormal exit with this reason.
    Failed(String),
}

impl State {
    /// Adds a plan for these slots.
    pub(super) fn add_plan(&mut self, origin: Origin, members: BTreeSet<u64>, stage: Stage) {
        self.add_delayed_plan(origin, members, stage, Duration::ZERO);
    }

    /// Adds a plan that waits for `delay` between stopping and starting.
    pub(super) fn add_delayed_plan(
        &mut self,
        origin: Origin,
        members: BTreeSet<u64>,
        stage: Stage,
        delay: Duration,
    ) {
        let id = self.fresh_id();
        self.plans.push(Plan {
            id,
            origin,
            members,
            stage,
            delay,
        });
    }

    /// Takes every step that has become possible. The error is the supervisor's abnormal exit.
    pub(super) fn advance(&mut self) -> Result<(), ActorProcessingErr> {
        if self.closing.is_some() {
            return self.advance_closing();
        }
        let plans: Vec<u64> = self.plans.iter().map(|plan| plan.id).collect();
        for plan in plans {
            self.advance_plan(plan);
        }
        self.reply_to_completed_starts();
        Ok(())
    }

    fn advance_plan(&mut self, id: u64) {
        let Some(at) = self.plans.iter().position(|plan| plan.id == id) else {
            return;
        };
        let members = self.plans[at].members.clone();
        match self.plans[at].stage {
            Stage::Stopping => {
                if !self.stop_last_of(&members) {
                    let plan = &mut self.plans[at];
                    plan.stage = Stage::Waiting;
                    self.myself
                        .send_after(plan.delay, move || Message::RestartDue(id));
                }
            }
            Stage::Waiting => {}
            Stage::Starting => {
                if !self.start_next_of(&members) {
                    self.plans.remove(at);
                }
            }
        }
    }

    fn advance_closing(&mut self) -> Result<(), ActorProcessingErr> {
        let everyone = self.slots.iter().map(|slot| slot.id).collect();
        if self.stop_last_of(&everyone) {
            return Ok(());
        }
        let Some(closing) = self.closing.take() else {
            return Ok(());
        };
        for (reply, error) in closing.replies {
            let _ = reply.send(Err(error));
        }
        match closing.outcome {
            Outcome::Stopped => {
                self.myself.stop(None);
                Ok(())
            }
            Outcome::Failed(reason) => Err(reason.into()),
        }
    }

    /// Starts the first of these children that is not up; false when all are.
    fn start_next_of(&mut self, members: &BTreeSet<u64>) -> bool {
        for index in 0..self.slots.len() {
            if !members.contains(&self.slots[index].id) {
                continue;
            }
            match self.slots[index].phase {
                Phase::Running | Phase::Down => {}
                Phase::Starting | Phase::Stopping => return true,
                Phase::Idle => {
                    self.launch(index);
                    return true;
                }
            }
        }
        false
    }

    /// Moves a plan from its backoff to its starts.
    pub(super) fn backoff_over(&mut self, id: u64) {
        if let Some(plan) = self.plans.iter_mut().find(|plan| plan.id == id) {
            plan.stage = Stage::Starting;
        }
    }

    /// Removes a child from its plan: it is not started again.
    pub(super) fn leave_plans(&mut self, id: u64, path: &str) {
        for plan in &mut self.plans {
            plan.members.remove(&id);
        }
        self.plans.retain(|plan| !plan.members.is_empty());
        self.start_cancelled(id, path);
    }

    /// Takes these children out of the plans they are in.
    ///
    /// A plan that loses a single child goes on without it. A plan that loses several is over: the
    /// children it has not started yet come after the one that crashed, so the new plan starts them.
    pub(super) fn take_over(&mut self, affected: &BTreeSet<u64>) {
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
