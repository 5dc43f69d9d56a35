//! The intake, with recovery in front of every read after something broke.

use std::sync::Arc;

use super::{
    books::Place,
    deliveries::Read,
    policy::PAUSE,
    process::{Answer, Reply, Role, Trouble},
    world::World,
};
use crate::model::{Fields, Id, field};

/// What the intake is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IntakeState {
    /// It makes sure that this stream has its group.
    Opening(usize),
    Reading,
    /// It looks for entries of this stream that are pending in its name.
    Looking(usize),
    /// It found some that are handled nowhere.
    Found(usize, Vec<Id>),
}

impl World {
    /// When the intake has something to do.
    pub(super) fn intake_due(&self, p: usize) -> Option<u64> {
        let process = &self.processes[p];
        let next = process.desks[&Role::Intake].next;
        let recovers = process.recover && process.claiming.is_none();
        let busy = process.intake != IntakeState::Reading || recovers;
        let reads = process.free() > 0 && self.hints.unread;
        (busy || reads).then_some(next)
    }

    pub(super) fn intake_acts(&mut self, p: usize) {
        let process = &mut self.processes[p];
        match process.intake.clone() {
            IntakeState::Opening(stream) => {
                let name = Arc::clone(&process.name);
                self.ask(p, Role::Intake, |server| {
                    server.say_alive(&name);
                    server.ensure(stream);
                    Ok(Reply::Done)
                });
            }
            IntakeState::Reading if process.recover && process.claiming.is_none() => {
                process.recover = false;
                process.claiming = Some(Role::Intake);
                self.look(p, 0);
            }
            IntakeState::Reading => self.read(p),
            IntakeState::Looking(stream) => self.look(p, stream),
            IntakeState::Found(stream, ids) => {
                let name = Arc::clone(&process.name);
                self.ask(p, Role::Intake, |server| {
                    server.recover(stream, &name, &ids)?;
                    Ok(Reply::Done)
                });
            }
        }
    }

    fn look(&mut self, p: usize, stream: usize) {
        self.processes[p].intake = IntakeState::Looking(stream);
        let name = Arc::clone(&self.processes[p].name);
        self.ask(p, Role::Intake, |server| {
            let (key, group) = (&server.streams[stream], &server.service.group);
            let ids = server
                .model
                .pending_of(key, group, &name, (Id::ZERO, 100))?;
            Ok(Reply::Pending(ids))
        });
    }

    fn read(&mut self, p: usize) {
        let process = &self.processes[p];
        let (name, free) = (Arc::clone(&process.name), process.free());
        let (streams, across) = (self.server.streams.len(), self.settings.across);
        self.ask(p, Role::Intake, |server| {
            let read = match across {
                0 => server.read(&name, free.div_ceil(streams))?,
                limit => server.take(&name, limit, free)?,
            };
            Ok(Reply::Read(read))
        });
        if std::mem::take(&mut self.loses_read) {
            self.processes[p].desk(Role::Intake).answer = Some(Err(Trouble::Silence));
        }
    }

    pub(super) fn intake_hears(&mut self, p: usize, answer: Answer) {
        let streams = self.server.streams.len();
        let now = self.server.now();
        let process = &mut self.processes[p];
        process.desk(Role::Intake).next = now;
        let reply = match answer {
            Ok(reply) => reply,
            Err(trouble) => return self.intake_failed(p, trouble),
        };
        match (process.intake.clone(), reply) {
            (IntakeState::Opening(stream), _) if stream + 1 < streams => {
                process.intake = IntakeState::Opening(stream + 1);
            }
            (IntakeState::Opening(_), _) => process.intake = IntakeState::Reading,
            (IntakeState::Looking(stream), Reply::Pending(ids)) => {
                let lost = |id: &Id| !process.holdings.contains_key(&Place { stream, id: *id });
                let lost: Vec<Id> = ids.into_iter().filter(lost).collect();
                if lost.is_empty() {
                    self.look_on(p, stream);
                } else {
                    process.intake = IntakeState::Found(stream, lost);
                }
            }
            (IntakeState::Found(stream, _), _) => self.look_on(p, stream),
            (_, Reply::Read(read)) => {
                if self.settings.across > 0 && read.is_empty() {
                    // The server does not wait in it: room may come from elsewhere.
                    process.desk(Role::Intake).next = now + super::policy::TICK;
                }
                self.admit_all(p, read);
            }
            (state, reply) => unreachable!("{state:?} is not told {reply:?}"),
        }
    }

    fn look_on(&mut self, p: usize, stream: usize) {
        let process = &mut self.processes[p];
        if stream + 1 < self.server.streams.len() {
            process.intake = IntakeState::Looking(stream + 1);
        } else {
            process.intake = IntakeState::Reading;
            process.claiming = None;
        }
    }

    /// The connection is thrown away; what may have gone with it is looked for.
    fn intake_failed(&mut self, p: usize, _: Trouble) {
        let now = self.server.now();
        let process = &mut self.processes[p];
        if process.claiming == Some(Role::Intake) {
            process.claiming = None;
        }
        process.recover = self.settings.recovers;
        process.intake = IntakeState::Opening(0);
        process.desk(Role::Intake).next = now + PAUSE;
    }

    fn admit_all(&mut self, p: usize, read: Read) {
        for (stream, id, fields) in read {
            let place = Place { stream, id };
            // A group that was lost and made again delivers what is still handled here.
            if self.processes[p].holdings.contains_key(&place) {
                continue;
            }
            if unwanted(&fields) {
                self.skip(p, place);
                continue;
            }
            let attempts = failed_before(&fields);
            self.dispatch(p, place, fields, (1, attempts));
        }
    }
}

/// Whether no handler here wants such an entry.
pub(super) fn unwanted(fields: &Fields) -> bool {
    field(fields, "type") == "Noise"
}

/// Errors that were recorded before it came here through the delay queue.
pub(super) fn failed_before(fields: &Fields) -> u64 {
    field(fields, "retry.attempts").parse().unwrap_or(0)
}
