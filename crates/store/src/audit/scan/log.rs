//! Follows a topic from its end at the start of the audit, and detects trimmed entries.

use streamward::{Error, Partition, RawEntry, SharedConnection, inspect};

use crate::Result;

const PAGE: usize = 1000;

/// Reads the ledgers of products, and the positions of the first `topics` keys with the entries ever
/// added.
pub(crate) async fn read_stock(
    link: &mut SharedConnection,
    keys: &[String],
    topics: usize,
) -> Result<(Vec<(String, u64)>, Vec<[Option<i64>; 6]>)> {
    let script = script!("audit/read_stock" { topics });
    script.run(link, keys, &[]).await
}

/// Read position in a stream.
pub(crate) struct Log {
    pub(crate) stream: String,
    /// The last entry that was read, or passed over.
    pub(crate) position: String,
    /// Entries ever added up to there.
    added: u64,
}

impl Log {
    /// Starts at the end of a topic.
    pub(crate) async fn open(
        link: &mut SharedConnection,
        partition: &Partition,
        topic: &str,
    ) -> Result<Self> {
        let stream = partition.stream(topic);
        let key = [stream.clone()];
        let (mut positions, _) = read_stock(link, &key, 1).await?;
        let (position, added) = positions.pop().unwrap_or_default();
        Ok(Self {
            stream,
            position,
            added,
        })
    }

    /// The next entries up to `end`, a page at most; empty when there are no more.
    pub(crate) async fn next(
        &mut self,
        link: &mut SharedConnection,
        end: &str,
    ) -> Result<Vec<RawEntry>> {
        if self.position == end {
            return Ok(Vec::new());
        }
        let from = format!("({}", self.position);
        let page = inspect::range(link, &self.stream, (&from, end), PAGE).await?;
        if let Some(last) = page.last() {
            self.position.clone_from(&last.id);
        }
        self.added += page.len() as u64;
        Ok(page)
    }

    /// Everything up to `end` was read: as many entries must have come as were `added`.
    pub(crate) fn arrive(&mut self, end: String, added: u64) -> Result<()> {
        self.position = end;
        if self.added == added {
            return Ok(());
        }
        Err(Error::Server {
            setting: "retention",
            problem: format!(
                "{} entries of {} went while the audit ran, so it cannot tell",
                added.abs_diff(self.added),
                self.stream
            ),
        })
    }
}
