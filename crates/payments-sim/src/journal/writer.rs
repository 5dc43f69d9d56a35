//! The one task that writes the journal.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Journal, Position};

/// Capacity a buffer may keep between writes; a burst's memory is given back.
const KEEP_BYTES: usize = 1 << 20;

/// Writes what the journal gathers. Dropping it closes the journal: whoever waits is told.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(super) file: File,
    pub(super) written: watch::Sender<Position>,
    /// Held, not read: while it is open no other process opens this journal.
    pub(super) _lock: File,
}

impl Writer {
    /// Writes until `life` ends, then what is left, and forces it to disk.
    pub(crate) async fn run(mut self, journal: Arc<Journal>, life: CancellationToken) {
        let mut lines = Vec::new();
        loop {
            let last = tokio::select! {
                () = journal.wake.notified() => false,
                () = life.cancelled() => true,
            };
            if let Err(error) = self.drain(&journal, &mut lines) {
                // What is in memory is now ahead of the disk. Nothing may be answered any more.
                tracing::error!(%error, "the journal cannot be written; refusing all requests");
                return;
            }
            if last {
                break;
            }
        }
        if let Err(error) = self.file.sync_data() {
            tracing::warn!(%error, "the journal was written but not forced to disk");
        }
    }

    /// Writes everything gathered. The call blocks, for microseconds: it copies into the system's
    /// cache, and handing it to another thread would cost more than it takes.
    fn drain(&mut self, journal: &Journal, lines: &mut Vec<u8>) -> std::io::Result<()> {
        loop {
            let end = journal.take(lines);
            if lines.is_empty() {
                return Ok(());
            }
            self.file.write_all(lines)?;
            lines.clear();
            lines.shrink_to(KEEP_BYTES);
            self.written.send_replace(end);
        }
    }
}
