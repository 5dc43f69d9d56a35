//! Opening a journal: lock, replay, cut a torn end off, compact.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use super::{Journal, Writer, write_line};
use crate::book::{Book, Change};
use crate::settings::OpenError;

/// A journal below this size is not worth compacting.
const COMPACT_ABOVE_BYTES: u64 = 8 << 20;
/// How long a predecessor that is just ending may still hold the lock.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A journal ready for use and what it says.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) book: Book,
    pub(crate) journal: Journal,
    /// To be run in the background; `None` in memory.
    pub(crate) writer: Option<Writer>,
}

/// Opens the journal in `dir`, or one that keeps nothing.
pub(crate) async fn open(dir: Option<&Path>) -> Result<Opened, OpenError> {
    let Some(dir) = dir else {
        return Ok(Opened {
            book: Book::default(),
            journal: Journal::new(None),
            writer: None,
        });
    };
    fs::create_dir_all(dir).map_err(at(dir))?;
    let lock = lock(dir.join("journal.lock")).await?;
    let path = dir.join("journal.jsonl");
    let mut replayed = replay(&path)?;
    replayed.book.refresh();
    if replayed.worth_compacting() {
        compact(&path, &replayed.book).map_err(at(&path))?;
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
        book: replayed.book,
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
    book: Book,
    bytes: u64,
    changes: usize,
}

impl Replayed {
    /// Whether a fifth or more of a large journal says nothing any more.
    fn worth_compacting(&self) -> bool {
        self.bytes > COMPACT_ABOVE_BYTES
            && self.changes > self.book.summary_len().saturating_mul(5) / 4
    }
}

/// Reads the journal and cuts off what a crash left of a last line.
fn replay(path: &Path) -> Result<Replayed, OpenError> {
    let mut replayed = Replayed {
        book: Book::default(),
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
        // A line without its end was being written when the process died, so nobody was told.
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
            replayed.book.apply(change);
        }
    }
    Ok(replayed)
}

/// Replaces the journal by the shortest one that says the same. The old one stays until the new
/// one is complete on disk.
fn compact(path: &Path, book: &Book) -> io::Result<()> {
    let fresh = path.with_extension("jsonl.new");
    let mut out = BufWriter::with_capacity(1 << 18, File::create(&fresh)?);
    let mut line = Vec::new();
    for change in book.summary() {
        line.clear();
        write_line(&mut line, std::slice::from_ref(&change));
        out.write_all(&line)?;
    }
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(&fresh, path)?;
    // The rename itself is on disk only once the directory is.
    path.parent()
        .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
