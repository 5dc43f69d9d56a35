//! The adversary: everything that happens to processes and servers, at the worst moments.

use std::sync::Arc;

use rand::{Rng, seq::IteratorRandom};

use super::{
    books::Place,
    intake::IntakeState,
    policy::{DRAIN, LEASE},
    process::{Life, Role},
    server::Server,
    world::World,
};

impl World {
    /// Something happens: a producer writes, or something goes wrong.
    pub(super) fn disturb(&mut self) {
        let work = self.to_publish > 0 && (self.to_happen == 0 || self.rng.random_bool(0.5));
        if work {
            self.to_publish -= 1;
            let noise = self.rng.random_bool(0.1);
            let kind = if noise { "Noise" } else { "Order" };
            self.note(usize::MAX, || format!("publishes {kind}"));
            self.server.publish(kind, &mut self.rng);
            return;
        }
        self.to_happen -= 1;
        let p = self.rng.random_range(0..self.processes.len());
        let (now, name) = (self.server.now(), "the adversary");
        match self.rng.random_range(0..100) {
            0..22 => {
                let back = now + self.rng.random_range(0..LEASE);
                self.note(p, || format!("{name} kills it until {back}"));
                self.processes[p].life = Life::Gone(back);
            }
            22..40 => self.freeze(p),
            40..50 => self.stop(p),
            50..62 => self.steal(),
            62..67 => self.destroy_group(),
            67..75 => self.delete(),
            75..82 => self.jump(),
            82..90 => {
                self.note(p, || format!("{name} kills the settler"));
                self.settler_dies(p);
            }
            _ => self.serve_frozen_reader(),
        }
    }

    /// SIGSTOP: for a moment, or long enough to be believed dead.
    fn freeze(&mut self, p: usize) {
        if self.processes[p].life != Life::Running {
            return;
        }
        let long = self.rng.random_bool(0.7);
        let time = self
            .rng
            .random_range(1..if long { 3 * LEASE } else { 1000 });
        self.note(p, || format!("the adversary stops it for {time} ms"));
        self.processes[p].life = Life::Frozen(self.server.now() + time);
    }

    /// SIGTERM.
    fn stop(&mut self, p: usize) {
        let now = self.server.now();
        let process = &mut self.processes[p];
        if process.life != Life::Running {
            return;
        }
        process.life = Life::Stopping(now + DRAIN);
        for job in std::mem::take(&mut process.waiting) {
            process.abandon(job, false);
        }
        self.note(p, || "the adversary ends it in good order".to_owned());
    }

    fn steal(&mut self) {
        let places = self.server.pending().map(|(place, ..)| place);
        let Some(place) = places.choose(&mut self.rng) else {
            return;
        };
        let thief = self.thief();
        self.note(usize::MAX, || {
            format!("the adversary claims {place:?} for {thief}")
        });
        self.server.steal(place, &thief);
    }

    /// As a slip of the hand or a failover does.
    fn destroy_group(&mut self) {
        let stream = self.rng.random_range(0..self.server.streams.len());
        self.note(usize::MAX, || {
            format!("the adversary destroys the group of stream {stream}")
        });
        self.server.destroy_group(stream);
    }

    /// A third party deletes an entry that is pending.
    fn delete(&mut self) {
        let places = self.server.pending().map(|(place, ..)| place);
        if let Some(place) = places.choose(&mut self.rng) {
            self.note(usize::MAX, || format!("the adversary deletes {place:?}"));
            self.server.delete(place);
        }
    }

    /// Every clock jumps forward.
    fn jump(&mut self) {
        let time = self.rng.random_range(1..2 * LEASE);
        self.note(usize::MAX, || format!("the adversary lets {time} ms pass"));
        self.server.model.now += time;
        for process in &mut self.processes {
            process.able_since = None;
        }
    }

    /// A read that waits in the server is served, though its process is frozen.
    fn serve_frozen_reader(&mut self) {
        let waits = |p: &usize| {
            let process = &self.processes[*p];
            let frozen = matches!(process.life, Life::Frozen(_));
            let reads = process.intake == IntakeState::Reading && !process.recover;
            let unanswered = process.desks[&Role::Intake].answer.is_none();
            frozen && reads && unanswered && process.free() > 0 && self.settings.across == 0
        };
        if let Some(p) = (0..self.processes.len()).find(waits) {
            self.note(p, || "its waiting read is served".to_owned());
            self.intake_acts(p);
        }
    }
}

impl Server {
    /// XDEL of a pending entry.
    pub(super) fn delete(&mut self, place: Place) {
        if self.model.delete(&self.streams[place.stream], place.id) {
            self.books.fact(place).deleted = true;
        }
    }

    /// XGROUP DESTROY.
    pub(super) fn destroy_group(&mut self, stream: usize) {
        let (key, group) = (
            Arc::clone(&self.streams[stream]),
            Arc::clone(&self.service.group),
        );
        if let Ok(found) = self.model.group(&key, &group) {
            self.destroyed[stream] = Some(found.last);
            let _ = self.model.destroy_group(&key, &group);
        }
    }
}
