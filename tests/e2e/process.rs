//! Child processes of the program under test.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_streamward");

/// A running role; killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// What its `ready` line named.
    pub(crate) ready: String,
}

impl Process {
    /// Starts `streamward` with these arguments and waits until it is ready. Its log goes to the
    /// test's standard error, which is shown when the test fails.
    pub(crate) async fn start(args: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
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

    /// SIGTERM, and its exit code.
    pub(crate) async fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().expect("it runs").to_string();
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .expect("kill runs");
        self.child
            .wait()
            .await
            .expect("it can be waited for")
            .code()
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
