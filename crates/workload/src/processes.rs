//! ShopProcesss of this program as child processes, for `bench` and `demo`.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::load::LoadReport;

/// A running role; killed when dropped.
#[derive(Debug)]
pub(crate) struct ShopProcess {
    child: Child,
    /// What its `ready` line names.
    pub(crate) ready: String,
}

impl ShopProcess {
    /// Starts a role on a data folder and waits until it is ready.
    pub(crate) async fn start(flags: &[&str], data: &Path, log: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(flags)
            .arg("--data")
            .arg(data)
            .args(["--log", log]);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let line = BufReader::new(stdout)
            .lines()
            .next_line()
            .await?
            .unwrap_or_default();
        let ready = line.strip_prefix("ready ").map(ToOwned::to_owned);
        let ready = ready.with_context(|| format!("{flags:?} said {line:?} instead of ready"))?;
        Ok(Self { child, ready })
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the role has ended")
    }

    /// SIGTERM; it must end with 0.
    pub(crate) async fn stop(mut self) -> Result<()> {
        send("-TERM", self.pid()?).await?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "ended with {status}");
        Ok(())
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// Sends a signal to a process.
pub(crate) async fn send(signal: &str, pid: u32) -> Result<()> {
    Command::new("kill")
        .args([signal, &pid.to_string()])
        .status()
        .await?;
    Ok(())
}

/// Runs the load generator in a process of its own and reads its report. Every order must be
/// placed and end.
pub(crate) async fn load(place: &[&str], orders: u64, flags: &[&str]) -> Result<LoadReport> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["load", "--json", "--orders", &orders.to_string()])
        .args(place)
        .args(flags);
    let output = command
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await?;
    let report: LoadReport = serde_json::from_slice(&output.stdout).context("the load's report")?;
    ensure!(
        report.placed == orders && report.unfinished == 0,
        "{} of {orders} orders placed, {} not ended: {:?}",
        report.placed,
        report.unfinished,
        report.failures
    );
    Ok(report)
}

/// Creates a temporary folder that is removed when dropped.
pub(crate) fn temp_dir() -> Result<TempDir> {
    Ok(TempDir::with_prefix("streamward-")?)
}

/// Audits the shop on a data folder, prints the report and returns whether the books balance.
pub(crate) async fn audit(data: &Path) -> Result<bool> {
    let mut command = Command::new(std::env::current_exe()?);
    let status = command
        .arg("audit")
        .arg("--data")
        .arg(data)
        .status()
        .await?;
    Ok(status.success())
}
