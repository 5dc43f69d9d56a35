//! The start of a redis-server: waiting for its first answer, and for its death.
//!
//! **Invariant:** the wait for an answer ends when the process ends, and when it shows no sign of life. A
//! server that loads its data has no time limit: progress is logged instead.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    process::ExitStatus,
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, RedisResult};
use supervision::Pulse;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Child,
    time::{Instant, sleep, timeout},
};

/// Interval of the probes.
const STEP: Duration = Duration::from_millis(5);
/// A server that neither answers nor computes for so long hangs.
const SILENCE: Duration = Duration::from_secs(4);
/// Interval of the lines about a server that loads its data.
pub(super) const PROGRESS: Duration = Duration::from_secs(2);
/// Time limit of one probe.
const ANSWER: Duration = Duration::from_millis(500);
/// The end of the log that may hold the cause of a failure.
const LARGEST_TAIL: u64 = 16 * 1024;

/// The reason why a redis-server did not start, on one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StartFailure(pub(super) String);

/// A redis-server that was spawned and has not answered yet.
pub(super) struct Starting<'a> {
    pub(super) child: Child,
    pub(super) client: &'a Client,
    pub(super) folder: &'a Path,
    /// Length of its log before the start.
    pub(super) log_start: u64,
}

/// Answer of a server to `PING`.
enum Answer {
    Ready,
    Loading,
    Refusal(String),
    Silence,
}

impl Starting<'_> {
    /// Waits until the server has loaded its data; returns its process.
    pub(super) async fn finish(mut self, pulse: Option<&Pulse>) -> Result<Child, StartFailure> {
        let (mut alive, mut cpu, mut reported) = (Instant::now(), None, None);
        loop {
            if let Some(pulse) = pulse {
                pulse.beat();
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failure(status).await);
            }
            match self.ask().await {
                Answer::Ready => return Ok(self.child),
                Answer::Loading => {
                    alive = Instant::now();
                    let last = *reported.get_or_insert(alive);
                    if last.elapsed() >= PROGRESS {
                        reported = Some(alive);
                        self.report_progress().await;
                    }
                }
                Answer::Refusal(text) => return Err(self.stuck(&format!("refuses: {text}"))),
                Answer::Silence => {}
            }
            let now = self.cpu_ticks();
            if now.is_some() && now != cpu {
                (cpu, alive) = (now, Instant::now());
            }
            if alive.elapsed() > SILENCE {
                return Err(self.stuck(&format!("neither answers nor works for {SILENCE:?}")));
            }
            sleep(STEP).await;
        }
    }

    async fn ask(&self) -> Answer {
        match query::<String>(self.client, &["PING"]).await {
            Ok(_) => Answer::Ready,
            Err(error) if error.is_io_error() => Answer::Silence,
            Err(error) if error.code() == Some("LOADING") => Answer::Loading,
            Err(error) => Answer::Refusal(error.to_string()),
        }
    }

    async fn report_progress(&self) {
        let info = query::<String>(self.client, &["INFO", "persistence"]).await;
        let info = info.unwrap_or_default();
        let field = |name: &str| {
            let mut lines = info.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().map_or("?", str::trim).to_owned()
        };
        let (percent, seconds) = (field("loading_loaded_perc:"), field("loading_eta_seconds:"));
        tracing::info!(
            percent,
            left = seconds + " s",
            "redis-server loads its data"
        );
    }

    /// Processor time of the server so far, where the system shows it.
    fn cpu_ticks(&self) -> Option<u64> {
        cpu_ticks(self.child.id()?)
    }

    /// The failure of a server that has ended.
    async fn failure(&mut self, status: ExitStatus) -> StartFailure {
        let mut said = log_tail(self.folder, self.log_start);
        if said.is_empty() {
            // Before it opens its log, it writes on its standard streams.
            said = self.standard_streams().await;
        }
        let cause = cause_of(&said).unwrap_or("it gave no reason").to_owned();
        let help = help_for(&cause, self.folder);
        StartFailure(format!(
            "redis-server ended at its start ({status}): {cause}; {help}"
        ))
    }

    /// The failure of a server that runs and is of no use.
    fn stuck(&self, problem: &str) -> StartFailure {
        let said = log_tail(self.folder, self.log_start);
        let cause = cause_of(&said).map_or(String::new(), |cause| {
            format!("; its log ends with: {cause}")
        });
        let log = self.folder.join("redis.log");
        StartFailure(format!(
            "redis-server {problem}{cause}; see {}",
            log.display()
        ))
    }

    async fn standard_streams(&mut self) -> String {
        let (output, errors) = (self.child.stdout.take(), self.child.stderr.take());
        let (mut said, errors) = tokio::join!(read_for_a_while(output), read_for_a_while(errors));
        said.extend(errors);
        String::from_utf8_lossy(&said).into_owned()
    }
}

/// Reads a stream to its end, or for a while: a child of the process may hold it open.
async fn read_for_a_while(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut said = Vec::new();
    if let Some(stream) = stream {
        let mut stream = stream.take(LARGEST_TAIL);
        let reading = async { while stream.read_buf(&mut said).await.is_ok_and(|n| n > 0) {} };
        // What was read so far is kept.
        let _ = timeout(ANSWER, reading).await;
    }
    said
}

/// Processor time of a process so far, where the system shows it.
pub(super) fn cpu_ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in parentheses, may contain anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split(' ').skip(12).take(2);
    Some(times.next()?.parse::<u64>().ok()? + times.next()?.parse::<u64>().ok()?)
}

/// Runs a command on a connection of its own, with time limits.
pub(super) async fn query<T: redis::FromRedisValue>(
    client: &Client,
    words: &[&str],
) -> RedisResult<T> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER))
        .set_response_timeout(Some(ANSWER));
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let mut command = redis::Cmd::new();
    command.arg(words).query_async(&mut connection).await
}

/// Length of the server's log.
pub(super) fn log_length(folder: &Path) -> u64 {
    let log = std::fs::metadata(folder.join("redis.log"));
    log.map_or(0, |log| log.len())
}

/// The end of the server's log, from `start` on.
pub(super) fn log_tail(folder: &Path, start: u64) -> String {
    let read = || {
        let mut log = File::open(folder.join("redis.log"))?;
        let from = start.max(log.metadata()?.len().saturating_sub(LARGEST_TAIL));
        log.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        log.read_to_end(&mut tail)?;
        std::io::Result::Ok(String::from_utf8_lossy(&tail).into_owned())
    };
    read().unwrap_or_default()
}

/// Warnings of a server that starts as it should, and of one that was asked to end.
const ROUTINE: [&str; 6] = [
    "oO0OoO0OoO0Oo",
    "Redis version=",
    "Configuration loaded",
    "Server initialized",
    "WARNING ",
    "bye bye",
];

/// The line that states why a server ended: its last warning, without process id, time and level.
pub(super) fn cause_of(said: &str) -> Option<&str> {
    let lines = || said.lines().rev();
    let warnings = lines().filter_map(|line| Some(line.split_once(" # ")?.1.trim()));
    let routine = |warning: &&str| ROUTINE.iter().any(|words| warning.contains(words));
    let warning = warnings.into_iter().find(|warning| !routine(warning));
    warning.or_else(|| lines().map(str::trim).find(|line| !line.is_empty()))
}

/// The command that helps against a cause.
fn help_for(cause: &str, folder: &Path) -> String {
    let place = folder.display();
    let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if has(&[
        "file format",
        "Unexpected end of file",
        "Wrong signature",
        "Short read",
        "manifest",
    ]) {
        let manifest = folder.join("appendonlydir/appendonly.aof.manifest");
        format!(
            "copy {place}, then repair its file: redis-check-aof --fix '{}'",
            manifest.display()
        )
    } else if has(&["No space left", "Disk quota"]) {
        format!("make room: df -h '{place}'")
    } else if has(&["ermission denied"]) {
        format!("give the files to the user that runs the shop: ls -lR '{place}'")
    } else {
        format!("see {place}/redis.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_the_last_warning_of_the_log() {
        let said = "1:C 28 Nov 2026 20:00:00.000 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n\
                    1:M 28 Nov 2026 20:00:00.001 # Bad file format reading the append only file\n\
                    1:M 28 Nov 2026 20:00:00.002 * something harmless\n";
        assert_eq!(
            cause_of(said),
            Some("Bad file format reading the append only file")
        );
        let said =
            "*** FATAL CONFIG FILE ERROR ***\nReading the configuration file\nBad directive\n\n";
        assert_eq!(cause_of(said), Some("Bad directive"));
        assert_eq!(cause_of(""), None);
    }

    #[test]
    fn a_cause_has_the_command_that_helps() {
        let help = |cause| help_for(cause, Path::new("/data/redis"));
        let damaged =
            help("Bad file format reading the append only file appendonly.aof.1.incr.aof");
        assert!(
            damaged.contains("redis-check-aof --fix '/data/redis/appendonlydir/"),
            "{damaged}"
        );
        assert!(help("Can't write: No space left on device").contains("df -h"));
        assert!(help("Can't open the append-only file: Permission denied").contains("ls -lR"));
        assert!(help("anything else").contains("/data/redis/redis.log"));
    }
}
