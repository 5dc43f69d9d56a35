//! Launch of one run of a child, and its report of being up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ractor::SpawnErr;
use tokio::time::Instant;
use tracing::info;

use super::slot::{Phase, Run, RunId};
use super::{Message, State};
use crate::child::Body;
use crate::exit::{panic_message, start_failure};
use crate::run::Launched;
use crate::{ChildContext, Pulse, StartError};

impl State {
    pub(super) fn launch(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        if let Some(reason) = slot.restart_reason.take() {
            slot.record.count_restart();
            if let Some(observer) = &self.inherited.observer {
                observer.restarted(&slot.record.path, &reason);
            }
        }
        slot.launched = true;
        let generation = slot.record.next_generation();
        let id = RunId {
            slot: slot.id,
            generation,
        };
        let pulse = Pulse::default();
        if slot.spec.watchdog.is_some() {
            slot.record.set_pulse(pulse.clone());
        }
        let mut run = Run {
            generation,
            handle: None,
            monitor: None,
            pulse: pulse.clone(),
            up_since: None,
            killed: false,
            watchdog_reason: None,
            exit: None,
        };
        let context = ChildContext {
            name: slot.record.name.clone(),
            pulse,
            generation,
        };
        match self.spawn(index, context) {
            Ok(launched) => {
                self.slots[index].record.launched(launched.handle.clone());
                run.handle = Some(launched.handle.clone());
                run.monitor = Some(self.monitor(index, id, launched));
            }
            Err(cause) => {
                let path = self.slots[index].record.path.clone();
                let failure = StartError::Child { path, cause };
                // A message, so that an immediate failure takes the same way as a later one.
                let _ = self.myself.cast(Message::Gone(id, Some(failure)));
            }
        }
        let slot = &mut self.slots[index];
        slot.run = Some(run);
        slot.phase = Phase::Starting;
    }

    /// Spawns a run; the error is the message of the failure.
    fn spawn(&self, index: usize, context: ChildContext) -> Result<Launched, String> {
        let slot = &self.slots[index];
        let here = self.myself.get_cell();
        let spawned: std::thread::Result<Result<Launched, SpawnErr>> =
            catch_unwind(AssertUnwindSafe(|| match &slot.spec.body {
                Body::Actor(launch) | Body::Task(launch) => launch(context, here),
                Body::Supervisor(spec) => {
                    let (spec, record) = (Arc::clone(spec), Arc::clone(&slot.record));
                    super::launch(spec, record, self.inherited.clone(), here)
                }
            }));
        match spawned {
            Ok(Ok(launched)) => Ok(launched),
            Ok(Err(error)) => Err(start_failure(&error)),
            Err(payload) => Err(panic_message(payload.as_ref())),
        }
    }

    /// Spawns the task that reports when the run is up and when it is gone.
    fn monitor(&self, index: usize, id: RunId, launched: Launched) -> tokio::task::AbortHandle {
        let path = self.slots[index].record.path.clone();
        let supervisor = self.myself.clone();
        let monitor = async move {
            // A supervisor that ended first needs no reports.
            let on_up = || drop(supervisor.cast(Message::Up(id)));
            let failure = launched.completion.wait(&path, on_up).await;
            drop(supervisor.cast(Message::Gone(id, failure)));
        };
        self.monitors.spawn(monitor).abort_handle()
    }

    /// Records that a start is complete.
    pub(super) fn came_up(&mut self, id: RunId) {
        let Some(index) = self.index_of(id) else {
            return;
        };
        let slot = &mut self.slots[index];
        if slot.phase != Phase::Starting {
            return;
        }
        slot.phase = Phase::Running;
        if let Some(run) = &mut slot.run {
            run.up_since = Some(Instant::now());
        }
        slot.record.up();
        let restarts = slot.record.restarts();
        info!(target: "supervision", path = slot.record.label(), restarts, "started");
        self.start_completed(id.slot);
        self.schedule_pulse_check(index, id);
    }
}
