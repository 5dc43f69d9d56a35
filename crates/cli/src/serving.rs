//! What every long-running role does: logs, metrics, signals, an orderly end.

use std::{io::IsTerminal, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use streamward::metrics::Metric;
use supervision::{Ended, Observer, Tree};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;
use webhook_worker::Shape;

use crate::setting::BadSetting;

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

/// Collects this process' metrics and describes them.
pub(crate) fn record_metrics() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&[
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
        ])?
        .install_recorder()
        .context("metrics")?;
    for metric in Metric::ALL {
        match metric {
            Metric::HandleSeconds => metrics::describe_histogram!(metric.name(), metric.help()),
            Metric::InFlight
            | Metric::LatenessMs
            | Metric::Lag
            | Metric::Pending
            | Metric::Parked
            | Metric::DeadLetters
            | Metric::Delayed
            | Metric::DelayLagMs
            | Metric::ReadModelStalenessMs
            | Metric::AuditDrifts
            | Metric::AuditLastSuccess
            | Metric::AuditSeconds => {
                metrics::describe_gauge!(metric.name(), metric.help());
            }
            Metric::Deliveries
            | Metric::Outcomes
            | Metric::LostBeforeAck
            | Metric::TakenOver
            | Metric::Promoted
            | Metric::Restarts
            | Metric::LeasesRenewed
            | Metric::LeasesLost
            | Metric::Postponed => metrics::describe_counter!(metric.name(), metric.help()),
        }
    }
    for metric in webhook_worker::Metric::ALL {
        match metric.shape() {
            Shape::Counter => metrics::describe_counter!(metric.name(), metric.help()),
            Shape::Histogram => metrics::describe_histogram!(metric.name(), metric.help()),
        }
    }
    Ok(handle)
}

/// Counts what supervisors do.
#[derive(Debug)]
pub(crate) struct CountRestarts;

impl CountRestarts {
    pub(crate) fn shared() -> Arc<dyn Observer> {
        Arc::new(Self)
    }
}

impl Observer for CountRestarts {
    fn restarted(&self, path: &str, _reason: &str) {
        streamward::metrics::count_restart(path);
    }

    fn escalated(&self, path: &str, _reason: &str) {
        streamward::metrics::count_restart(path);
    }
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
