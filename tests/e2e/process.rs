//! Child processes of the program under test.

use std::{
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use redis::aio::MultiplexedConnection;
use streamward::inspect;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// A tool that prints nothing for so long has stopped.
const TALK: Duration = Duration::from_secs(20);
const PROGRAM: &str = env!("CARGO_BIN_EXE_streamward");

/// A running role; killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The rest of its `ready` line.
    pub(crate) ready: String,
}

impl Process {
    /// Starts `streamward` with these arguments and waits until it is ready. Its log goes to the
    /// test's standard error, which is shown when the test fails.
    pub(crate) async fn start(args: &[&str]) -> Self {
        Self::start_logging(args, Stdio::inherit()).await
    }

    /// `streamward` with these arguments.
    pub(crate) fn command(args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts `streamward` with these arguments, without waiting for its `ready` line.
    pub(crate) fn start_mute(args: &[&str], output: Stdio) -> Self {
        let child = Self::command(args).stdout(output).spawn();
        Self {
            child: child.expect("the program starts"),
            ready: String::new(),
        }
    }

    /// The same with its log elsewhere.
    pub(crate) async fn start_logging(args: &[&str], log: Stdio) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("its output is piped");
        let line = BufReader::new(stdout)
            .lines()
            .next_line()
            .await
            .expect("it writes lines");
        let line = line.unwrap_or_else(|| panic!("streamward {args:?} ended before it was ready"));
        let ready = line
            .strip_prefix("ready ")
            .expect("the first line says ready")
            .to_owned();
        Self { child, ready }
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Sends it a signal, such as `-STOP`.
    pub(crate) async fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let kill = Command::new("kill").args([signal, &pid]).status().await;
        assert!(kill.expect("kill runs").success());
    }

    /// SIGTERM, and its exit code.
    pub(crate) async fn terminate(mut self) -> Option<i32> {
        self.signal("-TERM").await;
        self.child
            .wait()
            .await
            .expect("it can be waited for")
            .code()
    }
}

/// A tool that goes on printing; killed when dropped.
#[derive(Debug)]
pub(crate) struct Talker {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Talker {
    /// Starts `streamward` with these arguments on a data folder.
    pub(crate) fn start(data: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .arg("--data")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("its output is piped");
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// The next line it prints.
    pub(crate) async fn next(&mut self) -> String {
        let line = timeout(TALK, self.lines.next_line()).await;
        let line = line.expect("it goes on printing").expect("it prints text");
        line.expect("it has not ended")
    }

    /// The next line that is the one.
    pub(crate) async fn until(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.next().await;
            if is_it(&line) {
                return line;
            }
        }
    }

    /// Stops to listen, as `head` does; the tool must end by itself, and well.
    pub(crate) async fn hang_up(mut self) {
        drop(self.lines);
        let status = timeout(TALK, self.child.wait()).await;
        let status = status.expect("it ends").expect("it can be waited for");
        assert!(status.success(), "{status}");
    }
}

/// Runs `streamward` with these arguments to its end.
pub(crate) async fn streamward(args: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("the program runs")
}

/// The same on a data folder.
pub(crate) async fn streamward_on(data: &Path, args: &[&str]) -> Output {
    let data = data.to_str().expect("the folder's name is text");
    streamward(&[args, &["--data", data]].concat()).await
}

/// Standard output as text.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns `Some` when no group has anything left to do in these streams.
pub(crate) async fn settled(
    connection: &mut MultiplexedConnection,
    streams: &[String],
) -> Option<()> {
    for key in streams {
        let stream = inspect::stream(connection, key).await.ok()?;
        let mut groups = stream.into_iter().flat_map(|stream| stream.groups);
        if groups.any(|group| group.behind() > 0) {
            return None;
        }
    }
    Some(())
}
