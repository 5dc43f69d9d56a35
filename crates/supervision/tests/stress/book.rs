//! The book all children of one story write in, and what is known about each of them.
//!
//! Children write from inside: when a run begins, is up, is asked to end, and when the last thing
//! it owns is dropped. The first broken promise is kept with the history that led to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use supervision::Fault;
use tokio::time::Instant;

use crate::kin::{Family, join};

/// Lines of history printed with a broken promise.
const HISTORY: usize = 250;

#[derive(Clone)]
pub(crate) struct Book(Arc<Mutex<Pages>>);

pub(crate) struct Pages {
    born: Instant,
    history: Vec<String>,
    /// The first broken promise.
    pub(crate) broken: Option<String>,
    /// Runs that live, by path.
    pub(crate) alive: BTreeMap<String, Run>,
    /// Supervisors by path; the root's is empty.
    pub(crate) supervisors: BTreeMap<String, Family>,
    last_number: u64,
    /// Numbers of the children that were up at least once.
    pub(crate) were_up: BTreeSet<u64>,
    /// The tree has ended: nothing may begin any more.
    pub(crate) over: bool,
    pub(crate) shutdown_asked: bool,
    /// The tree was quiet when it was shut down, so every end is part of the shutdown.
    pub(crate) quiet_end: bool,
}

/// A run that lives.
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) up: bool,
    pub(crate) asked: bool,
    /// It ends normally and by itself.
    pub(crate) quit: bool,
    /// The first simulated fault.
    pub(crate) struck: Option<Fault>,
    /// It feels nothing but a kill any more.
    pub(crate) hung: bool,
    /// Orders and faults without a visible effect so far.
    pub(crate) owes: u32,
}

impl Book {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Pages {
            born: Instant::now(),
            history: Vec::new(),
            broken: None,
            alive: BTreeMap::new(),
            supervisors: BTreeMap::new(),
            last_number: 0,
            were_up: BTreeSet::new(),
            over: false,
            shutdown_asked: false,
            quiet_end: false,
        })))
    }

    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().expect("nobody panics while writing")
    }

    pub(crate) fn note(&self, line: impl AsRef<str>) {
        self.pages().note(line.as_ref());
    }

    /// Nothing more is to be seen: the tree has ended, or a promise is broken.
    pub(crate) fn is_closed(&self) -> bool {
        let pages = self.pages();
        pages.over || pages.broken.is_some()
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.pages().broken.is_some()
    }

    /// The first broken promise, or where the story is, and what led there.
    pub(crate) fn report(&self) -> String {
        let Ok(pages) = self.0.try_lock() else {
            return "(the story stands still while somebody writes)".to_owned();
        };
        let mut text = pages
            .broken
            .clone()
            .unwrap_or("(nothing broken)".to_owned());
        for (path, family) in &pages.supervisors {
            let (strategy, intensity) = (family.shape.strategy, family.shape.intensity);
            let max = intensity.max_restarts;
            write!(
                text,
                "\n  at the end {path:?}: {strategy:?}, {max} restarts:"
            )
            .expect("as below");
            for kin in &family.kin {
                write!(text, "\n    {kin}").expect("as below");
            }
        }
        let skipped = pages.history.len().saturating_sub(HISTORY);
        for line in &pages.history[skipped..] {
            write!(text, "\n  {line}").expect("a string takes everything");
        }
        text
    }
}

impl Pages {
    pub(crate) fn note(&mut self, line: &str) {
        if self.broken.is_none() {
            let at = self.born.elapsed().as_millis();
            self.history.push(format!("{at:>6} ms  {line}"));
        }
    }

    pub(crate) fn broken(&mut self, promise: String) {
        self.note(&format!("BROKEN: {promise}"));
        self.broken.get_or_insert(promise);
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Whether the child, or anything below it, lives.
    pub(crate) fn lives(&self, path: &str) -> bool {
        self.alive.contains_key(path) || self.lives_below(path)
    }

    pub(crate) fn lives_below(&self, path: &str) -> bool {
        let below = join(path, "");
        let next = self.alive.range(below.clone()..).next();
        next.is_some_and(|(path, _)| path.starts_with(&below))
    }
}
