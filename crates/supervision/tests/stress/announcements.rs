//! What supervisors announce, and what must be true at that moment.
//!
//! - Nothing of what is replaced lives.
//! - A temporary child is not restarted, and a transient one that ended well only with siblings.
//! - Siblings are taken along as the strategy says, and those after the first one are gone.
//! - There are no more restarts than the intensity allows, and nobody gives up before that.
//! - A supervisor that gave up ends with the words it gave up with.

use std::sync::Arc;

use supervision::{Observer, Restart, Strategy};

use crate::book::{Book, Pages};
use crate::kin::{Family, Kin, join, split};
use crate::shape::Body;

impl Observer for Book {
    fn restarted(&self, path: &str, reason: &str) {
        let mut pages = self.pages();
        pages.note(&format!("RESTART {path}: {reason}"));
        if let Some(promise) = pages.wrong_restart(path, reason) {
            pages.broken(format!("{path} is restarted ({reason}): {promise}"));
        }
        let own = cause(reason).is_none();
        let (parent, name) = split(path);
        let Some(family) = pages.supervisors.get_mut(parent) else {
            return;
        };
        family.restarts += u32::from(own);
        let (restarts, allowed) = (family.restarts, family.shape.intensity.max_restarts);
        let shape = family.member_mut(name).and_then(|kin| {
            kin.announced = true;
            match &kin.child.body {
                Body::Supervisor(shape) => Some(Arc::clone(shape)),
                Body::Actor(_) | Body::Task(_) | Body::Group(..) => None,
            }
        });
        if restarts > allowed {
            pages.broken(format!(
                "{restarts} restarts below {parent:?}, allowed: {allowed}"
            ));
        }
        if let Some(shape) = shape {
            pages.open(path, &shape);
        }
    }

    fn escalated(&self, label: &str, reason: &str) {
        // The root is called by its name.
        let path = if label == "root" { "" } else { label };
        let mut pages = self.pages();
        pages.note(&format!("GIVE UP {label}: {reason}"));
        let Some(family) = pages.supervisors.get_mut(path) else {
            return pages.broken(format!("{path} gives up and is not known"));
        };
        let twice = family.gave_up.replace(reason.to_owned()).is_some();
        let (causes, allowed) = (family.causes, family.shape.intensity.max_restarts);
        if twice {
            pages.broken(format!("{label} gives up twice"));
        }
        if causes <= allowed {
            pages.broken(format!(
                "{label} gives up after {causes}, allowed: {allowed}"
            ));
        }
        if !reason.starts_with(&format!("more than {allowed} restarts within ")) {
            pages.broken(format!("{label} gives up with other words: {reason}"));
        }
        pages.cause(path);
    }
}

/// The sibling that took the child along; `None` for a reason of its own.
fn cause(reason: &str) -> Option<&str> {
    let rest = reason.strip_prefix("with ")?;
    rest.split_once(':').map(|(name, _)| name)
}

impl Pages {
    fn wrong_restart(&self, path: &str, reason: &str) -> Option<String> {
        let (parent, name) = split(path);
        let family = self.supervisors.get(parent)?;
        let Some(kin) = family.member(name) else {
            return Some("it is not a child any more".to_owned());
        };
        if self.lives(path) {
            return Some("something of the last run lives".to_owned());
        }
        if self.over || family.gave_up.is_some() {
            return Some("its supervisor has given up or ended".to_owned());
        }
        if kin.is_temporary() {
            return Some("it is temporary".to_owned());
        }
        match cause(reason) {
            Some(cause) => wrong_company(family, kin, cause),
            None => self.wrong_cause(path, kin, reason),
        }
        .or_else(|| self.later_lives(parent, family, kin, cause(reason)))
    }

    fn wrong_cause(&self, path: &str, kin: &Kin, reason: &str) -> Option<String> {
        let ended_well = kin.last.is_some_and(|last| last.quit && !last.struck);
        if kin.child.restart == Restart::Transient && ended_well {
            return Some("it is transient and had ended normally".to_owned());
        }
        let family = self.supervisors.get(path)?;
        let words = family.gave_up.as_ref().filter(|_| !family.struck)?;
        (words != reason).then(|| format!("it gave up with other words: {words}"))
    }

    /// A sibling after this one that had to be stopped before.
    fn later_lives(
        &self,
        parent: &str,
        family: &Family,
        kin: &Kin,
        cause: Option<&str>,
    ) -> Option<String> {
        let alone = cause.is_none() && (kin.grouped || !family.is_joint());
        if alone {
            return None;
        }
        let later = family.kin.iter().filter(|sibling| {
            // One that was added during the backoff is no part of this restart.
            sibling.number > kin.number && !sibling.leaving && !sibling.dynamic
        });
        let mut paths = later.map(|sibling| join(parent, &sibling.name));
        let alive = paths.find(|path| self.lives(path))?;
        Some(format!("{alive} lives"))
    }
}

/// Whether the strategy lets `cause` take this child along.
fn wrong_company(family: &Family, kin: &Kin, cause: &str) -> Option<String> {
    let alone = family.member(cause).is_some_and(|cause| cause.grouped);
    if alone || family.shape.strategy == Strategy::OneForOne {
        return Some(format!("{cause} is restarted alone"));
    }
    let before = family
        .member(cause)
        .is_none_or(|cause| cause.number < kin.number);
    let wrong = family.shape.strategy == Strategy::RestForOne && !before;
    wrong.then(|| format!("{cause} comes later"))
}
