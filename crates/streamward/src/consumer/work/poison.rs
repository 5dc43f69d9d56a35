//! Poison messages: entries like one that was quarantined become dead letters untried.
//!
//! A producer that repeats a message that kills its handlers would otherwise cost a few workers each
//! time. Two entries are alike when type, key and payload are the same; the key counts because a
//! timer has no payload. Replaying or discarding the dead letter lifts the quarantine.

use std::{
    collections::HashSet,
    fmt::Write,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use sha2::{Digest, Sha256};

use crate::{
    consumer::{connection::Connection, role::Role},
    entry::RawEntry,
    error::Result,
};

const TICK: Duration = Duration::from_secs(1);
/// Bounds the memory of a process whose service quarantines everything.
const MOST_MARKS: usize = 1000;

/// The known poison of one service.
#[derive(Default)]
pub(crate) struct Poison(RwLock<HashSet<String>>);

/// Mark of an entry among the poison: its type, and a hash of its key and payload.
pub(crate) fn mark(entry: &RawEntry) -> String {
    let mut hash = Sha256::new();
    hash.update(entry.key());
    hash.update([0]);
    hash.update(entry.data());
    let digest = hash.finalize();
    let mut mark = format!("{}/", entry.kind());
    for byte in &digest[..16] {
        let _ = write!(mark, "{byte:02x}");
    }
    mark
}

impl Poison {
    /// Whether this entry is known to kill its handlers.
    pub(crate) fn is(&self, entry: &RawEntry) -> bool {
        let marks = self.0.read().unwrap_or_else(PoisonError::into_inner);
        // Empty nearly always, so that a healthy service hashes nothing.
        !marks.is_empty() && marks.contains(&mark(entry))
    }

    fn refresh(&self, marks: HashSet<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = marks;
    }
}

/// Keeps the known poison up to date.
pub(crate) struct PoisonWatch {
    pub(crate) connection: Connection,
    pub(crate) poison: Arc<Poison>,
}

impl Role for PoisonWatch {
    const NAME: &'static str = "poison-watch";

    fn every(&self) -> Duration {
        TICK
    }

    /// Reads the marks. Returns how many there are.
    async fn run_once(&mut self) -> Result<usize> {
        let identity = &self.connection.identity;
        let mut keys = redis::cmd("HKEYS");
        keys.arg(identity.partition.poison(&identity.service));
        let marks: Vec<String> = keys.query_async(&mut self.connection.link()).await?;
        let found = marks.len();
        self.poison
            .refresh(marks.into_iter().take(MOST_MARKS).collect());
        Ok(found)
    }
}
