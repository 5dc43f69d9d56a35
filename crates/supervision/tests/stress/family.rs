//! Who belongs to whom: kept up to date by the driver and by what supervisors announce.

use std::sync::Arc;

use crate::book::{Book, Pages};
use crate::kin::{Family, Kin, join, split};
use crate::shape::{Body, Child, Shape};

impl Book {
    /// A new run of the supervisor at `path` begins.
    pub(crate) fn open(&self, path: &str, shape: &Arc<Shape>) {
        self.pages().open(path, shape);
    }

    /// A child is about to be added; the result tells these members from later ones of the same
    /// name. `None` when the supervisor is not known, and so nothing can come of it.
    pub(crate) fn admit(&self, supervisor: &str, child: &Arc<Child>) -> Option<u64> {
        self.pages().admit(supervisor, child, true)
    }

    /// The child is about to be removed.
    pub(crate) fn leaving(&self, path: &str) -> Option<u64> {
        let (parent, name) = split(path);
        let mut pages = self.pages();
        let kin = pages.supervisors.get_mut(parent)?.member_mut(name)?;
        kin.leaving = true;
        Some(kin.number)
    }

    /// Those of one admission, or one child, do not belong to the supervisor any more.
    pub(crate) fn dismiss(&self, supervisor: &str, numbers: std::ops::RangeInclusive<u64>) {
        let mut pages = self.pages();
        let Some(family) = pages.supervisors.get_mut(supervisor) else {
            return;
        };
        let (gone, kept): (Vec<Kin>, _) = family
            .kin
            .drain(..)
            .partition(|kin| numbers.contains(&kin.number));
        family.kin = kept;
        for kin in gone {
            pages.forget(&join(supervisor, &kin.name));
        }
    }

    /// The paths of all children.
    pub(crate) fn children(&self) -> Vec<(String, bool)> {
        let pages = self.pages();
        let families = pages.supervisors.iter();
        families
            .flat_map(|(path, family)| {
                let kin = family.kin.iter();
                kin.map(move |kin| (join(path, &kin.name), kin.is_supervisor()))
            })
            .collect()
    }
}

impl Pages {
    pub(crate) fn open(&mut self, path: &str, shape: &Arc<Shape>) {
        self.forget(path);
        let family = Family {
            shape: Arc::clone(shape),
            kin: Vec::new(),
            struck: false,
            gave_up: None,
            restarts: 0,
            causes: 0,
        };
        self.supervisors.insert(path.to_owned(), family);
        for child in &shape.children {
            self.admit(path, child, false);
        }
    }

    fn admit(&mut self, supervisor: &str, child: &Arc<Child>, dynamic: bool) -> Option<u64> {
        if !self.supervisors.contains_key(supervisor) {
            return None;
        }
        let (names, grouped) = child.members();
        let mut first = None;
        for name in names {
            let path = join(supervisor, &name);
            let number = self.number();
            first.get_or_insert(number);
            let kin = Kin {
                name,
                child: Arc::clone(child),
                number,
                grouped,
                dynamic,
                leaving: false,
                starts: 0,
                announced: false,
                last: None,
            };
            self.supervisors.get_mut(supervisor)?.kin.push(kin);
            if let Body::Supervisor(shape) = &child.body {
                self.open(&path, shape);
            }
        }
        first
    }

    /// No supervisor is at this path or below it any more.
    fn forget(&mut self, path: &str) {
        let below = join(path, "");
        self.supervisors
            .retain(|known, _| known != path && !known.starts_with(&below));
    }
}
