//! A step of the world: a task goes on, a request is executed, an answer arrives or is lost.

use rand::Rng;

use super::{World, events::Event};
use crate::protocol::simulation::{
    process::Life,
    wire::{Progress, lock, silence},
};

impl World {
    pub(super) fn step(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Execute(id) => self.execute(id),
            Event::Answer(id) | Event::TimeOut(id) => {
                let mut server = lock(&self.server);
                if let Some(request) = server.requests.get_mut(&id) {
                    let progress = std::mem::replace(&mut request.progress, Progress::Lost);
                    request.answer(match progress {
                        Progress::Executed(answer) => answer,
                        Progress::Sent | Progress::Lost | Progress::Answered(_) => Err(silence()),
                    });
                    if request.abandoned {
                        server.requests.remove(&id);
                    }
                }
            }
            Event::StartPass(p, s) => self.processes[p].start_pass(s),
            Event::Pass(p, s) => {
                if let Err(error) = self.processes[p].go_on(s) {
                    self.crashed(p, s, &error.to_string())?;
                }
                self.check_held(p);
                self.check_left(p, s);
            }
            Event::Intake(p) => {
                let sent = lock(&self.server).sent;
                let abandoned = self.abandoned_reads(p);
                let process = &mut self.processes[p];
                if let Some(end) = process.intake.as_mut().and_then(|task| task.go_on()) {
                    process.intake = None;
                    let (serial, number) = (process.serial, process.stations.len());
                    match end {
                        Ok(()) => {
                            self.check_read_ended(p, abandoned);
                            lock(&self.server).draining.push(serial);
                        }
                        Err(error) => self.crashed(p, number, &error.to_string())?,
                    }
                }
                self.check_read(p, sent);
                self.check_held(p);
            }
            Event::Settler(p) => {
                let process = &mut self.processes[p];
                if let Some(end) = process.settler.as_mut().and_then(|task| task.go_on()) {
                    process.settler = None;
                    let number = process.stations.len() + 1;
                    match end {
                        Ok(()) => self.check_flushed(p),
                        Err(error) => self.crashed(p, number, &error.to_string())?,
                    }
                }
            }
            Event::StartWorker(p) => self.processes[p].start_worker(),
            Event::Worker(p, w) => {
                if self.processes[p].workers[w].go_on().is_some() {
                    self.processes[p].end_worker(w);
                }
            }
            Event::Stage(p) => self.processes[p].advance(),
            Event::Thaw(p) => {
                self.processes[p].life = Life::Running;
                lock(&self.server).disturbed_all();
            }
            Event::Boot(p) => self.processes[p] = self.boot(),
        }
        Ok(())
    }

    /// A role has crashed, and its supervisor starts it again. The reason may be a server that forgets
    /// its scripts between loading and calling one; the last words of a role may meet any failure.
    fn crashed(&mut self, p: usize, role: usize, error: &str) -> Result<(), String> {
        let process = &mut self.processes[p];
        if error.contains("NoScript") || !process.is_running() {
            process.kill_role(role);
            return Ok(());
        }
        Err(format!("role {role} of process {p} crashes: {error}"))
    }

    /// The server executes a request, or it is lost, or its answer will be.
    fn execute(&self, id: u64) {
        let mut server = lock(&self.server);
        let chance = if server.chaos {
            server.rng.random_range(0..100)
        } else {
            100
        };
        let loses_read = server.loses_read;
        let executable = server.requests.get(&id).map(|it| server.can_execute(it));
        let (Some(executable), Some(request)) = (executable, server.requests.get_mut(&id)) else {
            return;
        };
        let loses = loses_read && executable && request.blocks_until.is_some();
        let lost = match (request.abandoned, chance) {
            // Its connection may be closed before the server reads it; a waiting read ends with it.
            (true, chance) if chance < 50 || !executable => {
                server.requests.remove(&id);
                return;
            }
            (false, _) if loses => {
                server.loses_read = false;
                server.execute(id, false);
                true
            }
            (false, 0..2) => {
                request.progress = Progress::Lost;
                true
            }
            (false, 2..4) => {
                server.execute(id, false);
                true
            }
            _ => {
                server.execute(id, true);
                false
            }
        };
        if lost {
            server.disturbed_all();
        }
    }
}
