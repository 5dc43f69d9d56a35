//! What is publicly known about each child, shared between its supervisor and the [`Tree`].
//!
//! **Invariant:** nothing here waits. Reading the tree therefore works while any actor hangs.
//! A child's supervisor writes its facts; a supervisor itself only adds that it is stopping.
//!
//! [`Tree`]: crate::Tree

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use tokio::time::Instant;

use crate::clock::{lock, rfc3339, wall_clock};
use crate::launch::Handle;
use crate::{Node, NodeKind, NodeState, Pulse, UnknownPath};

pub(crate) struct Entry {
    pub(crate) name: String,
    /// Names joined by `/` below the root; empty for the root itself.
    pub(crate) path: String,
    pub(crate) kind: NodeKind,
    starts: AtomicU64,
    facts: Mutex<Facts>,
    children: Mutex<Vec<Arc<Self>>>,
}

struct Facts {
    state: NodeState,
    restarts: u32,
    last_exit: Option<String>,
    started_at: Option<SystemTime>,
    /// Set while there is something to send a fault or a request to.
    handle: Option<Handle>,
    /// Of the current or last run, when a watchdog watches it.
    pulse: Option<Pulse>,
    up_since: Option<Instant>,
}

/// `name` below `parent`, where the root's own path is empty.
pub(crate) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

impl Entry {
    pub(crate) fn new(name: &str, path: String, kind: NodeKind) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            path,
            kind,
            starts: AtomicU64::new(0),
            facts: Mutex::new(Facts {
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

    /// The path for people: the root is called by its name.
    pub(crate) fn label(&self) -> &str {
        if self.path.is_empty() {
            &self.name
        } else {
            &self.path
        }
    }

    /// Number of the run that begins now, from 0.
    pub(crate) fn next_generation(&self) -> u64 {
        self.starts.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn state(&self) -> NodeState {
        lock(&self.facts).state
    }

    pub(crate) fn restarts(&self) -> u32 {
        lock(&self.facts).restarts
    }

    pub(crate) fn handle(&self) -> Option<Handle> {
        lock(&self.facts).handle.clone()
    }

    pub(crate) fn set_state(&self, state: NodeState) {
        lock(&self.facts).state = state;
    }

    pub(crate) fn count_restart(&self) {
        lock(&self.facts).restarts += 1;
    }

    pub(crate) fn launched(&self, handle: Handle) {
        let mut facts = lock(&self.facts);
        facts.state = NodeState::Starting;
        facts.handle = Some(handle);
    }

    /// The run that begins now shows by this pulse that it lives.
    pub(crate) fn watched_by(&self, pulse: Pulse) {
        lock(&self.facts).pulse = Some(pulse);
    }

    pub(crate) fn up(&self) {
        let mut facts = lock(&self.facts);
        // A supervisor may have given up between being up and being known to be up.
        if facts.state == NodeState::Starting {
            facts.state = NodeState::Running;
        }
        facts.started_at = Some(wall_clock());
        facts.up_since = Some(Instant::now());
    }

    /// Records the end of a run. Descendants that could not say so themselves are down, too.
    pub(crate) fn ended(&self, state: NodeState, reason: &str) {
        {
            let mut facts = lock(&self.facts);
            facts.state = state;
            facts.last_exit = Some(reason.to_owned());
            facts.handle = None;
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

    /// The child's entry, kept from an earlier run of this supervisor when there is one.
    pub(crate) fn adopt(&self, name: &str, kind: NodeKind) -> Arc<Self> {
        let mut children = lock(&self.children);
        let known = children
            .iter()
            .find(|child| child.name == name && child.kind == kind);
        if let Some(child) = known {
            child.set_state(NodeState::Starting);
            return Arc::clone(child);
        }
        // An earlier run's child of another kind may have had the name; it is no more.
        children.retain(|child| child.name != name);
        let child = Self::new(name, join(&self.path, name), kind);
        children.push(Arc::clone(&child));
        child
    }

    /// Keeps exactly these children, in this order.
    pub(crate) fn arrange(&self, names: &[String]) {
        let place = |child: &Arc<Self>| names.iter().position(|name| *name == child.name);
        let mut children = lock(&self.children);
        children.retain(|child| place(child).is_some());
        children.sort_by_key(place);
    }

    /// Removes exactly this child: another one may have its name by now.
    pub(crate) fn remove_child(&self, gone: &Arc<Self>) {
        lock(&self.children).retain(|child| !Arc::ptr_eq(child, gone));
    }

    /// Follows `path` downwards; the empty path is this entry.
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
        let facts = lock(&self.facts);
        Node {
            name: self.name.clone(),
            kind: self.kind,
            state: facts.state,
            restarts: facts.restarts,
            last_exit: facts.last_exit.clone(),
            started_at: facts.started_at.map(rfc3339),
            silent_ms: facts.silent_ms(),
            children,
        }
    }
}

impl Facts {
    fn silent_ms(&self) -> Option<u64> {
        let (NodeState::Running, Some(up_since)) = (self.state, self.up_since) else {
            return None;
        };
        let silence = self.pulse.as_ref()?.silent_for(up_since)?;
        u64::try_from(silence.as_millis()).ok()
    }
}
