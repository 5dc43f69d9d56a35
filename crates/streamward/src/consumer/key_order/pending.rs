//! Lining up: everything that is pending gets its place, oldest first, before anything newer is read.

use redis::Value;

use crate::consumer::shared::Shared;
use crate::{error::Result, reply};

/// Entries per look.
const PAGE: usize = 100;

/// A walk over what is pending in the streams of a consumer, page by page.
pub(crate) struct Pending<'a> {
    shared: &'a Shared,
    stream: usize,
    from: String,
}

impl<'a> Pending<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            stream: 0,
            from: "-".to_owned(),
        }
    }

    /// Lines up one page; says whether there is another one.
    pub(crate) async fn line_up_next(&mut self) -> Result<bool> {
        let shared = self.shared;
        let (Some(key_order), Some(stream)) = (&shared.key_order, shared.streams.get(self.stream))
        else {
            return Ok(false);
        };
        let mut pending = redis::cmd("XPENDING");
        pending
            .arg(&**stream)
            .arg(&*shared.group)
            .arg(&self.from)
            .arg("+")
            .arg(PAGE);
        let rows: Vec<(String, String, u64, u64)> = pending.query_async(&mut shared.link()).await?;
        let mut entries = redis::pipe();
        for (id, ..) in &rows {
            entries.cmd("XRANGE").arg(&**stream).arg(&[id, id]);
        }
        if !rows.is_empty() {
            let found: Vec<Value> = entries.query_async(&mut shared.link()).await?;
            for entry in found.into_iter().flat_map(reply::entries_of) {
                if !entry.key().is_empty() {
                    let key = entry.key().to_owned();
                    key_order.expect((self.stream, entry.id), &key);
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
        Ok(self.stream < shared.streams.len())
    }
}
