//! A redis-server of one's own: on a unix socket in a temporary folder, gone when dropped.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

const START: Duration = Duration::from_secs(10);

/// A private redis-server. No TCP port, so tests never meet.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    dir: TempDir,
    args: Vec<String>,
}

impl RedisServer {
    /// Starts a server without persistence.
    pub fn start() -> Self {
        Self::start_with(&["--appendonly", "no"])
    }

    /// Starts a server that keeps an append-only file, so that it can be killed and restarted.
    pub fn start_durable() -> Self {
        Self::start_with(&["--appendonly", "yes"])
    }

    /// Starts a server with these additional arguments.
    pub fn start_with(args: &[&str]) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("sw-")
            .tempdir_in("/tmp")
            .unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let args = args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        let child = spawn(dir.path(), &args);
        let server = Self { child, dir, args };
        server.wait_until_it_answers();
        server
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("redis.sock")
    }

    /// Kills it as `kill -9` does. What was not in the append-only file is lost.
    pub fn kill(&mut self) {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map_or_else(
                |error| panic!("cannot kill redis-server: {error}"),
                |_status| (),
            );
    }

    /// Starts it again on the same files.
    pub fn restart(&mut self) {
        self.child = spawn(self.dir.path(), &self.args);
        self.wait_until_it_answers();
    }

    /// A plain connection for looking and poking.
    pub async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap_or_else(|error| panic!("{error}"));
        let connection = client.get_multiplexed_async_connection().await;
        connection.unwrap_or_else(|error| panic!("redis-server does not answer: {error}"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "starting a server is not part of what tests measure or pause"
    )]
    fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + START;
        let client = redis::Client::open(self.url()).unwrap_or_else(|error| panic!("{error}"));
        let answers = || {
            let mut connection = client.get_connection().ok()?;
            redis::cmd("PING").query::<String>(&mut connection).ok()
        };
        while answers().is_none() {
            assert!(
                Instant::now() < deadline,
                "redis-server does not answer within {START:?}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn spawn(dir: &Path, args: &[String]) -> Child {
    Command::new("redis-server")
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
