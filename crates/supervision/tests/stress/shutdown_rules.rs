//! Rules for the end of a tree: in time, with the right reason, and final.

use std::time::Duration;

use rand::Rng;
use supervision::{Ended, Node, NodeState, Tree};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::checker::Checker;
use crate::driver::Driver;

/// Time limit far above every duration in a tree.
const LONG: Duration = Duration::from_secs(60);

/// Waits for the end of the tree and checks it at the moment of the report.
pub(crate) async fn watch_end(checker: Checker, tree: Tree) {
    let ended = tree.ended().await;
    let mut state = checker.state();
    state.note(&format!("END: {ended:?}"));
    state.over = true;
    if let Some(path) = state.alive.keys().next() {
        let text = format!("{path} outlives the tree");
        state.violation(text);
    }
    let requested = state.shutdown_requested;
    let Some(root) = state.supervisors.get("") else {
        return;
    };
    let right = match (&ended, &root.gave_up) {
        _ if root.faulted => true,
        (Ended::Failed { reason }, Some(expected)) => reason == expected,
        (Ended::Stopped, None) => requested,
        (Ended::Stopped, Some(_)) | (Ended::Failed { .. }, None) => false,
    };
    if !right {
        let text = format!(
            "{ended:?}, requested: {requested}, gave up: {:?}",
            root.gave_up
        );
        state.violation(text);
    }
}

impl Driver {
    /// Shuts the tree down, after quiescence or during restarts.
    pub(crate) async fn end(mut self) {
        let quiet = self.rng.random_bool(self.profile.quiet_end);
        if quiet {
            self.await_quiescence().await;
        }
        let callers = self.shut_down(quiet);
        if !quiet {
            for _ in 0..self.rng.random_range(0..6) {
                self.disturb();
                self.pause(6).await;
            }
        }
        let Ok(reports) = timeout(LONG, callers.join_all()).await else {
            return self.violation("the shutdown does not end");
        };
        if !reports.windows(2).all(|pair| pair[0] == pair[1]) {
            self.violation("two callers of the shutdown got different reports");
        }
        let rest = async {
            while let Some(request) = self.requests.join_next().await {
                request.expect("no request panics");
            }
            while let Some(watcher) = self.end_watcher.join_next().await {
                watcher.expect("the watcher does not panic");
            }
        };
        if timeout(LONG, rest).await.is_err() {
            self.violation("a request made before the end gets no reply");
        }
        // A late start would happen now.
        tokio::time::sleep(LONG).await;
        self.disturb();
        if let Some(up) = still_up(&self.tree.snapshot()) {
            self.violation(&format!("{up} after the end"));
        }
        if let Ok(()) = self.tree.crash("", supervision::Fault::Kill) {
            self.violation("the root can be crashed after its end");
        }
    }

    /// Starts two callers, each bounded by the sum of the deadlines.
    fn shut_down(&self, quiet: bool) -> JoinSet<supervision::ShutdownReport> {
        let mut callers = JoinSet::new();
        let allowed = {
            let mut state = self.environment.checker.state();
            state.note(&format!("SHUTDOWN, quiet: {quiet}"));
            state.shutdown_requested = true;
            state.quiet_end = quiet;
            let owners = state.supervisors.values();
            let model = owners.flat_map(|owner| &owner.children);
            let added = model.filter(|model| model.dynamic);
            let added: Duration = added.map(|model| model.spec.deadline()).sum();
            self.shape.deadline() + added
        };
        for _ in 0..2 {
            let (checker, tree) = (self.environment.checker.clone(), self.tree.clone());
            callers.spawn(async move {
                let started = Instant::now();
                let report = tree.shutdown().await;
                let took = started.elapsed();
                if took > allowed {
                    let text = format!("the shutdown took {took:?}, allowed: {allowed:?}");
                    checker.state().violation(text);
                }
                if !report.abandoned.is_empty() {
                    let text = format!("abandoned: {:?}", report.abandoned);
                    checker.state().violation(text);
                }
                report
            });
        }
        callers
    }

    fn violation(&self, text: &str) {
        self.environment.checker.state().violation(text.to_owned());
    }
}

/// Returns the first node that is not down.
fn still_up(node: &Node) -> Option<String> {
    match node.state {
        NodeState::Stopped | NodeState::Failed => node.children.iter().find_map(still_up),
        NodeState::Starting | NodeState::Running | NodeState::Backoff | NodeState::Stopping => {
            Some(format!("{} is {:?}", node.name, node.state))
        }
    }
}
