//! Peers as child processes.

use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// A queue under test and the sizes of its parts.
#[derive(Debug)]
pub struct Peer {
    pub name: String,
    pub noops: u64,
    pub orders: u64,
    command: Vec<String>,
}

impl Peer {
    /// Parses a peer, or the reason why one is skipped.
    pub fn parse(spec: &str) -> Result<Result<Self, String>> {
        let mut parts = spec.split('|').map(str::to_owned);
        let mut next = || {
            parts
                .next()
                .with_context(|| format!("{spec:?} is too short"))
        };
        let (name, noops, orders) = (next()?, next()?, next()?);
        if noops == "skipped" {
            return Ok(Err(format!("{name}: {orders}")));
        }
        let (noops, orders) = (noops.parse()?, orders.parse()?);
        let command: Vec<String> = parts.collect();
        ensure!(!command.is_empty(), "{name} has no program");
        Ok(Ok(Self {
            name,
            noops,
            orders,
            command,
        }))
    }

    fn start(&self, url: &str, task: &[&str]) -> Result<Child> {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).arg(url).args(task);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        // Celery warns about root on every start.
        command.env("PYTHONWARNINGS", "ignore");
        // A group of its own, so that a kill reaches the processes of its processes.
        let child = command.process_group(0).spawn();
        child.with_context(|| format!("{} does not start", self.name))
    }

    /// Runs a task to its end.
    pub fn run(&self, url: &str, task: &[&str]) -> Result<()> {
        let status = self.start(url, task)?.wait()?;
        ensure!(status.success(), "{} {task:?} failed", self.name);
        Ok(())
    }

    /// Starts workers.
    pub fn work(&self, url: &str, task: &str) -> Result<Workers> {
        Ok(Workers(self.start(url, &[task])?))
    }
}

/// Running workers; dropping them is a `kill -9` of the whole process group.
pub struct Workers(Child);

impl Drop for Workers {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let mut kill = Command::new("kill");
        let _ = kill.args(["-9", "--", &group]).status();
        let _ = self.0.wait();
    }
}
