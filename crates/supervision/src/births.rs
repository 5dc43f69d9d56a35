//! Who waits for children to be up, whatever happens to them on the way.
//!
//! A birth is answered by its children, not by the plan that starts them: another plan may take
//! them over, one by one. **Invariant:** a birth is answered exactly once, at the latest when the
//! supervisor has ended.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use crate::StartError;
use crate::supervisor::Supervising;

/// Somebody who waits for children to be up.
pub(crate) type Birth = oneshot::Sender<Result<(), StartError>>;

/// A birth and what it takes.
pub(crate) struct Expected {
    /// Those that have not been up yet.
    children: BTreeSet<u64>,
    /// One of them was up; the supervisor's own birth needs none.
    enough: bool,
    pub(crate) birth: Birth,
}

impl Supervising {
    /// The supervisor itself is up when these have been up, or are not started any more.
    pub(crate) fn expect_all(&mut self, children: BTreeSet<u64>, birth: Birth) {
        self.births.push(Expected {
            children,
            enough: true,
            birth,
        });
    }

    /// Children were added for somebody who wants to see at least one of them up.
    pub(crate) fn expect_some(&mut self, children: BTreeSet<u64>, birth: Birth) {
        self.births.push(Expected {
            children,
            enough: false,
            birth,
        });
    }

    /// This child is up.
    pub(crate) fn born(&mut self, id: u64) {
        for expected in &mut self.births {
            expected.enough |= expected.children.remove(&id);
        }
    }

    /// This child is not started any more. Who waits for no other one waits in vain.
    pub(crate) fn never_born(&mut self, id: u64, path: &str) {
        let in_vain = |expected: &mut Expected| {
            expected.children.remove(&id) && expected.children.is_empty() && !expected.enough
        };
        for expected in self.births.extract_if(.., in_vain) {
            let path = path.to_owned();
            let _ = expected.birth.send(Err(StartError::Interrupted { path }));
        }
    }

    /// This child failed to start, and with it all that were added together.
    pub(crate) fn stillborn(&mut self, id: u64, error: &StartError) {
        let lost = |expected: &mut Expected| expected.children.contains(&id);
        for expected in self.births.extract_if(.., lost) {
            let _ = expected.birth.send(Err(error.clone()));
        }
    }

    /// Answers those whose children have all been up.
    pub(crate) fn answer_births(&mut self) {
        let complete = |expected: &mut Expected| expected.children.is_empty();
        for expected in self.births.extract_if(.., complete) {
            // Whoever asked may have stopped waiting.
            let _ = expected.birth.send(Ok(()));
        }
    }
}
