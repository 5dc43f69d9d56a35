//! Shared state of each node, written by its supervisor and read by the [`Tree`].
//!
//! **Invariant:** no operation here waits, so a snapshot works while any actor hangs. A node's
//! supervisor writes its status; a supervisor itself only sets its own state to stopping.
//!
//! [`Tree`]: crate::Tree

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::time::Instant;

use crate::run::Handle;
use crate::{Node, NodeKind, NodeState, Pulse, UnknownPath};

pub(crate) struct NodeRecord {
    pub(crate) name: String,
    /// Names joined by `/` below the root; empty for the root itself.
    pub(crate) path: String,
    pub(crate) kind: NodeKind,
    starts: AtomicU64,
    status: Mutex<Status>,
    children: Mutex<Vec<Arc<Self>>>,
}

struct Status {
    state: NodeState,
    restarts: u32,
    last_exit: Option<String>,
    started_at: Option<SystemTime>,
    /// Present while a run can take faults and requests.
    handle: Option<Handle>,
    /// Pulse of the current or last run of a child with a watchdog.
    pulse: Option<Pulse>,
    up_since: Option<Instant>,
}

/// Returns the path of `name` below `parent`; the root's own path is empty.
pub(crate) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

impl NodeRecord {
    pub(crate) fn new(name: &str, path: String, kind: NodeKind) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            path,
            kind,
            starts: AtomicU64::new(0),
            status: Mutex::new(Status {
                state: NodeState::Starting,
                restarts: 0,
                last_exit: None,
                started_at: None,
                handle: None,
                pulse: None,
                up_since: None,
            }),
            children: Mutex::new(Vec::new()),
        })
    }

    /// Returns the path for log lines, which show the root by its name.
    pub(crate) fn label(&self) -> &str {
        if self.path.is_empty() {
            &self.name
        } else {
            &self.path
        }
    }

    /// Returns the number of the run that begins now, from 0.
    pub(crate) fn next_generation(&self) -> u64 {
        self.starts.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn state(&self) -> NodeState {
        lock(&self.status).state
    }

    pub(crate) fn restarts(&self) -> u32 {
        lock(&self.status).restarts
    }

    pub(crate) fn handle(&self) -> Option<Handle> {
        lock(&self.status).handle.clone()
    }

    pub(crate) fn set_state(&self, state: NodeState) {
        lock(&self.status).state = state;
    }

    pub(crate) fn count_restart(&self) {
        lock(&self.status).restarts += 1;
    }

    pub(crate) fn launched(&self, handle: Handle) {
        let mut status = lock(&self.status);
        status.state = NodeState::Starting;
        status.handle = Some(handle);
    }

    /// Sets the pulse of the run that begins now.
    pub(crate) fn set_pulse(&self, pulse: Pulse) {
        lock(&self.status).pulse = Some(pulse);
    }

    pub(crate) fn up(&self) {
        let mut status = lock(&self.status);
        // A supervisor may have given up between its start and the report of it.
        if status.state == NodeState::Starting {
            status.state = NodeState::Running;
        }
        status.started_at = Some(wall_clock());
        status.up_since = Some(Instant::now());
    }

    /// Records the end of a run, and of descendants without a supervisor to record theirs.
    pub(crate) fn ended(&self, state: NodeState, reason: &str) {
        {
            let mut status = lock(&self.status);
            status.state = state;
            status.last_exit = Some(reason.to_owned());
            status.handle = None;
        }
        for child in self.children() {
            match child.state() {
                NodeState::Stopped | NodeState::Failed => {}
                NodeState::Backoff => child.set_state(NodeState::Stopped),
                NodeState::Starting | NodeState::Running | NodeState::Stopping => {
                    child.ended(NodeState::Stopped, "ended with its supervisor");
                }
            }
        }
    }

    pub(crate) fn children(&self) -> Vec<Arc<Self>> {
        lock(&self.children).clone()
    }

    /// Returns the record of a child, kept from an earlier run of this supervisor when it exists.
    pub(crate) fn child(&self, name: &str, kind: NodeKind) -> Arc<Self> {
        let mut children = lock(&self.children);
        let known = children
            .iter()
            .find(|child| child.name == name && child.kind == kind);
        if let Some(child) = known {
            child.set_state(NodeState::Starting);
            return Arc::clone(child);
        }
        // A child of another kind may have had the name in an earlier run.
        children.retain(|child| child.name != name);
        let child = Self::new(name, join(&self.path, name), kind);
        children.push(Arc::clone(&child));
        child
    }

    /// Keeps exactly these children, in this order.
    pub(crate) fn retain_children(&self, names: &[String]) {
        let place = |child: &Arc<Self>| names.iter().position(|name| *name == child.name);
        let mut children = lock(&self.children);
        children.retain(|child| place(child).is_some());
        children.sort_by_key(place);
    }

    /// Removes exactly this child; a new child may already have its name.
    pub(crate) fn remove_child(&self, gone: &Arc<Self>) {
        lock(&self.children).retain(|child| !Arc::ptr_eq(child, gone));
    }

    /// Returns the record at `path`; the empty path is this record.
    pub(crate) fn resolve(self: &Arc<Self>, path: &str) -> Result<Arc<Self>, UnknownPath> {
        let mut here = Arc::clone(self);
        for name in path.split('/').filter(|_| !path.is_empty()) {
            let children = here.children();
            let Some(next) = children.iter().find(|child| child.name == name) else {
                return Err(UnknownPath {
                    missing: name.to_owned(),
                    below: here.path.clone(),
                    candidates: children.iter().map(|child| child.name.clone()).collect(),
                });
            };
            here = Arc::clone(next);
        }
        Ok(here)
    }

    pub(crate) fn node(&self) -> Node {
        let children = self.children().iter().map(|child| child.node()).collect();
        let status = lock(&self.status);
        Node {
            name: self.name.clone(),
            kind: self.kind,
            state: status.state,
            restarts: status.restarts,
            last_exit: status.last_exit.clone(),
            started_at: status
                .started_at
                .map(|at| humantime::format_rfc3339_millis(at).to_string()),
            silent_ms: status.silent_ms(),
            children,
        }
    }
}

/// Locks even when a holder panicked: every critical section here is a few plain stores.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the wall clock for display; durations use tokio's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the crate's one reading of the wall clock"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

impl Status {
    fn silent_ms(&self) -> Option<u64> {
        let (NodeState::Running, Some(up_since)) = (self.state, self.up_since) else {
            return None;
        };
        let silence = self.pulse.as_ref()?.silent_for(up_since)?;
        u64::try_from(silence.as_millis()).ok()
    }
}
