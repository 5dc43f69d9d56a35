//! Roles that keep a process, its leases and its service's keys in order.

use std::sync::Arc;

use super::{
    policy::{HEARTBEAT, LEAD, LEASE, PAUSE, TICK},
    process::{Answer, Life, Reply, Role},
    world::World,
};
use crate::model::{Lead, PARKING, Receipt, Takeover};

const REAPER_TICK: u64 = 500;
const JANITOR_TICK: u64 = 1000;
const JANITOR: &str = "janitor";

/// One thing that the leading janitor does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chore {
    Checkpoint(usize),
    Sweep,
    Trim(usize),
}

impl World {
    pub(super) fn heartbeat_due(&self, p: usize) -> Option<u64> {
        let process = &self.processes[p];
        let leaves = matches!(process.life, Life::Stopping(_)) && self.is_idle(p);
        let next = process.desks[&Role::Heartbeat].next;
        Some(if leaves { self.server.now() } else { next })
    }

    pub(super) fn heartbeat_acts(&mut self, p: usize) {
        if matches!(self.processes[p].life, Life::Stopping(_)) && self.is_idle(p) {
            return self.retire(p);
        }
        let name = Arc::clone(&self.processes[p].name);
        self.ask(p, Role::Heartbeat, |server| {
            server.say_alive(&name);
            Ok(Reply::Done)
        });
    }

    pub(super) fn heartbeat_hears(&mut self, p: usize) {
        self.wait(p, Role::Heartbeat, HEARTBEAT / 3);
    }

    /// Whatever is still pending in its name is handed back; then its name goes.
    fn retire(&mut self, p: usize) {
        let name = Arc::clone(&self.processes[p].name);
        let key = self.server.service.lead(JANITOR);
        self.server.model.lead(&key, &name, 0);
        self.server.model.forget(&self.server.service.alive(&name));
        for stream in 0..self.server.streams.len() {
            while let Ok(Takeover::Taken { .. }) = self.server.takeover(stream, &name) {}
        }
        self.processes[p].life = Life::Gone(self.server.now() + 1);
    }

    pub(super) fn renewer_due(&self, p: usize) -> Option<u64> {
        let process = &self.processes[p];
        let needed = !process.holdings.is_empty() || !process.renewing.is_empty();
        needed.then_some(process.desks[&Role::Renewer].next)
    }

    pub(super) fn renewer_acts(&mut self, p: usize) {
        let (now, streams) = (self.server.now(), self.server.streams.len());
        let process = &mut self.processes[p];
        if process.renewing.is_empty() {
            process.renewing.extend(0..streams);
        }
        while let Some(stream) = process.renewing.pop_front() {
            let key = Arc::clone(&self.server.streams[stream]);
            let old = process.holdings.iter().filter(|(place, held)| {
                place.stream == stream && !held.lost && now - held.since >= LEASE / 6
            });
            let old = old.map(|(place, held)| process.receipt(&key, place.id, held.deliveries));
            let old: Vec<Receipt> = old.collect();
            if !old.is_empty() {
                return self.ask(p, Role::Renewer, |server| {
                    let renewed = server.renew(&old)?;
                    Ok(Reply::Renewed(old, now, renewed))
                });
            }
        }
        self.wait(p, Role::Renewer, LEASE / 6);
    }

    pub(super) fn renewer_hears(&mut self, p: usize, answer: Answer) {
        match answer {
            Ok(Reply::Renewed(receipts, started, renewed)) => {
                for receipt in receipts {
                    let place = self.server.place(&receipt);
                    let process = &mut self.processes[p];
                    let held = process.holdings.get_mut(&place);
                    let Some(held) = held.filter(|held| held.deliveries == receipt.deliveries)
                    else {
                        continue;
                    };
                    if renewed.lost.contains(&receipt.id) {
                        held.lost = true;
                    } else {
                        held.since = started;
                    }
                }
                self.cancel_lost(p);
                if !renewed.lost.is_empty() {
                    self.look_again(p);
                }
                let ready = self.processes[p].renewing.is_empty();
                self.wait(p, Role::Renewer, if ready { LEASE / 6 } else { 0 });
            }
            Ok(reply) => unreachable!("a renewal is not told {reply:?}"),
            Err(trouble) => {
                self.processes[p].renewing.clear();
                self.wait(p, Role::Renewer, PAUSE);
                self.mend(trouble);
            }
        }
    }

    pub(super) fn timekeeper_due(&self, p: usize) -> Option<u64> {
        let next = self.processes[p].desks[&Role::Timekeeper].next;
        Some(next.max(self.hints.job?))
    }

    pub(super) fn timekeeper_acts(&mut self, p: usize) {
        self.ask(p, Role::Timekeeper, |server| {
            Ok(Reply::Promoted(server.promote()?))
        });
    }

    pub(super) fn timekeeper_hears(&mut self, p: usize, answer: Answer) {
        let all = matches!(answer, Ok(Reply::Promoted(100)));
        self.wait(p, Role::Timekeeper, if all { 0 } else { TICK });
    }

    pub(super) fn reaper_due(&self, p: usize) -> Option<u64> {
        let process = &self.processes[p];
        let needed = self.hints.dead || !process.reaping.is_empty();
        needed.then_some(process.desks[&Role::Reaper].next)
    }

    pub(super) fn reaper_acts(&mut self, p: usize) {
        let streams = self.server.streams.len();
        let process = &mut self.processes[p];
        if process.reaping.is_empty() {
            process
                .reaping
                .extend((0..streams).map(|stream| (stream, None)));
        }
        let Some((stream, who)) = process.reaping.front().cloned() else {
            return;
        };
        self.ask(p, Role::Reaper, |server| match who {
            Some(consumer) => Ok(Reply::Reaped(server.takeover(stream, &consumer)?)),
            None => {
                let (key, group) = (&server.streams[stream], &server.service.group);
                let group = server.model.group(key, group)?;
                Ok(Reply::Consumers(group.consumers.iter().cloned().collect()))
            }
        });
    }

    pub(super) fn reaper_hears(&mut self, p: usize, answer: Answer) {
        let process = &mut self.processes[p];
        match answer {
            Ok(Reply::Reaped(Takeover::Taken { .. })) => return self.wait(p, Role::Reaper, 0),
            Ok(Reply::Consumers(consumers)) => {
                if let Some((stream, _)) = process.reaping.pop_front() {
                    let me = Arc::clone(&process.name);
                    let others = consumers.into_iter().filter(|name| *name != me);
                    for other in others.filter(|name| **name != *PARKING) {
                        process.reaping.push_back((stream, Some(other)));
                    }
                }
            }
            Ok(_) => drop(process.reaping.pop_front()),
            Err(trouble) => {
                process.reaping.clear();
                self.mend(trouble);
            }
        }
        let done = self.processes[p].reaping.is_empty();
        self.wait(p, Role::Reaper, if done { REAPER_TICK } else { 0 });
    }

    pub(super) fn janitor_acts(&mut self, p: usize) {
        let process = &self.processes[p];
        let (name, retention) = (Arc::clone(&process.name), self.settings.retention);
        let chore = process.chores.front().copied();
        self.ask(p, Role::Janitor, |server| {
            match chore {
                None => {
                    let key = server.service.lead(JANITOR);
                    let lead = server.model.lead(&key, &name, LEAD);
                    return Ok(Reply::Leads(lead == Lead::Leads));
                }
                Some(Chore::Checkpoint(stream)) => {
                    server
                        .model
                        .checkpoint(&server.service, &server.streams[stream]);
                }
                Some(Chore::Sweep) => {
                    server.model.sweep(&server.service, &server.streams);
                }
                Some(Chore::Trim(stream)) => server.trim(stream, retention),
            }
            Ok(Reply::Done)
        });
    }

    pub(super) fn janitor_hears(&mut self, p: usize, answer: Answer) {
        let streams = 0..self.server.streams.len();
        let chores = &mut self.processes[p].chores;
        match answer {
            Ok(Reply::Leads(true)) => {
                chores.extend(streams.clone().map(Chore::Checkpoint));
                chores.push_back(Chore::Sweep);
                chores.extend(streams.map(Chore::Trim));
            }
            Ok(_) => drop(chores.pop_front()),
            Err(trouble) => {
                chores.clear();
                self.mend(trouble);
            }
        }
        let done = self.processes[p].chores.is_empty();
        self.wait(p, Role::Janitor, if done { JANITOR_TICK } else { 0 });
    }
}
