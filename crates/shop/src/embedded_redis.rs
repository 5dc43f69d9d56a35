//! The embedded redis-server: a child process on a unix socket, with an append-only file.
//!
//! The data folder's lock ensures that one shop uses the folder. A redis-server that a killed shop
//! left behind is shut down before a new one starts on its files.

use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use store::durability::Durability;
use supervision::{Pulse, TaskContext};
use tokio::process::{Child, Command};

use crate::BadSetting;

/// `sun_path` of a unix socket address, less the closing zero; macOS has four bytes less.
const LONGEST_SOCKET: usize = 103;
const START: Duration = Duration::from_secs(600);
const STOP: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(5);
/// Interval of the supervised task's heartbeat.
const BEAT: Duration = Duration::from_secs(1);

/// The shop's own redis-server.
#[derive(Clone, Debug)]
pub struct EmbeddedRedis {
    folder: PathBuf,
    socket: PathBuf,
    fsync: &'static str,
    child: Arc<Mutex<Option<Child>>>,
}

impl EmbeddedRedis {
    /// Starts a server on `<data>/redis.sock` and waits until it has loaded its data.
    pub async fn start(data: &Path, durability: Durability) -> Result<Self> {
        let (folder, socket) = (data.join("redis"), data.join("redis.sock"));
        if socket.as_os_str().as_bytes().len() > LONGEST_SOCKET {
            let problem = format!(
                "{} is too long for a unix socket ({LONGEST_SOCKET} bytes): use a shorter path",
                socket.display()
            );
            return Err(BadSetting::new("--data", problem).into());
        }
        let fsync = match durability {
            Durability::EverySecond => "everysec",
            Durability::Always => "always",
            Durability::Replicas(_) => {
                let problem = "the embedded redis-server has no replicas: use --redis";
                return Err(BadSetting::new("--durability", problem).into());
            }
        };
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let redis = Self {
            folder,
            socket,
            fsync,
            child: Arc::default(),
        };
        redis.shut_down_leftover().await?;
        let child = redis.spawn().await?;
        redis.swap(Some(child));
        redis.wait_until_loaded(None).await?;
        Ok(redis)
    }

    /// Returns the URL of the server.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// Runs the server as a supervised task: takes over the one that was started or starts a new one,
    /// fails when it ends, and shuts it down when the task is stopped.
    pub(crate) async fn run(self, context: TaskContext) -> Result<(), supervision::BoxError> {
        let started = self.swap(None);
        let mut child = match started {
            Some(child) => child,
            None => {
                let child = self.spawn().await?;
                self.wait_until_loaded(Some(&context.pulse)).await?;
                child
            }
        };
        loop {
            context.pulse.beat();
            tokio::select! {
                status = child.wait() => {
                    return Err(format!("redis-server ended: {}", status?).into());
                }
                () = context.stopping.cancelled() => break,
                () = tokio::time::sleep(BEAT) => {}
            }
        }
        self.shut_down().await;
        if tokio::time::timeout(STOP, child.wait()).await.is_err() {
            tracing::warn!("redis-server does not shut down: killing it");
            child.kill().await?;
        }
        Ok(())
    }

    fn swap(&self, child: Option<Child>) -> Option<Child> {
        let mut kept = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *kept, child)
    }

    async fn spawn(&self) -> Result<Child> {
        let mut command = if can_signal_at_parent_death().await {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "TERM", "redis-server"]);
            command
        } else {
            Command::new("redis-server")
        };
        let command = command
            .args(["--port", "0", "--unixsocketperm", "700", "--unixsocket"])
            .arg(&self.socket)
            .arg("--dir")
            .arg(&self.folder)
            .args(["--appendonly", "yes", "--appendfsync", self.fsync])
            .args(["--save", "", "--maxmemory-policy", "noeviction"])
            .args(["--daemonize", "no", "--logfile", "redis.log"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C must reach this process only: the server outlives the drain.
            .process_group(0)
            .kill_on_drop(true);
        command.spawn().context(
            "cannot start redis-server; install it (`make setup`) or name a running one with --redis",
        )
    }

    /// Waits until the server answers, and beats meanwhile: a large file takes long to load.
    async fn wait_until_loaded(&self, pulse: Option<&Pulse>) -> Result<()> {
        let deadline = tokio::time::Instant::now() + START;
        while self.query("PING").await.is_none() {
            if tokio::time::Instant::now() > deadline {
                bail!(
                    "redis-server is not ready after {START:?}: see {}/redis.log",
                    self.folder.display()
                );
            }
            if let Some(pulse) = pulse {
                pulse.beat();
            }
            tokio::time::sleep(STEP).await;
        }
        Ok(())
    }

    /// Shuts down the server that a killed shop left behind, because it holds the files.
    async fn shut_down_leftover(&self) -> Result<()> {
        let deadline = tokio::time::Instant::now() + STOP;
        while tokio::net::UnixStream::connect(&self.socket).await.is_ok() {
            tracing::info!("a redis-server is still running on this data: shutting it down");
            self.shut_down().await;
            if tokio::time::Instant::now() > deadline {
                bail!(
                    "a redis-server on {} does not shut down",
                    self.socket.display()
                );
            }
            tokio::time::sleep(STEP).await;
        }
        Ok(())
    }

    async fn shut_down(&self) {
        // A server that shuts down sends no reply.
        let _ = self.query("SHUTDOWN").await;
    }

    async fn query(&self, command: &str) -> Option<String> {
        let client = redis::Client::open(self.url()).ok()?;
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        redis::cmd(command).query_async(&mut connection).await.ok()
    }
}

/// Returns whether the system can signal a child when this process dies, so that `kill -9` leaves no
/// server behind. SIGTERM, not SIGKILL: with `everysec` the server may hold back writes of its file
/// while the disk is busy, and only an orderly shutdown writes them.
async fn can_signal_at_parent_death() -> bool {
    let mut probe = Command::new("setpriv");
    probe.args(["--pdeathsig", "TERM", "true"]);
    let quiet = probe
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().await.is_ok_and(|status| status.success())
}
