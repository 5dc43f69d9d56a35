//! Pending start requests and the reply each receives.
//!
//! A request completes by its children, not by the plan that starts them, because another plan may
//! take over single children. **Invariant:** each request gets exactly one reply, at the latest
//! when the supervisor has ended.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use super::State;
use crate::StartError;

/// Reply channel of a start request.
pub(crate) type StartReply = oneshot::Sender<Result<(), StartError>>;

pub(super) struct PendingStart {
    /// Children that have not been up yet.
    children: BTreeSet<u64>,
    /// The request succeeds when the last child leaves the set without having been up. True as soon
    /// as one child was up, and from the beginning for the supervisor's own start.
    satisfied: bool,
    pub(super) reply: StartReply,
}

impl State {
    /// Adds the supervisor's own start: complete when each child was up or was cancelled.
    pub(super) fn expect_all(&mut self, children: BTreeSet<u64>, reply: StartReply) {
        self.pending_starts.push(PendingStart {
            children,
            satisfied: true,
            reply,
        });
    }

    /// Adds a request for new children, of which at least one must come up.
    pub(super) fn expect_some(&mut self, children: BTreeSet<u64>, reply: StartReply) {
        self.pending_starts.push(PendingStart {
            children,
            satisfied: false,
            reply,
        });
    }

    /// Records that this child is up.
    pub(super) fn start_completed(&mut self, id: u64) {
        for pending in &mut self.pending_starts {
            pending.satisfied |= pending.children.remove(&id);
        }
    }

    /// Records that this child is not started any more.
    pub(super) fn start_cancelled(&mut self, id: u64, path: &str) {
        let unsatisfiable = |pending: &mut PendingStart| {
            pending.children.remove(&id) && pending.children.is_empty() && !pending.satisfied
        };
        for pending in self.pending_starts.extract_if(.., unsatisfiable) {
            let path = path.to_owned();
            let _ = pending.reply.send(Err(StartError::Interrupted { path }));
        }
    }

    /// Fails the request that this child belongs to.
    pub(super) fn start_failed(&mut self, id: u64, error: &StartError) {
        let failed = |pending: &mut PendingStart| pending.children.contains(&id);
        for pending in self.pending_starts.extract_if(.., failed) {
            let _ = pending.reply.send(Err(error.clone()));
        }
    }

    /// Replies to the requests whose children have all been up.
    pub(super) fn reply_to_completed_starts(&mut self) {
        let complete = |pending: &mut PendingStart| pending.children.is_empty();
        for pending in self.pending_starts.extract_if(.., complete) {
            // The caller may have dropped its future.
            let _ = pending.reply.send(Ok(()));
        }
    }
}
