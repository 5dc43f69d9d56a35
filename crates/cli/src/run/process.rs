//! What every long-running role does: logs, metrics, signals, an orderly end.

use std::{io::IsTerminal, process::ExitCode};

use anyhow::Result;
use shop::setting::BadSetting;
use supervision::{Ended, Tree};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// 128 + SIGINT, as shells count.
const KILLED: u8 = 130;

/// Sends logs to standard error; standard output belongs to what was asked for.
pub(crate) fn log_to_stderr(directives: &str) -> Result<()> {
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| BadSetting::new("--log", format!("{directives:?}: {error}")))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    // A worker's panic is part of an orderly life: one line, in the log's own form.
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.payload_as_str().unwrap_or("a panic without words");
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "panic: {words}");
    }));
    Ok(())
}

/// SIGINT and SIGTERM: the first asks for an orderly end, the second for an end.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Starts to listen. From here on signals do not end the process by themselves.
    pub(crate) fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Runs until the tree gives up or a signal comes, then drains.
pub(crate) async fn run_until_stopped(tree: &Tree, signals: &mut Signals) -> Result<ExitCode> {
    tokio::select! {
        ended = tree.ended() => {
            return match ended {
                Ended::Stopped => Ok(ExitCode::SUCCESS),
                Ended::Failed { reason } => anyhow::bail!("gave up: {reason}"),
            };
        }
        () = signals.next() => {}
    }
    tracing::info!("stopping: what is in flight is finished first; a second signal ends it now");
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

/// Turns a listener's failure into a setting's.
pub(crate) fn cannot_listen(
    flag: &'static str,
    address: std::net::SocketAddr,
) -> impl FnOnce(std::io::Error) -> anyhow::Error {
    move |error| BadSetting::new(flag, format!("cannot listen on {address}: {error}")).into()
}
