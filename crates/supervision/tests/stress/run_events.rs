//! Events reported by children and by the driver.

use supervision::Fault;

use crate::checker::{Checker, CheckerState, Run};
use crate::model::{LastRun, split};

impl Checker {
    /// Records the start of a run and returns its id.
    pub(crate) fn started(&self, path: &str) -> u64 {
        let mut state = self.state();
        let id = state.number();
        state.note(&format!("start   {path}"));
        state.check_start(path);
        let run = Run {
            id,
            up: false,
            stop_requested: false,
            quit: false,
            faulted: None,
            hung: false,
            outstanding: 0,
        };
        state.alive.insert(path.to_owned(), run);
        id
    }

    /// Records that a start is complete.
    pub(crate) fn up(&self, path: &str) {
        let mut state = self.state();
        if let Some(run) = state.alive.get_mut(path) {
            run.up = true;
        }
        let (parent, name) = split(path);
        let owner = state.supervisors.get(parent);
        if let Some(number) = owner.and_then(|owner| Some(owner.member(name)?.number)) {
            state.were_up.insert(number);
        }
    }

    /// Sends to the current run if it is up, and counts an accepted command as outstanding.
    pub(crate) fn send_tracked(&self, path: &str, send: impl FnOnce() -> bool) {
        let mut state = self.state();
        if let Some(run) = state.alive.get_mut(path).filter(|run| run.up) {
            run.outstanding += u32::from(send());
        }
    }

    /// Records that the actor is about to hang.
    pub(crate) fn hangs(&self, path: &str) {
        if let Some(run) = self.state().alive.get_mut(path) {
            run.hung = true;
        }
    }

    /// Records a completed command.
    pub(crate) fn completed(&self, path: &str) {
        if let Some(run) = self.state().alive.get_mut(path) {
            run.outstanding = run.outstanding.saturating_sub(1);
        }
    }

    /// Records that the run ends normally and by itself.
    pub(crate) fn will_quit(&self, path: &str) {
        let mut state = self.state();
        state.note(&format!("quit    {path}"));
        if let Some(run) = state.alive.get_mut(path) {
            run.quit = true;
        }
    }

    /// Records that the run received its stop request.
    pub(crate) fn stop_requested(&self, path: &str) {
        let mut state = self.state();
        let Some(run) = state.alive.get_mut(path) else {
            return state.violation(format!("{path} received a stop request and is not alive"));
        };
        if run.quit {
            return;
        }
        run.stop_requested = true;
        state.note(&format!("stop    {path}"));
        state.check_stop_order(path);
    }

    /// Records that nothing of the run is left.
    pub(crate) fn gone(&self, path: &str, id: u64) {
        let mut state = self.state();
        state.note(&format!("gone    {path}"));
        if state.quiet_end {
            state.check_stop_order(path);
        }
        match state.alive.remove(path) {
            Some(run) if run.id == id => state.ended(path, &run),
            // Reported when the second run started.
            Some(_) | None => {}
        }
    }

    /// Records a fault injected into the current run.
    pub(crate) fn faulted(&self, path: &str, fault: Fault) {
        let mut state = self.state();
        state.note(&format!("fault   {path:?} {fault}"));
        // A fault reaches a task at once, an actor when it handles the message.
        let (parent, name) = split(path);
        let model = state
            .supervisors
            .get(parent)
            .and_then(|owner| owner.member(name));
        let at_once = model.is_some_and(|model| !model.is_actor());
        if let Some(run) = state.alive.get_mut(path) {
            let first = run.faulted.is_none();
            run.hung =
                fault != Fault::Kill && (run.hung || (first && at_once && fault == Fault::Hang));
            run.faulted.get_or_insert(fault);
            run.outstanding += 1;
        }
        let supervisor = state
            .supervisors
            .get_mut(path)
            .map(|owner| owner.faulted = true);
        if supervisor.is_some() {
            state.cause(path);
        }
    }
}

impl CheckerState {
    /// Counts a cause for restarts at every supervisor above.
    pub(crate) fn cause(&mut self, path: &str) {
        let mut here = path;
        while !here.is_empty() {
            here = split(here).0;
            if let Some(owner) = self.supervisors.get_mut(here) {
                owner.causes += 1;
            }
        }
    }

    fn ended(&mut self, path: &str, run: &Run) {
        if !run.stop_requested {
            self.cause(path);
        }
        let (parent, name) = split(path);
        let owner = self.supervisors.get_mut(parent);
        if let Some(model) = owner.and_then(|owner| owner.member_mut(name)) {
            model.last = Some(LastRun {
                quit: run.quit,
                faulted: run.faulted.is_some(),
            });
        }
    }
}
