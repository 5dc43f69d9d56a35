//! What must be true of a tree that is left alone for a while.
//!
//! - Every supervisor and every permanent child runs, unless a supervisor above it gave up; a
//!   transient child runs unless it ended normally. Running means: exactly one run of it lives.
//! - Of everything else nothing lives, and what the tree shows is what there is, in start order.
//! - Every request has been answered.

use std::time::Duration;

use supervision::{Node, NodeState, Restart};

use crate::book::Pages;
use crate::driver::Driver;
use crate::kin::{Kin, join, split};

/// Much longer than any backoff, deadline or patience there is.
const PATIENCE: u32 = 3000;

impl Driver {
    /// Waits until all of it is true, or the tree has ended.
    pub(crate) async fn settle(&mut self) {
        let mut unmet = None;
        for _ in 0..PATIENCE {
            while let Some(call) = self.calls.try_join_next() {
                call.expect("no call panics");
            }
            if self.stage.book.is_closed() {
                return;
            }
            let seen = self.tree.snapshot();
            unmet = self.stage.book.pages().unmet(&seen);
            if unmet.is_none() && self.calls.is_empty() {
                return self.stage.book.note("settled");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let what = unmet.unwrap_or("requests without an answer".to_owned());
        let mut pages = self.stage.book.pages();
        pages.broken(format!("the tree does not settle: {what}"));
    }
}

impl Pages {
    fn unmet(&self, root: &Node) -> Option<String> {
        let orphan = |path: &&String| {
            let (parent, name) = split(path);
            let family = self.supervisors.get(parent);
            family.is_none_or(|family| family.member(name).is_none())
        };
        if let Some(orphan) = self.alive.keys().find(orphan) {
            return Some(format!("{orphan} lives and belongs to nobody"));
        }
        self.unmet_at("", root)
    }

    fn unmet_at(&self, path: &str, node: &Node) -> Option<String> {
        let family = self.supervisors.get(path)?;
        if node.state != NodeState::Running || family.struck {
            return Some(format!("supervisor {path:?} is {:?}", node.state));
        }
        let mut shown = Vec::new();
        for child in &node.children {
            let Some(kin) = family.member(&child.name) else {
                return Some(format!("{} below {path:?} belongs to nobody", child.name));
            };
            shown.push(kin.number);
        }
        if !shown.is_sorted() {
            return Some(format!("the children of {path:?} are out of order"));
        }
        let mut kin = family.kin.iter();
        kin.find_map(|kin| {
            let path = join(path, &kin.name);
            let shown = node.at(&kin.name);
            self.unmet_of(&path, kin, shown)
                .map(|what| format!("{path} ({:?}): {what}", kin.child.restart))
        })
    }

    fn unmet_of(&self, path: &str, kin: &Kin, shown: Option<&Node>) -> Option<String> {
        if kin.leaving {
            return Some("to be removed".to_owned());
        }
        match shown.map(|node| node.state) {
            Some(NodeState::Running) if kin.is_supervisor() => {
                shown.and_then(|node| self.unmet_at(path, node))
            }
            Some(NodeState::Running) => self.unmet_run(path, kin),
            Some(NodeState::Stopped | NodeState::Failed) | None => {
                let forgotten = shown.is_none() && !(kin.dynamic && kin.is_temporary());
                if self.lives(path) {
                    Some("lives and is said to be down".to_owned())
                } else if forgotten || !kin.may_rest() {
                    Some(format!("is down, last run: {:?}", kin.last))
                } else {
                    None
                }
            }
            Some(state @ (NodeState::Starting | NodeState::Backoff | NodeState::Stopping)) => {
                Some(format!("is {state:?}"))
            }
        }
    }

    fn unmet_run(&self, path: &str, kin: &Kin) -> Option<String> {
        let Some(run) = self.alive.get(path) else {
            return Some("is said to run".to_owned());
        };
        let hangs = run.hung && kin.child.watchdog().is_none();
        if run.up && (run.owes == 0 || hangs) {
            return None;
        }
        Some(format!("up: {}, owes: {}", run.up, run.owes))
    }
}

impl Kin {
    fn may_rest(&self) -> bool {
        match self.child.restart {
            Restart::Permanent => false,
            Restart::Transient => self.last.is_some_and(|last| last.quit),
            Restart::Temporary => true,
        }
    }
}
