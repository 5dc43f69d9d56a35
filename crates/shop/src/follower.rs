//! A reader of new stream entries that survives restarts of the server.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use streamward::{RawEntry, Result, Runtime, Server, inspect};

const BLOCK_MS: u64 = 1000;

/// A position in each of some streams, and a connection of its own to read from there.
#[derive(Debug)]
pub struct Follower {
    server: Server,
    /// Keys, and the ids of the last entries read.
    after: Vec<(String, String)>,
    connection: Option<MultiplexedConnection>,
}

impl Follower {
    /// Creates a follower without streams.
    ///
    /// # Errors
    /// [`streamward::Error`] for a bad URL.
    pub fn new(runtime: &Runtime) -> Result<Self> {
        Ok(Self {
            server: Server::new(runtime.server().url())?,
            after: Vec::new(),
            connection: None,
        })
    }

    /// Adds a stream from its end on; returns its newest entries, at most `count`.
    ///
    /// # Errors
    /// [`streamward::Error`] of the server.
    pub async fn add(&mut self, key: String, count: usize) -> Result<Vec<RawEntry>> {
        let newest = inspect::newest(&mut self.server.link(), &key, count.max(1)).await?;
        let last = newest.last().map_or("0-0", |entry| &entry.id).to_owned();
        self.after.push((key, last));
        Ok(newest)
    }

    /// Waits up to a second for new entries, oldest first; reconnects after a failure.
    ///
    /// # Errors
    /// [`streamward::Error`] of the server. The position is kept.
    pub async fn next(&mut self) -> Result<Vec<RawEntry>> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => {
                let timeout = Duration::from_millis(BLOCK_MS * 5);
                self.connection
                    .insert(self.server.dedicated(timeout).await?)
            }
        };
        let read = inspect::follow(connection, &mut self.after, BLOCK_MS).await;
        if read.is_err() {
            self.connection = None;
        }
        let mut new: Vec<RawEntry> = read?.into_iter().flat_map(|(_, entries)| entries).collect();
        new.sort_by(inspect::by_time);
        Ok(new)
    }
}
