//! Specification of a supervisor, and the hook for metrics.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::record::join;
use crate::{Backoff, ChildSpec, Intensity, SpecError, Strategy};

/// Callbacks for restarts and escalations, for metrics.
///
/// The callbacks run inside the supervisor, so they must be quick and must not panic.
pub trait Observer: Send + Sync + 'static {
    /// Reports the restart of the child at `path`.
    fn restarted(&self, path: &str, reason: &str);

    /// Reports that the supervisor at `path` exceeded its intensity and gives up.
    fn escalated(&self, path: &str, reason: &str);
}

/// Specification of a supervisor and everything below it.
///
/// Nothing runs until [`SupervisorSpec::start`].
///
/// Defaults: [`Strategy::OneForOne`], five restarts in ten seconds, backoff from 100 ms to 10 s.
#[derive(Clone)]
#[must_use = "nothing runs until it is started"]
pub struct SupervisorSpec {
    pub(crate) name: String,
    pub(crate) strategy: Strategy,
    pub(crate) intensity: Intensity,
    pub(crate) backoff: Backoff,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) children: Vec<ChildSpec>,
}

impl SupervisorSpec {
    /// Creates a supervisor without children.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            strategy: Strategy::default(),
            intensity: Intensity::default(),
            backoff: Backoff::default(),
            observer: None,
            children: Vec::new(),
        }
    }

    /// Sets the restart strategy.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Sets the maximum restart rate.
    pub fn intensity(mut self, intensity: Intensity) -> Self {
        self.intensity = intensity;
        self
    }

    /// Sets the delay before restarts.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the observer of this supervisor and of nested supervisors without their own.
    pub fn observe(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Appends a child; children start in this order and stop in reverse.
    pub fn child(mut self, child: ChildSpec) -> Self {
        self.children.push(child);
        self
    }

    /// Validates everything below this supervisor, which is at `path`.
    pub(crate) fn validate_children(&self, path: &str) -> Result<(), SpecError> {
        let mut names = HashSet::new();
        for child in &self.children {
            child.validate(path)?;
            for name in child.child_names() {
                let duplicate = join(path, &name);
                if !names.insert(name) {
                    return Err(SpecError::DuplicateName { path: duplicate });
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SupervisorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupervisorSpec")
            .field("name", &self.name)
            .field("strategy", &self.strategy)
            .field("intensity", &self.intensity)
            .field("backoff", &self.backoff)
            .field("children", &self.children)
            .finish_non_exhaustive()
    }
}
