//! Additions and removals of children at run time, and the promises of their replies.
//!
//! - A successfully started child was up; a child whose start failed is removed.
//! - A stopped child is gone and does not restart.

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom;
use supervision::{ChildError, Tree};

use crate::build::Environment;
use crate::checker::Checker;
use crate::driver::Driver;
use crate::model::{join, split};
use crate::shape::{Body, Child};

/// Requests a new child from a random supervisor.
pub(crate) fn add(driver: &mut Driver) {
    let supervisors: Vec<String> = {
        let state = driver.environment.checker.state();
        state.supervisors.keys().cloned().collect()
    };
    let supervisor = supervisors.choose(&mut driver.rng).cloned();
    let child = Arc::new(driver.new_child());
    if let Some(supervisor) = supervisor {
        let (environment, tree) = (driver.environment.clone(), driver.tree.clone());
        driver
            .requests
            .spawn(Box::pin(start(environment, tree, supervisor, child)));
    }
}

/// Requests the removal of a random child.
pub(crate) fn remove(driver: &mut Driver) {
    let children = driver.environment.checker.children();
    // Supervisors are often spared, or soon none would be left.
    let spare = driver.rng.random_bool(0.7);
    let candidates: Vec<_> = children
        .into_iter()
        .filter(|(_, is_supervisor)| !(spare && *is_supervisor))
        .collect();
    if let Some((path, _)) = candidates.choose(&mut driver.rng).cloned() {
        let (checker, tree) = (driver.environment.checker.clone(), driver.tree.clone());
        driver.requests.spawn(stop(checker, tree, path));
    }
}

async fn start(environment: Environment, tree: Tree, supervisor: String, child: Arc<Child>) {
    let checker = &environment.checker;
    let (names, _) = child.members();
    if checker.taken(&supervisor, &child.name, &names) {
        return;
    }
    let Some(first) = checker.add_children(&supervisor, &child) else {
        return;
    };
    let numbers = first..=(first + names.len() as u64 - 1);
    let path = join(&supervisor, &child.name);
    checker.note(format!("call    start {path}"));
    let answer = tree
        .start_child(&supervisor, environment.child(&supervisor, &child))
        .await;
    checker.note(format!("answer  start {path}: {answer:?}"));
    match answer {
        Ok(()) if matches!(child.body, Body::Supervisor(_)) => {}
        Ok(()) => {
            let mut state = checker.state();
            // Of a group, some may have been stopped for good in the meantime.
            if !numbers
                .clone()
                .any(|number| state.were_up.contains(&number))
            {
                state.violation(format!("{path} is reported as up and never was"));
            }
        }
        Err(ChildError::Start(_) | ChildError::NotRunning { .. } | ChildError::Unknown(_)) => {
            checker.remove_children(&supervisor, numbers);
        }
        Err(error) => {
            checker
                .state()
                .violation(format!("start of {path}: {error}"));
        }
    }
}

async fn stop(checker: Checker, tree: Tree, path: String) {
    let Some(number) = checker.removal_requested(&path) else {
        return;
    };
    checker.note(format!("call    stop {path}"));
    let answer = tree.stop_child(&path).await;
    checker.note(format!("answer  stop {path}: {answer:?}"));
    match answer {
        Ok(()) => {
            if checker.state().lives(&path) {
                checker
                    .state()
                    .violation(format!("{path} is reported as stopped and is alive"));
            }
            checker.remove_children(split(&path).0, number..=number);
        }
        // Its supervisor ended, or it was removed by a concurrent request or by itself.
        Err(ChildError::NotRunning { .. } | ChildError::Unknown(_)) => {
            checker.removal_failed(&path, number);
        }
        Err(error) => {
            checker
                .state()
                .violation(format!("stop of {path}: {error}"));
        }
    }
}

impl Checker {
    /// Returns whether a child of the supervisor has one of these names.
    fn taken(&self, supervisor: &str, name: &str, members: &[String]) -> bool {
        let state = self.state();
        let Some(owner) = state.supervisors.get(supervisor) else {
            return false;
        };
        let mut children = owner.children.iter();
        children.any(|model| model.spec.name == name || members.contains(&model.name))
    }

    /// Records that the removal did not happen.
    fn removal_failed(&self, path: &str, number: u64) {
        let (parent, name) = split(path);
        let mut state = self.state();
        let owner = state.supervisors.get_mut(parent);
        let model = owner.and_then(|owner| owner.member_mut(name));
        if let Some(model) = model.filter(|model| model.number == number) {
            model.removing = false;
        }
    }
}
