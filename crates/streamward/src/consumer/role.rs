//! A role: something done again and again, one bounded pass at a time.
//!
//! A pass returns how much it found; the loop here only schedules it. Between passes the role recovers
//! from failures of Redis; every other failure crashes it, and its supervisor decides.

use std::time::Duration;

use supervision::{BoxError, TaskContext};
use tokio::time::MissedTickBehavior;

use super::connection::Connection;
use crate::error::Result;

/// Pause after a failed pass, so that a server that refuses is not flooded.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// When the next pass is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the next tick.
    Tick,
    /// At once: the bound was reached before the work ended.
    Now,
}

/// A role of a consumer.
pub(crate) trait Role: Send {
    /// Name in the supervision tree and in the log.
    const NAME: &'static str;
    /// A pass that finds this much has reached its bound: the next one follows at once.
    const BOUND: usize = usize::MAX;

    /// Time between two passes.
    fn every(&self) -> Duration;

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
                    tokio::time::sleep(PAUSE).await;
                    Ok(Next::Tick)
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
    let mut ticks = tokio::time::interval(role.every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = context.stopping.cancelled() => break,
        }
        context.pulse.beat();
        if role.step(&connection).await? == Next::Now {
            ticks.reset_immediately();
        }
    }
    Ok(role.leave().await?)
}
