//! The supervisor actor: what it is told, and what it remembers.
//!
//! **Invariant:** no handler waits for a child. Children report through messages, and
//! [`Supervising::advance`] then does whatever has become possible. So a supervisor can always be
//! asked to end, also while a child hangs in its start or in its shutdown.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use ractor::{
    Actor, ActorCell, ActorProcessingErr, ActorRef, ActorRuntime, SpawnErr, SupervisionEvent,
};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::births::{Birth, Expected};
use crate::entry::Entry;
use crate::exit::Exit;
use crate::launch::{Handle, Launched, Leftovers, Life, Reach};
use crate::ledger::Common;
use crate::plan::{Closing, Origin, Outcome, Plan, Stage};
use crate::slot::{Key, Slot};
use crate::{ChildSpec, Fault, StartError, SupervisorSpec};

pub(crate) struct Supervisor;

pub(crate) enum Msg {
    /// The start of this run is complete.
    Up(Key),
    /// Nothing of this run is left; the error tells that it never was up.
    Gone(Key, Option<StartError>),
    /// This run was asked to end a deadline ago.
    Overdue(Key),
    /// Time to look at this run's pulse.
    Watch(Key),
    /// The backoff of this plan is over.
    RestartDue(u64),
    StartChild(ChildSpec, Birth),
    /// Answers whether there was such a child.
    StopChild(String, oneshot::Sender<bool>),
    Close,
    Fault(Fault),
}

pub(crate) struct Arguments {
    spec: Arc<SupervisorSpec>,
    entry: Arc<Entry>,
    common: Common,
    minders: TaskTracker,
    ready: Birth,
}

/// A supervisor's memory.
pub(crate) struct Supervising {
    pub(crate) myself: ActorRef<Msg>,
    pub(crate) spec: Arc<SupervisorSpec>,
    pub(crate) entry: Arc<Entry>,
    pub(crate) common: Common,
    pub(crate) minders: TaskTracker,
    /// In start order.
    pub(crate) slots: Vec<Slot>,
    pub(crate) plans: Vec<Plan>,
    /// Who waits for children to be up.
    pub(crate) births: Vec<Expected>,
    pub(crate) closing: Option<Closing>,
    /// Times of the restarts within the intensity's window.
    pub(crate) restarts: VecDeque<Instant>,
    last_id: u64,
}

impl Supervising {
    /// An id for a slot, a group or a plan.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The slot in which exactly this run is live.
    pub(crate) fn index_of(&self, key: Key) -> Option<usize> {
        self.slots.iter().position(|slot| slot.key() == Some(key))
    }
}

/// However a supervisor ends, its children end. ractor kills linked children as well, but knows
/// nothing of those still in `pre_start` and spares those that are draining.
impl Drop for Supervising {
    fn drop(&mut self) {
        for live in self.slots.iter_mut().filter_map(|slot| slot.live.as_mut()) {
            live.kill();
        }
    }
}

impl Actor for Supervisor {
    type Msg = Msg;
    type State = Supervising;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Msg>,
        arguments: Arguments,
    ) -> Result<Supervising, ActorProcessingErr> {
        let Arguments {
            spec,
            entry,
            common,
            minders,
            ready,
        } = arguments;
        let mut state = Supervising {
            myself,
            spec: Arc::clone(&spec),
            entry,
            common,
            minders,
            slots: Vec::new(),
            plans: Vec::new(),
            births: Vec::new(),
            closing: None,
            restarts: VecDeque::new(),
            last_id: 0,
        };
        let members: BTreeSet<u64> = spec
            .children
            .iter()
            .flat_map(|child| state.add(child, false))
            .collect();
        // Children added to an earlier run at run time are not part of this one.
        let names: Vec<String> = spec.children.iter().flat_map(ChildSpec::members).collect();
        state.entry.arrange(&names);
        state.expect_all(members.clone(), ready);
        state.plan(Origin::Initial, members, Stage::Starting);
        Ok(state)
    }

    async fn post_start(
        &self,
        _: ActorRef<Msg>,
        state: &mut Supervising,
    ) -> Result<(), ActorProcessingErr> {
        state.advance()
    }

    async fn handle(
        &self,
        _: ActorRef<Msg>,
        message: Msg,
        state: &mut Supervising,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Up(key) => state.came_up(key),
            Msg::Gone(key, failure) => state.gone(key, failure),
            Msg::Overdue(key) => state.overdue(key),
            Msg::Watch(key) => state.watch(key),
            Msg::RestartDue(plan) => state.backoff_over(plan),
            Msg::StartChild(spec, birth) => state.start_child(&spec, birth),
            Msg::StopChild(name, done) => state.stop_child(&name, done),
            Msg::Close => state.close(Outcome::Stopped, None),
            Msg::Fault(fault) => match fault.strike().await {},
        }
        state.advance()
    }

    /// Only notes how a run ended: its minder's report, which comes later, is the end. An event
    /// of anybody else must not disturb the supervisor and is ignored.
    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<Msg>,
        event: SupervisionEvent,
        state: &mut Supervising,
    ) -> Result<(), ActorProcessingErr> {
        if let Some((actor, exit)) = Exit::of(event) {
            let lives = state.slots.iter_mut().filter_map(|slot| slot.live.as_mut());
            for live in lives {
                if live
                    .handle
                    .as_ref()
                    .is_some_and(|handle| handle.cell.get_id() == actor)
                {
                    live.exit = Some(exit.clone());
                }
            }
        }
        Ok(())
    }
}

/// Spawns one run of a supervisor below `parent`.
pub(crate) fn launch(
    spec: Arc<SupervisorSpec>,
    entry: Arc<Entry>,
    mut common: Common,
    parent: ActorCell,
) -> Result<Launched, SpawnErr> {
    if let Some(observer) = &spec.observer {
        common.observer = Some(Arc::clone(observer));
    }
    let minders = TaskTracker::new();
    let (ready, is_ready) = oneshot::channel();
    let arguments = Arguments {
        spec,
        entry,
        common,
        minders: minders.clone(),
        ready,
    };
    let (supervisor, starting) =
        ActorRuntime::spawn_linked_instant(None, Supervisor, arguments, parent)?;
    Ok(Launched {
        handle: Handle {
            cell: supervisor.get_cell(),
            reach: Reach::Supervisor(supervisor),
        },
        life: Life {
            starting,
            ready: Some(is_ready),
            leftovers: Leftovers::Subtree(minders),
        },
    })
}
