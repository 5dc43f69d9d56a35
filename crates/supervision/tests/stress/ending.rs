//! The end of a tree: in time, with the right words, and for good.

use std::time::Duration;

use rand::Rng;
use supervision::{Ended, Node, NodeState, Tree};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::book::Book;
use crate::driver::Driver;

/// Much longer than anything in a tree takes.
const LONG: Duration = Duration::from_secs(60);

/// Waits for the end of the tree and checks it at the very moment it is told.
pub(crate) async fn witness(book: Book, tree: Tree) {
    let ended = tree.ended().await;
    let mut pages = book.pages();
    pages.note(&format!("END: {ended:?}"));
    pages.over = true;
    if let Some(path) = pages.alive.keys().next() {
        let promise = format!("{path} outlives the tree");
        pages.broken(promise);
    }
    let asked = pages.shutdown_asked;
    let Some(root) = pages.supervisors.get("") else {
        return;
    };
    let right = match (&ended, &root.gave_up) {
        _ if root.struck => true,
        (Ended::Failed { reason }, Some(words)) => reason == words,
        (Ended::Stopped, None) => asked,
        (Ended::Stopped, Some(_)) | (Ended::Failed { .. }, None) => false,
    };
    if !right {
        let promise = format!("{ended:?}, asked: {asked}, gave up: {:?}", root.gave_up);
        pages.broken(promise);
    }
}

impl Driver {
    /// Shuts the tree down, quietly or in the middle of everything.
    pub(crate) async fn end(mut self) {
        let quiet = self.rng.random_bool(self.profile.quiet_end);
        if quiet {
            self.settle().await;
        }
        let callers = self.shut_down(quiet);
        if !quiet {
            for _ in 0..self.rng.random_range(0..6) {
                self.harm();
                self.pause(6).await;
            }
        }
        let Ok(reports) = timeout(LONG, callers.join_all()).await else {
            return self.broken("the shutdown does not end");
        };
        if !reports.windows(2).all(|pair| pair[0] == pair[1]) {
            self.broken("two callers of the shutdown were told different things");
        }
        let rest = async {
            while let Some(call) = self.calls.join_next().await {
                call.expect("no call panics");
            }
            while let Some(witness) = self.witness.join_next().await {
                witness.expect("the witness does not panic");
            }
        };
        if timeout(LONG, rest).await.is_err() {
            self.broken("a request made before the end is never answered");
        }
        // If anything were still to begin, it would now.
        tokio::time::sleep(LONG).await;
        self.harm();
        if let Some(up) = still_up(&self.tree.snapshot()) {
            self.broken(&format!("{up} after the end"));
        }
        if let Ok(()) = self.tree.crash("", supervision::Fault::Kill) {
            self.broken("the root can be crashed after its end");
        }
    }

    /// Two callers, each held to the sum of the deadlines.
    fn shut_down(&self, quiet: bool) -> JoinSet<supervision::ShutdownReport> {
        let mut callers = JoinSet::new();
        let allowed = {
            let mut pages = self.stage.book.pages();
            pages.note(&format!("SHUTDOWN, quiet: {quiet}"));
            pages.shutdown_asked = true;
            pages.quiet_end = quiet;
            let families = pages.supervisors.values();
            let kin = families.flat_map(|family| &family.kin);
            let added = kin.filter(|kin| kin.dynamic);
            let added: Duration = added.map(|kin| kin.child.deadline()).sum();
            self.shape.deadline() + added
        };
        for _ in 0..2 {
            let (book, tree) = (self.stage.book.clone(), self.tree.clone());
            callers.spawn(async move {
                let asked = Instant::now();
                let report = tree.shutdown().await;
                let took = asked.elapsed();
                if took > allowed {
                    let promise = format!("the shutdown took {took:?}, allowed: {allowed:?}");
                    book.pages().broken(promise);
                }
                if !report.abandoned.is_empty() {
                    let promise = format!("abandoned: {:?}", report.abandoned);
                    book.pages().broken(promise);
                }
                report
            });
        }
        callers
    }

    fn broken(&self, promise: &str) {
        self.stage.book.pages().broken(promise.to_owned());
    }
}

/// The first node that is not down.
fn still_up(node: &Node) -> Option<String> {
    match node.state {
        NodeState::Stopped | NodeState::Failed => node.children.iter().find_map(still_up),
        NodeState::Starting | NodeState::Running | NodeState::Backoff | NodeState::Stopping => {
            Some(format!("{} is {:?}", node.name, node.state))
        }
    }
}
