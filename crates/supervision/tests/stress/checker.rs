//! Checker of one scenario: receives the events of all children and keeps a model of each.
//!
//! Children report when a run starts, is up, receives its stop request, and drops the last of its
//! resources. The first violation is kept with the history that led to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use supervision::Fault;
use tokio::time::Instant;

use crate::model::{SupervisorModel, join};

/// Lines of history printed with a violation.
const HISTORY: usize = 250;

#[derive(Clone)]
pub(crate) struct Checker(Arc<Mutex<CheckerState>>);

pub(crate) struct CheckerState {
    created: Instant,
    history: Vec<String>,
    /// First violation.
    pub(crate) violation: Option<String>,
    /// Runs that are alive, by path.
    pub(crate) alive: BTreeMap<String, Run>,
    /// Supervisors by path; the root's is empty.
    pub(crate) supervisors: BTreeMap<String, SupervisorModel>,
    last_number: u64,
    /// Numbers of the children that were up at least once.
    pub(crate) were_up: BTreeSet<u64>,
    /// The tree has ended, so no run may start any more.
    pub(crate) over: bool,
    pub(crate) shutdown_requested: bool,
    /// The tree was quiet when it was shut down, so every end is part of the shutdown.
    pub(crate) quiet_end: bool,
}

/// A run that is alive.
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) up: bool,
    pub(crate) stop_requested: bool,
    /// The run ends normally and by itself.
    pub(crate) quit: bool,
    /// The first simulated fault.
    pub(crate) faulted: Option<Fault>,
    /// The run reacts only to a kill.
    pub(crate) hung: bool,
    /// Commands and faults without a visible effect so far.
    pub(crate) outstanding: u32,
}

impl Checker {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(CheckerState {
            created: Instant::now(),
            history: Vec::new(),
            violation: None,
            alive: BTreeMap::new(),
            supervisors: BTreeMap::new(),
            last_number: 0,
            were_up: BTreeSet::new(),
            over: false,
            shutdown_requested: false,
            quiet_end: false,
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, CheckerState> {
        self.0.lock().expect("no panic while locked")
    }

    pub(crate) fn note(&self, line: impl AsRef<str>) {
        self.state().note(line.as_ref());
    }

    /// Returns whether the tree has ended or a promise is violated.
    pub(crate) fn is_closed(&self) -> bool {
        let state = self.state();
        state.over || state.violation.is_some()
    }

    pub(crate) fn is_violated(&self) -> bool {
        self.state().violation.is_some()
    }

    /// Returns the first violation with the models and the history.
    pub(crate) fn report(&self) -> String {
        let Ok(state) = self.0.try_lock() else {
            return "(the checker is locked)".to_owned();
        };
        let mut text = state
            .violation
            .clone()
            .unwrap_or("(no violation)".to_owned());
        for (path, owner) in &state.supervisors {
            let (strategy, intensity) = (owner.shape.strategy, owner.shape.intensity);
            let max = intensity.max_restarts;
            write!(
                text,
                "\n  at the end {path:?}: {strategy:?}, {max} restarts:"
            )
            .expect("as below");
            for model in &owner.children {
                write!(text, "\n    {model}").expect("as below");
            }
        }
        let skipped = state.history.len().saturating_sub(HISTORY);
        for line in &state.history[skipped..] {
            write!(text, "\n  {line}").expect("a string takes everything");
        }
        text
    }
}

impl CheckerState {
    pub(crate) fn note(&mut self, line: &str) {
        if self.violation.is_none() {
            let at = self.created.elapsed().as_millis();
            self.history.push(format!("{at:>6} ms  {line}"));
        }
    }

    pub(crate) fn violation(&mut self, text: String) {
        self.note(&format!("VIOLATION: {text}"));
        self.violation.get_or_insert(text);
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Returns whether the child or a descendant is alive.
    pub(crate) fn lives(&self, path: &str) -> bool {
        self.alive.contains_key(path) || self.lives_below(path)
    }

    fn lives_below(&self, path: &str) -> bool {
        let below = join(path, "");
        let next = self.alive.range(below.clone()..).next();
        next.is_some_and(|(path, _)| path.starts_with(&below))
    }
}
