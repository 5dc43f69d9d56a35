//! The append-only journal: `journal.jsonl`, one line per committed list of changes.
//!
//! [`Journal::append`] is called under the book's lock, so lines are in the order of the changes.
//! The one writer task takes whatever has gathered and writes it with a single call; an answer
//! waits with [`Journal::reached`] until its own line was in such a write.

mod open;
mod writer;

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};

pub(crate) use open::open;
pub(crate) use writer::Writer;

use crate::book::Change;

/// Where in the journal something is: bytes appended before its end, since the start.
pub(crate) type Position = u64;

/// The journal could not be written, or the simulator was shut down.
#[derive(Debug)]
pub(crate) struct JournalClosed;

/// Lines waiting for the writer.
#[derive(Debug, Default)]
struct Gathered {
    lines: Vec<u8>,
    end: Position,
}

/// The end of the journal that requests see.
#[derive(Debug)]
pub(crate) struct Journal {
    gathered: Mutex<Gathered>,
    wake: Notify,
    /// What has been written; gone when the writer is. `None` means nothing is kept at all.
    written: Option<watch::Receiver<Position>>,
}

impl Journal {
    fn new(written: Option<watch::Receiver<Position>>) -> Self {
        Self {
            gathered: Mutex::default(),
            wake: Notify::new(),
            written,
        }
    }

    /// Adds a line and says where it ends. Call it under the book's lock.
    pub(crate) fn append(&self, changes: &[Change]) -> Position {
        // Nobody would come for the line.
        if self.written.is_none() || self.is_closed() {
            return self.end();
        }
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let before = gathered.lines.len();
        write_line(&mut gathered.lines, changes);
        gathered.end += (gathered.lines.len() - before) as u64;
        let end = gathered.end;
        drop(gathered);
        self.wake.notify_one();
        end
    }

    /// Whether nothing can be written any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.written
            .as_ref()
            .is_some_and(|written| written.has_changed().is_err())
    }

    /// The end of everything appended so far.
    pub(crate) fn end(&self) -> Position {
        self.gathered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .end
    }

    /// Waits until everything up to `position` was written.
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

    /// Moves what has gathered into `lines`, which must be empty, and says where it ends.
    fn take(&self, lines: &mut Vec<u8>) -> Position {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut gathered.lines, lines);
        gathered.end
    }
}

fn write_line(lines: &mut Vec<u8>, changes: &[Change]) {
    serde_json::to_writer(&mut *lines, changes).expect("changes are plain data and memory grows");
    lines.push(b'\n');
}
