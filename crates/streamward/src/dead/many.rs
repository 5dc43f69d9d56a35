//! Finds, replays and discards the dead letters that match a filter.
//!
//! **Invariant:** a call only sees letters that were dead when it began. A replayed entry that dies
//! again meanwhile gets a newer id, and is left to the next call.

use std::cmp::Ordering;

use redis::aio::ConnectionLike;

use super::{DeadLetter, Filter, discard, list, replay};
use crate::{entry::by_age, error::Result, inspect, keys::Partition};

/// Letters read at once.
const PAGE: usize = 500;

/// Result of an action on many letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bulk {
    /// Number of letters that were replayed or discarded.
    pub done: usize,
    /// Whether the limit left matching letters.
    pub has_more: bool,
}

#[derive(Clone, Copy)]
enum Action {
    Replay,
    Discard,
}

/// A walk over the letters there are when it begins, page by page.
struct Walk<'a> {
    partition: &'a Partition,
    service: &'a str,
    after: Option<String>,
    /// The newest letter at the beginning; `None` once the end is reached.
    last: Option<String>,
}

impl<'a> Walk<'a> {
    async fn begin(
        link: &mut (impl ConnectionLike + Send),
        partition: &'a Partition,
        service: &'a str,
    ) -> Result<Self> {
        let newest = inspect::newest(link, &partition.dead(service), 1).await?;
        Ok(Self {
            partition,
            service,
            after: None,
            last: newest.into_iter().next().map(|entry| entry.id),
        })
    }

    /// The next page; an empty one is the end.
    async fn page(&mut self, link: &mut (impl ConnectionLike + Send)) -> Result<Vec<DeadLetter>> {
        let Some(last) = &self.last else {
            return Ok(Vec::new());
        };
        let after = self.after.as_deref();
        let mut page = list(link, self.partition, self.service, after, PAGE).await?;
        let was_full = page.len() == PAGE;
        page.retain(|letter| by_age(&letter.id, last) != Ordering::Greater);
        self.after = page.last().map(|letter| letter.id.clone());
        if !was_full || page.len() < PAGE {
            self.last = None;
        }
        Ok(page)
    }
}

/// The dead letters of `service` that match `filter`, oldest first, at most `limit`.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn find(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<DeadLetter>> {
    let mut walk = Walk::begin(link, partition, service).await?;
    let mut found = Vec::new();
    while found.len() < limit {
        let page = walk.page(link).await?;
        if page.is_empty() {
            break;
        }
        let room = limit - found.len();
        let meant = page.into_iter().filter(|letter| filter.matches(letter));
        found.extend(meant.take(room));
    }
    Ok(found)
}

/// Hands the letters that match `filter` back to their service, oldest first, at most `limit`; none
/// of them twice, even when it dies again meanwhile.
///
/// # Errors
/// [`crate::Error::Redis`]; what was replayed before stays replayed.
pub async fn replay_all(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    filter: &Filter,
    limit: usize,
) -> Result<Bulk> {
    each(link, (partition, service), filter, limit, Action::Replay).await
}

/// Deletes the letters that match `filter`, oldest first, at most `limit`.
///
/// # Errors
/// [`crate::Error::Redis`]; what was deleted before stays deleted.
pub async fn discard_all(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    filter: &Filter,
    limit: usize,
) -> Result<Bulk> {
    each(link, (partition, service), filter, limit, Action::Discard).await
}

async fn each(
    link: &mut (impl ConnectionLike + Send),
    (partition, service): (&Partition, &str),
    filter: &Filter,
    limit: usize,
    action: Action,
) -> Result<Bulk> {
    let mut walk = Walk::begin(link, partition, service).await?;
    let mut bulk = Bulk::default();
    loop {
        let page = walk.page(link).await?;
        if page.is_empty() {
            return Ok(bulk);
        }
        for letter in page.iter().filter(|letter| filter.matches(letter)) {
            if bulk.done == limit {
                bulk.has_more = true;
                return Ok(bulk);
            }
            let was_there = match action {
                Action::Replay => replay(link, partition, service, &letter.id).await?,
                Action::Discard => discard(link, partition, service, &letter.id).await?,
            };
            // Another process may have replayed or discarded it meanwhile.
            bulk.done += usize::from(was_there);
        }
    }
}
