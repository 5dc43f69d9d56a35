//! A running tree, seen and steered from outside.

use std::fmt;
use std::sync::Arc;

use ractor::Actor;
use serde::Serialize;
use tokio::sync::{oneshot, watch};

use crate::entry::Entry;
use crate::exit::start_failure;
use crate::guardian::Guardian;
use crate::keeper::Keeper;
use crate::launch::Reach;
use crate::ledger::{Common, Ledger};
use crate::supervisor::{self, Msg};
use crate::{
    ChildError, ChildSpec, CrashError, Fault, Node, NodeKind, NodeState, StartError,
    SupervisorSpec, UnknownPath,
};

/// A handle to a running tree. Clones are handles to the same tree; dropping them stops nothing.
///
/// A path is the names below the root joined by `/`, for example `inventory/worker-2`. The empty
/// path is the root.
#[derive(Clone)]
pub struct Tree {
    root: Arc<Entry>,
    ledger: Arc<Ledger>,
    ended: watch::Receiver<Option<Ended>>,
}

/// How a tree ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was shut down.
    Stopped,
    /// The root gave up or was crashed; the process should exit with an error.
    Failed {
        /// The root's last words.
        reason: String,
    },
}

/// What a shutdown had to do by force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ShutdownReport {
    /// Paths of the children that missed their deadline and were killed.
    pub killed: Vec<String>,
    /// Paths of the killed children that still block a thread; nobody waits for them any more.
    pub abandoned: Vec<String>,
}

impl Tree {
    pub(crate) async fn grow(spec: Arc<SupervisorSpec>) -> Result<Self, StartError> {
        let root = Entry::new(&spec.name, String::new(), NodeKind::Supervisor);
        let ledger = Arc::new(Ledger::default());
        let common = Common {
            observer: None,
            ledger: Arc::clone(&ledger),
        };
        let failed = |error| StartError::Child {
            path: root.label().to_owned(),
            cause: start_failure(&error),
        };
        let (last_word, exit) = oneshot::channel();
        let (guardian, _) = Actor::spawn(None, Guardian, last_word)
            .await
            .map_err(failed)?;
        let launched = supervisor::launch(spec, Arc::clone(&root), common, guardian.get_cell())
            .map_err(failed)?;
        root.launched(launched.handle);
        let (end, ended) = watch::channel(None);
        let (up, is_up) = oneshot::channel();
        let keeper = Keeper {
            root: Arc::clone(&root),
            guardian,
            exit,
            end,
            up: Some(up),
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the root has no supervisor but this task"
        )]
        tokio::spawn(keeper.keep(launched.life));
        let interrupted = StartError::Interrupted {
            path: root.label().to_owned(),
        };
        is_up.await.unwrap_or(Err(interrupted))?;
        Ok(Self {
            root,
            ledger,
            ended,
        })
    }

    /// The tree as it is now. Asks no actor, so nothing that hangs can delay it.
    #[must_use]
    pub fn snapshot(&self) -> Node {
        self.root.node()
    }

    /// Makes a simulated fault happen to the child, or the supervisor, at `path`.
    ///
    /// # Errors
    /// When there is no such child, it is not running, or a supervisor is asked to hang.
    pub fn crash(&self, path: &str, fault: Fault) -> Result<(), CrashError> {
        let entry = self.root.resolve(path)?;
        let state = entry.state();
        let path = path.to_owned();
        let handle = entry.handle().filter(|_| state == NodeState::Running);
        let Some(handle) = handle else {
            return Err(CrashError::NotRunning { path, state });
        };
        match (handle.reach, fault) {
            (Reach::Supervisor(_), Fault::Hang) => {
                return Err(CrashError::SupervisorCannotHang { path });
            }
            (_, Fault::Kill) => handle.cell.kill(),
            (Reach::Actor(strike) | Reach::Task(strike), _) => strike(fault),
            (Reach::Supervisor(supervisor), Fault::Panic) => {
                // A closed mailbox means it is ending already.
                let _ = supervisor.cast(Msg::Fault(fault));
            }
        }
        Ok(())
    }

    /// Adds a child to the running supervisor at `supervisor` and waits until it is up.
    ///
    /// It is the last in start order. It is not part of the supervisor's specification: when that
    /// supervisor itself is restarted, the child does not come back.
    ///
    /// # Errors
    /// When there is no such running supervisor, or the child is invalid, fails to start, or is
    /// stopped for good before it is up; then it is not kept.
    pub async fn start_child(&self, supervisor: &str, child: ChildSpec) -> Result<(), ChildError> {
        let entry = self.root.resolve(supervisor)?;
        let (birth, born) = oneshot::channel();
        ask(&entry, Msg::StartChild(child, birth))?;
        match born.await {
            Ok(result) => Ok(result?),
            Err(_) => Err(not_running(&entry)),
        }
    }

    /// Ends the child at `path` gracefully, waits for its end and removes it, whatever its state;
    /// a child in backoff does not come back.
    ///
    /// # Errors
    /// When there is no such child, it is the root, or its supervisor is not running.
    pub async fn stop_child(&self, path: &str) -> Result<(), ChildError> {
        if path.is_empty() {
            return Err(ChildError::Root);
        }
        let child = self.root.resolve(path)?;
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let supervisor = self.root.resolve(parent)?;
        let (done, is_done) = oneshot::channel();
        ask(&supervisor, Msg::StopChild(name.to_owned(), done))?;
        match is_done.await {
            Ok(true) => Ok(()),
            // Removed by somebody else between the look and the request.
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

    /// Stops every child in reverse start order, each within its deadline, and returns when
    /// nothing is left. Every caller gets the same end; a tree that has ended reports at once.
    pub async fn shutdown(&self) -> ShutdownReport {
        self.ledger.open();
        // No handle or a closed mailbox means the end has come or is coming.
        let _ = ask(&self.root, Msg::Close);
        self.ended().await;
        self.ledger.report()
    }

    /// Waits for the end of the tree.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        let end = ended
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|end| end.clone());
        // Nobody keeps the tree: the runtime is shutting down.
        end.unwrap_or(Ended::Failed {
            reason: "the runtime is gone".to_owned(),
        })
    }
}

fn ask(supervisor: &Entry, message: Msg) -> Result<(), ChildError> {
    if supervisor.kind != NodeKind::Supervisor {
        return Err(ChildError::NotASupervisor {
            path: supervisor.path.clone(),
        });
    }
    match supervisor.handle().map(|handle| handle.reach) {
        Some(Reach::Supervisor(actor)) if actor.cast(message).is_ok() => Ok(()),
        Some(_) | None => Err(not_running(supervisor)),
    }
}

fn not_running(supervisor: &Entry) -> ChildError {
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
