//! Start, signals and orderly shutdown of long-running processes.

use std::{fs, pin::pin, process::ExitCode};

use anyhow::{Result, bail};
use shop::{data_dir::Published, output};
use supervision::{Ended, Tree};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit code after a second signal: 128 + SIGINT, as shells count.
const KILLED: u8 = 130;

/// SIGINT, SIGTERM and SIGHUP: the first starts an orderly shutdown, the second ends the process at once.
#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` when the process was started with SIGHUP ignored, as `nohup` does.
    hang_up: Option<Signal>,
}

impl Signals {
    /// Subscribes. From now on signals do not end the process by themselves.
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: match ignores_hang_up() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hung_up(self.hang_up.as_mut()) => {}
        }
    }
}

async fn hung_up(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => std::future::pending().await,
    }
}

/// Returns whether SIGHUP is ignored, where the system shows it.
fn ignores_hang_up() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP has the number 1, and the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// The first signal, for the start of a process.
#[derive(Clone, Debug)]
pub(super) struct Interrupt(CancellationToken);

/// A start that a signal has interrupted.
#[derive(Debug, thiserror::Error)]
#[error("stopped before the start was complete")]
struct Interrupted;

impl Interrupt {
    /// Runs a step of the start that a signal may end, because the step only waits.
    ///
    /// # Errors
    /// Errors of the step, and the interruption, which ends the start.
    pub(super) async fn ends<T>(&self, wait: impl Future<Output = Result<T>>) -> Result<T> {
        let waited = self.0.run_until_cancelled(wait).await;
        waited.unwrap_or_else(|| Err(Interrupted.into()))
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

/// Starts a process and runs it until its tree fails or a signal arrives, then drains.
///
/// A signal during the start ends its waits. A step that writes is finished, and a tree that has started
/// drains; a second signal ends the process at once.
pub(super) async fn run<S: Future<Output = Result<Running>>>(
    start: impl FnOnce(Interrupt) -> S,
) -> Result<ExitCode> {
    let (mut signals, interrupt) = (Signals::listen()?, Interrupt(CancellationToken::new()));
    let mut starting = pin!(start(interrupt.clone()));
    let started = tokio::select! {
        biased;
        () = signals.next() => {
            interrupt.0.cancel();
            tokio::select! {
                started = &mut starting => started,
                () = signals.next() => return Ok(ExitCode::from(KILLED)),
            }
        }
        started = &mut starting => started,
    };
    let running = match started {
        Err(error) if error.is::<Interrupted>() => {
            tracing::info!("{error}");
            return Ok(ExitCode::SUCCESS);
        }
        started => started?,
    };
    let code = if interrupt.0.is_cancelled() {
        drain(&running.tree, &mut signals).await
    } else {
        output::line(format!("ready {}", running.ready));
        run_until_stopped(&running.tree, &mut signals).await
    };
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
    drain(tree, signals).await
}

async fn drain(tree: &Tree, signals: &mut Signals) -> Result<ExitCode> {
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

#[cfg(test)]
mod tests {
    use shop::assembly;
    use tokio::process::Command;

    use super::*;

    /// Sends this process a signal, which does not end it once it listens.
    async fn raise(signal: &str) {
        let pid = std::process::id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await;
        assert!(sent.expect("kill runs").success());
    }

    #[tokio::test]
    async fn a_signal_ends_the_waits_of_a_start_and_none_of_its_other_steps() {
        let mut trees = Vec::new();
        let code = run(async |interrupt| {
            raise("-TERM").await;
            let wait = interrupt.ends(std::future::pending::<Result<()>>()).await;
            assert!(wait.is_err());
            // A step that writes goes on.
            tokio::task::yield_now().await;
            let tree = assembly::root().start().await?;
            trees.push(tree.clone());
            Ok(Running {
                tree,
                ready: String::new(),
                published: None,
            })
        })
        .await;
        assert_eq!(
            format!("{:?}", code.unwrap()),
            format!("{:?}", ExitCode::SUCCESS)
        );
        let tree = trees.pop().expect("it has started");
        assert!(matches!(tree.ended().await, Ended::Stopped));

        let code = run(async |interrupt| {
            raise("-INT").await;
            interrupt.ends(std::future::pending()).await
        })
        .await;
        assert_eq!(
            format!("{:?}", code.unwrap()),
            format!("{:?}", ExitCode::SUCCESS)
        );
    }
}
