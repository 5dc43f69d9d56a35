//! A role: something done again and again, one bounded pass at a time.
//!
//! A pass says what it found; the loop here only schedules it. What Redis' failures allow to mend is
//! mended between passes, the rest crashes the role, and its supervisor decides.

use std::time::Duration;

use supervision::{BoxError, TaskContext};
use tokio::time::MissedTickBehavior;

use crate::consumer::shared::Shared;
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

/// One role of a consumer.
pub(crate) trait Role: Send {
    /// Its name in the tree and in the log.
    const NAME: &'static str;

    /// The consumer it belongs to.
    fn shared(&self) -> &Shared;

    /// The time between two passes.
    fn every(&self) -> Duration;

    /// One bounded pass.
    fn pass(&mut self) -> impl Future<Output = Result<Next>> + Send;

    /// What is left to do when the role is told to stop.
    fn leave(&mut self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Runs a role until it is told to stop.
pub(crate) async fn run<R: Role>(mut role: R, context: TaskContext) -> Result<(), BoxError> {
    let mut ticks = tokio::time::interval(role.every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = context.stopping.cancelled() => break,
        }
        context.pulse.beat();
        match role.pass().await {
            Ok(Next::Tick) => {}
            Ok(Next::Now) => ticks.reset_immediately(),
            Err(error) => {
                role.shared().recover_from(R::NAME, error).await?;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    Ok(role.leave().await?)
}
