//! Child processes of this program: roles of a shop, and its commands.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::load::LoadReport;

/// An address with a port that the system chooses.
pub(crate) const ANY_PORT: &str = "127.0.0.1:0";

/// A running role; killed when dropped.
#[derive(Debug)]
pub(crate) struct ShopProcess {
    child: Child,
    /// Rest of its `ready` line: the URL, or the services.
    pub(crate) ready: String,
}

impl ShopProcess {
    /// Starts a role on a data folder and waits until it is ready.
    pub(crate) async fn start(flags: &[&str], data: &Path, log: &str) -> Result<Self> {
        let mut command = command()?;
        command
            .args(flags)
            .arg("--data")
            .arg(data)
            .args(["--log", log]);
        let started = Self::spawn(command).await;
        started.with_context(|| format!("starting {flags:?}"))
    }

    /// Starts a command of this program and waits until it is ready.
    pub(crate) async fn spawn(mut command: Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let line = line.unwrap_or_default();
        let ready = line.strip_prefix("ready ").map(ToOwned::to_owned);
        let ready = ready.with_context(|| format!("it printed {line:?}, not ready"))?;
        Ok(Self { child, ready })
    }

    /// Starts `streamward up` on free ports.
    pub(crate) async fn up(data: &Path, log: &str, durability: &str) -> Result<Self> {
        let flags = ["up", "--durability", durability];
        let ports = ["--listen", ANY_PORT, "--provider-listen", ANY_PORT];
        Self::start(&[&flags[..], &ports].concat(), data, log).await
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the role has ended")
    }

    /// Sends SIGTERM and expects exit code 0.
    pub(crate) async fn stop(mut self) -> Result<()> {
        send("-TERM", self.pid()?).await?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "ended with {status}");
        Ok(())
    }

    /// Sends SIGKILL.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// Returns a command of this program; its child is killed when dropped.
pub(crate) fn command() -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.kill_on_drop(true);
    Ok(command)
}

/// Sends a signal to a process.
pub(crate) async fn send(signal: &str, pid: u32) -> Result<()> {
    let mut kill = Command::new("kill");
    kill.args([signal, &pid.to_string()]).status().await?;
    Ok(())
}

/// Runs the load generator and returns its report; every order must be placed and end.
pub(crate) async fn load(location: &[&str], orders: u64, flags: &[&str]) -> Result<LoadReport> {
    let mut command = command()?;
    command.args(["load", "--json", "--orders", &orders.to_string()]);
    command.args(location).args(flags).stderr(Stdio::inherit());
    let output = command.output().await?;
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

/// Audits the shop on a data folder, prints the report, and returns whether the ledgers balance.
pub(crate) async fn audit(data: &Path) -> Result<bool> {
    let mut command = command()?;
    let status = command.arg("audit").arg("--data").arg(data).status();
    Ok(status.await?.success())
}

/// Creates a temporary folder that is removed when dropped.
pub(crate) fn temp_dir() -> Result<TempDir> {
    Ok(TempDir::with_prefix("streamward-")?)
}
