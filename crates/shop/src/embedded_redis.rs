//! The embedded redis-server: a child process on a unix socket, with an append-only file.
//!
//! The data folder's lock ensures that one shop uses the folder. A redis-server that a killed shop
//! left behind is shut down before a new one starts on its files.

mod starting;

use std::{
    env,
    fmt::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use redis::Client;
use store::durability::Durability;
use supervision::{Backoff, BoxError, Pulse, TaskContext};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use self::starting::{StartFailure, Starting};
use crate::BadSetting;

/// `sun_path` of a unix socket address, less the closing zero; macOS has four bytes less.
const LONGEST_SOCKET: usize = 103;
const STOP: Duration = Duration::from_secs(10);
/// Time without work after which a server that a killed shop left behind does not shut down. It may wait
/// for its disk.
const LEFTOVER_STOP: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(5);
/// Interval of the supervised task's heartbeat.
const BEAT: Duration = Duration::from_secs(1);
/// A server that ran for so long has crashed when it ends; one that ended earlier cannot run.
const STEADY: Duration = Duration::from_secs(10);

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
    ///
    /// A start that fails does so within seconds, with one line that names the cause and the command
    /// that helps. Loading may take as long as it takes; its progress is logged.
    pub async fn start(data: &Path, durability: Durability) -> Result<Self> {
        let (folder, socket) = (data.join("redis"), data.join("redis.sock"));
        if socket.as_os_str().as_bytes().len() > LONGEST_SOCKET {
            let problem = format!(
                "{} is too long for a unix socket ({LONGEST_SOCKET} bytes): use a shorter path",
                socket.display()
            );
            return Err(BadSetting::new("--data", problem).into());
        }
        let fsync = Self::check(durability)?;
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let redis = Self {
            folder,
            socket,
            fsync,
            child: Arc::default(),
        };
        redis.shut_down_leftover().await?;
        let child = redis.launch(None).await?;
        redis.swap(Some(child));
        Ok(redis)
    }

    /// Returns the value of `appendfsync` for this durability.
    ///
    /// # Errors
    /// [`BadSetting`] for replicas, which the server does not have.
    pub fn check(durability: Durability) -> Result<&'static str, BadSetting> {
        match durability {
            Durability::EverySecond => Ok("everysec"),
            Durability::Always => Ok("always"),
            Durability::Replicas(_) => {
                let problem = "the embedded redis-server has no replicas: use --redis";
                Err(BadSetting::new("--durability", problem))
            }
        }
    }

    /// Returns the URL of the server. Every byte of the path that means something in a URL is escaped.
    pub fn url(&self) -> String {
        let mut url = "redis+unix://".to_owned();
        for &byte in self.socket.as_os_str().as_bytes() {
            if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                let _ = write!(url, "%{byte:02X}");
            }
        }
        url
    }

    /// Runs the server as a supervised task: takes over the one that was started or starts a new one,
    /// and shuts it down when the task is stopped.
    ///
    /// A server that cannot be started is tried again for ever: a full disk is no fault of the shop.
    ///
    /// # Errors
    /// The end of a server that had been up for a while.
    pub(crate) async fn run(self, context: TaskContext) -> Result<(), BoxError> {
        let mut started = self.swap(None);
        let (mut failures, mut reported) = (0, None);
        loop {
            let launched = async {
                match started.take() {
                    Some(child) => Ok(child),
                    None => self.launch(Some(&context.pulse)).await,
                }
            };
            let stopping = &context.stopping;
            let Some(launched) = stopping.run_until_cancelled(launched).await else {
                return Ok(());
            };
            let failure = match launched {
                Err(failure) => failure,
                Ok(mut child) => {
                    let up = Instant::now();
                    let Some(failure) = self.attend(&mut child, &context).await? else {
                        return Ok(());
                    };
                    if up.elapsed() >= STEADY {
                        return Err(failure.into());
                    }
                    failure
                }
            };
            // Each cause once, however often it is met.
            if reported.as_ref() != Some(&failure) {
                tracing::error!("{failure}; trying again until it runs");
                reported = Some(failure);
            }
            failures += 1;
            let pause = sleep(Backoff::default().delay(failures).min(BEAT));
            if stopping.run_until_cancelled(pause).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Waits until the server ends, and returns how, or shuts it down when the task is stopped.
    async fn attend(
        &self,
        child: &mut Child,
        context: &TaskContext,
    ) -> Result<Option<StartFailure>, BoxError> {
        let log = starting::log_length(&self.folder);
        loop {
            context.pulse.beat();
            tokio::select! {
                status = child.wait() => {
                    let said = starting::log_tail(&self.folder, log);
                    let cause = starting::cause_of(&said).map_or(String::new(), |cause| format!(": {cause}"));
                    return Ok(Some(StartFailure(format!("redis-server ended ({}){cause}", status?))));
                }
                () = context.stopping.cancelled() => break,
                () = sleep(BEAT) => {}
            }
        }
        self.shut_down().await;
        if timeout(STOP, child.wait()).await.is_err() {
            tracing::warn!("redis-server does not shut down: killing it");
            child.kill().await?;
        }
        Ok(None)
    }

    fn swap(&self, child: Option<Child>) -> Option<Child> {
        let mut kept = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *kept, child)
    }

    /// Starts a server and waits until it has loaded its data.
    async fn launch(&self, pulse: Option<&Pulse>) -> Result<Child, StartFailure> {
        let failed = |error: &dyn std::fmt::Display| StartFailure(format!("redis-server: {error}"));
        let client = Client::open(self.url()).map_err(|error| failed(&error))?;
        let starting = Starting {
            log_start: starting::log_length(&self.folder),
            child: self.spawn().await?,
            client: &client,
            folder: &self.folder,
        };
        let mut child = starting.finish(pulse).await?;
        // From here on it writes into its log only.
        drop((child.stdout.take(), child.stderr.take()));
        Ok(child)
    }

    async fn spawn(&self) -> Result<Child, StartFailure> {
        if !is_installed("redis-server") {
            let words = "redis-server is not installed: run `make setup`, or name a running one with --redis";
            return Err(StartFailure(words.to_owned()));
        }
        let mut command = if can_signal_at_parent_death().await {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "TERM", "redis-server"]);
            command
        } else {
            Command::new("redis-server")
        };
        // Relative paths: no character of the folder's name reaches the server's configuration.
        let command = command
            .current_dir(&self.folder)
            .args(["--port", "0", "--unixsocketperm", "700"])
            .args(["--unixsocket", "../redis.sock", "--dir", "."])
            .args(["--appendonly", "yes", "--appendfsync", self.fsync])
            .args(["--save", "", "--maxmemory-policy", "noeviction"])
            .args(["--daemonize", "no", "--logfile", "redis.log"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C must reach this process only: the server outlives the drain.
            .process_group(0)
            .kill_on_drop(true);
        let spawned = command.spawn();
        spawned.map_err(|error| StartFailure(format!("redis-server cannot be started: {error}")))
    }

    /// Shuts down the server that a killed shop left behind, because it holds the files. One that works
    /// has as long as it takes: it may have a large file to write.
    async fn shut_down_leftover(&self) -> Result<()> {
        let (mut alive, mut cpu, mut reported) = (Instant::now(), None, None::<Instant>);
        while let Ok(stream) = tokio::net::UnixStream::connect(&self.socket).await {
            let pid = stream.peer_cred().ok().and_then(|peer| peer.pid());
            drop(stream);
            if reported.is_none_or(|last| last.elapsed() >= starting::PROGRESS) {
                reported = Some(Instant::now());
                tracing::info!("a redis-server is still running on this data: shutting it down");
            }
            self.shut_down().await;
            let ticks = pid.and_then(|pid| starting::cpu_ticks(pid.try_into().ok()?));
            if ticks.is_some() && ticks != cpu {
                (cpu, alive) = (ticks, Instant::now());
            }
            if alive.elapsed() > LEFTOVER_STOP {
                let socket = self.socket.display();
                let kill = pid.map_or(String::new(), |pid| {
                    format!(": end it with `kill -9 {pid}`")
                });
                bail!("an old redis-server on {socket} does not shut down{kill}");
            }
            sleep(STEP).await;
        }
        Ok(())
    }

    async fn shut_down(&self) {
        if let Ok(client) = Client::open(self.url()) {
            // A server that shuts down sends no reply.
            let _ = starting::query::<String>(&client, &["SHUTDOWN"]).await;
        }
    }
}

/// Returns whether a program of this name is in a folder of `PATH`.
fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
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

#[cfg(test)]
mod tests {
    use redis::{ConnectionAddr, IntoConnectionInfo};

    use super::*;

    #[test]
    fn every_character_of_a_path_survives_the_url() {
        for path in [
            "/tmp/a b#c?d%e/redis.sock",
            "/tmp/ä%20ö/redis.sock",
            "/tmp/plain/redis.sock",
        ] {
            let redis = EmbeddedRedis {
                folder: PathBuf::new(),
                socket: path.into(),
                fsync: "everysec",
                child: Arc::default(),
            };
            let info = redis.url().into_connection_info().unwrap();
            assert_eq!(*info.addr(), ConnectionAddr::Unix(path.into()));
        }
    }
}
