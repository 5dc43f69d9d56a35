//! Rules for a tree without faults and requests for a while.
//!
//! - Every supervisor and every permanent child is running, unless a supervisor above it gave up; a
//!   transient child is running unless it exited normally. Running means exactly one live run.
//! - Nothing else is alive, and the snapshot shows exactly these children in start order.
//! - Every request has a reply.

use std::time::Duration;

use supervision::{Node, NodeState, Restart};

use crate::checker::CheckerState;
use crate::driver::Driver;
use crate::model::{ChildModel, join, split};

/// Polls, for much longer than any backoff, deadline or watchdog timeout.
const POLLS: u32 = 3000;

impl Driver {
    /// Waits until all rules hold or the tree has ended.
    pub(crate) async fn await_quiescence(&mut self) {
        let mut unmet = None;
        for _ in 0..POLLS {
            while let Some(request) = self.requests.try_join_next() {
                request.expect("no request panics");
            }
            if self.environment.checker.is_closed() {
                return;
            }
            let seen = self.tree.snapshot();
            unmet = self.environment.checker.state().unmet(&seen);
            if unmet.is_none() && self.requests.is_empty() {
                return self.environment.checker.note("settled");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let what = unmet.unwrap_or("requests without a reply".to_owned());
        let mut state = self.environment.checker.state();
        state.violation(format!("the tree does not settle: {what}"));
    }
}

impl CheckerState {
    fn unmet(&self, root: &Node) -> Option<String> {
        let orphan = |path: &&String| {
            let (parent, name) = split(path);
            let owner = self.supervisors.get(parent);
            owner.is_none_or(|owner| owner.member(name).is_none())
        };
        if let Some(orphan) = self.alive.keys().find(orphan) {
            return Some(format!("{orphan} is alive and has no parent"));
        }
        self.unmet_at("", root)
    }

    fn unmet_at(&self, path: &str, node: &Node) -> Option<String> {
        let owner = self.supervisors.get(path)?;
        if node.state != NodeState::Running || owner.faulted {
            return Some(format!("supervisor {path:?} is {:?}", node.state));
        }
        let mut shown = Vec::new();
        for child in &node.children {
            let Some(model) = owner.member(&child.name) else {
                return Some(format!("{} below {path:?} has no parent", child.name));
            };
            shown.push(model.number);
        }
        if !shown.is_sorted() {
            return Some(format!("the children of {path:?} are out of order"));
        }
        let mut children = owner.children.iter();
        children.find_map(|model| {
            let path = join(path, &model.name);
            let shown = node.at(&model.name);
            self.unmet_of(&path, model, shown)
                .map(|what| format!("{path} ({:?}): {what}", model.spec.restart))
        })
    }

    fn unmet_of(&self, path: &str, model: &ChildModel, shown: Option<&Node>) -> Option<String> {
        if model.removing {
            return Some("to be removed".to_owned());
        }
        match shown.map(|node| node.state) {
            Some(NodeState::Running) if model.is_supervisor() => {
                shown.and_then(|node| self.unmet_at(path, node))
            }
            Some(NodeState::Running) => self.unmet_run(path, model),
            Some(NodeState::Stopped | NodeState::Failed) | None => {
                let forgotten = shown.is_none() && !(model.dynamic && model.is_temporary());
                if self.lives(path) {
                    Some("is alive and shown as down".to_owned())
                } else if forgotten || !model.may_be_down() {
                    Some(format!("is down, last run: {:?}", model.last))
                } else {
                    None
                }
            }
            Some(state @ (NodeState::Starting | NodeState::Backoff | NodeState::Stopping)) => {
                Some(format!("is {state:?}"))
            }
        }
    }

    fn unmet_run(&self, path: &str, model: &ChildModel) -> Option<String> {
        let Some(run) = self.alive.get(path) else {
            return Some("is shown as running".to_owned());
        };
        let hangs = run.hung && model.spec.watchdog().is_none();
        if run.up && (run.outstanding == 0 || hangs) {
            return None;
        }
        Some(format!("up: {}, outstanding: {}", run.up, run.outstanding))
    }
}

impl ChildModel {
    fn may_be_down(&self) -> bool {
        match self.spec.restart {
            Restart::Permanent => false,
            Restart::Transient => self.last.is_some_and(|last| last.quit),
            Restart::Temporary => true,
        }
    }
}
