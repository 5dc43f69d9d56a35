//! What all supervisors of one tree share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::clock::lock;
use crate::{Observer, ShutdownReport};

/// Handed down from parent to child.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) ledger: Arc<Ledger>,
}

/// Children that missed their deadline during the shutdown of the tree.
#[derive(Default)]
pub(crate) struct Ledger {
    closing: AtomicBool,
    report: Mutex<ShutdownReport>,
}

impl Ledger {
    /// From here on, missed deadlines belong to the shutdown's report.
    pub(crate) fn open(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(crate) fn killed(&self, path: &str) {
        if self.closing.load(Ordering::Acquire) {
            lock(&self.report).killed.push(path.to_owned());
        }
    }

    pub(crate) fn abandoned(&self, path: &str) {
        if self.closing.load(Ordering::Acquire) {
            lock(&self.report).abandoned.push(path.to_owned());
        }
    }

    pub(crate) fn report(&self) -> ShutdownReport {
        lock(&self.report).clone()
    }
}
