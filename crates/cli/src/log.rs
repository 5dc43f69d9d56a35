//! The log: lines on standard error, written by a thread of their own.
//!
//! **Invariant:** logging is best effort. A line that cannot be written - the reader is gone or does not
//! read, the disk is full - is lost and counted. It neither blocks nor fails who logs it.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use shop::BadSetting;
use streamward::metrics;
use tokio::time::Instant;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// Lines that wait for the thread; more are lost.
const MOST_WAITING: usize = 4096;
/// Time for the waiting lines when the process ends, and for its last one.
const FLUSH: Duration = Duration::from_secs(1);
/// Interval at which the end of the process looks for room in the queue.
const STEP: Duration = Duration::from_millis(5);

enum Job {
    Write(Vec<u8>),
    /// Everything before it is written.
    Flush(SyncSender<()>),
}

/// The queue of lines. Clones share it.
#[derive(Clone)]
struct LogWriter {
    jobs: SyncSender<Job>,
    lost: Arc<AtomicU64>,
}

/// Writes the waiting lines when it is dropped, as far as they can be written in [`FLUSH`].
pub(crate) struct FlushOnDrop {
    writer: LogWriter,
    /// End of a flush that has begun.
    deadline: Option<Instant>,
}

/// Sends logs to standard error; standard output belongs to the command's result.
///
/// # Errors
/// Directives that are no filter.
pub(crate) fn to_stderr(directives: &str) -> Result<FlushOnDrop> {
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| BadSetting::new("--log", format!("{directives:?}: {error}")))?;
    let writer = LogWriter::start(io::stderr()).context("the thread of the log")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer.clone())
        .with_ansi(io::stderr().is_terminal())
        // The subscriber would report failures on standard error, and panic when that fails.
        .log_internal_errors(false)
        .init();
    // A worker's panic is routine under supervision: one line in the log's format. A hook that panics
    // aborts the process; this one only puts a line into the queue.
    std::panic::set_hook(Box::new(|panic| {
        let message = panic
            .payload_as_str()
            .unwrap_or("a panic without a message");
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic: {message}");
    }));
    Ok(writer.flush_on_drop())
}

impl LogWriter {
    fn start(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let (jobs, queue) = sync_channel(MOST_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&lost);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(&queue, sink, &counter))?;
        Ok(Self { jobs, lost })
    }
}

/// Writes lines until their last sender is gone.
fn write_all(queue: &Receiver<Job>, mut sink: impl Write, lost: &AtomicU64) {
    let mut reported = 0;
    while let Ok(job) = queue.recv() {
        let line = match job {
            Job::Write(line) => line,
            Job::Flush(done) => {
                // The wait for it may be over.
                let _ = done.try_send(());
                continue;
            }
        };
        let before = lost.load(Ordering::Relaxed);
        if before > reported {
            let notice = format!("WARN {} lines of the log were lost\n", before - reported);
            if sink.write_all(notice.as_bytes()).is_ok() {
                reported = before;
            }
        }
        if sink.write_all(&line).and_then(|()| sink.flush()).is_err() {
            count_lost(lost);
        }
        metrics::show_lost_log_lines(lost.load(Ordering::Relaxed));
    }
}

/// Counts a lost line, for `/metrics` too: the thread of the log may be stuck for ever.
fn count_lost(lost: &AtomicU64) {
    let before = lost.fetch_add(1, Ordering::Relaxed);
    metrics::show_lost_log_lines(before + 1);
}

impl Write for LogWriter {
    /// Never fails: a line without room in the queue is counted and dropped.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.jobs.try_send(Job::Write(line.to_owned())).is_err() {
            count_lost(&self.lost);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl LogWriter {
    fn flush_on_drop(self) -> FlushOnDrop {
        FlushOnDrop {
            writer: self,
            deadline: None,
        }
    }

    /// Waits for room in the queue until the deadline; returns whether there was any.
    fn put(&self, mut job: Job, deadline: Instant) -> bool {
        while let Err(TrySendError::Full(back)) = self.jobs.try_send(job) {
            if Instant::now() >= deadline {
                return false;
            }
            job = back;
            thread::park_timeout(STEP);
        }
        true
    }

    /// Waits until the lines are written, or for the deadline: a reader that does not read must not keep
    /// the process from ending.
    fn flush_until(&self, deadline: Instant) {
        let (done, flushed) = sync_channel(1);
        if self.put(Job::Flush(done), deadline) {
            let _ = flushed.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

impl FlushOnDrop {
    /// Writes a line behind those of the log, and flushes. The line is lost when it cannot be written in
    /// time: the thread of the log may hold standard error, so that no other one can write there.
    pub(crate) fn finish_with(mut self, line: &str) {
        let deadline = Instant::now() + FLUSH;
        self.writer
            .put(Job::Write(format!("{line}\n").into()), deadline);
        self.deadline = Some(deadline);
    }
}

impl Drop for FlushOnDrop {
    fn drop(&mut self) {
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + FLUSH);
        self.writer.flush_until(deadline);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, Mutex};

    use super::*;

    /// Fails while it is full.
    #[derive(Clone, Default)]
    struct Disk {
        full: Arc<Mutex<bool>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if *self.full.lock().unwrap() {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            self.written.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_of_a_full_disk_are_counted_and_reported_once_there_is_room() {
        let disk = Disk::default();
        let mut writer = LogWriter::start(disk.clone()).unwrap();
        for (full, line) in [
            (false, "one\n"),
            (true, "two\n"),
            (true, "three\n"),
            (false, "four\n"),
        ] {
            *disk.full.lock().unwrap() = full;
            writer.write_all(line.as_bytes()).unwrap();
            drop(writer.clone().flush_on_drop());
        }
        let written = String::from_utf8(disk.written.lock().unwrap().clone()).unwrap();
        assert_eq!(written, "one\nWARN 2 lines of the log were lost\nfour\n");
        assert_eq!(writer.lost.load(Ordering::Relaxed), 2);
    }

    /// Writes nothing until it is released.
    struct Stuck(Arc<Barrier>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.wait();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_does_not_read_blocks_no_writer_and_lost_lines_are_shown() {
        let metrics = shop::metrics::record_metrics().unwrap();
        let mut writer = LogWriter::start(Stuck(Arc::new(Barrier::new(2)))).unwrap();
        for _ in 0..MOST_WAITING + 10 {
            writer.write_all(b"line\n").unwrap();
        }
        // One line is with the thread, or still in the queue.
        let lost = writer.lost.load(Ordering::Relaxed);
        assert!((9..=10).contains(&lost), "{lost}");
        let shown = format!("streamward_log_lines_lost_total {lost}\n");
        let metrics = metrics.render();
        assert!(metrics.contains(&shown), "{metrics}");
        drop(writer.flush_on_drop());
    }
}
