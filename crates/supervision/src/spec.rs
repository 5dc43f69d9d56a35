//! The description of a supervisor.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::entry::join;
use crate::tree::Tree;
use crate::{Backoff, ChildSpec, Intensity, Observer, SpecError, StartError, Strategy};

/// The description of a supervisor and of everything below it. Nothing runs until
/// [`SupervisorSpec::start`].
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
    /// A supervisor without children.
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

    /// Sets which children are restarted when one exits.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Sets how many restarts are allowed before the supervisor gives up.
    pub fn intensity(mut self, intensity: Intensity) -> Self {
        self.intensity = intensity;
        self
    }

    /// Sets the pause before a restart.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Reports restarts and escalations here and in nested supervisors without their own
    /// observer.
    pub fn observe(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Adds a child; children are started in this order and stopped in the reverse one.
    pub fn child(mut self, child: ChildSpec) -> Self {
        self.children.push(child);
        self
    }

    /// Starts this supervisor as the root of a tree and waits until every child is up.
    ///
    /// Dropping the future does not stop what was started; wait for it and shut down.
    ///
    /// # Errors
    /// [`StartError::Invalid`] when the description cannot work. [`StartError::Child`] when a
    /// child fails to start; those already started have then been stopped in reverse order.
    pub async fn start(self) -> Result<Tree, StartError> {
        if self.name.is_empty() {
            return Err(SpecError::EmptyName {
                supervisor: String::new(),
            }
            .into());
        }
        if self.name.contains('/') {
            return Err(SpecError::SlashInName { path: self.name }.into());
        }
        self.validate_children("")?;
        Tree::grow(Arc::new(self)).await
    }

    /// Checks everything below this supervisor, which is at `path`.
    pub(crate) fn validate_children(&self, path: &str) -> Result<(), SpecError> {
        let mut names = HashSet::new();
        for child in &self.children {
            child.validate(path)?;
            for name in child.members() {
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
