//! Report of the children a shutdown had to kill.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Children that missed their deadline in a shutdown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ShutdownReport {
    /// Paths of the children that missed their deadline and were killed.
    pub killed: Vec<String>,
    /// Paths of the killed children that still block a thread and are no longer awaited.
    pub abandoned: Vec<String>,
}

/// The report under construction, shared by all supervisors of one tree.
#[derive(Default)]
pub(crate) struct ReportRecorder {
    shutting_down: AtomicBool,
    report: Mutex<ShutdownReport>,
}

impl ReportRecorder {
    /// Starts recording: earlier kills belong to restarts, not to the shutdown.
    pub(crate) fn start(&self) {
        self.shutting_down.store(true, Ordering::Release);
    }

    pub(crate) fn killed(&self, path: &str) {
        self.record(|report| report.killed.push(path.to_owned()));
    }

    pub(crate) fn abandoned(&self, path: &str) {
        self.record(|report| report.abandoned.push(path.to_owned()));
    }

    pub(crate) fn report(&self) -> ShutdownReport {
        let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.clone()
    }

    fn record(&self, change: impl FnOnce(&mut ShutdownReport)) {
        if self.shutting_down.load(Ordering::Acquire) {
            change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
