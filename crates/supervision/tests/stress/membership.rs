//! Membership of children in supervisors, updated by the driver and by observer calls.

use std::sync::Arc;

use crate::checker::{Checker, CheckerState};
use crate::model::{ChildModel, SupervisorModel, join, split};
use crate::shape::{Body, Child, Shape};

impl Checker {
    /// Records a new run of the supervisor at `path`.
    pub(crate) fn open(&self, path: &str, shape: &Arc<Shape>) {
        self.state().open(path, shape);
    }

    /// Records the addition of a child and returns the first of its member numbers, which later
    /// members of the same name do not share; `None` for an unknown supervisor.
    pub(crate) fn add_children(&self, supervisor: &str, child: &Arc<Child>) -> Option<u64> {
        self.state().add_children(supervisor, child, true)
    }

    /// Records a removal request and returns the number of the child.
    pub(crate) fn removal_requested(&self, path: &str) -> Option<u64> {
        let (parent, name) = split(path);
        let mut state = self.state();
        let model = state.supervisors.get_mut(parent)?.member_mut(name)?;
        model.removing = true;
        Some(model.number)
    }

    /// Removes the children with these numbers from the supervisor.
    pub(crate) fn remove_children(&self, supervisor: &str, numbers: std::ops::RangeInclusive<u64>) {
        let mut state = self.state();
        let Some(owner) = state.supervisors.get_mut(supervisor) else {
            return;
        };
        let (gone, kept): (Vec<ChildModel>, _) = owner
            .children
            .drain(..)
            .partition(|model| numbers.contains(&model.number));
        owner.children = kept;
        for model in gone {
            state.forget(&join(supervisor, &model.name));
        }
    }

    /// Returns the paths of all children, and whether each is a supervisor.
    pub(crate) fn children(&self) -> Vec<(String, bool)> {
        let state = self.state();
        let owners = state.supervisors.iter();
        owners
            .flat_map(|(path, owner)| {
                let children = owner.children.iter();
                children.map(move |model| (join(path, &model.name), model.is_supervisor()))
            })
            .collect()
    }
}

impl CheckerState {
    pub(crate) fn open(&mut self, path: &str, shape: &Arc<Shape>) {
        self.forget(path);
        let owner = SupervisorModel {
            shape: Arc::clone(shape),
            children: Vec::new(),
            faulted: false,
            gave_up: None,
            restarts: 0,
            causes: 0,
        };
        self.supervisors.insert(path.to_owned(), owner);
        for child in &shape.children {
            self.add_children(path, child, false);
        }
    }

    fn add_children(&mut self, supervisor: &str, child: &Arc<Child>, dynamic: bool) -> Option<u64> {
        if !self.supervisors.contains_key(supervisor) {
            return None;
        }
        let (names, grouped) = child.members();
        let mut first = None;
        for name in names {
            let path = join(supervisor, &name);
            let number = self.number();
            first.get_or_insert(number);
            let model = ChildModel {
                name,
                spec: Arc::clone(child),
                number,
                grouped,
                dynamic,
                removing: false,
                starts: 0,
                restart_announced: false,
                last: None,
            };
            self.supervisors.get_mut(supervisor)?.children.push(model);
            if let Body::Supervisor(shape) = &child.body {
                self.open(&path, shape);
            }
        }
        first
    }

    /// Removes the models of the supervisors at this path and below it.
    fn forget(&mut self, path: &str) {
        let below = join(path, "");
        self.supervisors
            .retain(|known, _| known != path && !known.starts_with(&below));
    }
}
