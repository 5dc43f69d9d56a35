//! Signals and orderly shutdown of long-running processes.

use std::process::ExitCode;

use anyhow::{Result, bail};
use supervision::{Ended, Tree};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit code after a second signal: 128 + SIGINT, as shells count.
const KILLED: u8 = 130;

/// SIGINT and SIGTERM: the first starts an orderly shutdown, the second ends the process at once.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Subscribes. From now on signals do not end the process by themselves.
    pub(super) fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Runs until the tree fails or a signal arrives, then drains.
pub(super) async fn run_until_stopped(tree: &Tree, signals: &mut Signals) -> Result<ExitCode> {
    tokio::select! {
        ended = tree.ended() => {
            return match ended {
                Ended::Stopped => Ok(ExitCode::SUCCESS),
                Ended::Failed { reason } => bail!("gave up: {reason}"),
            };
        }
        () = signals.next() => {}
    }
    tracing::info!("stopping: work in flight is finished first; a second signal stops at once");
    tokio::select! {
        report = tree.shutdown() => {
            if !report.killed.is_empty() {
                tracing::warn!(killed = ?report.killed, "these did not stop in time");
            }
            Ok(ExitCode::SUCCESS)
        }
        () = signals.next() => Ok(ExitCode::from(KILLED)),
    }
}
