//! The append-only journal: `journal.jsonl`, one line per committed list of changes.
//!
//! [`Journal::append`] is called under the state's lock, so lines are in the order of the changes.
//! One writer task takes all pending lines and writes them with a single call; a response waits with
//! [`Journal::reached`] until its own line is written.

mod open;
mod writer;

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};

pub(crate) use open::open;
pub(crate) use writer::Writer;

use crate::state::Change;

/// Position in the journal: bytes appended since the start of the process.
pub(crate) type Position = u64;

/// Error after the journal could not be written or the simulator was shut down.
#[derive(Debug)]
pub(crate) struct JournalClosed;

/// Lines waiting for the writer.
#[derive(Debug, Default)]
struct Pending {
    lines: Vec<u8>,
    end: Position,
}

/// The journal as requests use it.
#[derive(Debug)]
pub(crate) struct Journal {
    pending: Mutex<Pending>,
    wake: Notify,
    /// Written position, closed with the writer. `None` for a simulator without a journal.
    written: Option<watch::Receiver<Position>>,
}

impl Journal {
    fn new(written: Option<watch::Receiver<Position>>) -> Self {
        Self {
            pending: Mutex::default(),
            wake: Notify::new(),
            written,
        }
    }

    /// Appends a line and returns its end. The caller holds the state's lock.
    pub(crate) fn append(&self, changes: &[Change]) -> Position {
        // Without a writer the line would stay in memory.
        if self.written.is_none() || self.is_closed() {
            return self.end();
        }
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let before = pending.lines.len();
        write_line(&mut pending.lines, changes);
        pending.end += (pending.lines.len() - before) as u64;
        let end = pending.end;
        drop(pending);
        self.wake.notify_one();
        end
    }

    /// Returns whether the writer has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.written
            .as_ref()
            .is_some_and(|written| written.has_changed().is_err())
    }

    /// Returns the end of all appended lines.
    pub(crate) fn end(&self) -> Position {
        self.pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .end
    }

    /// Waits until everything up to `position` is written.
    pub(crate) async fn reached(&self, position: Position) -> Result<(), JournalClosed> {
        let Some(written) = &self.written else {
            return Ok(());
        };
        if *written.borrow() >= position {
            return Ok(());
        }
        let mut written = written.clone();
        written
            .wait_for(|&end| end >= position)
            .await
            .map(|_| ())
            .map_err(|_| JournalClosed)
    }

    /// Moves the pending lines into `lines`, which must be empty, and returns their end.
    fn take(&self, lines: &mut Vec<u8>) -> Position {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut pending.lines, lines);
        pending.end
    }
}

fn write_line(lines: &mut Vec<u8>, changes: &[Change]) {
    serde_json::to_writer(&mut *lines, changes).expect("changes are plain data and memory grows");
    lines.push(b'\n');
}
