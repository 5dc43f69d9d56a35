//! Restart and shutdown policies as plain values.

use std::time::Duration;

/// Children restarted when one of them exits.
///
/// Affected children are stopped in reverse start order and awaited until nothing of them is left;
/// after the backoff they start again in start order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Only the child that exited.
    #[default]
    OneForOne,
    /// All children of the supervisor.
    OneForAll,
    /// The child that exited and those started after it.
    RestForOne,
}

/// Condition for restarting a child that exited by itself.
///
/// A panic, an `Err`, a kill, a cancelled actor task and a watchdog timeout are abnormal exits.
/// Every other exit is normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restart {
    /// After every exit.
    #[default]
    Permanent,
    /// After an abnormal exit only.
    Transient,
    /// Never, not even together with its siblings.
    Temporary,
}

/// Shutdown method of a child and its deadline before it is killed.
///
/// A killed child runs no `post_stop`. A supervisor child ignores this value: the deadlines of its
/// own children bound its shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// An actor accepts no new messages, handles its mailbox, and stops. A task behaves as with
    /// [`Shutdown::Stop`].
    Drain(Duration),
    /// An actor finishes the current message, drops the rest of its mailbox, and runs `post_stop`.
    /// A task's token is cancelled and its end awaited.
    Stop(Duration),
    /// Immediate kill, effective at the next `await`.
    Kill,
}

impl Default for Shutdown {
    /// Returns [`Shutdown::Stop`] with a deadline of five seconds.
    fn default() -> Self {
        Self::Stop(Duration::from_secs(5))
    }
}

/// Maximum restart rate: restarts allowed within a sliding window before the supervisor gives up.
///
/// Giving up stops the children in reverse order and exits abnormally, which escalates to the
/// parent. At the root it ends the tree with [`Ended::Failed`](crate::Ended::Failed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intensity {
    /// Restarts allowed within the window; the next one makes the supervisor give up.
    pub max_restarts: u32,
    /// Length of the window.
    pub within: Duration,
}

impl Default for Intensity {
    /// Returns five restarts in ten seconds.
    fn default() -> Self {
        Self {
            max_restarts: 5,
            within: Duration::from_secs(10),
        }
    }
}
