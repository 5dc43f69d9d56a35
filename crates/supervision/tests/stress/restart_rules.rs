//! Rules at each observer call.
//!
//! - Nothing of the replaced run is alive.
//! - A temporary child never restarts; a transient one that exited normally restarts only with
//!   siblings.
//! - The strategy determines the siblings that restart together, and later siblings are gone.
//! - Restarts stay within the intensity, and a supervisor gives up only beyond it.
//! - The exit reason of a supervisor that gave up is the reported one.

use std::sync::Arc;

use supervision::{Observer, Restart, Strategy};

use crate::checker::{Checker, CheckerState};
use crate::model::{ChildModel, SupervisorModel, join, split};
use crate::shape::Body;

impl Observer for Checker {
    fn restarted(&self, path: &str, reason: &str) {
        let mut state = self.state();
        state.note(&format!("RESTART {path}: {reason}"));
        if let Some(text) = state.wrong_restart(path, reason) {
            state.violation(format!("{path} is restarted ({reason}): {text}"));
        }
        let own = cause(reason).is_none();
        let (parent, name) = split(path);
        let Some(owner) = state.supervisors.get_mut(parent) else {
            return;
        };
        owner.restarts += u32::from(own);
        let (restarts, allowed) = (owner.restarts, owner.shape.intensity.max_restarts);
        let shape = owner.member_mut(name).and_then(|model| {
            model.restart_announced = true;
            match &model.spec.body {
                Body::Supervisor(shape) => Some(Arc::clone(shape)),
                Body::Actor(_) | Body::Task(_) | Body::Group(..) => None,
            }
        });
        if restarts > allowed {
            state.violation(format!(
                "{restarts} restarts below {parent:?}, allowed: {allowed}"
            ));
        }
        if let Some(shape) = shape {
            state.open(path, &shape);
        }
    }

    fn escalated(&self, label: &str, reason: &str) {
        // The root is reported by its name.
        let path = if label == "root" { "" } else { label };
        let mut state = self.state();
        state.note(&format!("GIVE UP {label}: {reason}"));
        let Some(owner) = state.supervisors.get_mut(path) else {
            return state.violation(format!("{path} gives up and is unknown"));
        };
        let twice = owner.gave_up.replace(reason.to_owned()).is_some();
        let (causes, allowed) = (owner.causes, owner.shape.intensity.max_restarts);
        if twice {
            state.violation(format!("{label} gives up twice"));
        }
        if causes <= allowed {
            state.violation(format!(
                "{label} gives up after {causes}, allowed: {allowed}"
            ));
        }
        if !reason.starts_with(&format!("more than {allowed} restarts within ")) {
            state.violation(format!("{label} gives up with another reason: {reason}"));
        }
        state.cause(path);
    }
}

/// Returns the sibling that caused the restart; `None` for the child's own exit.
fn cause(reason: &str) -> Option<&str> {
    let rest = reason.strip_prefix("with ")?;
    rest.split_once(':').map(|(name, _)| name)
}

impl CheckerState {
    fn wrong_restart(&self, path: &str, reason: &str) -> Option<String> {
        let (parent, name) = split(path);
        let owner = self.supervisors.get(parent)?;
        let Some(model) = owner.member(name) else {
            return Some("it is not a child any more".to_owned());
        };
        if self.lives(path) {
            return Some("something of the last run is alive".to_owned());
        }
        if self.over || owner.gave_up.is_some() {
            return Some("its supervisor has given up or ended".to_owned());
        }
        if model.is_temporary() {
            return Some("it is temporary".to_owned());
        }
        match cause(reason) {
            Some(cause) => wrong_sibling(owner, model, cause),
            None => self.wrong_cause(path, model, reason),
        }
        .or_else(|| self.later_lives(parent, owner, model, cause(reason)))
    }

    fn wrong_cause(&self, path: &str, model: &ChildModel, reason: &str) -> Option<String> {
        let ended_normally = model.last.is_some_and(|last| last.quit && !last.faulted);
        if model.spec.restart == Restart::Transient && ended_normally {
            return Some("it is transient and had ended normally".to_owned());
        }
        let owner = self.supervisors.get(path)?;
        let expected = owner.gave_up.as_ref().filter(|_| !owner.faulted)?;
        (expected != reason).then(|| format!("it gave up with another reason: {expected}"))
    }

    /// Returns a violation when a later sibling that had to stop first is alive.
    fn later_lives(
        &self,
        parent: &str,
        owner: &SupervisorModel,
        model: &ChildModel,
        cause: Option<&str>,
    ) -> Option<String> {
        let alone = cause.is_none() && (model.grouped || !owner.is_joint());
        if alone {
            return None;
        }
        let later = owner.children.iter().filter(|sibling| {
            // A child added during the backoff is not part of this restart.
            sibling.number > model.number && !sibling.removing && !sibling.dynamic
        });
        let mut paths = later.map(|sibling| join(parent, &sibling.name));
        let alive = paths.find(|path| self.lives(path))?;
        Some(format!("{alive} is alive"))
    }
}

/// Returns a violation when the strategy does not restart this child with `cause`.
fn wrong_sibling(owner: &SupervisorModel, model: &ChildModel, cause: &str) -> Option<String> {
    let alone = owner.member(cause).is_some_and(|cause| cause.grouped);
    if alone || owner.shape.strategy == Strategy::OneForOne {
        return Some(format!("{cause} is restarted alone"));
    }
    let before = owner
        .member(cause)
        .is_none_or(|cause| cause.number < model.number);
    let wrong = owner.shape.strategy == Strategy::RestForOne && !before;
    wrong.then(|| format!("{cause} comes later"))
}
