//! The embedded redis-server: a child process on a unix socket, with an append-only file.
//!
//! The data folder's lock makes sure that one shop uses the folder. A redis-server that a killed
//! shop left behind is asked to shut down before a new one starts on its files.

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

use crate::setting::BadSetting;

/// `sun_path` of a unix socket address, less the closing zero; macOS has four bytes less.
const LONGEST_SOCKET: usize = 103;
const START: Duration = Duration::from_secs(600);
const STOP: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(5);
/// How often the one who watches the server shows that it lives.
const BEAT: Duration = Duration::from_secs(1);

/// A redis-server of the shop's own.
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
        redis.dismiss_leftover().await?;
        let child = redis.spawn().await?;
        redis.keep(Some(child));
        redis.wait_until_loaded(None).await?;
        Ok(redis)
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// Watches the server as a supervised child: starts it again when it ends, shuts it down when
    /// told to stop.
    pub async fn watch(self, context: TaskContext) -> Result<(), supervision::BoxError> {
        let kept = self.keep(None);
        let mut child = match kept {
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
            tracing::warn!("redis-server does not end: killing it");
            child.kill().await?;
        }
        Ok(())
    }

    fn keep(&self, child: Option<Child>) -> Option<Child> {
        std::mem::replace(
            &mut *self.child.lock().unwrap_or_else(PoisonError::into_inner),
            child,
        )
    }

    async fn spawn(&self) -> Result<Child> {
        let mut command = if ends_with_us().await {
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
            .args([
                "--appendonly",
                "yes",
                "--appendfsync",
                self.fsync,
                "--save",
                "",
            ])
            .args([
                "--maxmemory-policy",
                "noeviction",
                "--daemonize",
                "no",
                "--logfile",
                "redis.log",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for us: the server must outlive the drain.
            .process_group(0)
            .kill_on_drop(true);
        command.spawn().context(
            "cannot start redis-server; install it (`make setup`) or name a running one with --redis",
        )
    }

    /// A large file takes a while to load; whoever waits for it under a watchdog lives meanwhile.
    async fn wait_until_loaded(&self, pulse: Option<&Pulse>) -> Result<()> {
        let deadline = tokio::time::Instant::now() + START;
        while self.ask("PING").await.is_none() {
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

    /// A shop that was killed may have left its server: it holds the files, so it must go first.
    async fn dismiss_leftover(&self) -> Result<()> {
        let deadline = tokio::time::Instant::now() + STOP;
        while tokio::net::UnixStream::connect(&self.socket).await.is_ok() {
            tracing::info!("a redis-server was left behind on this data: shutting it down");
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
        // It ends without an answer.
        let _ = self.ask("SHUTDOWN").await;
    }

    async fn ask(&self, command: &str) -> Option<String> {
        let client = redis::Client::open(self.url()).ok()?;
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        redis::cmd(command).query_async(&mut connection).await.ok()
    }
}

/// Whether a child can be told when this process dies, so that `kill -9` leaves no server behind.
/// It gets SIGTERM and not SIGKILL: with `everysec` the server may hold back writes of its file while
/// the disk is busy, and only an orderly end writes them.
async fn ends_with_us() -> bool {
    let mut probe = Command::new("setpriv");
    probe.args(["--pdeathsig", "TERM", "true"]);
    let quiet = probe
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().await.is_ok_and(|status| status.success())
}
