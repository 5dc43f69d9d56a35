//! Children coming and going: from the specification, and at run time.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use crate::births::Birth;
use crate::entry::join;
use crate::plan::{Origin, Stage};
use crate::slot::{Phase, Slot};
use crate::supervisor::Supervising;
use crate::{ChildSpec, Restart, SpecError, StartError};

impl Supervising {
    /// Adds the slots a specification describes, not started yet.
    pub(crate) fn add(&mut self, spec: &ChildSpec, dynamic: bool) -> BTreeSet<u64> {
        let group = spec.count.map(|_| self.fresh_id());
        let mut members = BTreeSet::new();
        for name in spec.members() {
            let id = self.fresh_id();
            members.insert(id);
            self.slots.push(Slot {
                id,
                spec: spec.clone(),
                group,
                dynamic,
                entry: self.entry.adopt(&name, spec.kind()),
                phase: Phase::Idle,
                live: None,
                failures: 0,
                launched: false,
                because: None,
                leaving: None,
            });
        }
        members
    }

    /// Starts a child at run time, after those there are.
    pub(crate) fn start_child(&mut self, spec: &ChildSpec, birth: Birth) {
        if self.closing.is_some() {
            let path = join(&self.entry.path, &spec.name);
            let _ = birth.send(Err(StartError::Interrupted { path }));
            return;
        }
        if let Err(error) = self.check(spec) {
            let _ = birth.send(Err(error.into()));
            return;
        }
        let members = self.add(spec, true);
        self.expect_some(members.clone(), birth);
        self.plan(Origin::Dynamic, members, Stage::Starting);
    }

    fn check(&self, spec: &ChildSpec) -> Result<(), SpecError> {
        spec.validate(&self.entry.path)?;
        let names = spec.members();
        let taken = self
            .slots
            .iter()
            .find(|slot| names.contains(&slot.entry.name));
        match taken {
            Some(slot) => Err(SpecError::DuplicateName {
                path: slot.entry.path.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Ends and removes a child; also during its backoff, which then has no sequel.
    pub(crate) fn stop_child(&mut self, name: &str, done: oneshot::Sender<bool>) {
        let Some(index) = self.slots.iter().position(|slot| slot.entry.name == name) else {
            let _ = done.send(false);
            return;
        };
        let slot = &mut self.slots[index];
        let id = slot.id;
        slot.leaving.get_or_insert_default().push(done);
        let path = slot.entry.path.clone();
        self.leave_plans(id, &path);
        if !self.slots[index].is_alive() {
            self.remove(index);
        } else if self.closing.is_none() {
            self.ask_to_end(index);
        }
    }

    /// A new child could not be started: nothing of its specification stays.
    pub(crate) fn give_up_birth(&mut self, failed: u64, error: &StartError) {
        self.stillborn(failed, error);
        let group = self
            .slots
            .iter()
            .find(|slot| slot.id == failed)
            .and_then(|slot| slot.group);
        let concerned =
            |slot: &&Slot| slot.id == failed || (group.is_some() && slot.group == group);
        let ids: Vec<u64> = self.slots.iter().filter(concerned).map(|s| s.id).collect();
        for id in ids {
            let Some(index) = self.slots.iter().position(|slot| slot.id == id) else {
                continue;
            };
            let path = self.slots[index].entry.path.clone();
            self.leave_plans(id, &path);
            if self.slots[index].is_alive() {
                self.slots[index].leaving.get_or_insert_default();
                self.ask_to_end(index);
            } else {
                self.remove(index);
            }
        }
    }

    /// This child is not started again. A temporary one that was added at run time is forgotten,
    /// or the list would grow for ever.
    pub(crate) fn retire(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.phase = Phase::Down;
        let (id, path) = (slot.id, slot.entry.path.clone());
        let forgotten = slot.dynamic && slot.spec.restart == Restart::Temporary;
        self.leave_plans(id, &path);
        if forgotten {
            self.remove(index);
        }
    }

    /// Forgets a child that is not alive and tells those who waited for it.
    pub(crate) fn remove(&mut self, index: usize) {
        let slot = self.slots.remove(index);
        self.entry.remove_child(&slot.entry);
        for done in slot.leaving.into_iter().flatten() {
            let _ = done.send(true);
        }
    }

    /// Takes a child that is not started again out of its plan.
    fn leave_plans(&mut self, id: u64, path: &str) {
        for plan in &mut self.plans {
            plan.members.remove(&id);
        }
        self.plans.retain(|plan| !plan.members.is_empty());
        self.never_born(id, path);
    }
}
