//! What must be true at each line children write.
//!
//! - At most one run of a child lives.
//! - A run begins only as the first one, or after a restart was announced; a temporary child has
//!   only the first one.
//! - Nothing begins below a supervisor that gave up, or in a tree that has ended.
//! - Siblings begin in order, each when the one before it is up.
//! - Siblings are asked to end in reverse order, each when nothing of those after it is left.

use crate::book::Pages;
use crate::kin::{Kin, join, split};
use crate::shape::Body;

impl Pages {
    pub(crate) fn check_begin(&mut self, path: &str) {
        if self.alive.contains_key(path) {
            self.broken(format!("two runs of {path} live"));
        }
        if self.over {
            self.broken(format!("{path} begins after the end of the tree"));
        }
        let (parent, name) = split(path);
        let Some(family) = self.supervisors.get_mut(parent) else {
            return self.broken(format!("{path} begins below an unknown supervisor"));
        };
        let gave_up = family.gave_up.is_some();
        let Some(kin) = family.member_mut(name) else {
            return self.broken(format!("{path} begins and is not a child any more"));
        };
        // A task that was launched before has its first look around now, and is told to end.
        let gave_up = gave_up && !matches!(kin.child.body, Body::Task(_));
        let again = kin.starts > 0;
        let unannounced = again && !kin.announced;
        let resurrected = again && kin.is_temporary();
        kin.starts += 1;
        kin.announced = false;
        let too_early = self.not_up_before(parent, name, again);
        if gave_up {
            self.broken(format!("{path} begins below a supervisor that gave up"));
        }
        if unannounced {
            self.broken(format!("{path} begins again and no restart was announced"));
        }
        if resurrected {
            self.broken(format!("{path} is temporary and begins again"));
        }
        if let Some(earlier) = too_early {
            self.broken(format!("{path} begins before {earlier} is up"));
        }
    }

    /// An earlier sibling that had to be up first. A task is up before its loop begins. Members of
    /// groups may be on a restart of their own, and so may all children of a supervisor that
    /// restarts them one by one.
    fn not_up_before(&self, parent: &str, name: &str, again: bool) -> Option<String> {
        let family = self.supervisors.get(parent)?;
        let me = family.member(name).filter(|kin| !kin.dynamic)?;
        let starting = |kin: &Kin| {
            let run = self.alive.get(&join(parent, &kin.name));
            run.is_some_and(|run| !run.up)
        };
        let late = |kin: &&Kin| {
            let first = !again && kin.starts == 0 && kin.is_actor();
            first || (family.is_joint() && !me.grouped && !kin.grouped && starting(kin))
        };
        let earlier = family
            .kin
            .iter()
            .filter(|kin| kin.number < me.number && !kin.dynamic && !kin.leaving);
        earlier.clone().find(late).map(|kin| kin.name.clone())
    }

    /// Siblings after this one that still live although it is this one's turn to end. On a quiet
    /// end that holds at every level above as well, and for those added at run time.
    pub(crate) fn check_turn(&mut self, path: &str) {
        let mut here = path;
        while let Some(later) = self.later_sibling(here) {
            if !later.is_empty() {
                return self.broken(format!("{path} is asked to end, or gone, before {later}"));
            }
            here = split(here).0;
            if here.is_empty() || !self.quiet_end {
                return;
            }
        }
    }

    /// The path of one that lives, empty when there is none; `None` when the child itself is not
    /// known any more.
    fn later_sibling(&self, path: &str) -> Option<String> {
        let (parent, name) = split(path);
        let family = self.supervisors.get(parent)?;
        let me = family.member(name)?;
        if me.leaving {
            return Some(String::new());
        }
        let counts = |kin: &&Kin| {
            kin.number > me.number
                && !kin.leaving
                && !me.same_group(kin)
                && (self.quiet_end || !kin.dynamic)
        };
        let later = family.kin.iter().filter(counts);
        let mut paths = later.map(|kin| join(parent, &kin.name));
        Some(paths.find(|path| self.lives(path)).unwrap_or_default())
    }
}
