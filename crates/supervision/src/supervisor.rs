//! The supervisor actor: its messages, its state, and the dispatch to the files of this folder.
//!
//! The files below add one concern each to [`State`], and `starting` spawns nested supervisors
//! through [`launch`]; this mutual use is one actor split by concern.
//!
//! **Invariant:** no handler waits for a child. Children report through messages, and
//! [`State::advance`] then takes every possible step. A supervisor can therefore always be shut
//! down, also while a child hangs in its start or in its shutdown.

mod child_exit;
mod children;
mod pending_starts;
mod plan;
mod restarting;
mod slot;
mod starting;
mod stopping;
mod watchdog;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use ractor::{
    Actor, ActorCell, ActorProcessingErr, ActorRef, ActorRuntime, SpawnErr, SupervisionEvent,
};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::exit::Exit;
use crate::record::NodeRecord;
use crate::run::{Completion, Handle, Launched, Remains};
use crate::shutdown_report::ReportRecorder;
use crate::{ChildSpec, Fault, Observer, StartError, SupervisorSpec};
use pending_starts::{PendingStart, StartReply};
use plan::{Closing, Origin, Outcome, Plan, Stage};
use slot::{RunId, Slot};

struct Supervisor;

/// Messages to a supervisor.
pub(crate) enum Message {
    /// The start of this run is complete.
    Up(RunId),
    /// Nothing of this run is left; the error means that it was never up.
    Gone(RunId, Option<StartError>),
    /// The shutdown deadline of this run has passed.
    Overdue(RunId),
    /// The pulse of this run is due for a check.
    CheckPulse(RunId),
    /// The backoff of this plan is over.
    RestartDue(u64),
    StartChild(ChildSpec, StartReply),
    /// The reply says whether the child existed.
    StopChild(String, oneshot::Sender<bool>),
    Close,
    InjectFault(Fault),
}

/// Parts that all supervisors of one tree share, passed from parent to child.
#[derive(Clone)]
pub(crate) struct Inherited {
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) shutdown_report: Arc<ReportRecorder>,
}

struct Arguments {
    spec: Arc<SupervisorSpec>,
    record: Arc<NodeRecord>,
    inherited: Inherited,
    monitors: TaskTracker,
    ready: StartReply,
}

/// State of a supervisor.
struct State {
    myself: ActorRef<Message>,
    spec: Arc<SupervisorSpec>,
    record: Arc<NodeRecord>,
    inherited: Inherited,
    /// Tasks, one per run, that report its start and its end.
    monitors: TaskTracker,
    /// In start order.
    slots: Vec<Slot>,
    plans: Vec<Plan>,
    pending_starts: Vec<PendingStart>,
    closing: Option<Closing>,
    /// Times of the restarts within the intensity's window.
    restarts: VecDeque<Instant>,
    last_id: u64,
}

impl State {
    /// Returns an unused id for a slot, a group or a plan.
    fn fresh_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Returns the index of the slot in which exactly this run is alive.
    fn index_of(&self, run: RunId) -> Option<usize> {
        self.slots
            .iter()
            .position(|slot| slot.run_id() == Some(run))
    }
}

/// Every end of a supervisor ends its children. ractor kills linked children as well, except those
/// still in `pre_start` and those that are draining.
impl Drop for State {
    fn drop(&mut self) {
        for run in self.slots.iter_mut().filter_map(|slot| slot.run.as_mut()) {
            run.kill();
        }
    }
}

impl Actor for Supervisor {
    type Msg = Message;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let spec = Arc::clone(&arguments.spec);
        let mut state = State {
            myself,
            spec: arguments.spec,
            record: arguments.record,
            inherited: arguments.inherited,
            monitors: arguments.monitors,
            slots: Vec::new(),
            plans: Vec::new(),
            pending_starts: Vec::new(),
            closing: None,
            restarts: VecDeque::new(),
            last_id: 0,
        };
        let members: BTreeSet<u64> = spec
            .children
            .iter()
            .flat_map(|child| state.add(child, false))
            .collect();
        // Children added at run time belong to an earlier run only.
        let names: Vec<String> = spec
            .children
            .iter()
            .flat_map(ChildSpec::child_names)
            .collect();
        state.record.retain_children(&names);
        state.expect_all(members.clone(), arguments.ready);
        state.add_plan(Origin::Initial, members, Stage::Starting);
        Ok(state)
    }

    async fn post_start(
        &self,
        _: ActorRef<Message>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.advance()
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Up(run) => state.came_up(run),
            Message::Gone(run, failure) => state.gone(run, failure),
            Message::Overdue(run) => state.overdue(run),
            Message::CheckPulse(run) => state.check_pulse(run),
            Message::RestartDue(plan) => state.backoff_over(plan),
            Message::StartChild(spec, reply) => state.start_child(&spec, reply),
            Message::StopChild(name, reply) => state.stop_child(&name, reply),
            Message::Close => state.close(Outcome::Stopped, None),
            Message::InjectFault(fault) => match fault.inject().await {},
        }
        state.advance()
    }

    /// Records the exit reason of a run; its monitor reports the end later. Events of other actors
    /// are ignored.
    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<Message>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        if let Some((actor, exit)) = Exit::of(event) {
            let mut runs = state.slots.iter_mut().filter_map(|slot| slot.run.as_mut());
            if let Some(run) = runs.find(|run| run.is_actor(actor)) {
                run.exit = Some(exit);
            }
        }
        Ok(())
    }
}

/// Spawns one run of a supervisor under `parent`.
pub(crate) fn launch(
    spec: Arc<SupervisorSpec>,
    record: Arc<NodeRecord>,
    mut inherited: Inherited,
    parent: ActorCell,
) -> Result<Launched, SpawnErr> {
    if let Some(observer) = &spec.observer {
        inherited.observer = Some(Arc::clone(observer));
    }
    let monitors = TaskTracker::new();
    let (ready, is_ready) = oneshot::channel();
    let arguments = Arguments {
        spec,
        record,
        inherited,
        monitors: monitors.clone(),
        ready,
    };
    let (supervisor, starting) =
        ActorRuntime::spawn_linked_instant(None, Supervisor, arguments, parent)?;
    Ok(Launched {
        handle: Handle {
            cell: supervisor.get_cell(),
            inject_fault: Arc::new(move |fault| drop(supervisor.cast(Message::InjectFault(fault)))),
        },
        completion: Completion {
            starting,
            ready: Some(is_ready),
            remains: Remains::Subtree(monitors),
        },
    })
}
