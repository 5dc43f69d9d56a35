//! The orderly end of a process: its roles stop in the order of the supervision tree.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    process::{Life, Process, Stage},
    stations::Kind,
    wire::{Request, lock},
    world::World,
};

/// Time that each role but the workers has for its end.
const FLUSH: Duration = Duration::from_secs(5);

impl World {
    /// Waiting reads of this process whose caller has gone.
    pub(super) fn abandoned_reads(&self, p: usize) -> usize {
        let serial = self.processes[p].serial;
        let server = lock(&self.server);
        let requests = server.requests.values();
        let abandoned = |it: &&Request| it.abandoned && it.blocks_until.is_some();
        requests
            .filter(|it| it.sender == serial)
            .filter(abandoned)
            .count()
    }

    /// An intake that ends in order leaves no read in the server, which would deliver to nobody.
    pub(super) fn check_read_ended(&self, p: usize, abandoned_before: usize) {
        let ended = self.abandoned_reads(p) <= abandoned_before;
        lock(&self.server).observer.demand(ended, || {
            format!("{} leaves a read in the server", self.processes[p].name)
        });
    }

    /// A settler that ends in order has settled or handed back everything that was in flight.
    pub(super) fn check_flushed(&self, p: usize) {
        let process = &self.processes[p];
        let flushed = process.roles.leases.in_flight.is_empty();
        lock(&self.server).observer.demand(flushed, || {
            format!("{} leaves deliveries in flight", process.name)
        });
    }

    /// A heartbeat that ends in order, after an intake that did so, leaves nothing pending in its name.
    pub(super) fn check_left(&self, p: usize, station: usize) {
        let process = &self.processes[p];
        let station = &process.stations[station];
        let has_left = matches!(process.life, Life::Stopping(Stage::Heartbeat, _))
            && station.kind == Kind::Heartbeat
            && station.leaving
            && station.role.is_some();
        let mut server = lock(&self.server);
        if !has_left || !server.draining.contains(&process.serial) {
            return;
        }
        let mut pending = server.pending();
        let left = pending.find(|(place, owner, ..)| {
            **owner == process.name && !server.observer.is_stolen(*place)
        });
        let left = left.map(|(place, ..)| place);
        drop(pending);
        server.observer.demand(left.is_none(), || {
            format!("{} leaves {left:?} pending in its name", process.name)
        });
    }
}

impl Process {
    fn is_in_pass(&self, kinds: &[Kind]) -> bool {
        let mut stations = self.stations.iter();
        stations.any(|station| kinds.contains(&station.kind) && station.pass.is_some())
    }

    /// Whether the current stage of the end is over before its deadline.
    pub(super) fn can_advance(&self) -> bool {
        let Life::Stopping(stage, _) = self.life else {
            return false;
        };
        match stage {
            Stage::Upkeep => !self.is_in_pass(&[
                Kind::Janitor,
                Kind::Reaper,
                Kind::Scheduler,
                Kind::Reclaimer,
            ]),
            Stage::Leadership => !self.is_in_pass(&[Kind::Janitor]),
            Stage::Intake => self.intake.is_none(),
            Stage::Workers => self.workers.is_empty() && !self.has_job(),
            Stage::Settler => self.settler.is_none(),
            Stage::Heartbeat => !self.is_in_pass(&[Kind::Heartbeat]),
        }
    }

    /// Goes on to the next stage. A part that has not ended by the deadline is killed.
    pub(super) fn advance(&mut self) {
        let Life::Stopping(stage, deadline) = self.life else {
            return;
        };
        let now = Instant::now();
        let stop = |kinds: &[Kind], process: &mut Self| {
            let mut stations = process.stations.iter_mut();
            for station in stations.by_ref() {
                if kinds.contains(&station.kind) {
                    (station.pass, station.role) = (None, None);
                }
            }
        };
        let next = match stage {
            Stage::Upkeep => {
                stop(&[Kind::Reaper, Kind::Scheduler, Kind::Reclaimer], self);
                self.start_leave(Kind::Janitor);
                Stage::Leadership
            }
            Stage::Leadership => {
                stop(&[Kind::Janitor], self);
                self.intake_stops.cancel();
                Stage::Intake
            }
            Stage::Intake => {
                self.intake = None;
                Stage::Workers
            }
            Stage::Workers => {
                self.workers.clear();
                self.settler_stops.cancel();
                Stage::Settler
            }
            Stage::Settler => {
                self.settler = None;
                stop(&[Kind::Renewer], self);
                self.start_leave(Kind::Heartbeat);
                Stage::Heartbeat
            }
            // It was in a pass when its stage began.
            Stage::Heartbeat if now < deadline && self.start_leave(Kind::Heartbeat) => return,
            Stage::Heartbeat => return self.kill(now + Duration::from_millis(1)),
        };
        let deadline = if next == Stage::Workers {
            super::settings::DRAIN
        } else {
            FLUSH
        };
        self.life = Life::Stopping(next, now + deadline);
    }
}
