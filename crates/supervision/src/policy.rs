//! What a supervisor does about exits, as plain values.

use std::time::Duration;

/// Which children are restarted when one of them exits.
///
/// The children that must be restarted are first stopped in reverse start order, awaited until
/// they are really gone, and then, after the backoff, started again in start order.
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

/// Whether a child that exited by itself is restarted.
///
/// A panic, an `Err`, a kill, a cancelled actor task and silence found by the watchdog are
/// abnormal exits. Everything else is a normal exit.
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

/// How a child is asked to end, and how long it may take before it is killed.
///
/// A killed child runs no `post_stop`. A supervisor child ignores this value: it ends when its
/// own children have, and they have deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// An actor takes no new messages, handles those it has, and ends. A task is treated as
    /// with [`Shutdown::Stop`]: its token is cancelled.
    Drain(Duration),
    /// An actor finishes the message it is handling, drops the others, and runs `post_stop`. A
    /// task sees its token cancelled and is awaited.
    Stop(Duration),
    /// At once, at the next `await`.
    Kill,
}

impl Default for Shutdown {
    /// Stop within five seconds.
    fn default() -> Self {
        Self::Stop(Duration::from_secs(5))
    }
}

/// How many restarts a supervisor allows within a sliding window before it gives up.
///
/// Giving up means: stop the children in reverse order, then exit abnormally, so that the parent
/// decides. At the root it means [`Ended::Failed`](crate::Ended::Failed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intensity {
    /// Restarts allowed within the window; the next one makes the supervisor give up.
    pub max_restarts: u32,
    /// Length of the window.
    pub within: Duration,
}

impl Default for Intensity {
    /// Five restarts in ten seconds.
    fn default() -> Self {
        Self {
            max_restarts: 5,
            within: Duration::from_secs(10),
        }
    }
}
