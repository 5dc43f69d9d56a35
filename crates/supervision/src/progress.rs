//! Going forward: after every report, each plan goes as far as it can.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorProcessingErr, SpawnErr};
use tokio::time::Instant;
use tracing::info;

use crate::child::Body;
use crate::exit::{panic_text, start_failure};
use crate::launch::Launched;
use crate::plan::{Origin, Outcome, Plan, Stage};
use crate::slot::{Key, Live, Phase};
use crate::supervisor::{self, Msg, Supervising};
use crate::{ChildContext, Pulse, StartError};

impl Supervising {
    /// Adds a plan for these slots.
    pub(crate) fn plan(
        &mut self,
        origin: Origin,
        members: BTreeSet<u64>,
        stage: Stage,
    ) -> &mut Plan {
        let id = self.fresh_id();
        let plan = Plan {
            id,
            origin,
            members,
            stage,
            delay: Duration::ZERO,
        };
        self.plans.push(plan);
        let last = self.plans.len() - 1;
        &mut self.plans[last]
    }

    /// Does whatever has become possible. The error is the supervisor's abnormal exit.
    pub(crate) fn advance(&mut self) -> Result<(), ActorProcessingErr> {
        if self.closing.is_some() {
            return self.advance_closing();
        }
        let plans: Vec<u64> = self.plans.iter().map(|plan| plan.id).collect();
        for plan in plans {
            self.advance_plan(plan);
        }
        self.answer_births();
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
                        .send_after(plan.delay, move || Msg::RestartDue(id));
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
        for (birth, error) in closing.owed {
            let _ = birth.send(Err(error));
        }
        match closing.outcome {
            Outcome::Stopped => {
                self.myself.stop(None);
                Ok(())
            }
            Outcome::Failed(reason) => Err(reason.into()),
        }
    }

    /// Starts the first of these that is not up; false when all are.
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

    /// The backoff of a plan is over.
    pub(crate) fn backoff_over(&mut self, id: u64) {
        if let Some(plan) = self.plans.iter_mut().find(|plan| plan.id == id) {
            plan.stage = Stage::Starting;
        }
    }

    fn launch(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        if let Some(reason) = slot.because.take() {
            slot.entry.count_restart();
            if let Some(observer) = &self.common.observer {
                observer.restarted(&slot.entry.path, &reason);
            }
        }
        slot.launched = true;
        let key = Key {
            slot: slot.id,
            generation: slot.entry.next_generation(),
        };
        let pulse = Pulse::default();
        if slot.spec.watchdog.is_some() {
            slot.entry.watched_by(pulse.clone());
        }
        let mut live = Live {
            generation: key.generation,
            handle: None,
            minder: None,
            pulse: pulse.clone(),
            up_since: None,
            killed: false,
            verdict: None,
            exit: None,
        };
        let name = slot.entry.name.clone();
        let context = ChildContext {
            name,
            pulse,
            generation: key.generation,
        };
        match self.spawn(index, context) {
            Ok(launched) => {
                self.slots[index].entry.launched(launched.handle.clone());
                live.handle = Some(launched.handle.clone());
                live.minder = Some(self.mind(index, key, launched));
            }
            Err(cause) => {
                let path = self.slots[index].entry.path.clone();
                let failure = StartError::Child { path, cause };
                // A message, so that failing at once and failing later are the same story.
                let _ = self.myself.cast(Msg::Gone(key, Some(failure)));
            }
        }
        let slot = &mut self.slots[index];
        slot.live = Some(live);
        slot.phase = Phase::Starting;
    }

    /// Spawns a run; the error says why there is none.
    fn spawn(&self, index: usize, context: ChildContext) -> Result<Launched, String> {
        let slot = &self.slots[index];
        let here = self.myself.get_cell();
        let spawned: std::thread::Result<Result<Launched, SpawnErr>> =
            catch_unwind(AssertUnwindSafe(|| match &slot.spec.body {
                Body::Actor(launch) | Body::Task(launch) => launch(context, here),
                Body::Supervisor(spec) => {
                    let (spec, entry) = (Arc::clone(spec), Arc::clone(&slot.entry));
                    supervisor::launch(spec, entry, self.common.clone(), here)
                }
            }));
        match spawned {
            Ok(Ok(launched)) => Ok(launched),
            Ok(Err(error)) => Err(start_failure(&error)),
            Err(payload) => Err(panic_text(payload.as_ref())),
        }
    }

    /// Waits in a task of its own for the run to be up and to be gone.
    fn mind(&self, index: usize, key: Key, launched: Launched) -> tokio::task::AbortHandle {
        let path = self.slots[index].entry.path.clone();
        let supervisor = self.myself.clone();
        let minder = async move {
            // The supervisor may have ended first; then nobody needs the reports.
            let up = || drop(supervisor.cast(Msg::Up(key)));
            let failure = launched.life.live(&path, up).await;
            drop(supervisor.cast(Msg::Gone(key, failure)));
        };
        self.minders.spawn(minder).abort_handle()
    }

    /// A start is complete.
    pub(crate) fn came_up(&mut self, key: Key) {
        let Some(index) = self.index_of(key) else {
            return;
        };
        let slot = &mut self.slots[index];
        if slot.phase != Phase::Starting {
            return;
        }
        slot.phase = Phase::Running;
        if let Some(live) = &mut slot.live {
            live.up_since = Some(Instant::now());
        }
        slot.entry.up();
        let restarts = slot.entry.restarts();
        info!(target: "supervision", path = slot.entry.label(), restarts, "started");
        self.born(key.slot);
        self.schedule_watch(index, key);
    }
}
