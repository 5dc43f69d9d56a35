//! Rules at each event of a child.
//!
//! - At most one run of a child is alive.
//! - A run starts only as the first one or after a reported restart; a temporary child has only the
//!   first one.
//! - No run starts below a supervisor that gave up, or in a tree that has ended.
//! - Siblings start in order, each when the one before it is up.
//! - Siblings receive their stop request in reverse order, each when nothing of the later ones is
//!   left.

use crate::checker::CheckerState;
use crate::model::{ChildModel, join, split};
use crate::shape::Body;

impl CheckerState {
    pub(crate) fn check_start(&mut self, path: &str) {
        if self.alive.contains_key(path) {
            self.violation(format!("two runs of {path} are alive"));
        }
        if self.over {
            self.violation(format!("{path} starts after the end of the tree"));
        }
        let (parent, name) = split(path);
        let Some(owner) = self.supervisors.get_mut(parent) else {
            return self.violation(format!("{path} starts below an unknown supervisor"));
        };
        let gave_up = owner.gave_up.is_some();
        let Some(model) = owner.member_mut(name) else {
            return self.violation(format!("{path} starts and is not a child any more"));
        };
        // A task launched before gets its first poll now, together with its stop request.
        let gave_up = gave_up && !matches!(model.spec.body, Body::Task(_));
        let again = model.starts > 0;
        let unannounced = again && !model.restart_announced;
        let resurrected = again && model.is_temporary();
        model.starts += 1;
        model.restart_announced = false;
        let too_early = self.not_up_before(parent, name, again);
        if gave_up {
            self.violation(format!("{path} starts below a supervisor that gave up"));
        }
        if unannounced {
            self.violation(format!("{path} starts again without a reported restart"));
        }
        if resurrected {
            self.violation(format!("{path} is temporary and starts again"));
        }
        if let Some(earlier) = too_early {
            self.violation(format!("{path} starts before {earlier} is up"));
        }
    }

    /// Returns an earlier sibling that had to be up first. A task is up before its function starts.
    /// Members of groups, and all children under one-for-one, may be restarting alone.
    fn not_up_before(&self, parent: &str, name: &str, again: bool) -> Option<String> {
        let owner = self.supervisors.get(parent)?;
        let me = owner.member(name).filter(|model| !model.dynamic)?;
        let starting = |model: &ChildModel| {
            let run = self.alive.get(&join(parent, &model.name));
            run.is_some_and(|run| !run.up)
        };
        let late = |model: &&ChildModel| {
            let first = !again && model.starts == 0 && model.is_actor();
            first || (owner.is_joint() && !me.grouped && !model.grouped && starting(model))
        };
        let earlier = owner
            .children
            .iter()
            .filter(|model| model.number < me.number && !model.dynamic && !model.removing);
        earlier.clone().find(late).map(|model| model.name.clone())
    }

    /// Checks that no later sibling is alive when this child stops. In a quiet shutdown that holds at
    /// every level above as well, and for children added at run time.
    pub(crate) fn check_stop_order(&mut self, path: &str) {
        let mut here = path;
        while let Some(later) = self.later_sibling(here) {
            if !later.is_empty() {
                return self.violation(format!("{path} is stopping or gone before {later}"));
            }
            here = split(here).0;
            if here.is_empty() || !self.quiet_end {
                return;
            }
        }
    }

    /// Returns the path of a later sibling that is alive, empty when there is none; `None` when the
    /// child itself is unknown.
    fn later_sibling(&self, path: &str) -> Option<String> {
        let (parent, name) = split(path);
        let owner = self.supervisors.get(parent)?;
        let me = owner.member(name)?;
        if me.removing {
            return Some(String::new());
        }
        let counts = |model: &&ChildModel| {
            model.number > me.number
                && !model.removing
                && !me.same_group(model)
                && (self.quiet_end || !model.dynamic)
        };
        let later = owner.children.iter().filter(counts);
        let mut paths = later.map(|model| join(parent, &model.name));
        Some(paths.find(|path| self.lives(path)).unwrap_or_default())
    }
}
