//! Opening of a journal: lock, replay, truncation of a torn line, compaction.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use super::{Journal, Writer, write_line};
use crate::settings::OpenError;
use crate::state::{Change, ProviderState};

/// Size below which a journal is not compacted.
const COMPACT_ABOVE_BYTES: u64 = 8 << 20;
/// Attempts to take the lock, which an ending predecessor may still hold.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// An opened journal and the state it contains.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) state: ProviderState,
    pub(crate) journal: Journal,
    /// Writer to run in the background; `None` in memory.
    pub(crate) writer: Option<Writer>,
}

/// Opens the journal in `dir`, or one in memory only.
pub(crate) async fn open(dir: Option<&Path>) -> Result<Opened, OpenError> {
    let Some(dir) = dir else {
        return Ok(Opened {
            state: ProviderState::default(),
            journal: Journal::new(None),
            writer: None,
        });
    };
    fs::create_dir_all(dir).map_err(at(dir))?;
    let lock = lock(dir.join("journal.lock")).await?;
    let path = dir.join("journal.jsonl");
    let mut replayed = replay(&path)?;
    replayed.state.requeue_events();
    if replayed.worth_compacting() {
        compact(&path, &replayed.state).map_err(at(&path))?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .map_err(at(&path))?;
    let (written, seen) = watch::channel(0);
    let writer = Writer {
        file,
        written,
        _lock: lock,
    };
    Ok(Opened {
        state: replayed.state,
        journal: Journal::new(Some(seen)),
        writer: Some(writer),
    })
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OpenError + use<> {
    let path = path.to_owned();
    move |source| OpenError::Io { path, source }
}

async fn lock(path: PathBuf) -> Result<File, OpenError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(at(&path))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(at(&path)(error)),
        }
    }
    Err(OpenError::InUse { path })
}

struct Replayed {
    state: ProviderState,
    bytes: u64,
    changes: usize,
}

impl Replayed {
    /// Returns whether at least a fifth of a large journal is obsolete.
    fn worth_compacting(&self) -> bool {
        self.bytes > COMPACT_ABOVE_BYTES
            && self.changes > self.state.snapshot_len().saturating_mul(5) / 4
    }
}

/// Replays the journal and truncates a torn last line.
fn replay(path: &Path) -> Result<Replayed, OpenError> {
    let mut replayed = Replayed {
        state: ProviderState::default(),
        bytes: 0,
        changes: 0,
    };
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(replayed),
        Err(error) => return Err(at(path)(error)),
    };
    let mut reader = BufReader::with_capacity(1 << 18, &file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(at(path))? as u64;
        if length == 0 {
            break;
        }
        // A line without its end was incomplete when the process died, so no response depends on it.
        if line.last() != Some(&b'\n') {
            tracing::warn!(path = %path.display(), line = number, "dropped a torn last line");
            file.set_len(replayed.bytes).map_err(at(path))?;
            break;
        }
        let changes: Vec<Change> =
            serde_json::from_slice(&line).map_err(|source| OpenError::Damaged {
                path: path.to_owned(),
                line: number,
                source,
            })?;
        replayed.bytes += length;
        replayed.changes += changes.len();
        for change in changes {
            replayed.state.apply(change);
        }
    }
    Ok(replayed)
}

/// Replaces the journal by the shortest equivalent one. The old one stays until the new one is
/// complete on disk.
fn compact(path: &Path, state: &ProviderState) -> io::Result<()> {
    let fresh = path.with_extension("jsonl.new");
    let mut out = BufWriter::with_capacity(1 << 18, File::create(&fresh)?);
    let mut line = Vec::new();
    for change in state.snapshot() {
        line.clear();
        write_line(&mut line, std::slice::from_ref(&change));
        out.write_all(&line)?;
    }
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(&fresh, path)?;
    // The rename is durable only after the directory is synced.
    path.parent()
        .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
