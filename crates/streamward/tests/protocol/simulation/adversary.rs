//! The adversary: everything that happens to processes and servers, at the worst moments.

use std::{sync::Arc, time::Duration};

use rand::{Rng, seq::IteratorRandom};
use tokio::time::Instant;

use super::{
    process::{Life, Process, RESTART, Stage},
    server::Server,
    settings::{DRAIN, LEASE},
    wire::lock,
    world::World,
};
use crate::protocol::model::{Name, PARKING};

impl World {
    /// Something happens: a producer writes, or something goes wrong.
    pub(super) async fn disturb(&mut self) {
        if self.publishes() {
            return;
        }
        self.to_happen -= 1;
        let (p, chance) = {
            let mut server = lock(&self.server);
            server.disturbed_all();
            let p = server.rng.random_range(0..self.processes.len());
            (p, server.rng.random_range(0..100))
        };
        match chance {
            0..18 => {
                let gone = self.random_time(LEASE);
                self.note(p, &format!("is killed for {gone:?}"));
                self.processes[p].kill(Instant::now() + gone);
            }
            18..34 => self.freeze(p),
            34..44 => self.stop(p),
            44..55 => self.steal(),
            55..60 => self.destroy_group(),
            60..67 => lock(&self.server).delete_pending(),
            67..74 => {
                let time = self.random_time(2 * LEASE);
                self.note(p, &format!("and all others: {time:?} pass"));
                tokio::time::advance(time).await;
                lock(&self.server).disturbed_all();
            }
            74..77 => lock(&self.server).loaded.clear(),
            _ => self.kill_role(p),
        }
    }

    /// Whether it is a producer's turn, who writes then.
    fn publishes(&mut self) -> bool {
        let mut server = lock(&self.server);
        if self.to_publish == 0 || (self.to_happen > 0 && server.rng.random_bool(0.5)) {
            return false;
        }
        self.to_publish -= 1;
        let noise = server.rng.random_bool(0.1);
        let kind = if noise { "Noise" } else { "Order" };
        server.note(|| format!("a producer publishes {kind}"));
        server.publish(kind);
        true
    }

    fn random_time(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(lock(&self.server).rng.random_range(1..most))
    }

    fn note(&self, p: usize, what: &str) {
        let serial = self.processes[p].serial;
        lock(&self.server).note(|| format!("p{serial} {what}"));
    }

    fn kill_role(&mut self, p: usize) {
        let process = &mut self.processes[p];
        if process.is_running() {
            let roles = process.stations.len() + 2 + process.workers.len();
            let number = lock(&self.server).rng.random_range(0..roles);
            process.kill_role(number);
            self.note(p, &format!("role {number} dies"));
        }
    }

    /// SIGSTOP: for a moment, or long enough to be believed dead.
    fn freeze(&mut self, p: usize) {
        if !self.processes[p].is_running() {
            return;
        }
        let long = lock(&self.server).rng.random_bool(0.7);
        let most = if long {
            3 * LEASE
        } else {
            Duration::from_secs(1)
        };
        let time = self.random_time(most);
        self.note(p, &format!("is frozen for {time:?}"));
        self.processes[p].life = Life::Frozen(Instant::now() + time);
    }

    /// SIGTERM.
    fn stop(&mut self, p: usize) {
        if self.processes[p].is_running() {
            self.note(p, "is stopped");
            self.processes[p].life = Life::Stopping(Stage::Upkeep, Instant::now() + DRAIN);
        }
    }

    /// XCLAIM by an operator, for any consumer.
    fn steal(&self) {
        let mut names: Vec<Name> = vec!["thief".into(), PARKING.into()];
        // A limit over all processes counts an entry that is pending for a process that does not know
        // of it, for as long as that process lives.
        if self.settings.across.is_none() {
            let processes = self.processes.iter();
            names.extend(processes.map(|process| Arc::clone(&process.name)));
        }
        lock(&self.server).steal_pending(&names);
    }

    /// XGROUP DESTROY, as a slip of the hand or a failover does.
    fn destroy_group(&self) {
        let mut server = lock(&self.server);
        let streams = server.streams.len();
        let stream = server.rng.random_range(0..streams);
        let (key, group) = (
            Arc::clone(&server.streams[stream]),
            Arc::clone(&server.service.group),
        );
        let last = server.model.group(&key, &group).map(|found| found.last);
        if let Ok(last) = last {
            server.destroyed[stream] = Some(last);
            let _ = server.model.destroy_group(&key, &group);
            server.note(|| format!("the group of stream {stream} is destroyed"));
        }
    }
}

impl Process {
    /// A role dies at the await it has come to, and another one follows.
    pub(super) fn kill_role(&mut self, number: usize) {
        match number.checked_sub(self.stations.len()) {
            None => {
                let kind = self.stations[number].kind;
                // The old one goes first, as its successor waits for its end.
                self.stations[number].pass = None;
                if self.is_running() {
                    self.stations[number] = self.station(kind, Instant::now() + RESTART);
                }
            }
            Some(0) => {
                self.intake = None;
                self.start_intake(RESTART);
            }
            Some(1) => {
                self.settler = None;
                self.start_settler(RESTART);
            }
            Some(worker) if worker - 2 < self.workers.len() => self.end_worker(worker - 2),
            Some(_) => {}
        }
    }
}

impl Server {
    pub(super) fn disturbed_all(&mut self) {
        let now = Instant::now();
        self.undisturbed.values_mut().for_each(|since| *since = now);
    }

    /// XDEL of a pending entry by a third party.
    fn delete_pending(&mut self) {
        let places: Vec<_> = self.pending().map(|(place, ..)| place).collect();
        let Some(place) = places.into_iter().choose(&mut self.rng) else {
            return;
        };
        let key = Arc::clone(&self.streams[place.stream]);
        if self.model.delete(&key, place.id) {
            self.observer.fact(place).deleted = true;
            self.note(|| format!("{place:?} is deleted"));
        }
    }

    fn steal_pending(&mut self, names: &[Name]) {
        let places: Vec<_> = self.pending().map(|(place, ..)| place).collect();
        let Some(place) = places.into_iter().choose(&mut self.rng) else {
            return;
        };
        let thief = names.iter().choose(&mut self.rng).expect("names").clone();
        let (key, group) = (
            Arc::clone(&self.streams[place.stream]),
            Arc::clone(&self.service.group),
        );
        self.model.now = self.now_ms();
        let stolen = self.model.steal(&key, &group, place.id, (&thief, 0));
        let stolen = stolen.unwrap_or_default();
        if stolen.is_empty() {
            self.observer.missed(place);
        } else {
            self.observer.stolen(place, &thief);
        }
        self.note(|| format!("{place:?} is claimed for {thief}"));
    }
}
