//! Start, signals and orderly shutdown of long-running processes.

use std::process::ExitCode;

use anyhow::{Result, bail};
use shop::{data_dir::Published, output};
use supervision::{Ended, Tree};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit code after a second signal: 128 + SIGINT, as shells count.
const KILLED: u8 = 130;

/// SIGINT, SIGTERM and SIGHUP: the first starts an orderly shutdown, the second ends the process at once.
#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Subscribes. From now on signals do not end the process by themselves.
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// A started process.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) tree: Tree,
    /// Its `ready` line, without that word.
    pub(super) ready: String,
    /// Its `run.json`, deleted at its end.
    pub(super) published: Option<Published>,
}

/// Starts a process and runs it until its tree fails or a signal arrives, then drains. A signal during
/// the start ends the process: nothing is in flight yet.
pub(super) async fn run(start: impl Future<Output = Result<Running>>) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let running = tokio::select! {
        biased;
        () = signals.next() => {
            tracing::info!("stopped before the start was complete");
            return Ok(ExitCode::SUCCESS);
        }
        running = start => running?,
    };
    output::line(format!("ready {}", running.ready));
    let code = run_until_stopped(&running.tree, &mut signals).await;
    // Tools that look for the shop from now on report that none runs.
    drop(running.published);
    code
}

async fn run_until_stopped(tree: &Tree, signals: &mut Signals) -> Result<ExitCode> {
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
