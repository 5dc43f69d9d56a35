//! A private redis-server on a unix socket in a temporary directory, stopped when dropped.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{Outage, shifted_clock};

const START_TIMEOUT: Duration = Duration::from_secs(10);

/// A private redis-server without a TCP port, so that tests are isolated.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    dir: TempDir,
    args: Vec<String>,
    /// A library that shifts its clock.
    preload: Option<PathBuf>,
}

impl RedisServer {
    /// Starts a server without persistence.
    pub fn start() -> Self {
        Self::start_with(&["--appendonly", "no"])
    }

    /// Starts a server with an append-only file, for tests that kill and restart it.
    pub fn start_durable() -> Self {
        Self::start_with(&["--appendonly", "yes"])
    }

    /// Starts a server with these additional arguments.
    pub fn start_with(args: &[&str]) -> Self {
        Self::start_in(folder(), args, None)
    }

    /// Starts a server whose clock is ahead of this machine's by `seconds`, or behind.
    pub fn start_shifted(seconds: i64) -> Self {
        let dir = folder();
        let library = shifted_clock::build(dir.path(), seconds);
        Self::start_in(dir, &["--appendonly", "no"], Some(library))
    }

    fn start_in(dir: TempDir, args: &[&str], preload: Option<PathBuf>) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        let server = Self {
            child: spawn(dir.path(), &args, preload.as_deref()),
            dir,
            args,
            preload,
        };
        server.wait_until_ready();
        server
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Returns the path of the socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("redis.sock")
    }

    /// Kills the server as `kill -9` does; writes outside the append-only file are lost.
    pub fn kill(&mut self) {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map_or_else(
                |error| panic!("cannot kill redis-server: {error}"),
                |_status| (),
            );
    }

    /// Kills the server and takes its place, until the outage is dropped.
    pub fn outage(&mut self) -> Outage {
        self.kill();
        Outage::at(self.socket())
    }

    /// Sends the server a signal, such as `-STOP`.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal}");
    }

    /// Restarts the server on the same files.
    pub fn restart(&mut self) {
        self.child = spawn(self.dir.path(), &self.args, self.preload.as_deref());
        self.wait_until_ready();
    }

    /// Returns a plain connection.
    pub async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap_or_else(|error| panic!("{error}"));
        let connection = client.get_multiplexed_async_connection().await;
        connection.unwrap_or_else(|error| panic!("redis-server does not answer: {error}"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "starting a server is not part of what tests measure or pause"
    )]
    fn wait_until_ready(&self) {
        let deadline = Instant::now() + START_TIMEOUT;
        let client = redis::Client::open(self.url()).unwrap_or_else(|error| panic!("{error}"));
        let ping = || {
            let mut connection = client.get_connection().ok()?;
            redis::cmd("PING").query::<String>(&mut connection).ok()
        };
        while ping().is_none() {
            assert!(
                Instant::now() < deadline,
                "redis-server does not answer within {START_TIMEOUT:?}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("sw-").tempdir_in("/tmp");
    folder.unwrap_or_else(|error| panic!("no temporary directory: {error}"))
}

fn spawn(dir: &Path, args: &[String], preload: Option<&Path>) -> Child {
    Command::new("redis-server")
        .envs(preload.map(|library| ("LD_PRELOAD", library)))
        .args([
            "--port",
            "0",
            "--save",
            "",
            "--unixsocket",
            "redis.sock",
            "--daemonize",
            "no",
        ])
        .arg("--dir")
        .arg(dir)
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("redis-server cannot be started ({error}): run `make setup`")
        })
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // A test may have killed it already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
