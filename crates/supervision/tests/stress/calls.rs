//! Children added and removed at run time, and what the answers promise.
//!
//! - A child that was started was up; one whose start failed is not kept.
//! - A child that was stopped is gone, and does not come back.

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom;
use supervision::{ChildError, Tree};

use crate::book::Book;
use crate::cast::Stage;
use crate::driver::Driver;
use crate::kin::{join, split};
use crate::shape::{Body, Child};

/// Asks some supervisor for a new child.
pub(crate) fn add(driver: &mut Driver) {
    let supervisors: Vec<String> = {
        let pages = driver.stage.book.pages();
        pages.supervisors.keys().cloned().collect()
    };
    let supervisor = supervisors.choose(&mut driver.rng).cloned();
    let child = Arc::new(driver.new_child());
    if let Some(supervisor) = supervisor {
        let (stage, tree) = (driver.stage.clone(), driver.tree.clone());
        driver
            .calls
            .spawn(Box::pin(start(stage, tree, supervisor, child)));
    }
}

/// Asks for the removal of some child, of whatever kind.
pub(crate) fn remove(driver: &mut Driver) {
    let children = driver.stage.book.children();
    // Supervisors are spared now and then, or soon none would be left.
    let spare = driver.rng.random_bool(0.7);
    let candidates: Vec<_> = children
        .into_iter()
        .filter(|(_, is_supervisor)| !(spare && *is_supervisor))
        .collect();
    if let Some((path, _)) = candidates.choose(&mut driver.rng).cloned() {
        let (book, tree) = (driver.stage.book.clone(), driver.tree.clone());
        driver.calls.spawn(stop(book, tree, path));
    }
}

async fn start(stage: Stage, tree: Tree, supervisor: String, child: Arc<Child>) {
    let book = &stage.book;
    let (names, _) = child.members();
    if book.taken(&supervisor, &child.name, &names) {
        return;
    }
    let Some(first) = book.admit(&supervisor, &child) else {
        return;
    };
    let numbers = first..=(first + names.len() as u64 - 1);
    let path = join(&supervisor, &child.name);
    book.note(format!("call    start {path}"));
    let answer = tree
        .start_child(&supervisor, stage.child(&supervisor, &child))
        .await;
    book.note(format!("answer  start {path}: {answer:?}"));
    match answer {
        Ok(()) if matches!(child.body, Body::Supervisor(_)) => {}
        Ok(()) => {
            let mut pages = book.pages();
            // Of a group, some may have been stopped for good in the meantime.
            if !numbers
                .clone()
                .any(|number| pages.were_up.contains(&number))
            {
                pages.broken(format!("{path} is said to be up and never was"));
            }
        }
        Err(ChildError::Start(_) | ChildError::NotRunning { .. } | ChildError::Unknown(_)) => {
            book.dismiss(&supervisor, numbers);
        }
        Err(error @ (ChildError::NotASupervisor { .. } | ChildError::Root)) => {
            book.pages().broken(format!("start of {path}: {error}"));
        }
    }
}

async fn stop(book: Book, tree: Tree, path: String) {
    let Some(number) = book.leaving(&path) else {
        return;
    };
    book.note(format!("call    stop {path}"));
    let answer = tree.stop_child(&path).await;
    book.note(format!("answer  stop {path}: {answer:?}"));
    match answer {
        Ok(()) => {
            if book.pages().lives(&path) {
                book.pages()
                    .broken(format!("{path} is said to be stopped and lives"));
            }
            book.dismiss(split(&path).0, number..=number);
        }
        // Its supervisor ended, or it was removed by another call or by itself.
        Err(ChildError::NotRunning { .. } | ChildError::Unknown(_)) => book.stays(&path, number),
        Err(
            error @ (ChildError::Start(_) | ChildError::NotASupervisor { .. } | ChildError::Root),
        ) => {
            book.pages().broken(format!("stop of {path}: {error}"));
        }
    }
}

impl Book {
    /// Whether a child there has one of these names, or had it and was forgotten only there.
    fn taken(&self, supervisor: &str, name: &str, members: &[String]) -> bool {
        let pages = self.pages();
        let Some(family) = pages.supervisors.get(supervisor) else {
            return false;
        };
        let mut kin = family.kin.iter();
        kin.any(|kin| kin.child.name == name || members.contains(&kin.name))
    }

    /// The removal did not happen.
    fn stays(&self, path: &str, number: u64) {
        let (parent, name) = split(path);
        let mut pages = self.pages();
        let family = pages.supervisors.get_mut(parent);
        let kin = family.and_then(|family| family.member_mut(name));
        if let Some(kin) = kin.filter(|kin| kin.number == number) {
            kin.leaving = false;
        }
    }
}
