//! The steps that are possible now.

use tokio::time::Instant;

use super::World;
use crate::protocol::simulation::{
    process::Life,
    rules::hints,
    wire::{Progress, lock},
};

/// A possible step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Execute(u64),
    Answer(u64),
    TimeOut(u64),
    StartPass(usize, usize),
    Pass(usize, usize),
    Intake(usize),
    Settler(usize),
    StartWorker(usize),
    Worker(usize, usize),
    Stage(usize),
    Thaw(usize),
    Boot(usize),
}

impl World {
    /// Every possible step, and the time of the next one that becomes possible by itself.
    pub(super) fn possible(&self) -> (Vec<Event>, Option<Instant>) {
        let now = Instant::now();
        let server = lock(&self.server);
        let hints = hints(&server);
        let mut events = Vec::new();
        let mut next: Option<Instant> = None;
        let mut at = |time: Instant, event: Event| {
            if time <= now {
                events.push(event);
            } else {
                next = Some(next.map_or(time, |next| next.min(time)));
            }
        };
        for (id, request) in &server.requests {
            match request.progress {
                Progress::Sent if request.abandoned || server.can_execute(request) => {
                    at(now, Event::Execute(*id));
                }
                Progress::Sent => at(request.blocks_until.unwrap_or(now), Event::Execute(*id)),
                Progress::Executed(_) => at(now, Event::Answer(*id)),
                Progress::Lost => at(request.times_out, Event::TimeOut(*id)),
                Progress::Answered(_) => {}
            }
        }
        drop(server);
        for (p, process) in self.processes.iter().enumerate() {
            match process.life {
                Life::Gone(until) => {
                    at(until, Event::Boot(p));
                    continue;
                }
                Life::Frozen(until) => {
                    at(until, Event::Thaw(p));
                    continue;
                }
                Life::Stopping(_, until) => {
                    if process.can_advance() {
                        at(now, Event::Stage(p));
                    } else {
                        at(until, Event::Stage(p));
                    }
                }
                Life::Running => {}
            }
            for (s, station) in process.stations.iter().enumerate() {
                match &station.pass {
                    Some(pass) if pass.is_ready() => at(now, Event::Pass(p, s)),
                    Some(_) => {}
                    None => {
                        if let Some(due) = process.due(station, hints) {
                            at(due, Event::StartPass(p, s));
                        }
                    }
                }
            }
            if process.intake.as_ref().is_some_and(|task| task.is_ready()) {
                at(now, Event::Intake(p));
            }
            if process.settler.as_ref().is_some_and(|task| task.is_ready()) {
                at(now, Event::Settler(p));
            }
            if process.has_job() {
                at(now, Event::StartWorker(p));
            }
            let workers = process.workers.iter().enumerate();
            for (w, _) in workers.filter(|(_, task)| task.is_ready()) {
                at(now, Event::Worker(p, w));
            }
        }
        (events, next)
    }
}
