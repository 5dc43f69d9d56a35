//! The orderly end of a process: its roles stop in the order of the supervision tree.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    process::{Life, Process, Stage},
    stations::Kind,
};

/// Time that each role but the workers has for its end.
const FLUSH: Duration = Duration::from_secs(5);

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
        let Life::Stopping(stage, _) = self.life else {
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
