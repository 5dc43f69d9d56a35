//! A role: something done again and again, one bounded pass at a time.
//!
//! A pass returns how much it found; the loop here only schedules it. Between passes the role recovers
//! from failures of Redis; every other failure crashes it, and its supervisor decides.

use std::{future, sync::OnceLock, time::Duration};

use supervision::{BoxError, TaskContext};
use tokio::time::Instant;

use super::connection::Connection;
use crate::{error::Result, outage::Pauses};

/// Passes that are at least this far apart start together in all roles of a consumer: one wake-up, and
/// commands that share their way to Redis, cost an idle process a fraction of as many single ones.
const BEAT: Duration = Duration::from_millis(250);
/// Between the beats of two consumers of a process, so that Redis is not busy with all of them at once.
const OFFSET: Duration = Duration::from_millis(41);

/// Returns the last beat of consumer number `slot` before `due`, for passes that are `every` apart.
fn on_beat(due: Instant, every: Duration, slot: u32) -> Instant {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    if every < BEAT {
        return due;
    }
    let first = *FIRST.get_or_init(Instant::now) + OFFSET * (slot % 6);
    let since = due.saturating_duration_since(first);
    let past_beat = since.as_nanos() % BEAT.as_nanos();
    due - Duration::from_nanos(u64::try_from(past_beat).unwrap_or(0))
}

/// When the next pass is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the next tick.
    Tick,
    /// At once: the bound was reached before the work ended.
    Now,
    /// After a pause that grows: the pass failed.
    Later,
}

/// A role of a consumer.
pub(crate) trait Role: Send {
    /// Name in the supervision tree and in the log.
    const NAME: &'static str;
    /// A pass that finds this much has reached its bound: the next one follows at once.
    const BOUND: usize = usize::MAX;

    /// Time between two passes, as things stand.
    fn every(&self) -> Duration;

    /// Waits until the time between two passes may have become shorter.
    fn wake(&self) -> impl Future<Output = ()> + Send {
        future::pending()
    }

    /// Does one bounded pass. Returns how much it found.
    fn run_once(&mut self) -> impl Future<Output = Result<usize>> + Send;

    /// Does what is left to do when the role stops.
    fn leave(&mut self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Does one pass and recovers from its failure, where that is possible.
    fn step(&mut self, connection: &Connection) -> impl Future<Output = Result<Next>> + Send {
        async {
            match self.run_once().await {
                Ok(found) if found >= Self::BOUND => Ok(Next::Now),
                Ok(_) => Ok(Next::Tick),
                Err(error) => {
                    connection.recover_from(Self::NAME, error).await?;
                    Ok(Next::Later)
                }
            }
        }
    }
}

/// Runs a role until it is stopped.
pub(crate) async fn run<R: Role>(
    mut role: R,
    connection: Connection,
    context: TaskContext,
) -> Result<(), BoxError> {
    let slot = connection.identity.slot();
    let (mut due, mut pauses) = (Instant::now(), Pauses::default());
    loop {
        tokio::select! {
            biased;
            () = context.stopping.cancelled() => break,
            () = tokio::time::sleep_until(due) => {}
            () = role.wake() => {
                due = due.min(Instant::now() + role.every());
                continue;
            }
        }
        context.pulse.beat();
        let begun = Instant::now();
        due = match role.step(&connection).await? {
            Next::Now => begun,
            Next::Tick => on_beat(begun + role.every(), role.every(), slot),
            Next::Later => {
                due = Instant::now() + pauses.next();
                continue;
            }
        };
        pauses.reset();
    }
    Ok(role.leave().await?)
}
