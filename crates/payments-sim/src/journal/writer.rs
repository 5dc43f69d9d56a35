//! The task that writes the journal.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Journal, Position};

/// Buffer capacity kept between writes; memory of a burst is released.
const KEEP_BYTES: usize = 1 << 20;

/// Writer of the journal's pending lines. Dropping it closes the journal and fails all waiters.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(super) file: File,
    pub(super) written: watch::Sender<Position>,
    /// Lock file; while open, no other process can open this journal.
    pub(super) _lock: File,
}

impl Writer {
    /// Writes until `shutdown`, then flushes and syncs the file.
    pub(crate) async fn run(mut self, journal: Arc<Journal>, shutdown: CancellationToken) {
        let mut lines = Vec::new();
        loop {
            let last = tokio::select! {
                () = journal.wake.notified() => false,
                () = shutdown.cancelled() => true,
            };
            if let Err(error) = self.drain(&journal, &mut lines) {
                // Memory is now ahead of the disk, so no request may be answered any more.
                tracing::error!(%error, "the journal cannot be written; rejecting all requests");
                return;
            }
            if last {
                break;
            }
        }
        if let Err(error) = self.file.sync_data() {
            tracing::warn!(%error, "the journal was written but not synced");
        }
    }

    /// Writes all pending lines. The call blocks for microseconds, because it copies into the page
    /// cache; another thread would cost more.
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
