//! Walk over pending entries: each gets its place, oldest first, before anything newer is read.

use redis::Value;

use super::KeyOrder;
use crate::{consumer::connection::Connection, error::Result, reply};

/// Entries per read.
const PAGE: usize = 100;

/// A walk over the pending entries of a consumer's streams, page by page.
pub(crate) struct PendingWalk<'a> {
    connection: &'a Connection,
    order: &'a KeyOrder,
    stream: usize,
    from: String,
}

impl<'a> PendingWalk<'a> {
    pub(crate) fn new(connection: &'a Connection, order: &'a KeyOrder) -> Self {
        Self {
            connection,
            order,
            stream: 0,
            from: "-".to_owned(),
        }
    }

    /// Keeps places for the entries of one page. Returns whether there is another page.
    pub(crate) async fn next_page(&mut self) -> Result<bool> {
        let identity = &self.connection.identity;
        let Some(stream) = identity.streams.get(self.stream) else {
            return Ok(false);
        };
        if !identity.is_subscribed(self.stream) {
            self.stream += 1;
            return Ok(true);
        }
        let mut link = self.connection.link();
        let mut pending = redis::cmd("XPENDING");
        pending
            .arg(&**stream)
            .arg(&*identity.service)
            .arg(&self.from)
            .arg("+")
            .arg(PAGE);
        let rows: Vec<(String, String, u64, u64)> = pending.query_async(&mut link).await?;
        let mut entries = redis::pipe();
        for (id, ..) in &rows {
            entries.cmd("XRANGE").arg(&**stream).arg(&[id, id]);
        }
        if !rows.is_empty() {
            let found: Vec<Value> = entries.query_async(&mut link).await?;
            for entry in found.into_iter().flat_map(reply::entries_of) {
                if !entry.key().is_empty() {
                    let key = entry.key().to_owned();
                    self.order.expect((self.stream, entry.id), &key);
                }
            }
        }
        match rows.last() {
            Some((last, ..)) if rows.len() == PAGE => self.from = format!("({last}"),
            _ => {
                self.stream += 1;
                self.from = "-".to_owned();
            }
        }
        Ok(self.stream < identity.streams.len())
    }
}
