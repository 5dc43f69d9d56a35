//! Addition and removal of children, from the specification and at run time.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use super::State;
use super::pending_starts::StartReply;
use super::plan::{Origin, Stage};
use super::slot::{Phase, Slot};
use crate::record::join;
use crate::{ChildSpec, Restart, SpecError, StartError};

impl State {
    /// Adds the slots of a specification without starting them.
    pub(super) fn add(&mut self, spec: &ChildSpec, dynamic: bool) -> BTreeSet<u64> {
        let group = spec.count.map(|_| self.fresh_id());
        let mut members = BTreeSet::new();
        for name in spec.child_names() {
            let id = self.fresh_id();
            members.insert(id);
            self.slots.push(Slot {
                id,
                spec: spec.clone(),
                group,
                dynamic,
                record: self.record.child(&name, spec.kind()),
                phase: Phase::Idle,
                run: None,
                failures: 0,
                launched: false,
                restart_reason: None,
                removal: None,
            });
        }
        members
    }

    /// Starts a child at run time, as the last in start order.
    pub(super) fn start_child(&mut self, spec: &ChildSpec, reply: StartReply) {
        if self.closing.is_some() {
            let path = join(&self.record.path, &spec.name);
            let _ = reply.send(Err(StartError::Interrupted { path }));
            return;
        }
        if let Err(error) = self.validate_new(spec) {
            let _ = reply.send(Err(error.into()));
            return;
        }
        let members = self.add(spec, true);
        self.expect_some(members.clone(), reply);
        self.add_plan(Origin::Dynamic, members, Stage::Starting);
    }

    fn validate_new(&self, spec: &ChildSpec) -> Result<(), SpecError> {
        spec.validate(&self.record.path)?;
        let names = spec.child_names();
        let taken = |slot: &&Slot| names.contains(&slot.record.name);
        match self.slots.iter().find(taken) {
            Some(slot) => Err(SpecError::DuplicateName {
                path: slot.record.path.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Stops and removes a child, also during its backoff, which is then cancelled.
    pub(super) fn stop_child(&mut self, name: &str, reply: oneshot::Sender<bool>) {
        let named = |slot: &Slot| slot.record.name == name;
        let Some(index) = self.slots.iter().position(named) else {
            let _ = reply.send(false);
            return;
        };
        let removal = &mut self.slots[index].removal;
        removal.get_or_insert_default().push(reply);
        self.stop_and_remove(index);
    }

    /// Removes all children of a specification of which one failed to start.
    pub(super) fn remove_failed_start(&mut self, failed: u64, error: &StartError) {
        self.start_failed(failed, error);
        let group = self
            .slots
            .iter()
            .find(|slot| slot.id == failed)
            .and_then(|slot| slot.group);
        let affected = |slot: &&Slot| slot.id == failed || (group.is_some() && slot.group == group);
        let ids: Vec<u64> = self.slots.iter().filter(affected).map(|s| s.id).collect();
        for id in ids {
            if let Some(index) = self.slots.iter().position(|slot| slot.id == id) {
                self.slots[index].removal.get_or_insert_default();
                self.stop_and_remove(index);
            }
        }
    }

    fn stop_and_remove(&mut self, index: usize) {
        let slot = &self.slots[index];
        let (id, path) = (slot.id, slot.record.path.clone());
        self.leave_plans(id, &path);
        if !self.slots[index].is_alive() {
            self.remove(index);
        } else if self.closing.is_none() {
            self.request_stop(index);
        }
    }

    /// Marks a child as down for good. A temporary child that was added at run time is removed, or
    /// the list would grow without bound.
    pub(super) fn retire(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.phase = Phase::Down;
        let (id, path) = (slot.id, slot.record.path.clone());
        let forgotten = slot.dynamic && slot.spec.restart == Restart::Temporary;
        self.leave_plans(id, &path);
        if forgotten {
            self.remove(index);
        }
    }

    /// Removes a child that is not alive and replies to the callers that requested it.
    pub(super) fn remove(&mut self, index: usize) {
        let slot = self.slots.remove(index);
        self.record.remove_child(&slot.record);
        for reply in slot.removal.into_iter().flatten() {
            let _ = reply.send(true);
        }
    }
}
