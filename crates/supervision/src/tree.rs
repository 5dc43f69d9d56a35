//! Public handle to a running tree.

mod root_watcher;

use std::fmt;
use std::sync::Arc;

use ractor::Actor;
use tokio::sync::{oneshot, watch};

use crate::exit::start_failure;
use crate::record::NodeRecord;
use crate::shutdown_report::ReportRecorder;
use crate::supervisor::{self, Inherited, Message};
use crate::{
    ChildError, ChildSpec, CrashError, Fault, Node, NodeKind, NodeState, ShutdownReport, SpecError,
    StartError, SupervisorSpec, UnknownPath,
};
use root_watcher::{RootParent, RootWatcher};

/// A handle to a running tree; clones share the tree, and dropping them does not stop it.
///
/// A path is the names below the root joined by `/`, for example `inventory/worker-2`. The empty
/// path is the root.
#[derive(Clone)]
pub struct Tree {
    root: Arc<NodeRecord>,
    shutdown_report: Arc<ReportRecorder>,
    ended: watch::Receiver<Option<Ended>>,
}

/// End of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The tree was shut down.
    Stopped,
    /// The root gave up or was crashed; the process should exit with an error.
    Failed {
        /// Exit reason of the root.
        reason: String,
    },
}

impl SupervisorSpec {
    /// Starts this supervisor as the root of a tree and waits until every child is up.
    ///
    /// Dropping the future does not stop the started children; await it, then shut down.
    ///
    /// # Errors
    /// [`StartError::Invalid`] for an invalid specification. [`StartError::Child`] when a child
    /// fails to start; the children started before it have then been stopped in reverse order.
    pub async fn start(self) -> Result<Tree, StartError> {
        if self.name.is_empty() {
            let supervisor = String::new();
            return Err(SpecError::EmptyName { supervisor }.into());
        }
        if self.name.contains('/') {
            return Err(SpecError::SlashInName { path: self.name }.into());
        }
        self.validate_children("")?;
        Tree::start(Arc::new(self)).await
    }
}

impl Tree {
    async fn start(spec: Arc<SupervisorSpec>) -> Result<Self, StartError> {
        let root = NodeRecord::new(&spec.name, String::new(), NodeKind::Supervisor);
        let shutdown_report = Arc::new(ReportRecorder::default());
        let inherited = Inherited {
            observer: None,
            shutdown_report: Arc::clone(&shutdown_report),
        };
        let failed = |error| StartError::Child {
            path: root.label().to_owned(),
            cause: start_failure(&error),
        };
        let (exit_sender, exit) = oneshot::channel();
        let (parent, _) = Actor::spawn(None, RootParent, exit_sender)
            .await
            .map_err(failed)?;
        let launched = supervisor::launch(spec, Arc::clone(&root), inherited, parent.get_cell())
            .map_err(failed)?;
        root.launched(launched.handle);
        let (end, ended) = watch::channel(None);
        let (up, is_up) = oneshot::channel();
        let watcher = RootWatcher {
            root: Arc::clone(&root),
            parent,
            exit,
            end,
            up: Some(up),
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the root has no supervisor but this task"
        )]
        tokio::spawn(watcher.watch(launched.completion));
        let interrupted = StartError::Interrupted {
            path: root.label().to_owned(),
        };
        is_up.await.unwrap_or(Err(interrupted))?;
        Ok(Self {
            root,
            shutdown_report,
            ended,
        })
    }

    /// Returns a snapshot of the tree, without waiting for any actor.
    #[must_use]
    pub fn snapshot(&self) -> Node {
        self.root.node()
    }

    /// Injects a fault into the child or supervisor at `path`.
    ///
    /// # Errors
    /// Fails when the path is unknown, the child is not running, or the fault is
    /// [`Fault::Hang`] and the child a supervisor.
    pub fn crash(&self, path: &str, fault: Fault) -> Result<(), CrashError> {
        let record = self.root.resolve(path)?;
        let state = record.state();
        let path = path.to_owned();
        let handle = record.handle().filter(|_| state == NodeState::Running);
        let Some(handle) = handle else {
            return Err(CrashError::NotRunning { path, state });
        };
        match (record.kind, fault) {
            (NodeKind::Supervisor, Fault::Hang) => {
                return Err(CrashError::SupervisorCannotHang { path });
            }
            (_, Fault::Kill) => handle.cell.kill(),
            (_, Fault::Panic | Fault::Hang) => (handle.inject_fault)(fault),
        }
        Ok(())
    }

    /// Adds a child to the running supervisor at `supervisor` and waits until it is up.
    ///
    /// The child is the last in start order. It is not part of the supervisor's specification: a
    /// restart of the supervisor itself does not restore it.
    ///
    /// # Errors
    /// Fails when the supervisor is unknown or not running, or when the child is invalid, fails to
    /// start, or is stopped for good before it is up; then it is removed.
    pub async fn start_child(&self, supervisor: &str, child: ChildSpec) -> Result<(), ChildError> {
        let supervisor = self.root.resolve(supervisor)?;
        let (reply, started) = oneshot::channel();
        send(&supervisor, Message::StartChild(child, reply))?;
        match started.await {
            Ok(result) => Ok(result?),
            Err(_) => Err(not_running(&supervisor)),
        }
    }

    /// Stops the child at `path` by its [`Shutdown`](crate::Shutdown), waits for its end and deletes
    /// the child; a pending restart is cancelled.
    ///
    /// # Errors
    /// Fails when the path is unknown or the root, or the supervisor of the child is not running.
    pub async fn stop_child(&self, path: &str) -> Result<(), ChildError> {
        if path.is_empty() {
            return Err(ChildError::Root);
        }
        let child = self.root.resolve(path)?;
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let supervisor = self.root.resolve(parent)?;
        let (reply, stopped) = oneshot::channel();
        send(&supervisor, Message::StopChild(name.to_owned(), reply))?;
        match stopped.await {
            Ok(true) => Ok(()),
            // A concurrent request removed it first.
            Ok(false) => Err(ChildError::Unknown(UnknownPath {
                missing: child.name.clone(),
                below: supervisor.path.clone(),
                candidates: supervisor
                    .children()
                    .iter()
                    .map(|c| c.name.clone())
                    .collect(),
            })),
            Err(_) => Err(not_running(&supervisor)),
        }
    }

    /// Stops every child in reverse start order, each within its deadline, and returns when nothing
    /// is left.
    ///
    /// Idempotent: every caller gets the same report, also after the end.
    pub async fn shutdown(&self) -> ShutdownReport {
        self.shutdown_report.start();
        // An error means the root is ending or has ended.
        let _ = send(&self.root, Message::Close);
        self.ended().await;
        self.shutdown_report.report()
    }

    /// Waits for the end of the tree and returns it.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        let end = ended
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|end| end.clone());
        // The root watcher is gone: the runtime is shutting down.
        end.unwrap_or(Ended::Failed {
            reason: "the runtime is gone".to_owned(),
        })
    }
}

fn send(supervisor: &NodeRecord, message: Message) -> Result<(), ChildError> {
    if supervisor.kind != NodeKind::Supervisor {
        return Err(ChildError::NotASupervisor {
            path: supervisor.path.clone(),
        });
    }
    match supervisor.handle() {
        Some(handle) if handle.cell.send_message(message).is_ok() => Ok(()),
        Some(_) | None => Err(not_running(supervisor)),
    }
}

fn not_running(supervisor: &NodeRecord) -> ChildError {
    ChildError::NotRunning {
        path: supervisor.path.clone(),
        state: supervisor.state(),
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("root", &self.snapshot())
            .finish_non_exhaustive()
    }
}
